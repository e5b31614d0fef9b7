/**
 * Input of dom0 in the qube: keys with their modifiers to the window that has
 * the focus, pointer and buttons to the place that is meant, and everything let
 * go when it should be.
 */
import { describe, expect, test } from 'vitest';
import type { VmWindowId } from '../../../src/base/ids.ts';
import type { Callback } from '../../../src/x11/package-records.ts';
import { ATOM, setAtoms, setCardinals } from '../../../src/x11/properties.ts';
import { waitUntil } from '../../rig/wait.ts';
import type { Program } from './program.ts';
import type { ScriptedDaemon } from './scripted-daemon.ts';
import { onStage } from './stage.ts';

/** Keycodes of the evdev layout, which dom0 and the qube share. */
const KEY = { a: 38, b: 56, shiftL: 50, shiftR: 62, control: 37, caps: 66, num: 77, enter: 36 };
const SHIFT = 1;
const LOCK = 2;
const CONTROL = 4;
const NUM = 16;

const XKB_CORE_KEYBOARD = 0x100;

interface LockState {
  LatchLockState(
    ...words: readonly [
      ...[device: number, affectLocks: number, locks: number, lockGroup: number, group: number],
      ...[affectLatches: number, latches: number, latchGroup: number, groupLatch: number],
    ]
  ): void;
}

interface ModifierMapper {
  SetModifierMapping(rows: readonly (readonly number[])[], done: Callback<number>): void;
}

function key(
  daemon: ScriptedDaemon,
  window: VmWindowId,
  keycode: number,
  pressed: boolean,
  state = 0,
): void {
  daemon.send({ name: 'key', window, x: 0, y: 0, state, keycode, pressed });
}

function stroke(daemon: ScriptedDaemon, window: VmWindowId, keycode: number, state = 0): void {
  key(daemon, window, keycode, true, state);
  key(daemon, window, keycode, false, state);
}

async function focused(
  daemon: ScriptedDaemon,
  program: Program,
  window: VmWindowId,
): Promise<void> {
  await daemon.expect('map', (one) => one.window === window);
  daemon.send({ name: 'focus', window, focused: true, mode: 0, detail: 3 });
  await program.expect('FocusIn', (event) => event.wid === window);
}

const keys = (program: Program) =>
  program.events.flatMap((event) =>
    event.name === 'KeyPress' || event.name === 'KeyRelease'
      ? [`${event.name === 'KeyPress' ? '+' : '-'}${event.keycode}`]
      : [],
  );

