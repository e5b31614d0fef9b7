/**
 * States, cursors and tray icons: what a program asks of its window manager,
 * and what dom0 made of it.
 */
import { describe, expect, test } from 'vitest';
import { WINDOW_FLAG } from '../../../src/protocol/from-vm.ts';
import { EVENT_MASK } from '../../../src/x11/package-records.ts';
import {
  ATOM,
  getCardinals,
  getProperty,
  setAtoms,
  setCardinals,
} from '../../../src/x11/properties.ts';
import { waitUntil } from '../../rig/wait.ts';
import type { Program } from './program.ts';
import { onStage } from './stage.ts';

const NAMES = [
  ...(['_NET_WM_STATE', '_NET_WM_STATE_FULLSCREEN', '_NET_WM_STATE_HIDDEN'] as const),
  ...(['_NET_WM_STATE_ABOVE', '_NET_WM_STATE_DEMANDS_ATTENTION', 'WM_CHANGE_STATE'] as const),
  ...(['WM_STATE', '_NET_ACTIVE_WINDOW', '_NET_SUPPORTED', '_NET_SUPPORTING_WM_CHECK'] as const),
  ...(['_NET_WM_NAME', 'UTF8_STRING'] as const),
] as const;

function askRoot(program: Program, window: number, type: number, data: number[]): void {
  const { x } = program;
  x.X.SendEvent(x.root, 0, EVENT_MASK.substructureNotify | EVENT_MASK.substructureRedirect, {
    name: 'ClientMessage',
    format: 32,
    wid: window,
    message_type: type,
    data,
  });
  x.flush();
}

