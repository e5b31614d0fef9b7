/**
 * Row 36 of the reference daemon's weaknesses (gui-daemon.md, section 9): it
 * answers the window manager's ping itself. Here the program answers, and a
 * hostile qube gains nothing by how it does. On the daemon's own process; the
 * test pings as a window manager does, and a real one does in e2e/system/hung.
 */
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { VmWindowId } from '../../src/base/ids.ts';
import { STATUS, type ToQubeRead } from '../../src/protocol/service.ts';
import { XConnection } from '../../src/x11/connection.ts';
import { EVENT_MASK } from '../../src/x11/package-records.ts';
import { getCardinals } from '../../src/x11/properties.ts';
import { waitUntil } from '../rig/wait.ts';
import type { Peer } from '../wire/daemon.ts';
import { create, destroy, map } from '../wire/says.ts';
import { Arena, VICTIM } from './arena.ts';

const W = 0x0040_0001 as VmWindowId;
const OTHER = 0x0040_0002 as VmWindowId;

type Ping = Extract<ToQubeRead, { name: 'pingWindow' }>;

let arena: Arena;
/** The window manager, as far as it pings. */
let manager: XConnection;
let atoms: Readonly<Record<'WM_PROTOCOLS' | '_NET_WM_PING' | '_NET_WM_PID', number>>;
/** Times of the pings that were answered, in their order. */
let answered: number[] = [];
let time = 1000;
let peer: Peer;

beforeAll(async () => {
  arena = await Arena.start();
  const { display, cookie } = arena.screen.server;
  manager = await XConnection.open(display, { name: 'window manager', cookie });
  atoms = await manager.intern(['WM_PROTOCOLS', '_NET_WM_PING', '_NET_WM_PID']);
  manager.X.ChangeWindowAttributes(manager.root, { eventMask: EVENT_MASK.substructureNotify });
  manager.on((event) => {
    if (event.name !== 'ClientMessage' || event.wid !== manager.root) return;
    if (event.message_type === atoms.WM_PROTOCOLS && event.data[0] === atoms._NET_WM_PING) {
      answered.push(event.data[1] ?? 0);
    }
  });
  await manager.sync();
});
afterAll(async () => {
  manager?.[Symbol.dispose]();
  await arena?.[Symbol.asyncDispose]();
});

beforeEach(async () => {
  answered = [];
  peer = await arena.hostile();
  // It answers everything but questions about its windows.
  peer.service.onRequest = (request) => {
    if (request.name !== 'pingWindow') {
      peer.service.say({ name: 'answer', id: request.id, status: STATUS.ok });
    }
  };
  await peer.service.connection();
  peer.send(create(W), map(W));
  await peer.mapped(W);
});
afterEach(async () => {
  await peer[Symbol.asyncDispose]();
});

function pingFrame(frame: number): number {
  const now = ++time;
  manager.X.SendEvent(frame, 0, 0, {
    ...{ name: 'ClientMessage', format: 32, wid: frame, message_type: atoms.WM_PROTOCOLS },
    data: [atoms._NET_WM_PING, now, frame],
  });
  manager.flush();
  return now;
}

/** The window manager asks about a window; the time that it wants to see again. */
async function ping(of: Peer = peer, window = W): Promise<number> {
  return pingFrame((await of.mapped(window)).window);
}

/** Every ping so far has been seen by the daemon, and what it would answer at once is answered. */
async function allSeen(): Promise<void> {
  const { window } = await arena.victim.mapped(VICTIM.window);
  const last = pingFrame(window);
  await waitUntil(() => answered.includes(last), 'the victim answers');
  answered = answered.filter((one) => one !== last);
}

const questions = (): Ping[] =>
  peer.service.requests.filter((one): one is Ping => one.name === 'pingWindow');

function say(id: number, status: number = STATUS.ok): void {
  peer.service.say({ name: 'answer', id, status });
}

it('row 36: the window manager hears when the program has answered, and not before', async () => {
  const first = await ping();
  const [question] = await waitUntil(() => (questions().length > 0 ? questions() : false), 'asked');
  expect(question).toMatchObject({ name: 'pingWindow', window: W });
  await allSeen();
  expect(answered).toEqual([]);
  say(question?.id as number);
  await waitUntil(() => answered.includes(first), 'it is answered');
  expect(answered).toEqual([first]);
});

