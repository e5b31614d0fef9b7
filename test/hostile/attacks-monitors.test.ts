/**
 * Attacks over several monitors (D2-03, D2-04) and the bulletins about screen
 * lockers (QSB-068, QSB-111): a screen whose layout changes for real, and a
 * locker that holds the keyboard while outputs come and go at random.
 */
import { execFile } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { contains, type Rect } from '../../src/base/geometry.ts';
import type { VmWindowId } from '../../src/base/ids.ts';
import { XConnection } from '../../src/x11/connection.ts';
import type { Geometry } from '../../src/x11/package-records.ts';
import { ATOM, setBytes } from '../../src/x11/properties.ts';
import { waitUntil } from '../rig/wait.ts';
import type { Peer } from '../wire/daemon.ts';
import { fillPages } from '../wire/pages.ts';
import { create, destroy, dump, map } from '../wire/says.ts';
import { Arena, BORDER, grown } from './arena.ts';

const run = promisify(execFile);
const W = 0x0040_0001 as VmWindowId;
const POPUP = 0x0040_0002 as VmWindowId;
/** Two monitors side by side, the second one lower: below it nothing is shown. */
const LEFT: Rect = { x: 0, y: 0, width: 1280, height: 1080 };
const RIGHT: Rect = { x: 1280, y: 0, width: 640, height: 400 };
const LOCK_COLOR = 0x123456;

let arena: Arena;

beforeAll(async () => {
  arena = await Arena.start({ kind: 'xvnc' });
});
afterAll(() => arena?.[Symbol.asyncDispose]());

function xrandr(...words: string[]): Promise<unknown> {
  return run('xrandr', words, { env: { ...process.env, ...arena.screen.env } });
}

function addMonitor(name: string, { x, y, width, height }: Rect, output = 'none') {
  return xrandr('--setmonitor', name, `${width}/300x${height}/300+${x}+${y}`, output);
}

/** The monitors as any client of the screen sees them. */
async function monitorCount(): Promise<number> {
  const { stdout } = (await xrandr('--listmonitors')) as { stdout: string };
  return Number(/^Monitors: (\d+)/.exec(stdout)?.[1]);
}

describe('an L of two monitors', () => {
  beforeAll(async () => {
    const { stdout } = (await xrandr()) as { stdout: string };
    const output = /^(\S+) connected/m.exec(stdout)?.[1] ?? 'none';
    await addMonitor('left', LEFT, output);
    await addMonitor('right', RIGHT);
    expect(await monitorCount()).toBe(2);
  });
  afterAll(async () => {
    await xrandr('--delmonitor', 'right');
    await xrandr('--delmonitor', 'left');
  });

  it.each([
    ['half in the dead area', { x: 1400, y: 250, width: 300, height: 400 }],
    ['in the dead area', { x: 1500, y: 700, width: 200, height: 150 }],
    ['across both', { x: 1100, y: 300, width: 400, height: 300 }],
    ['below the edge of the lower one', { x: 1270, y: 396, width: 500, height: 100 }],
    ['wider than the monitor', { x: 1290, y: 100, width: 1000, height: 100 }],
  ])('D2-03: a window %s is complete on one monitor', async (_what, rect) => {
    for (const popup of [false, true]) {
      await using peer = await arena.hostile();
      peer.send(create(W, { ...rect, overrideRedirect: popup }), map(W, { popup }));
      await waitUntil(async () => {
        const frame = (await peer.frames()).get(W);
        if (!frame?.mapped) return false;
        return [LEFT, RIGHT].some((monitor) => contains(monitor, grown(frame.rect)));
      }, 'it lies on one monitor');
      await arena.isFramed(peer, W);
    }
  });

  it('D2-04: a popup that covers one monitor is none, however large the other is', async () => {
    for (const monitor of [LEFT, RIGHT]) {
      await using peer = await arena.hostile();
      const inside = {
        ...{ x: monitor.x + BORDER, y: monitor.y + BORDER },
        ...{ width: monitor.width - 2 * BORDER, height: monitor.height - 2 * BORDER },
      };
      peer.send(create(W, { ...inside, overrideRedirect: true }), map(W, { popup: true }));
      expect((await peer.mapped(W)).overrideRedirect).toBe(false);
      await arena.isFramed(peer, W);
    }
  });
});