describe('keys', () => {
  test('what is typed into a real terminal arrives in it', () =>
    onStage(async ({ rig, daemon }) => {
      const file = `${rig.directory}/typed`;
      await rig.run(
        'xterm',
        '-title',
        'shell',
        '-e',
        'sh',
        '-c',
        `read line; printf %s "$line" > ${file}`,
      );
      const window = await daemon.window('shell');
      await daemon.expect('shmImage', (one) => one.window === window);
      daemon.send({ name: 'focus', window, focused: true, mode: 0, detail: 3 });
      for (const [keycode, state] of [
        [KEY.a, 0],
        [KEY.b, SHIFT],
        [KEY.a, LOCK],
        [KEY.b, 0],
        [KEY.enter, 0],
      ] as const) {
        stroke(daemon, window, keycode, state);
      }
      const { readFileSync, existsSync } = await import('node:fs');
      await waitUntil(
        () => existsSync(file) && readFileSync(file, 'utf8') !== '',
        'the line is read',
      );
      expect(readFileSync(file, 'utf8')).toBe('aBAb');
    }));

  test('modifiers are brought in line before each key, and back', () =>
    onStage(async ({ daemon, program }) => {
      const window = program.window({});
      await focused(daemon, program, window);
      stroke(daemon, window, KEY.a, SHIFT | CONTROL);
      stroke(daemon, window, KEY.b, 0);
      const press = await program.expect('KeyPress', (event) => event.keycode === KEY.a);
      expect(press.buttons & 0xff).toBe(SHIFT | CONTROL);
      const plain = await program.expect('KeyPress', (event) => event.keycode === KEY.b);
      expect(plain.buttons & 0xff).toBe(0);
      await program.expect('KeyRelease', (event) => event.keycode === KEY.b);
      expect(keys(program)).toEqual([
        ...[`+${KEY.shiftL}`, `+${KEY.control}`, `+${KEY.a}`, `-${KEY.a}`],
        ...[`-${KEY.shiftL}`, `-${KEY.control}`, `+${KEY.b}`, `-${KEY.b}`],
      ]);
    }));

  test('the right shift that is down is the one that is let go', () =>
    onStage(async ({ daemon, program }) => {
      const window = program.window({});
      await focused(daemon, program, window);
      key(daemon, window, KEY.shiftR, true);
      stroke(daemon, window, KEY.a, SHIFT);
      // Released where the qube could not see it.
      stroke(daemon, window, KEY.b, 0);
      await program.expect('KeyRelease', (event) => event.keycode === KEY.b);
      expect(keys(program)).toEqual([
        ...[`+${KEY.shiftR}`, `+${KEY.a}`, `-${KEY.a}`],
        ...[`-${KEY.shiftR}`, `+${KEY.b}`, `-${KEY.b}`],
      ]);
    }));

  test('Caps Lock and Num Lock are struck, on and off', () =>
    onStage(async ({ daemon, program }) => {
      const window = program.window({});
      await focused(daemon, program, window);
      stroke(daemon, window, KEY.a, LOCK | NUM);
      stroke(daemon, window, KEY.a, LOCK | NUM);
      stroke(daemon, window, KEY.b, 0);
      await program.expect('KeyRelease', (event) => event.keycode === KEY.b);
      const states = program
        .of('KeyPress')
        .flatMap((event) =>
          event.keycode === KEY.a || event.keycode === KEY.b ? [event.buttons & 0xff] : [],
        );
      expect(states).toEqual([LOCK | NUM, LOCK | NUM, 0]);
      expect(keys(program).filter((text) => text === `+${KEY.caps}`)).toHaveLength(2);
      expect(keys(program).filter((text) => text === `+${KEY.num}`)).toHaveLength(2);
    }));

  test('Caps Lock that a program locked is unlocked before the next key', () =>
    onStage(async ({ daemon, program }) => {
      const window = program.window({});
      await focused(daemon, program, window);
      // The first one makes the keyboard of XTEST the one in use, which is news of its own.
      for (const keycode of [KEY.a, KEY.enter]) {
        stroke(daemon, window, keycode, 0);
        await program.expect('KeyRelease', (event) => event.keycode === keycode);
      }
      const xkb = await program.x.extension<LockState>('xkb');
      xkb.LatchLockState(XKB_CORE_KEYBOARD, LOCK, LOCK, 0, 0, 0, 0, 0, 0);
      await program.x.sync();
      stroke(daemon, window, KEY.b, 0);
      const press = await program.expect('KeyPress', (event) => event.keycode === KEY.b);
      expect(press.buttons & 0xff).toBe(0);
    }));

  test('modifiers that a program gave to other keys are struck on those', () =>
    onStage(async ({ daemon, program }) => {
      const window = program.window({});
      await focused(daemon, program, window);
      stroke(daemon, window, KEY.a, SHIFT);
      await program.expect('KeyRelease', (event) => event.keycode === KEY.a);
      stroke(daemon, window, KEY.a, 0);
      await program.expect('KeyRelease', (event) => event.keycode === KEY.shiftL);
      await program.x.request<number>((done) =>
        (program.x.X as unknown as ModifierMapper).SetModifierMapping(
          [[KEY.shiftR], [KEY.caps], [KEY.control], [], [KEY.num], [], [], []],
          done,
        ),
      );
      await program.expect('MappingNotify');
      stroke(daemon, window, KEY.b, SHIFT);
      await program.expect('KeyRelease', (event) => event.keycode === KEY.b);
      const after = keys(program).slice(keys(program).indexOf(`-${KEY.shiftL}`) + 1);
      expect(after).toContain(`+${KEY.shiftR}`);
      expect(after).not.toContain(`+${KEY.shiftL}`);
    }));

  test('a key that dom0 repeats is repeated, and by nobody else', () =>
    onStage(async ({ daemon, program }) => {
      const window = program.window({});
      await focused(daemon, program, window);
      for (let i = 0; i < 3; i++) key(daemon, window, KEY.a, true);
      key(daemon, window, KEY.a, false);
      stroke(daemon, window, KEY.b);
      await program.expect('KeyRelease', (event) => event.keycode === KEY.b);
      expect(keys(program)).toEqual([
        ...[`+${KEY.a}`, `-${KEY.a}`, `+${KEY.a}`, `-${KEY.a}`, `+${KEY.a}`, `-${KEY.a}`],
        ...[`+${KEY.b}`, `-${KEY.b}`],
      ]);
    }));

  test('KEYMAP_NOTIFY lets go of every key that is not in it, and presses none', () =>
    onStage(async ({ daemon, program }) => {
      const window = program.window({});
      await focused(daemon, program, window);
      key(daemon, window, KEY.a, true);
      key(daemon, window, KEY.b, true);
      const bitmap = new Uint8Array(32);
      bitmap[KEY.b >> 3] = 1 << (KEY.b & 7);
      bitmap[KEY.enter >> 3] = (bitmap[KEY.enter >> 3] as number) | (1 << (KEY.enter & 7));
      daemon.send({ name: 'keymap', window: 0 as VmWindowId, bitmap });
      await program.expect('KeyRelease', (event) => event.keycode === KEY.a);
      stroke(daemon, window, KEY.control);
      await program.expect('KeyRelease', (event) => event.keycode === KEY.control);
      expect(keys(program)).not.toContain(`-${KEY.b}`);
      expect(keys(program)).not.toContain(`+${KEY.enter}`);
    }));

  test('impossible keycodes and buttons do no harm', () =>
    onStage(async ({ daemon, program }) => {
      const window = program.window({});
      await focused(daemon, program, window);
      for (const keycode of [0, 7, 256, 0xffffffff]) stroke(daemon, window, keycode);
      for (const button of [0, 200, 0xffffffff]) {
        daemon.send({ name: 'button', window, x: 0, y: 0, state: 0, pressed: true, button });
      }
      stroke(daemon, window, KEY.a);
      await program.expect('KeyRelease', (event) => event.keycode === KEY.a);
      expect(keys(program)).toEqual([`+${KEY.a}`, `-${KEY.a}`]);
    }));
});

