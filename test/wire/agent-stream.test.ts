/**
 * E1 to E16: what holds for everything that the agent says, over a conversation
 * of its own process with real programs: windows, menus, states, pointers, a
 * tray icon, the clipboard, resizing, a reconnection.
 */
import { afterAll, beforeAll, expect } from 'vitest';
import { fromVm } from '../../src/protocol/from-vm.ts';
import { ATOM, setBytes, setCardinals } from '../../src/x11/properties.ts';
import { Program } from '../e2e/agent/program.ts';
import type { ScriptedDaemon } from '../e2e/agent/scripted-daemon.ts';
import { checkAgentStream, type Said } from '../e2e/agent/stream-checker.ts';
import { waitUntil } from '../rig/wait.ts';
import { fromHex, vectorBytes } from '../unit/protocol/golden.ts';
import { WireAgent } from './agent.ts';
import { vector } from './vector.ts';

let agent: WireAgent;
/** The conversation that the properties are looked for in. */
let daemon: ScriptedDaemon;
let breaches: string[] = [];
let program: Program;

type AgentSaid = Extract<Said, { by: 'agent' }>;

const said = (): AgentSaid[] => daemon.log.filter((one): one is AgentSaid => one.by === 'agent');

/** Acts through everything that an agent can be made to say. */
async function play(): Promise<void> {
  await agent.run('xterm', '-title', 'shell', '-e', 'sh', '-c', 'ls -la /usr/bin; exec cat');
  await agent.run('xclock', '-title', 'clock', '-update', '1');
  const shell = await daemon.window('shell');
  await daemon.window('clock');
  await daemon.expect('shmImage', (one) => one.window === shell);
  const { x } = program;
  const atoms = await x.intern(['CLIPBOARD', 'WM_CLASS']);
  const window = program.window({ x: 300, y: 300, width: 400, height: 300, title: 'own' });
  const popup = program.window({ x: 320, y: 340, width: 90, height: 120, overrideRedirect: true });
  program.window({ inputOnly: true });
  const argb = program.window({ argb: true, width: 50, height: 40 });
  for (const id of [window, popup, argb])
    await daemon.expect('shmImage', (one) => one.window === id);
  setCardinals(
    x,
    window,
    ATOM.WM_NORMAL_HINTS,
    [0x30, 0, 0, 0, 0, 50, 40, 800, 700, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    ATOM.WM_SIZE_HINTS,
  );
  setBytes(x, window, ATOM.WM_CLASS, Buffer.from('own\0Own\0'));
  // dom0 and the program both place the window, many times.
  for (let i = 0; i < 20; i++) {
    daemon.send({ name: 'configure', window, x: i, y: i, width: 400 + i, height: 300 - i });
    if (i % 4 === 0) x.X.ConfigureWindow(window, { width: 350 + i });
    program.fill(window, i * 0x10305, [i, i, 60, 60]);
    if (i % 5 === 0) await x.sync();
  }
  // The program's last wish comes before dom0's last word, whichever way was quicker.
  await x.sync();
  daemon.send({ name: 'configure', window, x: 19, y: 19, width: 419, height: 281 });
  await daemon.expect('dump', (one) => one.window === window && one.width === 419);
  // In and out of states, up and down.
  daemon.send({ name: 'flags', window, set: 1, unset: 0 });
  x.X.UnmapWindow(popup);
  x.X.MapWindow(popup);
  x.X.UnmapWindow(window);
  x.flush();
  // Down and up at once may be no change at all, as for the popup.
  await daemon.expect('unmap', (one) => one.window === window);
  x.X.MapWindow(window);
  x.X.SetSelectionOwner(0, atoms.CLIPBOARD, 0);
  x.flush();
  await waitUntil(() => daemon.all('map', window).length === 2, 'it is mapped again');
  // A pointer of its own where the pointer is.
  const [font, cursor] = [x.allocId(), x.allocId()];
  x.X.OpenFont(font, 'cursor');
  const [black, white] = [
    { R: 0, G: 0, B: 0 },
    { R: 65_535, G: 65_535, B: 65_535 },
  ];
  x.X.CreateGlyphCursor(cursor, font, font, 68, 69, black, white);
  x.X.ChangeWindowAttributes(window, { cursor });
  x.flush();
  const crossing = { mode: 0, detail: 0, focus: false, state: 0, x: 30, y: 30 } as const;
  daemon.send({ name: 'crossing', window, entered: true, ...crossing });
  daemon.send({ name: 'motion', window, x: 31, y: 31, state: 0 });
  await daemon.expect('cursor');
  // A program may ask for a state by the usual message.
  const state = await x.intern(['_NET_WM_STATE', '_NET_WM_STATE_DEMANDS_ATTENTION']);
  x.X.SendEvent(x.root, 0, 0x180000, {
    ...{ name: 'ClientMessage', format: 32, wid: window, message_type: state._NET_WM_STATE },
    data: [1, state._NET_WM_STATE_DEMANDS_ATTENTION, 0, 1, 0],
  });
  x.flush();
  daemon.send({ name: 'clipboardRequest', window });
  await daemon.expect('clipboardData');
  x.X.DestroyWindow(popup);
  x.X.DestroyWindow(window);
  x.flush();
  await daemon.expect('destroy', (one) => one.window === window);
  await dock();
}

/** A tray icon, docked as programs do it. */
async function dock(): Promise<void> {
  const { x } = program;
  const tray = await x.intern(['_NET_SYSTEM_TRAY_S0', '_NET_SYSTEM_TRAY_OPCODE', '_XEMBED_INFO']);
  const owner = await waitUntil(
    () => x.request<number>((done) => x.X.GetSelectionOwner(tray._NET_SYSTEM_TRAY_S0, done)),
    'the qube has a tray',
  );
  const icon = program.window({ width: 22, height: 22, mapped: false, title: 'icon' });
  setCardinals(x, icon, tray._XEMBED_INFO, [0, 1], tray._XEMBED_INFO);
  x.X.SendEvent(owner, 0, 0, {
    ...{ name: 'ClientMessage', format: 32, wid: owner },
    ...{ message_type: tray._NET_SYSTEM_TRAY_OPCODE, data: [0, 0, icon, 0, 0] },
  });
  x.flush();
  await daemon.expect('dock');
}

beforeAll(async () => {
  agent = await WireAgent.start();
  daemon = await agent.daemon();
  program = new Program(await agent.client());
  await play();
  const { version } = daemon;
  if (!version) throw new Error('the handshake did not end');
  breaches = checkAgentStream(daemon.log, { version, pages: agent.pages });
});

afterAll(async () => {
  program?.x[Symbol.dispose]();
  await agent[Symbol.asyncDispose]();
});

/** No breach of the rule in the conversation, which had `names` in it. */
function holds(id: string, ...names: AgentSaid['message']['name'][]): void {
  vector(id, async () => {
    for (const name of names) expect(daemon.all(name as 'create').length).toBeGreaterThan(0);
    expect(breaches.filter((line) => line.startsWith(`${id}:`))).toEqual([]);
    expect(breaches.filter((line) => line.startsWith('E:'))).toEqual([]);
  });
}

vector('E1', async () => {
  const first = Buffer.concat(daemon.bytes).subarray(0, 8);
  expect(first.toString('hex', 0, 4)).toBe('08000100');
  await using other = await WireAgent.start();
  await using old = await WireAgent.start(3);
  for (const [one, version, answer] of [
    [other, '08000100', vectorBytes('G1')],
    [old, '03000100', vectorBytes('G1').subarray(4)],
  ] as const) {
    const connection = await one.plain();
    const x = new Program(await one.client());
    x.window({});
    await x.expect('MapNotify');
    connection.say(answer.subarray(0, answer.length - 1));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(connection.bytes.toString('hex')).toBe(version);
    connection.say(answer.subarray(answer.length - 1));
    await waitUntil(() => connection.bytes.length > 4, 'the first message');
    x.x[Symbol.dispose]();
  }
});

vector('E2', async () => {
  const types = new Set(said().map((one) => one.type));
  for (const type of types) {
    expect([130, 131, 132, 133, 134, 136, 140, 141, 143, 144, 145, 146, 147, 148]).toContain(type);
    expect(fromVm.byType[type]).toBeDefined();
  }
  // Whatever an agent of today can say was said, but for states.
  expect(types.size).toBeGreaterThanOrEqual(13);
  expect(breaches.filter((line) => line.startsWith('E2:'))).toEqual([]);
});

holds('E3', 'create', 'destroy', 'map');
holds('E4', 'create');
holds('E5', 'create');
holds('E6', 'configure');
holds('E7', 'dump');

vector('E8', async () => {
  // Each reference is a page of the pool, granted by dom0 itself; kept until the FIFO ack of the
  // dump that replaces it.
  expect(breaches.filter((line) => line.startsWith('E8:'))).toEqual([]);
  await using own = await WireAgent.start();
  const late = await own.daemon({ acknowledge: false });
  const client = new Program(await own.client());
  const window = client.window({ width: 400, height: 300 });
  await late.expect('dump', (one) => one.window === window);
  for (let i = 1; i <= 30; i++) {
    const before = late.all('dump').length;
    late.send({ name: 'configure', window, x: 0, y: 0, width: 400 + i, height: 300 });
    late.send({ name: 'dumpAck', window });
    const next = await late.expect('dump', (one) => one.width === 400 + i);
    // The one before it is on the screen until this one is acknowledged.
    const shown = late.all('dump')[before - 1];
    expect([...next.refs].filter((ref) => shown?.refs.includes(ref))).toEqual([]);
  }
  // And pages do come back: what was dumped is more than there is.
  const pages = late.all('dump').flatMap((dump) => [...dump.refs]);
  expect(new Set(pages).size).toBeLessThan(pages.length);
  client.x[Symbol.dispose]();
});

holds('E9', 'shmImage');
holds('E10', 'dock');
holds('E11', 'flags');
holds('E12', 'cursor');
holds('E13', 'clipboardData');

vector('E14', async () => {
  const before = daemon.messages.length;
  daemon.sendRaw(vectorBytes('D25'));
  daemon.sendRaw(Buffer.concat([fromHex('ff00000007004000a0860100'), Buffer.alloc(100_000, 0x82)]));
  const window = program.window({ title: 'after it' });
  await daemon.expect('shmImage', (one) => one.window === window);
  const types = new Set(
    said()
      .slice(before)
      .map((one) => one.type),
  );
  expect([...types].filter((type) => type === 200 || type === 255)).toEqual([]);
});

vector('E15', async () => {
  // Not interleaved: the stream parses as whole messages to its end, in the recording above.
  const total = said().reduce((sum, one) => sum + 12 + one.body.length, 4);
  await waitUntil(() => {
    const bytes = Buffer.concat(daemon.bytes).length;
    return bytes >= total;
  }, 'all of it');
  await using own = await WireAgent.start();
  for (let i = 0; i < 3; i++) {
    const one = await own.daemon();
    one[Symbol.dispose]();
  }
  expect(own.over).toBe(false);
});

vector('E16', async () => {
  await using own = await WireAgent.start();
  const slow = await own.daemon();
  const client = new Program(await own.client());
  const window = client.window({ width: 500, height: 400 });
  await slow.expect('shmImage', (one) => one.window === window);
  slow.pause();
  // More than the socket holds, so that the agent's own writes wait.
  for (let i = 0; i < 30_000; i++) {
    client.x.X.ConfigureWindow(window, { x: i % 500 });
    if (i % 500 === 0) await client.x.sync();
  }
  await client.x.sync();
  const before = slow.messages.length;
  for (let i = 0; i < 300; i++) {
    slow.send({ name: 'configure', window, x: i, y: 9, width: 510, height: 410 });
  }
  await waitUntil(
    () => client.of('ConfigureNotify').some((event) => event.x === 299 && event.y === 9),
    'it is obeyed while its writes wait',
  );
  expect(slow.messages).toHaveLength(before);
  slow.resume();
  await slow.expect('configure', (one) => one.x === 299 && one.y === 9);
  client.x[Symbol.dispose]();
});
