/**
 * Attacks on dom0's panel and attention overlay: a qube opens, raises, moves and
 * floods while they show. Judged by the order of the screen's windows, by pixels,
 * and by every key that the qube is told of.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Rect } from '../../src/base/geometry.ts';
import type { VmWindowId } from '../../src/base/ids.ts';
import {
  closeOverlay,
  countLabel,
  gone,
  openOverlay,
  type SurfaceTitle,
  shown,
  surface,
} from '../e2e/panel/look.ts';
import { pause } from '../rig/system/clipboard-user.ts';
import { KEYSYM } from '../rig/user.ts';
import { waitUntil } from '../rig/wait.ts';
import type { Peer } from '../wire/daemon.ts';
import { configure, create, destroy, flags, map, unmap } from '../wire/says.ts';
import { Arena, VICTIM } from './arena.ts';

const W = 0x0040_0001 as VmWindowId;
const POPUP = 0x0040_0002 as VmWindowId;
const ROUNDS = 5;

let arena: Arena;
beforeAll(async () => {
  arena = await Arena.start({ extra: '[panel]\nenabled = true\n' });
});
afterAll(() => arena?.[Symbol.asyncDispose]());

/** Everything that a qube can say to get above a place of the screen. */
function push(peer: Peer, over: Rect): void {
  peer.send(
    create(POPUP, { ...over, overrideRedirect: true }),
    map(POPUP, { popup: true, of: W }),
    configure(over, POPUP),
    flags(3, 0, W),
    configure(over, W),
    unmap(POPUP),
    map(POPUP, { popup: true }),
    unmap(W),
    map(W),
  );
}

/** The surface lies above every frame of the qube that shows. */
async function isAbove(peer: Peer, title: SurfaceTitle): Promise<boolean> {
  const { x } = arena.screen;
  const { window } = await shown(arena.screen, title);
  const { children } = await x.request<{ children: readonly number[] }>((done) =>
    x.X.QueryTree(x.root, done),
  );
  const frames = [...(await peer.frames()).values()].filter((one) => one.mapped);
  return frames.every((frame) => children.indexOf(frame.window) < children.indexOf(window));
}

describe('the panel', () => {
  it('is covered by nothing of a qube, and its room is nobody`s', async () => {
    await using peer = await arena.hostile();
    peer.send(create(W, { x: 300, y: 300, width: 200, height: 150 }), map(W));
    const { rect: own } = await peer.mapped(W);
    await arena.screen.user.click(own.x + 50, own.y + 50);
    const { rect } = await shown(arena.screen, 'livery panel');
    // Who has the keyboard is said in red; everything else of the strip is the same all the time.
    const rest = { ...rect, x: rect.x + 400, width: rect.width - 400 };
    const before = (await arena.screen.grab(rest)).data;
    for (let round = 0; round < ROUNDS; round++) {
      push(peer, { x: rest.x + 10, y: 0, width: 300, height: 200 });
      await peer.inStep();
      const now = (await arena.screen.grab(rest)).data;
      expect(now.equals(before), `round ${round}`).toBe(true);
      expect(await isAbove(peer, 'livery panel'), `round ${round}`).toBe(true);
      for (const frame of (await peer.frames()).values()) {
        if (frame.mapped) expect(frame.rect.y).toBeGreaterThanOrEqual(rect.height);
      }
      peer.send(destroy(POPUP));
      await peer.noFrame(POPUP);
    }
  });
});

describe('the overlay', () => {
  it('is covered by nothing of a qube, shows none of it, and gives it no key', async () => {
    const { screen, victim } = arena;
    await using peer = await arena.hostile();
    peer.send(create(W, { x: 300, y: 300, width: 200, height: 150 }), map(W));
    const { rect: own } = await peer.mapped(W);
    await screen.user.click(own.x + 50, own.y + 50);
    await waitUntil(() => peer.agent.heard('focus').at(-1)?.focused, 'it has the focus');
    const list = await openOverlay(screen);
    const before = (await screen.grab()).data;
    const keys = peer.agent.heard('key').length;
    const buttons = peer.agent.heard('button').length;
    for (let round = 0; round < ROUNDS; round++) {
      push(peer, { x: list.rect.x + 10, y: list.rect.y + 10, width: 200, height: 100 });
      await peer.inStep();
      await screen.user.type('secret');
      await screen.user.click(own.x + 60, own.y + 60);
      expect(await isAbove(peer, 'livery overlay'), `round ${round}`).toBe(true);
      expect(await isAbove(peer, 'livery overlay list'), `round ${round}`).toBe(true);
      peer.send(destroy(POPUP));
      await peer.noFrame(POPUP);
    }
    const after = (await screen.grab()).data;
    // "s" and "e" are keys of the list: that part may be another, and nothing else.
    const { width } = screen.x.screen;
    const outside = (at: number): boolean => {
      const [x, y] = [(at >> 2) % width, Math.floor((at >> 2) / width)];
      const { rect } = list;
      return (
        x < rect.x - 60 || x >= rect.x + rect.width + 60 || y < rect.y || y >= rect.y + rect.height
      );
    };
    const changed = after.findIndex((byte, at) => byte !== before[at] && outside(at));
    expect(changed).toBe(-1);
    await peer.inStep();
    expect(
      peer.agent
        .heard('key')
        .slice(keys)
        .filter(({ pressed }) => pressed),
    ).toEqual([]);
    expect(peer.agent.heard('button')).toHaveLength(buttons);
    expect(victim.agent.heard('key').filter(({ pressed }) => pressed)).toEqual([]);
    await closeOverlay(screen);
    await arena.victimIsWhole();
  });

  it('does not put a name on a window that moves while it opens', async () => {
    const { screen } = arena;
    await using peer = await arena.hostile();
    peer.send(create(W, { x: 300, y: 300, width: 200, height: 150 }), map(W));
    await peer.mapped(W);
    const restless = { going: true };
    const moving = (async () => {
      for (let step = 0; restless.going; step++) {
        const x = step % 2 === 0 ? 1300 : VICTIM.rect.x;
        peer.send(configure({ x, y: VICTIM.rect.y - 300, width: 200, height: 150 }, W));
        await pause(5);
      }
    })();
    await openOverlay(screen);
    restless.going = false;
    await moving;
    // On the victim's content stands its own name; no pixel of it has the other's colour.
    const image = await screen.grab(VICTIM.rect);
    expect(countLabel(image, VICTIM.rect, 'blue')).toBeGreaterThan(100);
    expect(countLabel(image, VICTIM.rect, 'red')).toBe(0);
    await closeOverlay(screen);
  });

  it('ends with its key also while a qube floods', async () => {
    const { screen } = arena;
    await using peer = await arena.hostile();
    peer.send(create(W, { x: 300, y: 300, width: 200, height: 150 }), map(W));
    await peer.mapped(W);
    for (let n = 0; n < 3000; n++) peer.send(flags(n & 1 ? 4 : 0, n & 1 ? 0 : 4, W));
    await openOverlay(screen);
    expect(await surface(screen, 'livery overlay')).toBeDefined();
    await screen.user.tap(KEYSYM.escape);
    await gone(screen, 'livery overlay');
    await arena.victimWorks();
  });
});
