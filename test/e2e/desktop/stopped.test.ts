/**
 * The desktop is stopped (SIGSTOP) and others resize its windows: all four
 * sides are there after each step, for the X server holds them by itself.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { intersect, type Rect } from '../../../src/base/geometry.ts';
import type { WindowInfo } from '../../../src/desktop/desktop.ts';
import { type Screen, startScreen } from '../../rig/rig.ts';
import { Pager } from '../../rig/system/pager.ts';
import { frameFaults } from './judge.ts';
import { labelNamed } from './scene.ts';

const SCRIPT = fileURLToPath(new URL('stopped-desktop.mjs', import.meta.url));
const LABEL = 'purple';
const STEPS = 60;
const SCREEN: Rect = { x: 0, y: 0, width: 1280, height: 800 };
const SECOND_LOOK_MS = 100;
const MANAGED = { id: 1, rect: { x: 300, y: 200, width: 400, height: 300 }, color: 0x00ff00 };
const POPUP = { id: 2, rect: { x: 60, y: 600, width: 150, height: 100 }, color: 0x0000ff };

let screen: Screen | undefined;
let child: ChildProcess | undefined;

afterEach(async () => {
  if (child?.exitCode === null) {
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }
  child = undefined;
  await screen?.[Symbol.asyncDispose]();
  screen = undefined;
});

/** The desktop in a process of its own, with its windows shown. */
async function startDesktop(on: Screen): Promise<WindowInfo[]> {
  const windows = [
    { ...MANAGED, overrideRedirect: false },
    { ...POPUP, overrideRedirect: true },
  ];
  const { display, xauthority } = on.server;
  const options = { display: display.number, xauthority, label: LABEL, windows };
  child = spawn(process.execPath, [SCRIPT, JSON.stringify(options)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
    return JSON.parse(line) as WindowInfo[];
  }
  throw new Error('the desktop ended before its windows were shown');
}

/** Wrong pixels of the frame of `window`, wherever it is now; looked at together with its place. */
async function look(
  on: Screen,
  pager: Pager,
  window: number,
): Promise<{ faults: number; at: Rect }> {
  return on.still(async () => {
    const at = await pager.rect(window);
    const image = await on.grab(intersect(at, SCREEN));
    return { faults: frameFaults(image, at, labelNamed(LABEL), 6), at };
  });
}

describe.each(['none', 'openbox', 'xfwm4'] as const)('a stopped desktop with %s', (wm) => {
  test('has frames that are whole through 60 resizes by others', async () => {
    screen = await startScreen({ wm });
    const on = screen;
    const pager = await Pager.open(on.x);
    const [managed, popup] = await startDesktop(on);
    if (!managed || !popup) throw new Error('no windows');
    child?.kill('SIGSTOP');
    const seen: string[] = [];
    const sizes = new Set<string>();
    for (let step = 0; step < STEPS; step++) {
      // Shrinks to next to nothing and grows again, and wanders.
      const swing = Math.abs(STEPS / 2 - step) / (STEPS / 2);
      const width = Math.round(40 + 700 * swing);
      const height = Math.round(30 + 420 * swing);
      const x = 250 + step * 3;
      const y = 60 + step * 2;
      if (wm === 'none') on.x.X.ConfigureWindow(managed.window, { x, y, width, height });
      else pager.moveResize(managed.window, { x, y, width, height });
      on.x.X.ConfigureWindow(popup.window, { width: 30 + step * 2, height: 150 - step * 2 });
      await on.x.sync();
      for (const window of [managed.window, popup.window]) {
        let { faults, at } = await look(on, pager, window);
        if (faults > 0) {
          // The manager may clip it for one round trip while it resizes its own frame.
          await new Promise((resolve) => setTimeout(resolve, SECOND_LOOK_MS));
          ({ faults, at } = await look(on, pager, window));
        }
        sizes.add(`${window} ${at.width}x${at.height}`);
        if (faults > 0) seen.push(`step ${step}: ${faults} wrong pixels at ${JSON.stringify(at)}`);
      }
    }
    expect(seen).toEqual([]);
    expect(sizes.size).toBeGreaterThan(STEPS);
    child?.kill('SIGCONT');
  });
});
