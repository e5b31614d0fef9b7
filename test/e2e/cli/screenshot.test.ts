/**
 * Pictures that the command line takes of a real screen with two qubes: they are
 * what the screen shows, and one of a window has nothing of any other in it.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { intersect, type Rect } from '../../../src/base/geometry.ts';
import type { WindowListing } from '../../../src/control/messages.ts';
import type { Image } from '../../rig/rig.ts';
import { expectComplaint } from '../../rig/system/complaint.ts';
import { type Livery, startLivery } from '../../rig/system/livery.ts';
import { type Ended, livery as run } from '../../rig/system/livery-process.ts';
import type { Puppet } from '../../rig/system/puppet.ts';
import { waitUntil } from '../../rig/wait.ts';

const SCREEN = { width: 800, height: 600 };
const HIDDEN = -1;

let livery: Livery;
let work: Puppet;
let red: Puppet;
let below: WindowListing;
let above: WindowListing;
let directory: string;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'livery-screenshot-'));
  livery = await startLivery({
    wm: 'openbox',
    ...SCREEN,
    qubes: { work: 'blue', untrusted: 'red' },
  });
  [work, red] = await Promise.all([livery.puppet('work'), livery.puppet('untrusted')]);
  await work.open({ title: 'below', seed: 1, rect: { x: 60, y: 60, width: 300, height: 250 } });
  below = await livery.window('work', 'below');
  await red.open({ title: 'above', seed: 2, rect: { x: 250, y: 200, width: 300, height: 250 } });
  above = await livery.window('untrusted', 'above');
  await livery.screen.user.click(above.content.x + 280, above.content.y + 230);
  await waitUntil(async () => (await livery.pager.focus()) === above.window, 'red is in front');
  below = await livery.window('work', 'below');
  above = await livery.window('untrusted', 'above');
  expect(intersect(below.frame, above.frame)).toBeDefined();
});
afterAll(async () => {
  await livery?.[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true, force: true });
});

const take = (...args: string[]): Promise<Ended> =>
  run(['screenshot', ...args], { env: livery.env });
const file = (name: string): string => join(directory, name);

/** 0xRRGGBB of each pixel, HIDDEN where it is transparent. */
async function read(
  path: string,
): Promise<{ width: number; height: number; at(x: number, y: number): number }> {
  const { data, info } = await sharp(path)
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return {
    width: info.width,
    height: info.height,
    at(x, y) {
      const i = (y * info.width + x) * 4;
      return data[i + 3] === 0 ? HIDDEN : data.readUInt32BE(i) >>> 8;
    },
  };
}

/** Pixels of the picture of `box` that are not as `expected` says (root coordinates). */
async function differences(
  path: string,
  box: Rect,
  expected: (x: number, y: number) => number,
): Promise<number> {
  const picture = await read(path);
  expect({ width: picture.width, height: picture.height }).toEqual({
    width: box.width,
    height: box.height,
  });
  let count = 0;
  for (let y = 0; y < box.height; y++) {
    for (let x = 0; x < box.width; x++) {
      if (picture.at(x, y) !== expected(box.x + x, box.y + y)) count++;
    }
  }
  return count;
}

const inside = ({ x, y, width, height }: Rect, px: number, py: number): boolean =>
  px >= x && py >= y && px < x + width && py < y + height;

/** Where the window manager's own frame of the upper window lies, title bar included. */
async function managed(): Promise<Rect> {
  const { x } = livery.screen;
  let id: number = above.window;
  for (;;) {
    const { parent } = await x.request<{ parent: number }>((done) =>
      x.X.QueryTree(id, done as never),
    );
    if (parent === x.root) break;
    id = parent;
  }
  return livery.pager.rect(id as never);
}

