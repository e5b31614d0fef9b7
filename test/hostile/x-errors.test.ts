/**
 * Errors of the X server: none ends the daemon; each is counted for the qube
 * whose request it was, and ends that qube's session only past a limit. The errors
 * are real: other programs of dom0 take the windows away or use up the server.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { VmWindowId } from '../../src/base/ids.ts';
import { XConnection } from '../../src/x11/connection.ts';
import { waitUntil } from '../rig/wait.ts';
import type { Peer } from '../wire/daemon.ts';
import { create, damage, dump, map, title } from '../wire/says.ts';
import { Arena } from './arena.ts';
import { Counting } from './counting.ts';

const W = 0x0040_0001 as VmWindowId;
const OTHER = 0x0040_0002 as VmWindowId;
const LIMIT = 60;
/** More than a server takes clients. */
const TOO_MANY = 600;

const EXTRA = `
[qube.cursed]
label = "red"
id = 90
[qube.cursed.limits]
x_errors_per_minute = ${LIMIT}
[qube.late]
label = "red"
id = 91
`;

let arena: Arena;
let counting: Counting;

beforeAll(async () => {
  arena = await Arena.start({ extra: EXTRA });
  counting = new Counting(arena.daemon);
});
afterAll(async () => {
  counting?.[Symbol.dispose]();
  await arena?.[Symbol.asyncDispose]();
});

async function shown(peer: Peer, id: VmWindowId): Promise<number> {
  peer.send(create(id, { x: 50, y: 50, width: 320, height: 200 }), map(id), dump(id, 320, 200));
  await peer.inStep();
  return (await peer.mapped(id)).window;
}

/** Another program of dom0 destroys a frame with all that is in it. */
async function destroyed(frame: number): Promise<void> {
  const { x } = arena.screen;
  x.X.DestroyWindow(frame);
  await x.sync();
}

/** Draws and renames a window that is not there any more; how many of its X requests have failed. */
async function fail(peer: Peer): Promise<number> {
  peer.send(damage(W, 0, 0, 5, 5), title(`${Math.random()}`, W));
  await counting.quiet();
  return (await counting.of(peer.name)).xErrors;
}

it('of a frame that somebody else destroyed are its qube’s, and below the limit nothing ends', async () => {
  await using peer = await arena.hostile();
  const before = (await counting.of('victim')).xErrors;
  await destroyed(await shown(peer, W));
  await waitUntil(async () => (await fail(peer)) > 10, 'its requests fail');
  expect((await counting.of('victim')).xErrors).toBe(before);
  // Its session goes on with what it has.
  await shown(peer, OTHER);
  await arena.isFramed(peer, OTHER);
  expect(peer.agent.connected).toBe(true);
  await arena.victimWorks();
});

it('past x_errors_per_minute end the session of that qube, whose windows can come anew', async () => {
  await using peer = await arena.daemon.connectTo('cursed');
  await destroyed(await shown(peer, W));
  let errors = 0;
  await waitUntil(async () => {
    if (!peer.agent.connected) return true;
    errors = await fail(peer);
    return false;
  }, 'its session ends');
  await arena.daemon.process.said(/"cursed".*"code":"X_ERROR_LIMIT"/);
  expect(errors).toBeGreaterThan(LIMIT / 2);
  // It comes back by itself, and with it the window.
  await waitUntil(() => peer.agent.connected && peer.agent.version !== undefined, 'it is back');
  await shown(peer, W);
  await arena.isFramed(peer, W);
  await arena.victimWorks();
});

it('are none of the daemon when a client of a qube is killed: its windows go and come', async () => {
  await using peer = await arena.hostile();
  const { x } = arena.screen;
  x.X.KillClient(await shown(peer, W));
  await waitUntil(() => peer.agent.connections === 2 && peer.agent.version, 'it is shown again');
  await shown(peer, W);
  await arena.isFramed(peer, W);
  await arena.victimWorks();
});

it('of a server that takes no more clients: a qube waits, and is shown when there is room', async () => {
  const { display, cookie } = arena.screen.server;
  const clients: XConnection[] = [];
  try {
    for (let i = 0; i < TOO_MANY; i++)
      clients.push(await XConnection.open(display, { name: 'x', cookie }));
  } catch {
    // There is no room any more, which is what was wanted.
  }
  expect(clients.length).toBeLessThan(TOO_MANY);
  const connecting = arena.daemon.connectTo('late');
  await arena.daemon.process.said(/"late".*the qube cannot be shown/);
  await arena.victimWorks();
  for (const client of clients) client[Symbol.dispose]();
  await using peer = await connecting;
  await shown(peer, W);
  await arena.isFramed(peer, W);
});