describe('QSB-068, QSB-111: a screen locker', () => {
  let locker: XConnection | undefined;
  afterEach(() => {
    locker?.[Symbol.dispose]();
    locker = undefined;
  });

  /** A locker as the known ones are: a window over everything, keyboard and pointer grabbed. */
  async function lock(): Promise<number> {
    const { server } = arena.screen;
    locker = await XConnection.open(server.display, { name: 'slock', cookie: server.cookie });
    const x = locker;
    const window = x.allocWindowId();
    const values = { overrideRedirect: 1 as const, backgroundPixel: LOCK_COLOR };
    x.X.CreateWindow(window, x.root, 0, 0, 3000, 3000, 0, 0, 1, 0, values);
    setBytes(x, window, ATOM.WM_CLASS, Buffer.from('slock\0slock\0'));
    x.X.MapWindow(window);
    x.X.ConfigureWindow(window, { stackMode: 0 });
    const now = 0;
    const taken = await waitUntil(async () => {
      const keyboard = await x.request<number>((done) =>
        x.X.GrabKeyboard(x.root, 0, now, 1, 1, done),
      );
      const pointer = await x.request<number>((done) =>
        x.X.GrabPointer(x.root, 0, 0x4, 1, 1, 0, 0, now, done),
      );
      return keyboard === 0 && pointer === 0;
    }, 'the locker has the keyboard');
    expect(taken).toBe(true);
    await x.sync();
    return window;
  }

  function input(peer: Peer): string[] {
    return peer.agent.messages
      .filter(({ name }) => ['key', 'button', 'motion', 'crossing', 'keymap'].includes(name))
      .map(({ name }) => name);
  }

  async function locked(): Promise<boolean> {
    return arena.screen.still(async (x) => {
      const { width, height } = await x.request<Geometry>((done) => x.X.GetGeometry(x.root, done));
      const all = { x: 0, y: 0, width, height };
      const image = await arena.screen.grab(all);
      return image.count(all, (color) => color !== LOCK_COLOR) === 0;
    });
  }

  it('no key reaches a qube while outputs come and go, and nothing of a qube covers it', async () => {
    const { user } = arena.screen;
    await using peer = await arena.hostile();
    fillPages(peer.pool, 0, 20);
    peer.send(create(W, { x: 600, y: 400, width: 200, height: 100 }), map(W), dump(W, 200, 100));
    const { rect } = await peer.mapped(W);
    await user.click(rect.x + 20, rect.y + 20);
    await peer.agent.hear('focus');
    await user.type('a');
    await peer.agent.hear('key', 2);
    // A key that is held while the screen is locked is let go in the qube.
    await user.key('h'.charCodeAt(0), true);
    await peer.agent.hear('key', 3);
    await lock();
    await peer.agent.hear('key', 4);
    await user.key('h'.charCodeAt(0), false);
    await waitUntil(locked, 'the screen is locked');
    await peer.inStep();
    const before = input(peer).length;
    const victimBefore = input(arena.victim).length;
    const changes: (() => Promise<unknown>)[] = [
      () => xrandr('-s', '1280x720'),
      () => xrandr('-s', '800x600'),
      // It may be there already.
      () => addMonitor('hotplug', { x: 0, y: 0, width: 400, height: 300 }).catch(() => {}),
      () => xrandr('--delmonitor', 'hotplug').catch(() => {}),
      () => xrandr('-s', '1920x1080'),
    ];
    for (let round = 0; round < 12; round++) {
      const change = changes[randomInt(changes.length)]?.();
      // What a hostile qube does meanwhile: popups, again and again, everywhere.
      const place = { x: randomInt(800), y: randomInt(600), width: 200, height: 100 };
      peer.send(create(POPUP, { ...place, overrideRedirect: true }), map(POPUP, { popup: true }));
      await user.type('secret');
      await user.click(randomInt(800), randomInt(600));
      await change;
      await user.type('word');
      await peer.mapped(POPUP);
      // At once, not in the end: a glimpse is enough to deceive.
      expect(await locked()).toBe(true);
      peer.send(destroy(POPUP));
      await peer.noFrame(POPUP);
    }
    await peer.inStep();
    await arena.victim.inStep();
    expect(input(peer).slice(before)).toEqual([]);
    expect(input(arena.victim).slice(victimBefore)).toEqual([]);

    // Unlocked: keys go to the qube again.
    await xrandr('-s', '1920x1080');
    locker?.[Symbol.dispose]();
    locker = undefined;
    await user.click(rect.x + 20, rect.y + 20);
    await peer.agent.hear('button', 2);
    await user.type('b');
    await waitUntil(
      () => peer.agent.heard('key').some(({ keycode }) => keycode === user.keycode(98)),
      'keys arrive again',
    );
    expect(arena.daemon.process.over).toBe(false);
  });

  it('covers a popup again when something has put it below', async () => {
    await using peer = await arena.hostile();
    const place = { x: 300, y: 300, width: 200, height: 100, overrideRedirect: true };
    peer.send(create(POPUP, place), map(POPUP, { popup: true }));
    const { window: popup } = await peer.mapped(POPUP);
    const window = await lock();
    await waitUntil(locked, 'the screen is locked');
    // As a window manager that restacks what is none of its business: popups above the locker.
    locker?.X.ConfigureWindow(window, { sibling: popup, stackMode: 1 });
    await locker?.sync();
    await waitUntil(locked, 'the popup is below the locker again');
  });
});
