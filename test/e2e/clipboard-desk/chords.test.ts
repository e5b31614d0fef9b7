/**
 * The chords, pressed by a person at a real screen: nothing of them reaches a
 * qube, and each press does one thing (gui-daemon 9, row 12).
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { VmWindowId } from '../../../src/base/ids.ts';
import { EVENT_MASK } from '../../../src/x11/package-records.ts';
import { KEYSYM, User, waitUntil } from '../../rig/rig.ts';
import type { TestQube } from '../desktop/scene.ts';
import { DeskStage, KEY, pause } from './desk-stage.ts';

const LEFT = { x: 100, y: 300, width: 300, height: 200 };
const RIGHT = { x: 700, y: 300, width: 300, height: 200 };
const CAPS_LOCK = 0xffe5;
const NUM_LOCK = 0xff7f;
const run = promisify(execFile);

describe.each(['none', 'openbox'] as const)('chords with window manager: %s', (wm) => {
  let stage: DeskStage;
  let user: User;
  let work: TestQube;
  let left: VmWindowId;

  beforeAll(async () => {
    stage = await DeskStage.open({ wm });
    user = stage.screen.user;
    work = await stage.scene.qube('work', 'blue');
    const vault = await stage.scene.qube('vault', 'black');
    left = work.open(1, LEFT);
    vault.open(2, RIGHT);
    await stage.scene.shown(vault, 2);
    await stage.focus(work, left);
  });

  afterAll(() => stage[Symbol.asyncDispose]());

  beforeEach(async () => {
    stage.clipboard.wipe();
    await stage.focus(work, left);
    await stage.scene.idle();
    work.session.told.length = 0;
  });

  function keys(): string {
    return work.session
      .of('key')
      .map((one) => `${one.pressed ? '+' : '-'}${one.keycode}`)
      .join(' ');
  }

  function requests(): number {
    return work.session.of('clipboard-request').length;
  }

  /** Everything so far has arrived: an ordinary key, which does. */
  async function settled(): Promise<string> {
    const before = keys();
    const code = user.keycode(KEY.x);
    await user.tap(KEY.x);
    await waitUntil(() => keys().includes(`-${code}`), 'the last key arrives');
    return before;
  }

  const CTRL = () => user.keycode(KEY.control);
  const SHIFT = () => user.keycode(KEY.shift);

  test('the qube sees its modifiers come and go, and is asked once', async () => {
    await user.tap(KEY.control, KEY.shift, KEY.c);
    await settled();
    expect(keys()).toBe(`+${CTRL()} +${SHIFT()} -${CTRL()} -${SHIFT()} +53 -53`);
    expect(requests()).toBe(1);
    // No key of the qube was pressed, so no later state word tells of one.
    expect(work.session.of('key').at(-1)?.state).toBe(0);
  });

  test('let go in another order, it is the same', async () => {
    await user.key(KEY.control, true);
    await user.key(KEY.shift, true);
    await user.key(KEY.c, true);
    await user.key(KEY.control, false);
    await user.key(KEY.shift, false);
    await user.key(KEY.c, false);
    await settled();
    expect(keys()).toBe(`+${CTRL()} +${SHIFT()} -${CTRL()} -${SHIFT()} +53 -53`);
    expect(requests()).toBe(1);
  });

  test('held for long it acts once, also when the modifiers go first', async () => {
    await user.key(KEY.control, true);
    await user.key(KEY.shift, true);
    await user.key(KEY.c, true);
    // The server repeats a key after 660 ms, then every 40 ms.
    await pause(900);
    await user.key(KEY.shift, false);
    await user.key(KEY.control, false);
    await pause(200);
    await user.key(KEY.c, false);
    await settled();
    expect(keys()).toBe(`+${CTRL()} +${SHIFT()} -${CTRL()} -${SHIFT()} +53 -53`);
    expect(requests()).toBe(1);
  });

  test('modifiers that are still held come back with the next ordinary key', async () => {
    await user.key(KEY.control, true);
    await user.key(KEY.shift, true);
    await user.tap(KEY.c);
    await user.key(KEY.shift, false);
    await user.tap(KEY.x);
    await user.key(KEY.control, false);
    await waitUntil(() => keys().endsWith(`-${CTRL()}`), 'Ctrl is let go');
    expect(keys()).toBe(
      `+${CTRL()} +${SHIFT()} -${CTRL()} -${SHIFT()} +${CTRL()} +53 -53 -${CTRL()}`,
    );
  });

  test.each([
    ['Caps Lock', CAPS_LOCK],
    ['Num Lock', NUM_LOCK],
  ])('with %s on', async (_name, lock) => {
    await user.tap(lock);
    await user.tap(KEY.control, KEY.shift, KEY.c);
    await user.tap(lock);
    await settled();
    expect(requests()).toBe(1);
    expect(keys()).not.toContain(`+${user.keycode(KEY.c)}`);
  });

  test.each([
    ['without Shift', [KEY.control]],
    ['with Alt too', [KEY.control, KEY.shift, KEYSYM.alt]],
  ])('%s it is an ordinary key', async (_name, held) => {
    await user.tap(...held, KEY.c);
    await settled();
    expect(requests()).toBe(0);
    expect(keys()).toContain(`+${user.keycode(KEY.c)}`);
  });

  test('keys that another program makes up are nobody’s', async () => {
    const { window } = await stage.scene.shown(work, left);
    const { x } = stage.screen;
    for (const name of ['KeyPress', 'KeyRelease'] as const) {
      for (const keycode of [user.keycode(KEY.c), user.keycode(KEY.x)]) {
        x.X.SendEvent(window, 0, EVENT_MASK.keyPress | EVENT_MASK.keyRelease, {
          name,
          wid: window,
          root: x.root,
          keycode,
          buttons: 5,
          sameScreen: 1,
          time: 0,
          child: 0,
          rootx: 0,
          rooty: 0,
          x: 10,
          y: 10,
        });
      }
    }
    await x.sync();
    expect(await settled()).toBe('');
    expect(requests()).toBe(0);
  });

  test('a window that has just got the focus is not meant', async () => {
    const vault = stage.scene.qubes[1] as TestQube;
    await stage.focus(vault, 2 as VmWindowId);
    const { content } = await stage.scene.shown(work, left);
    await user.click(content.x + 5, content.y + 5);
    await waitUntil(() => work.session.focused === left, 'it has the focus');
    await user.tap(KEY.control, KEY.shift, KEY.c);
    await settled();
    expect(requests()).toBe(0);
  });
});

