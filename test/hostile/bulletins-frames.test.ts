/**
 * The bulletins of Qubes OS about frames and override-redirect windows: QSB-001,
 * 026, 034, 039, 072, 073, tried on the daemon's own process and judged by the
 * pixels of a real screen.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { VmWindowId } from '../../src/base/ids.ts';
import type { FromVmDraft } from '../../src/protocol/from-vm-draft.ts';
import { waitUntil } from '../rig/wait.ts';
import { fillPages } from '../wire/pages.ts';
import { create, damage, destroy, dump, map, unmap } from '../wire/says.ts';
import { Arena } from './arena.ts';

const W = 0x0040_0001 as VmWindowId;
const CHILD = 0x0040_0002 as VmWindowId;
/** What counts and coordinates overflow at. */
const EXTREMES = [0, 1, -1, 0x7fff, 0x8000, 0xffff, 0x7fff_ffff, -0x8000_0000] as const;

let arena: Arena;

beforeAll(async () => {
  arena = await Arena.start();
});

afterAll(async () => {
  await arena?.[Symbol.asyncDispose]();
});

function configure(
  window: VmWindowId,
  rect: { x: number; y: number; width: number; height: number },
  overrideRedirect = false,
): FromVmDraft {
  return { name: 'configure', window, ...rect, overrideRedirect };
}

/** Permutations of a handful of acts. */
function* orders<T>(items: readonly T[]): Generator<T[]> {
  if (items.length <= 1) yield [...items];
  for (const [at, item] of items.entries()) {
    const rest = items.filter((_, other) => other !== at);
    for (const order of orders(rest)) yield [item, ...order];
  }
}

describe('QSB-001: a docked window and damage with huge numbers', () => {
  it('is clamped, whatever the numbers are, and the window stays in bounds', async () => {
    await using peer = await arena.hostile();
    fillPages(peer.pool, 0, 75);
    peer.send(create(W, { width: 320, height: 240 }), dump(W, 320, 240), {
      name: 'dock',
      window: W,
    });
    for (const a of EXTREMES) {
      for (const b of EXTREMES) {
        const u = (n: number) => n >>> 0;
        peer.send({ name: 'shmImage', window: W, x: a, y: b, width: u(b), height: u(a) });
        peer.send({ name: 'shmImage', window: W, x: b, y: a, width: u(a), height: u(a) });
      }
    }
    await peer.inStep();
    await arena.victimWorks();
    // Not docked, and with the same numbers for its place.
    peer.send(create(CHILD, { width: 10, height: 10 }), map(CHILD));
    for (const a of EXTREMES) {
      for (const b of EXTREMES) peer.send(configure(CHILD, { x: a, y: b, width: 100, height: 80 }));
    }
    await peer.inStep();
    await arena.isFramed(peer, CHILD);
    await arena.victimIsWhole();
  });
});

describe('QSB-026, QSB-072: override-redirect in every order', () => {
  it('leaves a frame around what is mapped, after each order of create, map, configure and unmap', async () => {
    await using peer = await arena.hostile();
    let id = 0x0050_0000;
    const place = { x: 200, y: 150, width: 160, height: 120 };
    const acts = ['mapPopup', 'mapPlain', 'configurePopup', 'unmap'] as const;
    let mapped = 0;
    for (const first of [false, true]) {
      for (const order of orders(acts)) {
        const window = id++ as VmWindowId;
        const say: Record<(typeof acts)[number], FromVmDraft> = {
          mapPopup: map(window, { popup: true }),
          mapPlain: map(window),
          configurePopup: configure(window, place, true),
          unmap: unmap(window),
        };
        peer.send(
          create(window, { ...place, overrideRedirect: first }),
          ...order.map((act) => say[act]),
        );
        await peer.inStep();
        mapped += await arena.allFramed(peer);
        peer.send(destroy(window));
      }
    }
    expect(mapped).toBeGreaterThan(20);
    await arena.victimIsWhole();
  });
});

describe('QSB-034, QSB-039: a window that was never or hardly drawn', () => {
  it('has its frame before any image', async () => {
    await using peer = await arena.hostile();
    peer.send(create(W, { width: 300, height: 200 }), map(W));
    await arena.isFramed(peer, W);
    peer.send(create(CHILD, { x: 500, width: 300, height: 200, overrideRedirect: true }));
    peer.send(map(CHILD, { popup: true }));
    await arena.isFramed(peer, CHILD);
  });

  it('keeps it under updates of corners only, and with an image smaller than the window', async () => {
    await using peer = await arena.hostile();
    fillPages(peer.pool, 0, 20);
    peer.send(create(W, { width: 400, height: 300 }), map(W), dump(W, 64, 64));
    for (const [x, y] of [
      [0, 0],
      [63, 0],
      [0, 63],
      [63, 63],
      [-5, -5],
    ] as const) {
      peer.send(damage(W, x, y, 10, 10));
    }
    await peer.inStep();
    await arena.isFramed(peer, W);
    await arena.victimIsWhole();
  });
});

describe('QSB-072: an override-redirect window and the others of its qube', () => {
  it('does not become one by CONFIGURE or a second MAP while it is mapped past the limit', async () => {
    await using peer = await arena.hostile();
    const whole = { x: 0, y: 0, width: 1920, height: 1080 };
    peer.send(
      create(W, { width: 200, height: 100, overrideRedirect: true }),
      map(W, { popup: true }),
    );
    await peer.mapped(W);
    peer.send(configure(W, whole, true), map(W, { popup: true }));
    await waitUntil(
      async () => (await peer.frames()).get(W)?.overrideRedirect === false,
      'it is a managed window now',
    );
    await arena.isFramed(peer, W);
  });

  it('loses the flag above nine tenths of the monitor already when it is created', async () => {
    await using peer = await arena.hostile();
    peer.send(create(W, { x: 10, y: 10, width: 1850, height: 1040, overrideRedirect: true }));
    peer.send(map(W, { popup: true }));
    expect((await peer.mapped(W)).overrideRedirect).toBe(false);
    await arena.isFramed(peer, W);
  });

  it('cannot cover the frame of its parent from inside', async () => {
    await using peer = await arena.hostile();
    peer.send(create(W, { x: 300, y: 300, width: 300, height: 200 }), map(W));
    await arena.isFramed(peer, W);
    // The parent of CREATE is only a word: a child is a window with a frame of its own.
    peer.send({
      ...create(CHILD, { x: -6, y: -6, width: 312, height: 212 }),
      parent: W,
    } as FromVmDraft);
    peer.send(map(CHILD, { popup: true, of: W }));
    await arena.isFramed(peer, CHILD);
  });
});

describe('QSB-073: moved by somebody between the request and the map', () => {
  it('is brought back when another client moves a popup off the monitor', async () => {
    await using peer = await arena.hostile();
    const { x } = arena.screen;
    peer.send(create(W, { x: 900, y: 500, width: 200, height: 100, overrideRedirect: true }));
    peer.send(map(W, { popup: true }));
    const { window } = await peer.mapped(W);
    x.X.ConfigureWindow(window, { x: -150, y: -60 });
    await x.sync();
    await arena.isFramed(peer, W);
    await arena.victimIsWhole();
  });
});