describe('the pointer', () => {
  const at = (window: VmWindowId, x: number, y: number) => ({ window, x, y, state: 0 });
  const crossing = { mode: 0, detail: 0, focus: false, state: 0 } as const;

  test('is where the window is plus the position in it; buttons and wheel act there', () =>
    onStage(async ({ daemon, program }) => {
      const window = program.window({ x: 200, y: 100 });
      await daemon.expect('map', (one) => one.window === window);
      daemon.send({ name: 'crossing', window, entered: true, x: 7, y: 8, ...crossing });
      daemon.send({ name: 'motion', ...at(window, 33, 44) });
      for (const button of [1, 4]) {
        daemon.send({ name: 'button', ...at(window, 33, 44), pressed: true, button });
        daemon.send({ name: 'button', ...at(window, 33, 44), pressed: false, button });
      }
      const wheel = await program.expect('ButtonRelease', (event) => event.keycode === 4);
      expect(wheel).toMatchObject({ x: 33, y: 44, rootx: 233, rooty: 144, wid: window });
      expect(program.of('EnterNotify')).toHaveLength(1);
      expect(program.of('ButtonPress').map((event) => event.keycode)).toEqual([1, 4]);
    }));

  test('the position follows a move of the window that is still under way', () =>
    onStage(async ({ daemon, program }) => {
      const window = program.window({ x: 0, y: 0 });
      await daemon.expect('map', (one) => one.window === window);
      daemon.send({ name: 'configure', window, x: 400, y: 300, width: 120, height: 90 });
      daemon.send({ name: 'motion', ...at(window, 5, 6) });
      const motion = await program.expect('MotionNotify', (event) => event.wid === window);
      expect(motion).toMatchObject({ rootx: 405, rooty: 306, x: 5, y: 6 });
    }));

  test('leaving gives the program its LeaveNotify; entering again its EnterNotify', () =>
    onStage(async ({ daemon, program }) => {
      const window = program.window({ x: 50, y: 50 });
      await daemon.expect('map', (one) => one.window === window);
      daemon.send({ name: 'crossing', window, entered: true, x: 7, y: 8, ...crossing });
      await program.expect('EnterNotify');
      daemon.send({ name: 'crossing', window, entered: false, x: 7, y: 8, ...crossing });
      await program.expect('LeaveNotify');
      daemon.send({ name: 'crossing', window, entered: true, x: 7, y: 8, ...crossing });
      await waitUntil(() => program.of('EnterNotify').length === 2, 'it is entered again');
      // A grab's crossing says nothing about the place.
      daemon.send({ name: 'crossing', window, entered: false, x: 7, y: 8, ...crossing, mode: 1 });
      daemon.send({ name: 'motion', ...at(window, 9, 9) });
      await program.expect('MotionNotify', (event) => event.x === 9);
      expect(program.of('LeaveNotify')).toHaveLength(1);
      // The stub is ours and was never told.
      expect(daemon.all('create')).toHaveLength(1);
    }));

  test('a window that dom0 shows on top gets its clicks although another covers it here', () =>
    onStage(async ({ daemon, program }) => {
      const lower = program.window({ x: 100, y: 100 });
      const upper = program.window({ x: 110, y: 110 });
      await daemon.expect('map', (one) => one.window === upper);
      daemon.send({ name: 'crossing', window: lower, entered: true, x: 50, y: 50, ...crossing });
      daemon.send({ name: 'button', ...at(lower, 50, 50), pressed: true, button: 1 });
      const press = await program.expect('ButtonPress');
      expect(press.wid).toBe(lower);
    }));

  test('messages for windows that are gone are nothing', () =>
    onStage(async ({ daemon, program }) => {
      const window = program.window({});
      await daemon.expect('map', (one) => one.window === window);
      const gone = 0x12345678 as VmWindowId;
      daemon.send({ name: 'motion', ...at(gone, 1, 1) });
      daemon.send({ name: 'crossing', window: gone, entered: true, x: 1, y: 1, ...crossing });
      daemon.send({ name: 'focus', window: gone, focused: true, mode: 0, detail: 3 });
      daemon.send({ name: 'configure', window: gone, x: 1, y: 1, width: 10, height: 10 });
      daemon.send({ name: 'flags', window: gone, set: 1, unset: 0 });
      daemon.send({ name: 'map', window: gone, overrideRedirect: false });
      daemon.send({ name: 'close', window: gone });
      daemon.send({ name: 'motion', ...at(window, 12, 13) });
      await program.expect('MotionNotify', (event) => event.x === 12);
    }));
});