describe.each(['png', 'webp'])('as %s', (extension) => {
  test('the whole screen, also without a daemon to ask', async () => {
    const path = file(`screen.${extension}`);
    const env = { ...livery.env, LIVERY_RUNTIME_DIR: file('none') };
    const before = await livery.screen.grab();
    const { status, out, err } = await run(['screenshot', path], { env });
    expect([status, out, err]).toEqual([0, `${path}: 800x600\n`, '']);
    const box = { x: 0, y: 0, ...SCREEN };
    expect(await differences(path, box, (x, y) => before.pixel(x, y) as number)).toBe(0);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test('a window in front: its frame and its pixels, all of them', async () => {
    const path = file(`above.${extension}`);
    const screen = await livery.screen.grab();
    const { status, out, err } = await take('--window', `0x${above.window.toString(16)}`, path);
    expect([status, out, err]).toEqual([
      0,
      `${path}: ${above.frame.width}x${above.frame.height}\n`,
      '',
    ]);
    expect(await differences(path, above.frame, (x, y) => screen.pixel(x, y) as number)).toBe(0);
  });

  test('a window that is partly covered: nothing of the other qube is in it', async () => {
    const path = file(`below.${extension}`);
    const screen = await livery.screen.grab();
    const cover = await managed();
    const { status, out, err } = await take('--json', '--window', String(below.window), path);
    expect([status, err]).toEqual([0, '']);
    const expected = hiding(screen, cover);
    expect(await differences(path, below.frame, expected)).toBe(0);
    const common = intersect(below.frame, cover) as Rect;
    const { width, height } = below.frame;
    expect(JSON.parse(out)).toEqual({
      ...{ file: path, width, height, windows: [below.window] },
      ...{ hidden: common.width * common.height, total: width * height },
    });
  });
});

function hiding(screen: Image, cover: Rect): (x: number, y: number) => number {
  return (x, y) => (inside(cover, x, y) ? HIDDEN : (screen.pixel(x, y) as number));
}

test('all windows of a qube, and what is beside them is transparent', async () => {
  await work.open({ title: 'second', seed: 3, rect: { x: 560, y: 40, width: 120, height: 80 } });
  const second = await livery.window('work', 'second');
  const path = file('work.png');
  const screen = await livery.screen.grab();
  const cover = await managed();
  const { status, err } = await take('--qube', 'work', path);
  expect([status, err.replace(/\d+/, 'N')]).toEqual([
    ...[0, 'livery: N % is covered or not on the screen, and transparent in the picture\n'],
  ]);
  const frames = [below.frame, second.frame];
  const left = Math.min(...frames.map(({ x }) => x));
  const top = Math.min(...frames.map(({ y }) => y));
  const right = Math.max(...frames.map(({ x, width }) => x + width));
  const bottom = Math.max(...frames.map(({ y, height }) => y + height));
  const box = { x: left, y: top, width: right - left, height: bottom - top };
  const own = hiding(screen, cover);
  const expected = (x: number, y: number): number => {
    if (inside(second.frame, x, y)) return screen.pixel(x, y) as number;
    return inside(below.frame, x, y) ? own(x, y) : HIDDEN;
  };
  expect(await differences(path, box, expected)).toBe(0);
});

test('a file that is there stays, unless it is to be replaced', async () => {
  const path = file('mine.png');
  writeFileSync(path, 'mine');
  expectComplaint(await take(path), {
    status: 1,
    says: `${path} is there already`,
    hint: 'name another file, or say --force to replace it',
  });
  expect(readFileSync(path, 'utf8')).toBe('mine');
  expect((await take('--force', path)).status).toBe(0);
  expect((await read(path)).width).toBe(SCREEN.width);
});

test.each([
  ['another kind of file', ['screen.jpg'], 2, /ends in \.png or \.webp, found '\.jpg'$/],
  ['no kind at all', ['screen'], 2, /found no extension$/],
  ['two wishes', ['--window', '1', '--qube', 'work', 'a.png'], 2, /not both$/],
  ['no number', ['--window', 'first', 'a.png'], 2, /--window is 'first', expected a number$/],
  ['an unknown window', ['--window', '0x1', 'a.png'], 4, /^no qube has a window 0x1$/],
  ['an unknown qube', ['--qube', 'wrok', 'a.png'], 4, /^there is no qube 'wrok'$/],
])('%s is refused', async (_what, args, status, says) => {
  expectComplaint(await take(...args), { status, says, hint: /^\S/ });
});

test('where nothing can be written it is said, and nothing is left behind', async () => {
  expectComplaint(await take(join(directory, 'none', 'a.png')), {
    status: 1,
    says: /a\.png cannot be written: .*ENOENT/,
    hint: 'name a file in a directory of your own',
  });
  expect(readdirSync(directory).filter((name) => name.startsWith('.'))).toEqual([]);
});

test('windows that are hidden are not in any picture', async () => {
  const hidden = await red.open({
    title: 'hidden',
    seed: 4,
    rect: { x: 10, y: 10, width: 50, height: 50 },
  });
  const { window } = await livery.window('untrusted', 'hidden');
  await red.unmap(hidden);
  const gone = async () =>
    (await livery.windows()).every((one) => one.window !== window || !one.mapped);
  await waitUntil(gone, 'it is hidden');
  const refused = await take('--window', String(window), file('hidden.png'));
  expect(refused.status).toBe(4);
  expect(refused.err).toMatch(
    /^livery: (none of the windows is on the screen|no qube has a window)/,
  );
});
