/**
 * Windows of real programs, and of a program that makes every kind of window,
 * seen from the daemon's side.
 */
import { describe, expect, test } from 'vitest';
import { native } from '../../../src/native/addon.ts';
import { WINDOW_FLAG } from '../../../src/protocol/from-vm.ts';
import {
  ATOM,
  setAtoms,
  setBytes,
  setCardinals,
  setText,
  setWindows,
} from '../../../src/x11/properties.ts';
import { waitUntil } from '../../rig/wait.ts';
import { textOf } from './scripted-daemon.ts';
import { onStage } from './stage.ts';

describe('real programs', () => {
  test('xclock and xterm are announced and their pixels are the qube\u2019s', () =>
    onStage(async ({ rig, daemon }) => {
      await rig.run('xclock', '-geometry', '200x150+30+40', '-title', 'the clock', '-update', '1');
      await rig.run('xterm', '-title', 'the terminal', '-e', 'echo first line; exec sleep 60');
      const clock = await daemon.window('the clock');
      const terminal = await daemon.window('the terminal');
      for (const window of [clock, terminal]) {
        await daemon.expect('shmImage', (one) => one.window === window);
        await rig.samePixels(daemon, window);
      }
      expect(await rig.qubePixels(clock)).toMatchObject({ width: 200, height: 150 });
      const [wmClass] = daemon.all('wmClass', terminal);
      expect([wmClass?.resClass, wmClass?.resName].map((text) => text && textOf(text))).toEqual([
        'XTerm',
        'xterm',
      ]);
      const hints = await daemon.expect(
        'hints',
        (one) => one.window === terminal && one.widthInc > 1,
        'the size of a character',
      );
      expect(hints.baseWidth).toBeGreaterThan(0);
    }));

  test('a GTK program: its window and its menu, each with its pixels', () =>
    onStage(async ({ rig, daemon }) => {
      await rig.run('mousepad', '--disable-server');
      const { window } = await daemon.expect('map', (one) => !one.overrideRedirect, 'the editor');
      await daemon.expect('shmImage', (one) => one.window === window);
      daemon.send({ name: 'focus', window, focused: true, mode: 0, detail: 3 });
      await rig.samePixels(daemon, window);
      // A click into the menu bar opens the first menu.
      const at = { x: 15, y: 12, state: 0 };
      const crossing = { mode: 0, detail: 0, focus: true } as const;
      daemon.send({ name: 'crossing', window, entered: true, ...at, ...crossing });
      daemon.send({ name: 'motion', window, ...at });
      daemon.send({ name: 'button', window, ...at, pressed: true, button: 1 });
      daemon.send({ name: 'button', window, ...at, pressed: false, button: 1 });
      const menu = await daemon.expect('map', (one) => one.overrideRedirect, 'the menu');
      await rig.samePixels(daemon, menu.window);
      const place = daemon.all('configure', menu.window).concat().at(-1);
      const created = daemon.all('create', menu.window)[0];
      expect((place ?? created)?.y).toBeGreaterThan(10);
      // Escape closes it.
      daemon.send({ name: 'key', window, ...at, pressed: true, keycode: 9 });
      daemon.send({ name: 'key', window, ...at, pressed: false, keycode: 9 });
      await daemon.expect('unmap', (one) => one.window === menu.window);
    }));
});