describe('focus and closing', () => {
  test('only modes Normal and Ungrab count; out leaves nobody focused', () =>
    onStage(async ({ daemon, program }) => {
      const window = program.window({});
      const other = program.window({});
      await focused(daemon, program, window);
      daemon.send({ name: 'focus', window: other, focused: true, mode: 3, detail: 3 });
      daemon.send({ name: 'focus', window: other, focused: false, mode: 0, detail: 3 });
      key(daemon, window, KEY.a, true);
      expect((await program.expect('KeyPress')).wid).toBe(window);
      daemon.send({ name: 'focus', window, focused: false, mode: 0, detail: 3 });
      await program.expect('FocusOut', (event) => event.wid === window);
      const { focus } = await program.x.request<{ focus: number }>((done) =>
        program.x.X.GetInputFocus(done),
      );
      expect(focus).toBe(0);
    }));

  test('WM_TAKE_FOCUS comes with a time that the server accepts', () =>
    onStage(async ({ daemon, program }) => {
      const { x } = program;
      const atoms = await x.intern(['WM_PROTOCOLS', 'WM_TAKE_FOCUS', 'WM_DELETE_WINDOW']);
      const window = program.window({ mapped: false });
      setAtoms(x, window, atoms.WM_PROTOCOLS, [atoms.WM_TAKE_FOCUS]);
      // Globally active: wants to take the focus by itself.
      setCardinals(x, window, ATOM.WM_HINTS, [1, 0, 0, 0, 0, 0, 0, 0, 0], ATOM.WM_HINTS);
      x.X.MapWindow(window);
      x.flush();
      await daemon.expect('map', (one) => one.window === window);
      daemon.send({ name: 'focus', window, focused: true, mode: 0, detail: 3 });
      const message = await program.expect('ClientMessage');
      expect(message.data[0]).toBe(atoms.WM_TAKE_FOCUS);
      expect(message.data[1]).toBeGreaterThan(0);
      expect(program.of('FocusIn')).toEqual([]);
    }));

  test('CLOSE asks a program that can be asked, and ends one that cannot', () =>
    onStage(async ({ rig, daemon, program }) => {
      const { x } = program;
      const atoms = await x.intern(['WM_PROTOCOLS', 'WM_DELETE_WINDOW']);
      const polite = program.window({ mapped: false });
      setAtoms(x, polite, atoms.WM_PROTOCOLS, [atoms.WM_DELETE_WINDOW]);
      x.X.MapWindow(polite);
      x.flush();
      await daemon.expect('map', (one) => one.window === polite);
      daemon.send({ name: 'close', window: polite });
      const message = await program.expect('ClientMessage');
      expect(message.data[0]).toBe(atoms.WM_DELETE_WINDOW);
      const { Program } = await import('./program.ts');
      const deaf = new Program(await rig.client());
      const window = deaf.window({});
      await daemon.expect('map', (one) => one.window === window);
      const closed = new Promise<void>((resolve) => deaf.x.onClosed(() => resolve()));
      daemon.send({ name: 'close', window });
      await closed;
      await daemon.expect('destroy', (one) => one.window === window);
    }));
});