describe('keyboards', () => {
  test.each([
    ['ru', 54],
    ['ru,us', 54],
    ['us,ru', 54],
    ['gr', 54],
    ['fr', 54],
    ['us(dvorak)', 31],
    ['de', 54],
  ])('%s: Ctrl+Shift+C is keycode %i, with every group', async (layout, keycode) => {
    await using stage = await DeskStage.open({ wm: 'none' });
    const work = await stage.scene.qube('work', 'blue');
    const left = work.open(1, LEFT);
    await stage.focus(work, left);
    const [, name, variant] = /^([a-z,]+)(?:\((.*)\))?$/.exec(layout) ?? [];
    const groups = (name as string).split(',').length;
    const more = variant ? ['-variant', variant] : [];
    await run('setxkbmap', ['-layout', name as string, ...more], {
      env: { ...process.env, ...stage.screen.env },
    });
    // A new map is read when the server says that it is new.
    await stage.scene.idle();
    const user = await User.sit(stage.screen.x);
    for (let group = 0; group < groups; group++) {
      await lockGroup(stage, group);
      work.session.told.length = 0;
      await user.key(KEYSYM.control, true);
      await user.key(KEYSYM.shift, true);
      await user.code(keycode, true);
      await user.code(keycode, false);
      await user.key(KEYSYM.shift, false);
      await user.key(KEYSYM.control, false);
      await waitUntil(() => work.session.of('clipboard-request').length === 1, 'it is asked');
      expect(work.session.of('key').filter((one) => one.keycode === keycode)).toEqual([]);
      work.port.clipboardData(Buffer.from('text'));
    }
  });

  /** The group that is active from now on. */
  async function lockGroup({ screen: { x } }: DeskStage, group: number): Promise<void> {
    const xkb = await x.extension<Xkb>('xkb');
    xkb.LatchLockState(CORE_KEYBOARD, 0, 0, true, group, 0, 0, false, 0);
    await x.sync();
  }
});

interface Xkb {
  LatchLockState(
    device: number,
    affectLocks: number,
    locks: number,
    lockGroup: boolean,
    group: number,
    affectLatches: number,
    latches: number,
    latchGroup: boolean,
    groupLatch: number,
  ): void;
}
const CORE_KEYBOARD = 0x100;
