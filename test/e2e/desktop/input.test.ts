/**
 * Keys and pointer: what a person does at the screen reaches the qube it is
 * meant for and no other.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { VmWindowId } from '../../../src/base/ids.ts';
import { GUARD_MS } from '../../../src/desktop/click-guard.ts';
import { KEYSYM, type User, waitUntil } from '../../rig/rig.ts';
import { Pager } from '../../rig/system/pager.ts';
import { openScene, type Scene, type TestQube } from './scene.ts';

const LEFT = { x: 100, y: 200, width: 300, height: 200 };
const RIGHT = { x: 700, y: 200, width: 300, height: 200 };
const SHIFT = 1;

describe.each(['none', 'openbox', 'xfwm4'] as const)('input with window manager: %s', (wm) => {
  let scene: Scene;
  let user: User;
  let pager: Pager;
  let work: TestQube;
  let vault: TestQube;
  let left: VmWindowId;
  let right: VmWindowId;
  let next = 10;

  beforeAll(async () => {
    scene = await openScene({ wm });
    user = scene.screen.user;
    pager = await Pager.open(scene.screen.x);
    work = await scene.qube('work', 'blue');
    vault = await scene.qube('vault', 'black');
    left = work.open(1, LEFT);
    right = vault.open(2, RIGHT);
    await scene.shown(work, left);
    await scene.shown(vault, right);
    // Clicks on what came up just now are dropped.
    await sleep(GUARD_MS + 100);
  });

  afterAll(async () => {
    expect([work.attached.faults, vault.attached.faults]).toEqual([0, 0]);
    await scene[Symbol.asyncDispose]();
  });

  beforeEach(async () => {
    for (const key of [KEYSYM.shift, KEYSYM.control, KEYSYM.alt]) await user.key(key, false);
    await user.move(640, 700);
    await focus(vault, right, RIGHT);
    await scene.idle();
    forget();
  });

  function forget(): void {
    work.session.told.length = 0;
    vault.session.told.length = 0;
  }

  async function focus(
    qube: TestQube,
    id: VmWindowId,
    at: { x: number; y: number },
  ): Promise<void> {
    if (lastFocus(qube) === id) return;
    await user.click(at.x + 5, at.y + 5);
    await waitUntil(() => lastFocus(qube) === id, `window ${id} has the focus`);
  }

  /** Without a click under a window manager: one with a modifier may mean something else to it. */
  async function switchTo(qube: TestQube, id: VmWindowId, at: typeof LEFT): Promise<void> {
    if (wm === 'none') await user.click(at.x + 40, at.y + 30);
    else pager.activate((await scene.shown(qube, id)).window);
    await waitUntil(() => lastFocus(qube) === id, 'it has the focus');
  }

  function lastFocus(qube: TestQube): number | undefined {
    return qube.session.focused;
  }

  function keysOf(qube: TestQube): string {
    return qube.session
      .of('key')
      .map((one) => `${one.pressed ? '+' : '-'}${one.keycode}`)
      .join(' ');
  }

  function code(keysym: number): number {
    return user.keycode(keysym);
  }

  test('keys go to the qube that has the focus and to no other', async () => {
    await user.move(LEFT.x + 50, LEFT.y + 50);
    await user.type('ab');
    await scene.idle();
    const [a, b] = [code(97), code(98)];
    expect(keysOf(vault)).toBe(`+${a} -${a} +${b} -${b}`);
    expect(keysOf(work)).toBe('');
    // The pointer is elsewhere; where is not the qube's business.
    expect(vault.session.of('key').map(({ x, y }) => [x, y])).toEqual(Array(4).fill([0, 50]));
    await focus(work, left, LEFT);
    forget();
    await user.type('a');
    await scene.idle();
    expect(keysOf(work)).toBe(`+${a} -${a}`);
    expect(keysOf(vault)).toBe('');
  });

  test('the first click on an unfocused window presses its button once and focuses it', async () => {
    await user.click(LEFT.x + 40, LEFT.y + 30);
    await waitUntil(() => lastFocus(work) === left, 'it has the focus');
    await scene.idle();
    const presses = work.session
      .of('button')
      .map(({ pressed, button, x, y }) => [pressed, button, x, y]);
    expect(presses).toEqual([
      [true, 1, 40, 30],
      [false, 1, 40, 30],
    ]);
    expect(vault.session.of('button')).toEqual([]);
    expect(vault.session.of('focus').at(-1)).toMatchObject({ id: right, focused: false });
  });

  test('a focused qube is told its keymap first, and only its own keys', async () => {
    await user.key(KEYSYM.shift, true);
    await switchTo(work, left, LEFT);
    await user.key(KEYSYM.shift, false);
    await scene.idle();
    const told = work.session.told;
    const gained = told.findIndex((one) => one.name === 'focus');
    expect(told[gained - 1]).toEqual({ name: 'keymap', down: [] });
    // Shift was pressed in the other qube; this one sees neither it nor its release.
    expect(keysOf(work)).toBe('');
    expect(keysOf(vault)).toBe(`+${code(KEYSYM.shift)} -${code(KEYSYM.shift)}`);
  });

  test('keys that are down are released when the focus goes', async () => {
    await user.key(KEYSYM.control, true);
    await scene.idle();
    await switchTo(work, left, LEFT);
    await user.key(KEYSYM.control, false);
    await scene.idle();
    expect(keysOf(vault)).toBe(`+${code(KEYSYM.control)} -${code(KEYSYM.control)}`);
    expect(keysOf(work)).toBe('');
  });

  test('an unfocused qube sees motion and wheel, and no modifier', async () => {
    await user.key(KEYSYM.shift, true);
    await user.move(LEFT.x + 10, LEFT.y + 20);
    await user.move(LEFT.x + 30, LEFT.y + 40);
    await user.button(5, true);
    await user.button(5, false);
    await scene.idle();
    expect(work.session.of('motion').at(-1)).toEqual({
      name: 'motion',
      id: left,
      x: 30,
      y: 40,
      state: 0,
    });
    expect(work.session.of('button')[0]).toMatchObject({ pressed: true, button: 5 });
    // xfwm4 gives the focus for a wheel as well, before the press.
    if (wm !== 'xfwm4') expect(work.session.of('button')[0]).toMatchObject({ state: 0 });
    expect(work.session.of('button')).toHaveLength(2);
    expect(work.session.of('keymap').every((one) => one.down.length === 0)).toBe(true);
    await user.key(KEYSYM.shift, false);
    await user.move(RIGHT.x + 10, RIGHT.y + 10);
    await focus(vault, right, RIGHT);
    await user.key(KEYSYM.shift, true);
    await user.move(RIGHT.x + 50, RIGHT.y + 50);
    await scene.idle();
    expect(vault.session.of('motion').at(-1)).toMatchObject({ x: 50, y: 50, state: SHIFT });
    await user.key(KEYSYM.shift, false);
  });

  test('a drag that leaves the window belongs to it until the button is up', async () => {
    await user.move(RIGHT.x + 20, RIGHT.y + 20);
    await user.button(1, true);
    await user.move(LEFT.x + 20, LEFT.y + 20);
    await user.button(1, false);
    await scene.idle();
    expect(vault.session.of('motion').at(-1)).toMatchObject({
      x: LEFT.x - RIGHT.x + 20,
      y: 20,
      state: 0x100,
    });
    expect(vault.session.of('button').at(-1)).toMatchObject({ pressed: false, button: 1 });
    expect(work.session.of('button')).toEqual([]);
    expect(work.session.of('motion')).toEqual([]);
  });

  test('crossings tell of the own edge, not of where the pointer went', async () => {
    await user.move(RIGHT.x + 100, RIGHT.y + 100);
    await user.move(20, 20);
    await scene.idle();
    const told = vault.session.told;
    const entered = told.findIndex((one) => one.name === 'crossing' && one.enter);
    expect(told[entered - 1]).toEqual({ name: 'keymap', down: [] });
    const [enter, leave] = vault.session.of('crossing').slice(-2);
    expect(enter).toMatchObject({ enter: true, x: 100, y: 100, focus: true });
    expect(leave).toMatchObject({ enter: false, x: -1, y: -1 });
  });

  test('a button that is down when its window goes is up again for the qube', async () => {
    const id = next++;
    const menu = vault.open(
      id,
      { ...RIGHT, x: 500, width: 80, height: 80 },
      { overrideRedirect: true },
    );
    await scene.shown(vault, id);
    await user.move(540, RIGHT.y + 40);
    await user.button(1, true);
    await waitUntil(() => vault.session.of('button').length === 1, 'pressed');
    vault.port.windowDestroyed(menu);
    expect(vault.session.of('button').at(-1)).toMatchObject({ id: right, pressed: false });
    await user.button(1, false);
    await scene.idle();
    expect(vault.session.of('button')).toHaveLength(2);
  });

  test('the focused window goes with keys down: the qube gets an empty keymap', async () => {
    const id = next++;
    const gone = vault.open(id, { x: 450, y: 500, width: 200, height: 100 });
    await scene.shown(vault, id);
    await focus(vault, gone, { x: 500, y: 520 });
    await user.key(KEYSYM.control, true);
    await waitUntil(() => keysOf(vault) !== '', 'pressed');
    forget();
    vault.port.windowDestroyed(gone);
    expect(vault.session.told).toEqual([{ name: 'keymap', down: [] }]);
    vault.session.focused = undefined;
    await user.move(LEFT.x + 20, LEFT.y + 20);
    await user.tap(97);
    await user.key(KEYSYM.control, false);
    await scene.idle();
    // Keys that fall to the window under the pointer are not forwarded.
    expect(keysOf(work)).toBe('');
    await focus(vault, right, RIGHT);
  });

  test('a new window of an unfocused qube does not take the focus', async () => {
    const id = next++;
    const opened = work.open(id, { x: 300, y: 480, width: 200, height: 150 });
    await scene.shown(work, id);
    await scene.idle();
    await user.type('a');
    await scene.idle();
    expect(keysOf(work)).toBe('');
    expect(keysOf(vault)).toBe(`+${code(97)} -${code(97)}`);
    work.port.windowDestroyed(opened);
  });

  test('key repeat of dom0 is passed on as releases and presses', async () => {
    await user.key(97, true);
    await waitUntil(() => vault.session.of('key').length > 6, 'it repeats');
    await user.key(97, false);
    await scene.idle();
    const keys = vault.session.of('key');
    expect(keys.map((one) => one.pressed)).toEqual(keys.map((_, at) => at % 2 === 0));
    expect(keys.at(-1)?.pressed).toBe(false);
  });

  test('100 times back and forth leave no key stuck', async () => {
    for (let n = 0; n < 100; n++) {
      await user.key(KEYSYM.alt, true);
      if (wm === 'none') {
        const [qube, id, at] =
          n % 2 ? ([vault, right, RIGHT] as const) : ([work, left, LEFT] as const);
        await user.click(at.x + 5, at.y + 5);
        if (n % 10 === 9) await waitUntil(() => lastFocus(qube) === id, 'focus');
      } else await user.tap(KEYSYM.tab);
      await user.key(KEYSYM.alt, false);
    }
    await scene.idle();
    for (const qube of [work, vault]) {
      const down = new Set<number>();
      for (const { pressed, keycode } of qube.session.of('key')) {
        if (pressed) down.add(keycode);
        else expect(down.delete(keycode)).toBe(true);
      }
      expect([...down]).toEqual([]);
    }
  });

  if (wm === 'none') {
    test('a button that was pressed elsewhere is not released in a qube', async () => {
      await user.move(640, 700);
      await user.button(1, true);
      await user.move(RIGHT.x + 20, RIGHT.y + 20);
      await user.button(1, false);
      await scene.idle();
      expect(vault.session.of('motion').at(-1)).toMatchObject({ x: 20, y: 20, state: 0 });
      expect(vault.session.of('button')).toEqual([]);
    });
    return;
  }

  test('the close button closes', async () => {
    pager.close((await scene.shown(vault, right)).window);
    await waitUntil(() => vault.session.of('close').length === 1, 'close');
    expect(vault.session.of('close')).toEqual([{ name: 'close', id: right }]);
    expect(work.session.of('close')).toEqual([]);
  });
});
