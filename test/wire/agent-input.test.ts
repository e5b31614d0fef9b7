/**
 * G1 to G7 and D1 to D10: the agent's side of the handshake, and input that
 * reaches real clients of the qube's X server.
 */
import { afterAll, beforeAll, expect } from 'vitest';
import { setAtoms } from '../../src/x11/properties.ts';
import { Program } from '../e2e/agent/program.ts';
import { waitUntil } from '../rig/wait.ts';
import { fromHex, vectorBytes } from '../unit/protocol/golden.ts';
import { Talk, WireAgent } from './agent.ts';
import { vector } from './vector.ts';

let agent: WireAgent;

beforeAll(async () => {
  agent = await WireAgent.start();
});

afterAll(() => agent[Symbol.asyncDispose]());

/** Says the pieces one after the other; the agent goes on, which it shows by a window. */
async function goesOn(pieces: readonly Uint8Array[]): Promise<void> {
  using daemon = await agent.plain();
  for (const piece of pieces) {
    expect(daemon.bytes.toString('hex')).toBe('08000100');
    daemon.say(piece);
    await new Promise((resolve) => setImmediate(resolve));
  }
  const program = new Program(await agent.client());
  program.window({});
  // CREATE, and of the length that version 1.8 has.
  await waitUntil(() => daemon.bytes.length >= 16, 'the first message');
  expect(daemon.bytes.readUInt32LE(4)).toBe(130);
  expect(daemon.bytes.readUInt32LE(12)).toBe(24);
  program.x[Symbol.dispose]();
  daemon[Symbol.dispose]();
  await agentIsFree();
}

/** The agent has noticed that the daemon went. */
async function agentIsFree(): Promise<void> {
  (await agent.daemon())[Symbol.dispose]();
}

vector('G1', () => goesOn([vectorBytes('G1')]));
vector('G2', () => goesOn([vectorBytes('G2')]));

for (const id of ['G3', 'G4', 'G5']) {
  vector(id, async () => {
    // The version word alone is enough.
    for (const bytes of [vectorBytes(id), vectorBytes(id).subarray(0, 4)]) {
      using daemon = await agent.plain();
      daemon.say(bytes);
      await waitUntil(() => daemon.ended, 'it is refused');
      expect(daemon.bytes.toString('hex')).toBe('08000100');
    }
    expect(agent.over).toBe(false);
    await agentIsFree();
  });
}

vector('G6', async () => {
  const all = vectorBytes('G1');
  await goesOn([
    fromHex('08'),
    fromHex('000100'),
    ...[...all.subarray(4)].map((b) => Uint8Array.of(b)),
  ]);
});

vector('G7', async () => {
  using daemon = await agent.plain();
  const program = new Program(await agent.client());
  program.window({});
  await program.expect('MapNotify');
  await program.x.sync();
  // Time enough for whatever the agent would say.
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(daemon.bytes.toString('hex')).toBe('08000100');
  // All of it comes after the answer.
  daemon.say(vectorBytes('G1'));
  await waitUntil(() => daemon.bytes.length > 4, 'the window');
  expect(daemon.bytes.readUInt32LE(4)).toBe(130);
  program.x[Symbol.dispose]();
  daemon[Symbol.dispose]();
  await agentIsFree();
});

const KEY = { a: 38, caps: 66, shift: 50, control: 37 };

const keys = (talk: Talk): string[] =>
  talk.program.events.flatMap((event) =>
    event.name === 'KeyPress' || event.name === 'KeyRelease'
      ? [`${event.name === 'KeyPress' ? '+' : '-'}${event.keycode}`]
      : [],
  );

function key(talk: Talk, keycode: number, pressed: boolean, state = 0): void {
  talk.daemon.send({ name: 'key', window: talk.window, x: 0, y: 0, state, keycode, pressed });
}

vector('D1', async () => {
  await using talk = await Talk.begin(agent);
  await talk.focus();
  key(talk, KEY.shift, true);
  talk.say('D1');
  key(talk, KEY.a, false);
  await talk.program.expect('KeyRelease', (event) => event.keycode === KEY.a);
  expect(keys(talk)).toEqual([`+${KEY.shift}`, `-${KEY.shift}`, `+${KEY.a}`, `-${KEY.a}`]);
  const press = await talk.program.expect('KeyPress', (event) => event.keycode === KEY.a);
  expect(press.buttons & 0xff).toBe(0);
});

vector('D2', async () => {
  await using talk = await Talk.begin(agent);
  await talk.focus();
  talk.say('D2');
  await talk.program.expect('KeyRelease', (event) => event.keycode === KEY.caps);
  // The key itself was not down: its release is nothing. Lock is on.
  key(talk, KEY.a, true, 2);
  const press = await talk.program.expect('KeyPress', (event) => event.keycode === KEY.a);
  expect(press.buttons & 0xff).toBe(2);
  key(talk, KEY.a, false, 0);
  await talk.program.expect('KeyRelease', (event) => event.keycode === KEY.a);
  expect(keys(talk).slice(0, 3)).toEqual([`+${KEY.caps}`, `-${KEY.caps}`, `+${KEY.a}`]);
});