it('row 36: while a question is open there is no second one about the window', async () => {
  const times = [await ping(), await ping(), await ping()];
  for (let i = 0; i < 100; i++) await ping();
  await allSeen();
  expect(questions()).toHaveLength(1);
  say(questions()[0]?.id as number);
  await waitUntil(() => answered.includes(time - 1), 'the newest are answered');
  await allSeen();
  // Those that a window manager may still wait for, each once.
  expect(answered).toHaveLength(8);
  expect(new Set(answered).size).toBe(8);
  expect(answered).not.toContain(times[0]);
  await ping();
  await waitUntil(() => questions().length === 2, 'the next ping is asked again');
});

it('row 36: a program that does not answer is not answered for; one that cannot be asked is', async () => {
  const silent = await ping();
  await waitUntil(() => questions().length === 1, 'asked');
  say(questions()[0]?.id as number, STATUS.busy);
  await allSeen();
  const mute = await ping();
  await waitUntil(() => questions().length === 2, 'asked again');
  say(questions()[1]?.id as number, STATUS.unsupported);
  await waitUntil(() => answered.includes(mute), 'the daemon answers for it');
  expect(answered).not.toContain(silent);
});

it('row 36: an answer is one to its own question only', async () => {
  peer.send(create(OTHER, { x: 300, y: 300 }), map(OTHER));
  const mine = await ping();
  const others = await ping(peer, OTHER);
  await waitUntil(() => questions().length === 2, 'both are asked');
  const about = (window: VmWindowId) => questions().find((one) => one.window === window);
  say(about(OTHER)?.id as number);
  await waitUntil(() => answered.includes(others), 'that one is answered');
  await allSeen();
  expect(answered).toEqual([others]);
  // Twice is a breach of the rules: it ends the service connection, and nothing else.
  say(about(OTHER)?.id as number);
  await arena.daemon.process.said(
    new RegExp(`^.*"(qube|name)":"${peer.name}".*"code":"SERVICE_ANSWER".*$`, 'm'),
  );
  await peer.inStep();
  // Nobody is left to be asked: as with an agent that has no service channel.
  await waitUntil(() => answered.includes(mine), 'what was open is answered for it');
  await arena.victimIsWhole();
});

it('row 36: what a window was asked dies with it, also when its number comes again', async () => {
  const first = await ping();
  await waitUntil(() => questions().length === 1, 'asked');
  const old = (await peer.mapped(W)).window;
  peer.send(destroy(W), create(W), map(W));
  await peer.frame(W, (frame) => frame.mapped && frame.window !== old, 'is the new one');
  const second = await ping();
  await waitUntil(() => questions().length === 2, 'the new window is asked about');
  say(questions()[0]?.id as number);
  await allSeen();
  expect(answered).toEqual([]);
  say(questions()[1]?.id as number);
  await waitUntil(() => answered.includes(second), 'the new one is answered');
  expect(answered).not.toContain(first);
});

it('row 36: a qube that answers none of many windows loses its own requests only', async () => {
  const ids = Array.from({ length: 80 }, (_, i) => (OTHER + i) as VmWindowId);
  for (const id of ids) peer.send(create(id, { x: 40, y: 40, width: 40, height: 30 }), map(id));
  const [last] = ids.slice(-1);
  await peer.mapped(last);
  const frames = await peer.frames();
  for (const id of ids) pingFrame(frames.get(id)?.window ?? 0);
  await allSeen();
  expect(questions()).toHaveLength(64);
  expect(answered).toEqual([]);
  await peer.inStep();
  await arena.victimWorks();
});

it('row 36: an agent of the older version is not asked; the daemon answers', async () => {
  const before = peer.service.connections;
  peer.service.minor = 0;
  peer.service.hangUp();
  await peer.service.connection(before + 1);
  await peer.service.request();
  const now = await ping();
  await waitUntil(() => answered.includes(now), 'it is answered');
  expect(questions()).toEqual([]);
});

it('row 36: who ends what does not answer does not end the daemon', async () => {
  const { window } = await peer.mapped(W);
  // Window managers kill by this number, on this machine.
  expect(await getCardinals(manager, window, atoms._NET_WM_PID)).toEqual([]);
  manager.X.KillClient(window);
  manager.flush();
  await peer.noFrame(W);
  await arena.victimWorks();
});