describe('states', () => {
  test('programs find a window manager', () =>
    onStage(async ({ program }) => {
      const { x } = program;
      const atoms = await x.intern(NAMES);
      const [check] = await getCardinals(x, x.root, atoms._NET_SUPPORTING_WM_CHECK, ATOM.WINDOW);
      expect(await getCardinals(x, check as number, atoms._NET_SUPPORTING_WM_CHECK)).toEqual([
        check,
      ]);
      const name = await getProperty(x, check as number, atoms._NET_WM_NAME, atoms.UTF8_STRING);
      expect(name?.data.toString()).toBe('Livery');
      const supported = await getCardinals(x, x.root, atoms._NET_SUPPORTED, ATOM.ATOM);
      expect(supported).toContain(atoms._NET_WM_STATE_FULLSCREEN);
      const control = await x.request<{ globalAutoRepeat: number }>((done) =>
        x.X.GetKeyboardControl(done),
      );
      expect(control.globalAutoRepeat).toBe(0);
    }));

  test('a program\u2019s wish is told as flags; the property says what dom0 shows', () =>
    onStage(async ({ daemon, program }) => {
      const { x } = program;
      const atoms = await x.intern(NAMES);
      const window = program.window({ mapped: false });
      setAtoms(x, window, atoms._NET_WM_STATE, [atoms._NET_WM_STATE_ABOVE]);
      x.X.MapWindow(window);
      x.flush();
      await daemon.expect('map', (one) => one.window === window);
      const { _NET_WM_STATE: type, _NET_WM_STATE_FULLSCREEN: fullscreen } = atoms;
      askRoot(program, window, type, [1, fullscreen, 0, 1, 0]);
      await daemon.expect('flags', (one) => one.set === WINDOW_FLAG.fullscreen);
      expect(await getCardinals(x, window, type, ATOM.ATOM)).toEqual([atoms._NET_WM_STATE_ABOVE]);
      daemon.send({ name: 'flags', window, set: WINDOW_FLAG.fullscreen, unset: 0 });
      await waitUntil(
        async () => (await getCardinals(x, window, type, ATOM.ATOM)).includes(fullscreen),
        'the program sees that it is granted',
      );
      expect(await getCardinals(x, window, type, ATOM.ATOM)).toEqual([
        atoms._NET_WM_STATE_ABOVE,
        fullscreen,
      ]);
      // Toggle: it is set, so it is unset.
      askRoot(program, window, type, [2, fullscreen, 0, 1, 0]);
      await daemon.expect('flags', (one) => one.unset === WINDOW_FLAG.fullscreen);
      daemon.send({ name: 'flags', window, set: 0, unset: WINDOW_FLAG.fullscreen });
      await waitUntil(
        async () => !(await getCardinals(x, window, type, ATOM.ATOM)).includes(fullscreen),
        'it is taken back',
      );
    }));

  test('minimized and restored: asked for, shown, never unset by the qube', () =>
    onStage(async ({ daemon, program }) => {
      const { x } = program;
      const atoms = await x.intern(NAMES);
      const window = program.window({});
      await daemon.expect('map', (one) => one.window === window);
      await waitUntil(
        async () => (await getCardinals(x, window, atoms.WM_STATE))[0] === 1,
        'WM_STATE is Normal',
      );
      askRoot(program, window, atoms.WM_CHANGE_STATE, [3, 0, 0, 0, 0]);
      await daemon.expect('flags', (one) => one.set === WINDOW_FLAG.minimize);
      daemon.send({ name: 'flags', window, set: WINDOW_FLAG.minimize, unset: 0 });
      await waitUntil(
        async () => (await getCardinals(x, window, atoms.WM_STATE))[0] === 3,
        'WM_STATE is Iconic',
      );
      askRoot(program, window, atoms._NET_WM_STATE, [0, atoms._NET_WM_STATE_HIDDEN, 0, 1, 0]);
      daemon.send({ name: 'flags', window, set: 0, unset: WINDOW_FLAG.minimize });
      daemon.send({ name: 'map', window, overrideRedirect: false });
      await waitUntil(
        async () => (await getCardinals(x, window, atoms.WM_STATE))[0] === 1,
        'WM_STATE is Normal again',
      );
      expect(daemon.all('flags').every((one) => one.unset === 0)).toBe(true);
    }));

  test('wanting the focus, and urgency, are told as wanting attention', () =>
    onStage(async ({ daemon, program }) => {
      const { x } = program;
      const atoms = await x.intern(NAMES);
      const window = program.window({});
      await daemon.expect('map', (one) => one.window === window);
      askRoot(program, window, atoms._NET_ACTIVE_WINDOW, [1, 0, 0, 0, 0]);
      await waitUntil(() => daemon.all('flags').length === 1, 'attention');
      setCardinals(x, window, ATOM.WM_HINTS, [256, 0, 0, 0, 0, 0, 0, 0, 0], ATOM.WM_HINTS);
      x.flush();
      await waitUntil(() => daemon.all('flags').length === 2, 'urgency');
      setCardinals(x, window, ATOM.WM_HINTS, [0, 0, 0, 0, 0, 0, 0, 0, 0], ATOM.WM_HINTS);
      x.flush();
      await waitUntil(() => daemon.all('flags').length === 3, 'no urgency');
      const attention = WINDOW_FLAG.demandsAttention;
      expect(daemon.all('flags').map(({ set, unset }) => [set, unset])).toEqual([
        [attention, 0],
        [attention, 0],
        [0, attention],
      ]);
    }));
});

describe('cursors', () => {
  const crossing = { mode: 0, detail: 0, focus: false, state: 0 } as const;

  test('a real terminal\u2019s text cursor is told, and the default one elsewhere', () =>
    onStage(async ({ rig, daemon, program }) => {
      await rig.run('xterm', '-title', 'shell', '-e', 'sleep', '60');
      const shell = await daemon.window('shell');
      const other = program.window({ x: 700, y: 500 });
      await daemon.expect('map', (one) => one.window === other);
      daemon.send({ name: 'crossing', window: shell, entered: true, x: 30, y: 30, ...crossing });
      const cursor = await daemon.expect('cursor', (one) => one.window === shell);
      expect(cursor.glyph).toBe(152);
      daemon.send({ name: 'crossing', window: other, entered: true, x: 3, y: 3, ...crossing });
      await daemon.expect('cursor', (one) => one.window === other && one.glyph === 68);
    }));

  test('cursors of the font are known by their shape, named ones by name, others not', () =>
    onStage(async ({ daemon, program }) => {
      const { x } = program;
      const window = program.window({});
      await daemon.expect('map', (one) => one.window === window);
      const font = x.allocId();
      x.X.OpenFont(font, 'cursor');
      const glyph = (source: number): number => {
        const cursor = x.allocId();
        const red = { R: 0xffff, G: 0, B: 0 };
        x.X.CreateGlyphCursor(cursor, font, font, source, source + 1, red, { R: 1, G: 1, B: 1 });
        return cursor;
      };
      const show = (cursor: number): void => {
        x.X.ChangeWindowAttributes(window, { cursor });
        x.flush();
      };
      show(glyph(60));
      daemon.send({ name: 'crossing', window, entered: true, x: 5, y: 5, ...crossing });
      await daemon.expect('cursor', (one) => one.glyph === 60);
      show(glyph(116));
      await daemon.expect('cursor', (one) => one.glyph === 116);
      const named = glyph(150);
      const fixes = await x.extension<{ SetCursorName(cursor: number, name: string): void }>(
        'fixes',
      );
      fixes.SetCursorName(named, 'text');
      show(named);
      await daemon.expect('cursor', (one) => one.glyph === 152);
      const bitmap = x.allocId();
      x.X.CreatePixmap(bitmap, window, 1, 16, 16);
      const own = x.allocId();
      x.X.CreateCursor(own, bitmap, 0, { R: 0, G: 0, B: 0 }, { R: 0, G: 0, B: 0 }, 3, 3);
      show(own);
      await daemon.expect('cursor', (one) => one.glyph === undefined);
    }));
});

