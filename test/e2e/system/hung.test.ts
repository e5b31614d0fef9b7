/**
 * A program of a qube hangs and is to be closed: dom0's own window manager says so
 * of its window, and of no other. Nothing is played.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Livery, startLivery } from '../../rig/system/livery.ts';
import { processTree } from '../../rig/system/processes.ts';
import { waitUntil } from '../../rig/wait.ts';
import { textOf } from '../../wire/frames.ts';

const PROGRAM = ['gtk3-demo', '--run=menus'] as const;
const TITLE = 'Menus';
/** openbox asks while a window is to be closed, every few seconds, and waits for some of them. */
const PATIENCE_MS = 40_000;

let livery: Livery;

beforeAll(async () => {
  livery = await startLivery({ wm: 'openbox', qubes: { work: 'blue', bank: 'green' } });
});
afterAll(() => livery?.[Symbol.asyncDispose]());

/** What the window manager shows as the window's title, if it is not its own. */
async function shown(window: number): Promise<string> {
  return (await textOf(livery.screen.x, window, '_NET_WM_VISIBLE_NAME')) ?? '';
}

it('openbox says so when it is to be closed, and the window goes when the program goes on', async () => {
  const before = new Set(processTree(livery.keeper.pid).map((one) => one.pid));
  await livery.start('work', ...PROGRAM);
  const work = await livery.window('work', TITLE);
  const hung = processTree(livery.keeper.pid).find(
    (one) => one.name === 'gtk3-demo' && !before.has(one.pid),
  );
  if (!hung) throw new Error('the program has no process');
  await livery.start('bank', ...PROGRAM);
  const bank = await livery.window('bank', TITLE);
  const gone = async (window: number): Promise<boolean> =>
    !(await livery.windows()).some((one) => one.window === window);
  process.kill(hung.pid, 'SIGSTOP');
  try {
    livery.pager.close(work.window);
    await waitUntil(async () => /not responding/i.test(await shown(work.window)), 'it is said', {
      limitMs: PATIENCE_MS,
    });
    // The other one answers, to openbox and to its user.
    livery.pager.close(bank.window);
    await waitUntil(() => gone(bank.window), 'the window of the other program goes');
    expect(await gone(work.window)).toBe(false);
    const main = await livery.window('bank', 'Application Class');
    expect(await shown(main.window)).not.toMatch(/not responding/i);
  } finally {
    process.kill(hung.pid, 'SIGCONT');
  }
  await waitUntil(() => gone(work.window), 'the program does what it was asked', {
    limitMs: PATIENCE_MS,
  });
  expect(livery.daemon.over).toBe(false);
});
