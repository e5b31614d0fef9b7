/**
 * Tray icons in a real notification area: taken in, framed in their label's
 * colour whatever they draw, clicked, and there again when the tray comes back.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { VmWindowId } from '../../../src/base/ids.ts';
import type { WindowInfo } from '../../../src/desktop/desktop.ts';
import { MAX_TRAY_ICONS, TRAY_BORDER } from '../../../src/desktop/tray-icons.ts';
import type { WindowAttributes } from '../../../src/x11/package-records.ts';
import { waitUntil } from '../../rig/rig.ts';
import { frameFaults, pictureFaults } from './judge.ts';
import { openScene, type Scene, type TestQube } from './scene.ts';

let scene: Scene;
const trays: ChildProcess[] = [];

beforeEach(async () => {
  scene = await openScene({ wm: 'openbox' });
});

afterEach(async () => {
  for (const tray of trays.splice(0)) await end(tray);
  await scene[Symbol.asyncDispose]();
});

async function end(tray: ChildProcess): Promise<void> {
  if (tray.exitCode !== null || tray.signalCode !== null) return;
  const gone = once(tray, 'exit');
  tray.kill('SIGKILL');
  await gone;
}

/** A real tray at the top of the screen. */
function startTray(): ChildProcess {
  const tray = spawn(
    'trayer',
    ['--edge', 'top', '--align', 'left', '--widthtype', 'request', '--heighttype', 'pixel'].concat([
      '--height',
      '32',
      '--tint',
      '0x202020',
      '--transparent',
      'false',
    ]),
    { env: { ...process.env, ...scene.screen.env }, stdio: 'ignore' },
  );
  trays.push(tray);
  return tray;
}

/** Docks a window that was never mapped, as an agent does. */
function dock(qube: TestQube, id: number, seed = id): VmWindowId {
  const window = qube.open(id, { x: 0, y: 0, width: 32, height: 32 }, { map: false });
  qube.port.docked(window);
  qube.port.surfaceChanged(window, qube.picture({ width: 64, height: 64 }, seed));
  return window;
}

/** The icon as it is in the tray, at rest. */
function inTray(qube: TestQube, id: number): Promise<WindowInfo> {
  return waitUntil(async () => {
    const before = scene.info(qube, id);
    if (!before?.mapped || before.firstPixelsMs === undefined) return undefined;
    await scene.idle();
    const after = scene.info(qube, id);
    return after && JSON.stringify(after) === JSON.stringify(before) ? after : undefined;
  }, `icon ${id} of ${qube.config.name} is in the tray`);
}

/** Waits until the icon on the screen is the qube's picture in a frame of the label. */
async function looksRight(qube: TestQube, id: number, seed = id): Promise<WindowInfo> {
  let faults: string[] = ['not looked at'];
  let info = await inTray(qube, id);
  await waitUntil(async () => {
    info = await inTray(qube, id);
    const picture = await scene.screen.grab();
    const frame = frameFaults(picture, info.frame, qube.config.label, TRAY_BORDER);
    const content = pictureFaults(picture, info.content, seed);
    faults = [frame > 0 ? `${frame} of the frame` : '', content > 0 ? `${content} of it` : ''];
    return frame + content === 0;
  }, 'the icon looks as it should').catch((error: Error) => {
    throw new Error(`${error.message}: wrong pixels ${faults.join(', ')}`);
  });
  return info;
}

test('icons of two qubes are framed in their labels, small, and told where they are', async () => {
  startTray();
  const red = await scene.qube('work', 'red');
  const blue = await scene.qube('web', 'blue');
  dock(red, 1);
  dock(blue, 2);
  const first = await looksRight(red, 1);
  const second = await looksRight(blue, 2);
  for (const { frame, content } of [first, second]) {
    expect(frame.height).toBeLessThanOrEqual(32);
    expect(frame.width).toBeLessThanOrEqual(32);
    expect(frame.width).toBeGreaterThanOrEqual(16);
    expect(content.x - frame.x).toBe(TRAY_BORDER);
  }
  expect(
    first.frame.x + first.frame.width <= second.frame.x ||
      second.frame.x + second.frame.width <= first.frame.x,
  ).toBe(true);
  await waitUntil(() => {
    const told = red.session.place(1);
    return told !== undefined && JSON.stringify(told) === JSON.stringify(first.content);
  }, 'the qube knows where its icon is');
});