vector('D3', async () => {
  await using talk = await Talk.begin(agent);
  talk.say('D3');
  const release = await talk.program.expect('ButtonRelease', (event) => event.keycode === 1);
  expect(release).toMatchObject({ wid: talk.window, x: 10, y: 20, rootx: 210, rooty: 120 });
  expect(talk.program.of('ButtonPress').map((event) => event.keycode)).toEqual([1]);
});

vector('D4', async () => {
  await using talk = await Talk.begin(agent);
  const { daemon, window } = talk;
  daemon.send({ name: 'motion', window, x: 7, y: 8, state: 0 });
  talk.say('D4');
  const press = await talk.program.expect('ButtonPress');
  expect(press).toMatchObject({ wid: window, x: 7, y: 8 });
  daemon.send({ name: 'button', window, x: 7, y: 8, state: 0, pressed: false, button: 1 });
  await talk.program.expect('ButtonRelease');
});

vector('D5', async () => {
  await using talk = await Talk.begin(agent);
  await talk.inStep();
  talk.say('D5');
  const { daemon, window } = talk;
  daemon.send({ name: 'button', window, x: 0, y: 0, state: 0, pressed: false, button: 8 });
  for (const button of [0, 200, 0xffff_ffff]) {
    daemon.send({ name: 'button', window, x: 0, y: 0, state: 0, pressed: true, button });
    daemon.send({ name: 'button', window, x: 0, y: 0, state: 0, pressed: false, button });
  }
  await talk.inStep();
  expect(talk.program.of('ButtonPress').map((event) => event.keycode)).toEqual([8]);
});

vector('D6', async () => {
  await using talk = await Talk.begin(agent);
  await talk.inStep();
  const entered = talk.program.of('EnterNotify').length;
  talk.say('D6');
  await talk.inStep();
  expect(talk.program.of('EnterNotify')).toHaveLength(entered);
  expect(talk.program.of('LeaveNotify')).toEqual([]);
});

vector('D7', async () => {
  await using talk = await Talk.begin(agent);
  const { daemon, window, program } = talk;
  await talk.inStep();
  talk.say('D7');
  await program.expect('LeaveNotify', (event) => event.wid === window);
  // What is under the pointer now is the agent's own and was never told.
  expect(daemon.all('create').map((one) => one.window)).toEqual([window]);
  await talk.inStep();
});

vector('D8', async () => {
  await using talk = await Talk.begin(agent);
  const above = talk.program.window({ x: 210, y: 110 });
  await talk.daemon.expect('shmImage', (one) => one.window === above);
  talk.say('D8');
  await talk.program.expect('FocusIn', (event) => event.wid === talk.window);
  const { x } = talk.program;
  await waitUntil(async () => {
    const { children } = await x.request<{ children: readonly number[] }>((done) =>
      x.X.QueryTree(x.root, done),
    );
    return children.indexOf(talk.window) > children.indexOf(above);
  }, 'it is above the other');
  // It was covered in parts: nobody need say so, since each window has its own picture.
  await talk.inStep();
  // One that wants to be told is told.
  const atoms = await x.intern(['WM_PROTOCOLS', 'WM_TAKE_FOCUS']);
  setAtoms(x, talk.window, atoms.WM_PROTOCOLS, [atoms.WM_TAKE_FOCUS]);
  await x.sync();
  await talk.inStep();
  talk.say('D8');
  const message = await talk.program.expect('ClientMessage');
  expect(message.data[0]).toBe(atoms.WM_TAKE_FOCUS);
});

vector('D9', async () => {
  await using talk = await Talk.begin(agent);
  talk.say('D9');
  await talk.inStep();
  expect(talk.program.of('FocusIn')).toEqual([]);
});

vector('D10', async () => {
  await using talk = await Talk.begin(agent);
  await talk.focus();
  key(talk, KEY.a, true);
  key(talk, KEY.control, true);
  talk.say('D10');
  await talk.program.expect('KeyRelease', (event) => event.keycode === KEY.a);
  await talk.program.expect('KeyRelease', (event) => event.keycode === KEY.control);
  await talk.inStep();
  expect(keys(talk).filter((text) => text.startsWith('+'))).toHaveLength(2);
  const bytes = talk.bytes('D10');
  // A key that the map says is down, and that is not, is not pressed.
  bytes[12 + (KEY.a >> 3)] = 1 << (KEY.a & 7);
  talk.daemon.sendRaw(bytes);
  await talk.inStep();
  expect(keys(talk).filter((text) => text.startsWith('+'))).toHaveLength(2);
});
