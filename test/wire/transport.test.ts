/**
 * V1 to V8 and V18: channels over unix sockets, with the real processes at one
 * end of each.
 */
import { existsSync, linkSync, mkdirSync, readdirSync, unlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { native } from '../../src/native/addon.ts';
import { Program } from '../e2e/agent/program.ts';
import { GuidRun } from '../e2e/guid/guid-stage.ts';
import { type Screen, startScreen } from '../rig/screen.ts';
import { ScriptedAgent } from '../rig/scripted-agent.ts';
import { waitUntil } from '../rig/wait.ts';
import { fromHex, vectorBytes } from '../unit/protocol/golden.ts';
import { WireAgent } from './agent.ts';
import { W } from './daemon.ts';
import { framesOf } from './frames.ts';
import { create, destroy, dump, map, title } from './says.ts';
import { vector } from './vector.ts';

let screen: Screen;
let agent: WireAgent;
let runs: GuidRun[] = [];
let count = 0;

beforeAll(async () => {
  screen = await startScreen({ wm: 'none', width: 800, height: 600 });
  agent = await WireAgent.start();
});

afterEach(async () => {
  for (const run of runs) await run[Symbol.asyncDispose]();
  runs = [];
});

afterAll(async () => {
  await agent[Symbol.asyncDispose]();
  await screen[Symbol.asyncDispose]();
});

/** A directory for the sockets, and the one that the daemon of domain 5 looks for in it. */
function place(): { directory: string; socket: string } {
  const directory = join(screen.directory, `vchan-${count++}`);
  mkdirSync(directory, { mode: 0o700 });
  return { directory, socket: join(directory, 'vchan.5.0.6000.sock') };
}

/** The daemon of domain 5, looking into `directory`. */
function start(directory: string): GuidRun {
  const run = new GuidRun(['-f', '-d', '5', '-N', 'work', '-c', '0x3465a4', '--pool-mib', '4'], {
    PATH: process.env.PATH,
    HOME: screen.directory,
    ...screen.env,
    VCHAN_SOCKET_DIR: directory,
    LIVERY_POOL_DIR: directory,
    LIVERY_GUID_RUN_DIR: directory,
    LIVERY_GUID_LOG_DIR: directory,
  });
  runs.push(run);
  return run;
}

const answered = (peer: ScriptedAgent) =>
  waitUntil(() => peer.version !== undefined, 'the handshake');

vector('V1', async () => {
  const { directory, socket } = place();
  await using peer = await ScriptedAgent.listen(socket);
  start(directory);
  await answered(peer);
  expect(readdirSync(directory).filter((name) => name.endsWith('.sock'))).toEqual([
    'vchan.5.0.6000.sock',
  ]);
});

vector('V2', async () => {
  const { directory, socket } = place();
  const run = start(directory);
  await run.said(/waiting for the agent/);
  expect(existsSync(socket)).toBe(false);
  await using peer = await ScriptedAgent.listen(socket);
  await answered(peer);
});

vector('V3', async () => {
  const { directory, socket } = place();
  // A name that nobody listens at: refused, tried again.
  const first = createServer();
  await new Promise<void>((resolve) => first.listen(`${socket}.old`, resolve));
  linkSync(`${socket}.old`, socket);
  await new Promise((resolve) => first.close(resolve));
  expect(existsSync(socket)).toBe(true);
  const run = start(directory);
  await run.said(/waiting for the agent/);
  await new Promise((resolve) => setTimeout(resolve, 300));
  unlinkSync(socket);
  await using peer = await ScriptedAgent.listen(socket);
  await answered(peer);
  // The server's side: Livery's own listener takes the place of a socket that is stale, and of
  // nothing else.
  const stale = join(directory, 'stale.sock');
  const old = createServer();
  await new Promise<void>((resolve) => old.listen(`${stale}.old`, resolve));
  linkSync(`${stale}.old`, stale);
  await new Promise((resolve) => old.close(resolve));
  native().listenUnix(stale)[Symbol.dispose]();
  writeFileSync(join(directory, 'file'), '');
  expect(() => native().listenUnix(join(directory, 'file'))).toThrow();
});

vector('V4', async () => {
  const daemon = await agent.daemon();
  const program = new Program(await agent.client());
  const window = program.window({});
  await daemon.expect('shmImage', (one) => one.window === window);
  const bytes: Buffer[] = [];
  let ended = false;
  const second = native().connectUnix(agent.guiPath);
  const chunk = new Uint8Array(100);
  second.start({
    readable: () => {
      const length = second.read(chunk);
      if (length < 0) ended = true;
      else bytes.push(Buffer.from(chunk.subarray(0, length)));
    },
  });
  second.write(vectorBytes('G1'));
  await waitUntil(() => ended, 'it gets no service');
  expect(Buffer.concat(bytes)).toHaveLength(0);
  second[Symbol.dispose]();
  // The first one does not notice.
  daemon.send({ name: 'configure', window, x: 3, y: 4, width: 50, height: 60 });
  await daemon.expect('configure', (one) => one.width === 50);
  daemon[Symbol.dispose]();
  program.x[Symbol.dispose]();
});

vector('V5', async () => {
  // The version word is what an agent says while it waits for its daemon to read.
  const daemon = await agent.plain();
  expect(daemon.bytes.toString('hex')).toBe('08000100');
  daemon[Symbol.dispose]();
  // To the daemon: whatever a scripted agent has written before is read first, in order.
  const { directory, socket } = place();
  await using peer = await ScriptedAgent.listen(socket, { version: null });
  start(directory);
  await waitUntil(() => peer.connected, 'it connects');
  peer.sendRaw(fromHex('080001 00 8200000007004000'));
  await waitUntil(() => peer.received.length === 20, 'it was read');
});

vector('V6', async () => {
  const { directory, socket } = place();
  await using peer = await ScriptedAgent.listen(socket);
  start(directory);
  await answered(peer);
  // 5000 bytes and more in one write: nothing is lost, nothing comes twice.
  const titles = Array.from({ length: 36 }, (_, i) => title(`title ${i}`));
  peer.send(create(), ...titles, destroy());
  await peer.hear('destroyAck');
  peer.send(create(), ...titles, map());
  await waitUntil(async () => (await framesOf(screen.x, 'work')).get(W)?.mapped, 'it is shown');
  expect(peer.messages.filter(({ name }) => name === 'destroyAck')).toHaveLength(1);
});

vector('V7', async () => {
  const { directory, socket } = place();
  await using peer = await ScriptedAgent.listen(socket, { version: null });
  const run = start(directory);
  await waitUntil(() => peer.connected, 'it connects');
  peer.sendRaw(fromHex('080001'));
  await peer.flushed();
  peer.hangUp();
  await waitUntil(() => peer.connections === 2, 'the end was seen, and it connects again');
  expect(peer.received).toHaveLength(0);
  expect(run.err).not.toMatch(/error/i);
  // The agent's side.
  const daemon = await agent.plain();
  daemon.say(fromHex('080001'));
  daemon[Symbol.dispose]();
  (await agent.daemon())[Symbol.dispose]();
  expect(agent.over).toBe(false);
});

vector('V8', async () => {
  const { directory, socket } = place();
  await using peer = await ScriptedAgent.listen(socket);
  const run = start(directory);
  await answered(peer);
  // Its answers find nobody there any more.
  peer.send(create(), ...Array.from({ length: 200 }, () => dump(W, 8, 8)), destroy());
  await peer.flushed();
  peer.hangUp();
  await waitUntil(() => peer.connections === 2, 'it goes on');
  await answered(peer);
  let over = false;
  void run.ended.then(() => {
    over = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(over).toBe(false);
  // The agent's, in the middle of a replay.
  const program = new Program(await agent.client());
  for (let i = 0; i < 20; i++) program.window({ title: `window ${i}` });
  for (let i = 0; i < 3; i++) {
    const daemon = await agent.plain();
    daemon.say(vectorBytes('G1'));
    daemon[Symbol.dispose]();
  }
  const last = await agent.daemon();
  await last.expect('shmImage');
  last[Symbol.dispose]();
  program.x[Symbol.dispose]();
});

vector('V18', async () => {
  const daemon = await agent.daemon();
  const program = new Program(await agent.client());
  const window = program.window({ width: 400, height: 300 });
  await daemon.expect('shmImage', (one) => one.window === window);
  daemon.pause();
  // Far more than a socket takes, while nobody reads; then it comes whole and in order.
  for (let i = 0; i < 20_000; i++) {
    program.x.X.ConfigureWindow(window, { x: i % 900 });
    if (i % 500 === 0) await program.x.sync();
  }
  program.x.X.ConfigureWindow(window, { x: 901 });
  await program.x.sync();
  daemon.resume();
  await daemon.expect('configure', (one) => one.x === 901);
  daemon[Symbol.dispose]();
  program.x[Symbol.dispose]();
});