describe('a window', () => {
  test('tells title, class, hints and parent before it is shown, and each only once', () =>
    onStage(async ({ daemon, program }) => {
      const { x } = program;
      const atoms = await x.intern([
        '_NET_WM_NAME',
        'UTF8_STRING',
        '_NET_WM_STATE',
        '_NET_WM_STATE_FULLSCREEN',
      ]);
      const parent = program.window({ title: 'parent' });
      const window = program.window({ mapped: false, width: 300, height: 200 });
      setText(x, window, atoms._NET_WM_NAME, `${'\u00e4'.repeat(80)}end`, atoms.UTF8_STRING);
      setBytes(x, window, ATOM.WM_CLASS, Buffer.from('instance\0Class\0', 'latin1'));
      setWindows(x, window, ATOM.WM_TRANSIENT_FOR, [parent]);
      setAtoms(x, window, atoms._NET_WM_STATE, [atoms._NET_WM_STATE_FULLSCREEN]);
      const hints = [16 + 32 + 64 + 256, 0, 0, 0, 0, 101, 50, 400, 300, 10, 5, 0, 0, 0, 0, 3, 4, 1];
      setCardinals(x, window, ATOM.WM_NORMAL_HINTS, hints, ATOM.WM_SIZE_HINTS);
      setBytes(x, window, ATOM.WM_CLASS, Buffer.from('instance\0Class\0', 'latin1'));
      x.X.MapWindow(window);
      const map = await daemon.expect('map', (one) => one.window === window);
      expect(map).toMatchObject({ transientFor: parent, overrideRedirect: false });
      await daemon.expect('dump', (one) => one.window === window);
      const said = daemon.messages.filter((one) => one.window === window).map((one) => one.name);
      expect(said[0]).toBe('create');
      expect(said.indexOf('wmClass')).toBeLessThan(said.indexOf('map'));
      expect(said.indexOf('map')).toBeLessThan(said.indexOf('dump'));
      for (const name of ['create', 'title', 'wmClass', 'hints', 'flags', 'map'] as const) {
        expect(daemon.all(name, window), name).toHaveLength(1);
      }
      expect(daemon.all('flags', window)[0]).toMatchObject({
        set: WINDOW_FLAG.fullscreen,
        unset: 0,
      });
      expect(daemon.all('hints', window)[0]).toMatchObject({
        // The minimum is brought onto the grid of base and increment: 3 + 9 * 10.
        ...{ minWidth: 93, minHeight: 49, maxWidth: 400, maxHeight: 300 },
        ...{ widthInc: 10, heightInc: 5, baseWidth: 3, baseHeight: 4 },
      });
      // 127 bytes at most, cut at a whole character.
      const [title] = daemon.all('title', window);
      expect(title && textOf(title.text)).toBe(`${'\u00e4'.repeat(62)}\u2026`);
    }));

  test('of depth 32 and one with a border are shown as they are', () =>
    onStage(async ({ rig, daemon, program }) => {
      const argb = program.window({ title: 'argb', argb: true, background: 0x80123456 });
      const bordered = program.window({ title: 'bordered', border: 7, x: 200 });
      program.fill(argb, 0xff654321, [10, 10, 20, 20]);
      for (const window of [argb, bordered]) {
        await daemon.expect('shmImage', (one) => one.window === window);
        await rig.samePixels(daemon, window);
      }
      const geometry = await program.x.request<{ borderWidth: number }>((done) =>
        program.x.X.GetGeometry(bordered, done),
      );
      expect(geometry.borderWidth).toBe(0);
    }));

  test('that takes input only is mapped and never dumped', () =>
    onStage(async ({ rig, daemon, program }) => {
      const window = program.window({ inputOnly: true });
      const other = program.window({ title: 'other' });
      await daemon.expect('map', (one) => one.window === window);
      await daemon.expect('shmImage', (one) => one.window === other);
      await rig.samePixels(daemon, other);
      expect(daemon.all('dump', window)).toEqual([]);
    }));

  test('shows what is drawn, and only that is told', () =>
    onStage(async ({ rig, daemon, program }) => {
      const window = program.window({ title: 'drawn', width: 400, height: 300 });
      await daemon.expect('shmImage', (one) => one.window === window);
      await rig.samePixels(daemon, window);
      const before = daemon.all('shmImage').length;
      program.fill(window, 0xff0000, [100, 50, 30, 20]);
      await waitUntil(() => daemon.all('shmImage').length > before, 'the damage is told');
      expect(daemon.all('shmImage').at(-1)).toMatchObject({ x: 100, y: 50, width: 30, height: 20 });
      for (let i = 0; i < 500; i++) program.fill(window, i * 4711, [i % 390, i % 290, 10, 10]);
      await program.x.sync();
      await rig.samePixels(daemon, window);
      // Floods are merged: far fewer messages than draws.
      expect(daemon.all('shmImage').length - before).toBeLessThan(400);
    }));

  test('is told of only when its pixels are in the pool', () =>
    onStage(async ({ rig, daemon, program }) => {
      const window = program.window({ width: 1000, height: 700 });
      await daemon.expect('shmImage', (one) => one.window === window);
      const dump = daemon.all('dump', window)[0];
      const last = (dump?.refs[0] ?? 0) * 4096 + (1000 * 700 - 1) * 4;
      const pixel = Buffer.alloc(4);
      /** The last pixel in the pool at the next message of damage that `fits`. */
      const told = (fits: (color: number) => boolean = () => true): Promise<number> =>
        new Promise((resolve) => {
          daemon.onMessage = (message) => {
            if (message.name !== 'shmImage') return;
            native().readAt(rig.pool, pixel, last);
            const color = pixel.readUInt32LE(0) & 0xffffff;
            if (fits(color)) resolve(color);
          };
        });
      // What the window showed first may be told more than once.
      const first = told((color) => color === 0);
      program.fill(window, 0, [0, 0, 1000, 700]);
      await first;
      for (let color = 1; color <= 100; color++) {
        const seen = told();
        program.fill(window, color, [0, 0, 1000, 700]);
        expect(await seen).toBe(color);
      }
    }));

  test('goes: unmapped, mapped again with a new dump, destroyed', () =>
    onStage(async ({ rig, daemon, program }) => {
      const window = program.window({ title: 'short' });
      await daemon.expect('shmImage', (one) => one.window === window);
      program.x.X.UnmapWindow(window);
      await daemon.expect('unmap', (one) => one.window === window);
      program.x.X.ChangeWindowAttributes(window, { backgroundPixel: 0xabcdef });
      program.x.X.MapWindow(window);
      await waitUntil(() => daemon.all('dump', window).length === 2, 'a second dump');
      await rig.samePixels(daemon, window);
      program.x.X.DestroyWindow(window);
      await daemon.expect('destroy', (one) => one.window === window);
      expect(daemon.messages.at(-1)).toMatchObject({ name: 'destroy' });
    }));

  test('taken by another program is gone, and comes back', () =>
    onStage(async ({ rig, daemon, program }) => {
      const holder = program.window({ title: 'holder', width: 300, height: 300 });
      const window = program.window({ title: 'swallowed' });
      await daemon.expect('shmImage', (one) => one.window === window);
      program.x.X.ReparentWindow(window, holder, 20, 20);
      await daemon.expect('destroy', (one) => one.window === window);
      await rig.samePixels(daemon, holder);
      program.x.X.ReparentWindow(window, program.x.root, 50, 60);
      await waitUntil(() => daemon.all('map', window).length === 2, 'it is shown again');
      await rig.samePixels(daemon, window);
    }));

  test('made and destroyed at once, a thousand times, leaves nothing', () =>
    onStage(async ({ daemon, program }) => {
      for (let i = 0; i < 1000; i++) {
        const window = program.window({ title: `w${i}`, mapped: i % 2 === 0 });
        program.x.X.DestroyWindow(window);
      }
      const last = program.window({ title: 'last' });
      await daemon.expect('shmImage', (one) => one.window === last);
      expect(daemon.all('create').length).toBe(1001);
      expect(daemon.all('destroy').length).toBe(1000);
    }));
});
