/**
 * Notices on a real screen: above everything of a qube's, never in the way of
 * the keyboard, gone by a click or by themselves; and what wipes the text.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { VmWindowId } from '../../../src/base/ids.ts';
import { waitUntil } from '../../rig/rig.ts';
import { type ShownWindow, shownWindows } from '../../rig/system/shown.ts';
import type { TestQube } from '../desktop/scene.ts';
import { DeskStage, KEY, pause } from './desk-stage.ts';
import { PrivateBus, ScriptedLogind } from './scripted-logind.ts';

const LEFT = { x: 60, y: 500, width: 300, height: 200 };
const WHOLE = { x: 0, y: 0, width: 1280, height: 800 };
const run = promisify(execFile);
const left = 1 as VmWindowId;

async function find(stage: DeskStage): Promise<ShownWindow | undefined> {
  const shown = await shownWindows(stage.screen.x);
  return shown.find((one) => one.title === 'livery notice');
}

function notice(stage: DeskStage): Promise<ShownWindow> {
  return waitUntil(() => find(stage), 'there is a notice');
}

function gone(stage: DeskStage): Promise<unknown> {
  return waitUntil(async () => (await find(stage)) === undefined, 'the notice is gone');
}

/** What is seen where notices are. */
async function looks(stage: DeskStage): Promise<string> {
  const image = await stage.screen.grab({ x: 340, y: 20, width: 600, height: 120 });
  return createHash('sha256').update(image.data).digest('hex');
}

/** Top-level windows that show above it. */
async function above(stage: DeskStage, window: number): Promise<number[]> {
  const { x } = stage.screen;
  const tree = await x.request<{ children: readonly number[] }>((done) =>
    x.X.QueryTree(x.root, done),
  );
  const shown = new Set((await shownWindows(x)).map((one) => one.window));
  return tree.children.slice(tree.children.indexOf(window) + 1).filter((one) => shown.has(one));
}

describe.each(['none', 'openbox'] as const)('notices with window manager: %s', (wm) => {
  let stage: DeskStage;
  let work: TestQube;
  let vault: TestQube;

  beforeEach(async () => {
    stage = await DeskStage.open({ wm, lockers: new Set(['testlock']) });
    work = await stage.scene.qube('work', 'blue');
    vault = await stage.scene.qube('vault', 'black');
    work.open(left, LEFT);
    await stage.focus(work, left);
  });

  afterEach(() => stage[Symbol.asyncDispose]());

  test('above a fullscreen window and popups of qubes, also those that come later', async () => {
    const popup = { x: 300, y: 0, width: 600, height: 300 };
    vault.open(3, WHOLE);
    // Of the qube that has the focus: popups of the others do not show.
    work.open(4, popup, { overrideRedirect: true });
    await stage.scene.shown(vault, 3);
    await stage.scene.shown(work, 4);
    stage.clipboard.problem('words of dom0');
    const { window, rect } = await notice(stage);
    expect(rect.y).toBeLessThan(60);
    expect(Math.abs(rect.x + rect.width / 2 - 640)).toBeLessThan(2);
    expect(await above(stage, window)).toEqual([]);
    work.open(5, popup, { overrideRedirect: true });
    work.open(6, WHOLE);
    await stage.scene.shown(work, 5);
    await stage.scene.shown(work, 6);
    await waitUntil(async () => (await above(stage, window)).length === 0, 'it is on top');
  });

  test('it takes no focus, and keys go on into the qube', async () => {
    work.session.told.length = 0;
    await stage.copy(work, left, 'text');
    await notice(stage);
    await stage.screen.user.tap(KEY.x);
    await waitUntil(() => work.session.of('key').at(-1)?.keycode === 53, 'x arrives');
    expect(work.session.of('focus')).toEqual([]);
    expect(work.session.focused).toBe(left);
  });

  test('a click takes it away and does nothing else', async () => {
    stage.clipboard.problem('words of dom0');
    const { rect } = await notice(stage);
    work.session.told.length = 0;
    await stage.screen.user.click(rect.x + 10, rect.y + 10);
    await gone(stage);
    expect(work.session.of('button')).toEqual([]);
  });

  test('one at a time, and a new one in place of the former', async () => {
    await stage.copy(work, left, 'text');
    await notice(stage);
    const first = await looks(stage);
    stage.clipboard.wipe();
    await waitUntil(async () => (await looks(stage)) !== first, 'another one is there');
    const all = await shownWindows(stage.screen.x);
    expect(all.filter((one) => one.title === 'livery notice')).toHaveLength(1);
  });

  test('a copy’s goes by itself after four seconds, a refusal’s after eight', async () => {
    await stage.copy(work, left, 'text');
    await notice(stage);
    await pause(3300);
    expect(await find(stage)).toBeDefined();
    await pause(1200);
    expect(await find(stage)).toBeUndefined();
    stage.clipboard.problem('words of dom0');
    await notice(stage);
    await pause(6500);
    expect(await find(stage)).toBeDefined();
    await pause(2000);
    expect(await find(stage)).toBeUndefined();
  }, 30_000);

  test('a qube that ends again and again makes no flood of them', async () => {
    let appeared = 0;
    for (let round = 0; round < 9; round++) {
      await stage.copy(work, left, 'text');
      await notice(stage);
      stage.clipboard.problem('words of dom0');
      await pause(200);
      const before = await looks(stage);
      work.session.focused = undefined;
      work.port.sessionEnded('TEST', 'it ended');
      work.port.sessionReady('1.8');
      work.open(left, LEFT);
      await stage.focus(work, left);
      if ((await looks(stage)) !== before) appeared++;
    }
    expect(appeared).toBe(6);
  }, 60_000);

  test('a locker’s window stays above it and wipes the text', async () => {
    await stage.copy(work, left, 'text');
    await notice(stage);
    const { x } = stage.screen;
    const locker = x.allocWindowId();
    x.X.CreateWindow(locker, x.root, 0, 0, 1280, 800, 0, 0, 1, 0, { overrideRedirect: 1 });
    x.X.ChangeProperty(0, locker, 67, 31, 8, Buffer.from('testlock\0Testlock\0'));
    x.X.MapWindow(locker);
    await waitUntil(() => stage.clipboard.show().state === 'empty', 'the text is gone');
    const { window } = await notice(stage);
    await waitUntil(async () => (await above(stage, window)).includes(locker), 'it lies below');
  });

  test('the X server’s screen saver wipes the text', async () => {
    await stage.copy(work, left, 'text');
    const env = { ...process.env, ...stage.screen.env };
    await run('xset', ['s', 'activate'], { env });
    await waitUntil(() => stage.clipboard.show().state === 'empty', 'the text is gone');
    expect(JSON.stringify(stage.audit.at(-1))).toContain('lock');
  });
});

test('logind’s Lock wipes the text', async () => {
  const session = '/org/freedesktop/login1/session/_31';
  await using bus = await PrivateBus.start();
  using logind = await ScriptedLogind.start(bus, { own: session });
  await using stage = await DeskStage.open({ wm: 'none', bus: bus.socket });
  const work = await stage.scene.qube('work', 'blue');
  work.open(left, LEFT);
  await stage.focus(work, left);
  await waitUntil(() => logind.asked.includes('GetSessionByPID'), 'the session is looked for');
  await stage.copy(work, left, 'text');
  logind.lock(session);
  await waitUntil(() => stage.clipboard.show().state === 'empty', 'the text is gone');
});