test('the qube cannot move, resize, unmap or cover it', async () => {
  startTray();
  const qube = await scene.qube('work', 'yellow');
  const id = dock(qube, 1);
  const before = await looksRight(qube, 1);
  for (const side of [0, 1, 32_767, 16_384]) {
    qube.port.windowConfigured(id, { x: -side, y: side, width: side || 1, height: 6144 });
  }
  qube.port.windowUnmapped(id);
  qube.port.windowMapped(id, { transientFor: undefined, overrideRedirect: true });
  qube.port.hintsChanged(id, {
    ...{ userPosition: true, programPosition: true },
    ...{ min: { width: 900, height: 900 }, max: undefined, increment: undefined },
    base: { width: 900, height: 900 },
  });
  for (const [x, y, width, height] of [
    [0, 0, 1, 1],
    [0, 0, 0x7fff, 0x7fff],
    [63, 63, 1, 1],
  ] as const) {
    qube.port.damaged(id, x, y, width, height);
  }
  const after = await looksRight(qube, 1);
  expect(after).toEqual(before);
  expect(qube.attached.faults).toBe(0);
});

test('a click on it goes to the qube, at its place in the icon', async () => {
  startTray();
  const qube = await scene.qube('work', 'green');
  dock(qube, 1);
  const { content } = await looksRight(qube, 1);
  await scene.screen.user.click(content.x + 3, content.y + 4);
  await waitUntil(() => qube.session.of('button').length >= 2, 'the click arrives');
  expect(qube.session.of('button')).toMatchObject([
    { id: 1, pressed: true, button: 1, x: 3, y: 4 },
    { id: 1, pressed: false, button: 1, x: 3, y: 4 },
  ]);
  expect(qube.session.focused).toBeUndefined();
});

test('without a tray it waits, hidden; it comes with the tray, goes with it, and comes again', async () => {
  const qube = await scene.qube('work', 'orange');
  dock(qube, 1);
  await scene.idle();
  expect(scene.info(qube, 1)?.mapped).toBe(false);
  for (let life = 0; life < 2; life++) {
    const tray = startTray();
    await looksRight(qube, 1);
    await end(tray);
    await waitUntil(() => scene.info(qube, 1)?.mapped === false, 'it is hidden again');
    await scene.idle();
    expect(scene.info(qube, 1)?.mapped).toBe(false);
  }
});

test('a tray that takes icons along when it goes loses nobody an icon', async () => {
  const qube = await scene.qube('work', 'purple');
  dock(qube, 1);
  const tray = startTray();
  const { window } = await looksRight(qube, 1);
  // What becomes of it when the tray has no save-set.
  scene.screen.x.X.DestroyWindow(window);
  await waitUntil(() => scene.info(qube, 1)?.window !== window, 'it has another frame');
  await looksRight(qube, 1);
  await end(tray);
});

test('an icon that is put on the root window is hidden: only a tray shows it', async () => {
  startTray();
  const qube = await scene.qube('work', 'red');
  dock(qube, 1);
  const { window } = await looksRight(qube, 1);
  const { x } = scene.screen;
  // What a tray does that gives an icon back; the server maps it again by that.
  x.X.ReparentWindow(window, x.root, 300, 300);
  await waitUntil(async () => {
    const { mapState } = await x.request<WindowAttributes>((done) =>
      x.X.GetWindowAttributes(window, done),
    );
    return mapState === 0 && scene.info(qube, 1)?.mapped === false;
  }, 'it is hidden');
  // Nobody but a tray may show it, a window manager neither.
  x.X.MapWindow(window);
  await scene.idle();
  await waitUntil(async () => {
    const { mapState } = await x.request<WindowAttributes>((done) =>
      x.X.GetWindowAttributes(window, done),
    );
    return mapState === 0;
  }, 'it is hidden again');
});

test('a qube has only so many; the next one takes the place of one that went', async () => {
  startTray();
  const qube = await scene.qube('many', 'red');
  const other = await scene.qube('one', 'blue');
  for (let id = 1; id <= MAX_TRAY_ICONS + 2; id++) dock(qube, id);
  dock(other, 1);
  await inTray(other, 1);
  const shown = (): number[] =>
    scene.desktop
      .windows()
      .filter((one) => one.qube === 'many' && one.mapped)
      .map(({ id }) => id);
  await waitUntil(() => shown().length === MAX_TRAY_ICONS, 'as many as may be');
  await scene.idle();
  expect(shown()).toHaveLength(MAX_TRAY_ICONS);
  qube.port.windowDestroyed(1 as VmWindowId);
  await waitUntil(() => shown().includes(MAX_TRAY_ICONS + 1), 'the next one');
  expect(qube.attached.faults).toBe(0);
});