describe('a tray icon', () => {
  test('is docked, shown, placed by dom0, and goes', () =>
    onStage(async ({ rig, daemon, program }) => {
      const { x } = program;
      const atoms = await x.intern([
        ...(['_NET_SYSTEM_TRAY_S0', '_NET_SYSTEM_TRAY_OPCODE', '_XEMBED', '_XEMBED_INFO'] as const),
      ]);
      const tray = await waitUntil(
        () => x.request<number>((done) => x.X.GetSelectionOwner(atoms._NET_SYSTEM_TRAY_S0, done)),
        'there is a tray',
      );
      const icon = program.window({ mapped: false, background: 0x00aa00, title: 'icon' });
      setCardinals(x, icon, atoms._XEMBED_INFO, [0, 1], atoms._XEMBED_INFO);
      x.X.SendEvent(tray, 0, 0, {
        name: 'ClientMessage',
        format: 32,
        wid: tray,
        message_type: atoms._NET_SYSTEM_TRAY_OPCODE,
        data: [0, 0, icon, 0, 0],
      });
      x.flush();
      await daemon.expect('dock', (one) => one.window === icon);
      await daemon.expect('shmImage', (one) => one.window === icon);
      const embedded = await program.expect(
        'ClientMessage',
        (event) => event.message_type === atoms._XEMBED,
      );
      expect(embedded.data[1]).toBe(0);
      await program.expect('MapNotify', (event) => event.wid === icon);
      await rig.samePixels(daemon, icon);
      // dom0 gives it its place and size.
      const rect = { x: 900, y: 3, width: 24, height: 24 };
      daemon.send({ name: 'configure', window: icon, ...rect });
      await daemon.expect('dump', (one) => one.window === icon && one.width === 24);
      await rig.samePixels(daemon, icon);
      expect(daemon.all('configure', icon).at(-1)).toMatchObject(rect);
      // An icon that grows is put back.
      x.X.ConfigureWindow(icon, { width: 200, height: 200 });
      x.flush();
      await program.expect('ConfigureNotify', (event) => event.width === 200);
      await waitUntil(() => program.of('ConfigureNotify').at(-1)?.width === 24, 'it is put back');
      program.fill(icon, 0xaa0000, [4, 4, 8, 8]);
      await rig.samePixels(daemon, icon);
      // A click on it arrives in it.
      const at = { window: icon, x: 5, y: 6, state: 0 };
      daemon.send({ name: 'motion', ...at });
      daemon.send({ name: 'button', ...at, pressed: true, button: 1 });
      expect(await program.expect('ButtonPress')).toMatchObject({ wid: icon, x: 5, y: 6 });
      // A new daemon gets it docked.
      daemon[Symbol.dispose]();
      const next = await rig.daemon();
      await next.expect('dock', (one) => one.window === icon);
      await next.expect('shmImage', (one) => one.window === icon);
      await rig.samePixels(next, icon);
      x.X.DestroyWindow(icon);
      x.flush();
      await next.expect('destroy', (one) => one.window === icon);
      expect(next.all('map', icon)).toEqual([]);
      expect(next.all('create')).toHaveLength(1);
    }));
});
