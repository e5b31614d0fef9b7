/**
 * dom0's screen changes its size while qubes run: the screen of each follows,
 * programs see it, and what the window manager makes of it reaches the windows.
 * A real screen that can do that, real sandboxes, real programs.
 */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { grow, type Size } from '../../../src/base/geometry.ts';
import { BORDER, type Livery, startLivery } from '../../rig/system/livery.ts';
import { waitUntil } from '../../rig/wait.ts';

const run = promisify(execFile);
const PROGRAM = ['gtk3-demo', '--run=menus'] as const;
const TITLE = 'Menus';

let livery: Livery;

beforeAll(async () => {
  const size = { width: 1280, height: 800 };
  const qubes = { work: 'blue', bank: 'green' };
  livery = await startLivery({ wm: 'openbox', kind: 'xvnc', ...size, qubes });
});
afterAll(() => livery?.[Symbol.asyncDispose]());

/** What a program in the qube prints. */
async function inside(qube: string, ...argv: string[]): Promise<string> {
  const file = livery.inHome(qube, 'printed');
  if (existsSync(file)) rmSync(file);
  await livery.run(qube, 'sh', '-c', '"$@" > printed', 'sh', ...argv);
  return readFileSync(file, 'utf8');
}

function sizeIn(text: string): Size | undefined {
  const [, width, height] = /Width: (\d+)\n\s+Height: (\d+)/.exec(text) ?? [];
  return width === undefined ? undefined : { width: Number(width), height: Number(height) };
}

/** dom0's user takes another resolution. */
async function resize({ width, height }: Size): Promise<void> {
  const env = { ...process.env, ...livery.screen.env };
  await run('xrandr', ['-s', `${width}x${height}`], { env });
}

/** Programs of the qube have a screen of this size. */
async function has(qube: string, size: Size): Promise<void> {
  await waitUntil(async () => {
    const root = sizeIn(await inside(qube, 'xwininfo', '-root'));
    return root?.width === size.width && root.height === size.height;
  }, `the screen of ${qube} is ${size.width}x${size.height}`);
  const { width, height } = size;
  expect(await inside(qube, 'xrandr')).toMatch(new RegExp(`connected ${width}x${height}\\+0\\+0`));
}

it('grows and shrinks with dom0\u2019s, and a maximised window follows', async () => {
  await has('work', { width: 1280, height: 800 });
  await livery.start('work', ...PROGRAM);
  const { window } = await livery.window('work', TITLE);
  livery.pager.maximise(window, true);
  for (const size of [
    { width: 1920, height: 1080 },
    { width: 1024, height: 768 },
    { width: 1600, height: 1200 },
  ]) {
    await resize(size);
    await has('work', size);
    await has('bank', size);
    const { content } = await livery.settled(async () => {
      const [known] = (await livery.windows()).filter((one) => one.window === window);
      const frame = await livery.pager.rect(window);
      const whole = frame.width > size.width - 40 && frame.width <= size.width;
      const agree = known && JSON.stringify(grow(known.content, BORDER)) === JSON.stringify(frame);
      return whole && agree ? known : undefined;
    }, 'the frame is as wide as the screen, and the daemon knows it');
    await waitUntil(async () => {
      const now = sizeIn(await inside('work', 'xwininfo', '-name', TITLE));
      return now?.width === content.width && now.height === content.height;
    }, 'the window of the program has the size of the content');
  }
});

it('a qube that starts later begins with the size of now', async () => {
  const size = { width: 1400, height: 1050 };
  await livery.client.ask('qube.stop', { qube: 'bank' });
  await resize(size);
  await livery.client.ask('qube.start', { qube: 'bank' });
  await livery.connected();
  await has('bank', size);
  await has('work', size);
});
