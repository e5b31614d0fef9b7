/**
 * Weaknesses of the reference daemon (gui-daemon.md, section 9) about what a
 * qube can make the X server do: rows 9, 21, 22, 23, 26. On the daemon's own
 * process; the X server says what it was asked.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { VmWindowId } from '../../src/base/ids.ts';
import { ATOM } from '../../src/x11/properties.ts';
import { shownWindows } from '../rig/system/shown.ts';
import { waitUntil } from '../rig/wait.ts';
import { framesOf } from '../wire/frames.ts';
import { fillPages } from '../wire/pages.ts';
import { create, damage, dump, map } from '../wire/says.ts';
import { Arena } from './arena.ts';
import { ASKS, XRequests } from './x-requests.ts';

const W = 0x0040_0001 as VmWindowId;
const MAP = 132;
const TRAY_DEPTH = 5;
const POPUPS = 10;
const WINDOWS = 80;
const ROUNDS = 20;

let arena: Arena;
let requests: XRequests;

beforeAll(async () => {
  arena = await Arena.start();
  requests = await XRequests.watch(arena.screen);
});
afterAll(async () => {
  requests?.[Symbol.dispose]();
  await arena?.[Symbol.asyncDispose]();
});

/** What the daemon asks while `act` is done and carried out. */
async function asked(act: () => unknown): Promise<number> {
  await requests.mark();
  requests.reset();
  await act();
  await requests.mark();
  return requests.asks;
}

it('the record counts: a client that asks is seen', async () => {
  await using peer = await arena.hostile();
  const count = await asked(async () => {
    peer.send(create(W), map(W));
    await peer.mapped(W);
  });
  expect(requests.count(1)).toBeGreaterThan(3);
  expect(count).toBeGreaterThan(0);
});

it('row 21: changes of the root window that concern nobody make the daemon ask nothing', async () => {
  const { x } = arena.screen;
  await using peer = await arena.hostile();
  const atoms = await x.intern(['_NET_WORKAREA', '_NET_CURRENT_DESKTOP', '_XROOTPMAP_ID']);
  // One after the other: of changes that come together the daemon would make one look.
  const rounds = async (change: (value: number) => void): Promise<number> =>
    asked(async () => {
      for (let i = 0; i < ROUNDS; i++) {
        change(i);
        await x.sync();
        await peer.inStep();
      }
    });
  const idle = await rounds(() => {});
  const changes = await rounds((value) => {
    for (const atom of Object.values(atoms)) {
      x.X.ChangeProperty(0, x.root, atom, ATOM.CARDINAL, 32, [value]);
    }
  });
  expect(changes).toBeLessThan(idle + ROUNDS / 2);
});

it('row 22: a popup costs the same however many windows there are', async () => {
  await using peer = await arena.hostile();
  const popups = async (): Promise<number> => {
    const count = await asked(async () => {
      for (let i = 0; i < POPUPS; i++) {
        const id = (W + 1000 + i) as VmWindowId;
        peer.send(create(id, { x: 50, y: 50, width: 60, height: 40, overrideRedirect: true }));
        peer.send(map(id, { popup: true }));
        await peer.mapped(id);
        peer.send({ name: 'destroy', window: id });
      }
      await peer.inStep();
    });
    return count;
  };
  const few = await popups();
  const ids = Array.from({ length: WINDOWS }, (_, i) => (W + i) as VmWindowId);
  peer.send(
    ...ids.flatMap((id) => [create(id, { x: 900, y: 50, width: 60, height: 40 }), map(id)]),
  );
  await peer.mapped(ids.at(-1));
  await peer.inStep();
  // The order of windows is looked at now and then, in one request; none is asked about each.
  expect(await popups()).toBeLessThan(few + (POPUPS * WINDOWS) / 4);
});

it('row 23: moves and resizes that a qube asks for are not asked about', async () => {
  await using peer = await arena.hostile();
  peer.send(create(W, { x: 100, y: 100, width: 200, height: 150 }), map(W));
  await arena.isFramed(peer, W);
  const idle = await asked(() => peer.inStep());
  const moved = await asked(async () => {
    for (let i = 1; i <= 100; i++) {
      const rect = { x: 100 + i, y: 100 + i, width: 200 + i, height: 150 };
      peer.send({ name: 'configure', window: W, ...rect, overrideRedirect: false });
      if (i % 20 === 0) await peer.frame(W, (frame) => frame.rect.width === 200 + i, 'is moved');
    }
    await peer.inStep();
  });
  expect(moved).toBeLessThanOrEqual(idle + 5);
});

it('row 9, row 26: a tray icon is told its place in whole bytes, and is never read back', async () => {
  const words = ['--edge', 'top', '--align', 'left', '--heighttype', 'pixel', '--height', '32'];
  const tray: ChildProcess = spawn('trayer', words, {
    env: { ...process.env, ...arena.screen.env },
    stdio: 'ignore',
  });
  try {
    await waitUntil(
      async () => (await shownWindows(arena.screen.x)).some(({ title }) => title === 'panel'),
      'the tray is there',
    );
    await using peer = await arena.hostile();
    fillPages(peer.pool, 0, 4);
    requests.reset();
    peer.send(create(W, { width: 24, height: 24 }), { name: 'dock', window: W }, dump(W, 24, 24));
    await peer.agent.hear('map');
    await waitUntil(
      async () => (await framesOf(peer.x, peer.name, TRAY_DEPTH)).get(W)?.mapped,
      'the icon shows',
    );
    for (let i = 0; i < 40; i++) peer.send(damage(W, 0, 0, 24, 24));
    await arena.victimWorks();
    await requests.mark();
    expect(requests.count(ASKS.getImage)).toBe(0);
    // MAP: two words, of which the first is unused and must be none of our memory.
    const header = Buffer.alloc(12);
    header.writeUInt32LE(MAP, 0);
    header.writeUInt32LE(W, 4);
    header.writeUInt32LE(8, 8);
    const at = peer.agent.received.indexOf(header);
    expect(at).toBeGreaterThan(0);
    expect([...peer.agent.received.subarray(at + 12, at + 16)]).toEqual([0, 0, 0, 0]);
  } finally {
    const gone = once(tray, 'exit');
    tray.kill('SIGKILL');
    await gone;
  }
});
