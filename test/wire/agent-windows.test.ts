/**
 * D11 to D31: what the daemon says about windows, the clipboard, and what an
 * agent must step over.
 */
import { execFile } from 'node:child_process';
import { afterAll, beforeAll, expect } from 'vitest';
import type { WindowAttributes } from '../../src/x11/package-records.ts';
import { setAtoms, setBytes } from '../../src/x11/properties.ts';
import { waitUntil } from '../rig/wait.ts';
import { fromHex, vectorBytes } from '../unit/protocol/golden.ts';
import { Talk, WireAgent } from './agent.ts';
import { statesOf } from './frames.ts';
import { vector } from './vector.ts';

let agent: WireAgent;

beforeAll(async () => {
  agent = await WireAgent.start();
});

afterAll(() => agent[Symbol.asyncDispose]());

const TOLD = { x: 1, y: 2, width: 300, height: 200 };

vector('D11', async () => {
  await using talk = await Talk.begin(agent, { width: 120, height: 90 });
  const { daemon, window } = talk;
  talk.say('D11');
  const place = { window, ...TOLD };
  expect(await daemon.expect('configure')).toMatchObject(place);
  await daemon.expect('dump', (one) => one.window === window && one.width === 300);
  await waitUntil(() => {
    const names = daemon.messages.map((one) => one.name);
    return names.indexOf('shmImage', names.lastIndexOf('dump')) > 0;
  }, 'its picture is painted');
  const event = await talk.program.expect('ConfigureNotify', (one) => one.width === 300);
  expect(event).toMatchObject({ x: 1, y: 2, height: 200 });
});

vector('D12', async () => {
  await using talk = await Talk.begin(agent, { width: 120, height: 90 });
  talk.say('D11');
  await talk.daemon.expect('dump', (one) => one.width === 300);
  await talk.inStep();
  const dumps = talk.daemon.all('dump').length;
  talk.say('D12');
  await talk.inStep();
  await talk.daemon.expect('configure');
  expect(talk.daemon.all('dump')).toHaveLength(dumps);
  for (const one of talk.daemon.all('configure')) expect(one).toMatchObject(TOLD);
});

vector('D13', async () => {
  await using talk = await Talk.begin(agent);
  talk.say('D13');
  await talk.inStep();
  expect(talk.daemon.all('configure').every(({ width, height }) => width > 0 && height > 0)).toBe(
    true,
  );
  // 65537 wraps at 16 bits in an X request.
  const bytes = talk.bytes('D11');
  bytes.writeUInt32LE(65_537, 12 + 8);
  talk.sayBytes(bytes);
  await talk.inStep();
  const { x } = talk.program;
  const size = await x.request<{ width: number }>((done) => x.X.GetGeometry(talk.window, done));
  expect(size.width).toBe(16_384);
});

vector('D14', async () => {
  await using talk = await Talk.begin(agent, { mapped: false });
  const { x } = talk.program;
  talk.say('D14');
  await waitUntil(async () => {
    const { mapState, overrideRedirect } = await x.request<WindowAttributes>((done) =>
      x.X.GetWindowAttributes(talk.window, done),
    );
    return mapState !== 0 && overrideRedirect === 1;
  }, 'it is mapped and override-redirect');
});

vector('D15', async () => {
  await using talk = await Talk.begin(agent);
  const before = talk.daemon.messages.length;
  talk.say('D15');
  await waitUntil(
    async () => (await statesOf(talk.program.x, talk.window)).includes('_NET_WM_STATE_FULLSCREEN'),
    'it is fullscreen',
  );
  await talk.inStep();
  expect(talk.daemon.messages.slice(before).map(({ name }) => name)).not.toContain('flags');
});

vector('D16', async () => {
  {
    await using talk = await Talk.begin(agent, { mapped: false });
    const { x } = talk.program;
    const atoms = await x.intern(['WM_PROTOCOLS', 'WM_DELETE_WINDOW']);
    setAtoms(x, talk.window, atoms.WM_PROTOCOLS, [atoms.WM_DELETE_WINDOW]);
    x.X.MapWindow(talk.window);
    x.flush();
    await talk.daemon.expect('map', (one) => one.window === talk.window);
    talk.say('D16');
    const message = await talk.program.expect('ClientMessage');
    expect(message.data[0]).toBe(atoms.WM_DELETE_WINDOW);
  }
  await using deaf = await Talk.begin(agent);
  const closed = new Promise<void>((resolve) => deaf.program.x.onClosed(() => resolve()));
  deaf.say('D16');
  await closed;
  await deaf.daemon.expect('destroy', (one) => one.window === deaf.window);
});

/** A talk whose program owns the clipboard and answers with `text`; null = never. */
async function owning(text: Buffer | null): Promise<Talk> {
  const talk = await Talk.begin(agent);
  const { x } = talk.program;
  const atoms = await x.intern(['CLIPBOARD', 'UTF8_STRING']);
  x.X.SetSelectionOwner(talk.window, atoms.CLIPBOARD, 0);
  x.on((event) => {
    if (event.name !== 'SelectionRequest' || text === null) return;
    const knows = event.target === atoms.UTF8_STRING;
    if (knows) setBytes(x, event.requestor, event.property, text, atoms.UTF8_STRING);
    x.X.SendEvent(event.requestor, 0, 0, {
      ...{ name: 'SelectionNotify', requestor: event.requestor, selection: event.selection },
      ...{ target: event.target, time: event.time, property: knows ? event.property : 0 },
    });
  });
  await x.sync();
  return talk;
}

vector('D17', async () => {
  {
    await using talk = await owning(Buffer.from('once'));
    talk.say('D17');
    const answer = await talk.daemon.expect('clipboardData');
    expect(Buffer.from(answer.data).toString()).toBe('once');
    await talk.inStep();
    expect(talk.daemon.all('clipboardData')).toHaveLength(1);
  }
  await using silent = await owning(null);
  silent.say('D17');
  await silent.program.expect('SelectionRequest');
  await silent.inStep();
  expect(silent.daemon.all('clipboardData')).toEqual([]);
});

vector('D18', async () => {
  // Whoever owned it is gone with the programs of the tests before.
  await using talk = await Talk.begin(agent);
  const { x } = talk.program;
  const atoms = await x.intern(['CLIPBOARD']);
  x.X.SetSelectionOwner(0, atoms.CLIPBOARD, 0);
  await x.sync();
  const before = Buffer.concat(talk.daemon.bytes).length;
  talk.say('D18');
  const answer = await talk.daemon.expect('clipboardData');
  expect(answer.window).toBe(talk.window);
  expect(answer.data).toHaveLength(0);
  const header = Buffer.from(fromHex('8c0000000000000000000000'));
  header.writeUInt32LE(talk.window, 4);
  const bytes = Buffer.concat(talk.daemon.bytes).subarray(before);
  expect(bytes.includes(header)).toBe(true);
});

/** What a real program gets when it pastes. */
function paste(selection: string, target: string): Promise<string> {
  const args = ['-selection', selection, '-out', '-target', target];
  return new Promise((resolve) => {
    execFile('xclip', args, { env: agent.env, encoding: 'latin1' }, (error, out) =>
      resolve(error ? 'refused' : out),
    );
  });
}

/** Says the vector and waits until the agent owns the clipboard anew. */
async function given(talk: Talk, id: string): Promise<void> {
  const { x } = talk.program;
  const { CLIPBOARD } = await x.intern(['CLIPBOARD']);
  x.X.SetSelectionOwner(talk.window, CLIPBOARD, 0);
  await x.sync();
  talk.say(id);
  await waitUntil(async () => {
    const owner = await x.request<number>((done) => x.X.GetSelectionOwner(CLIPBOARD, done));
    return owner !== 0 && owner !== talk.window;
  }, 'the agent owns the clipboard');
}

vector('D19', async () => {
  await using talk = await Talk.begin(agent);
  await given(talk, 'D19');
  expect(await paste('clipboard', 'UTF8_STRING')).toBe('a\r\nb\tc');
  expect(await paste('primary', 'UTF8_STRING')).toBe('a\r\nb\tc');
});

vector('D20', async () => {
  await using talk = await Talk.begin(agent);
  await given(talk, 'D20');
  expect(await paste('clipboard', 'UTF8_STRING')).toBe('');
  expect(await paste('clipboard', 'STRING')).toBe('a\u001bb');
});

vector('D21', async () => {
  await using talk = await Talk.begin(agent);
  await given(talk, 'D21');
  expect(await paste('clipboard', 'UTF8_STRING')).toBe('a');
});

vector('D22', async () => {
  await using talk = await Talk.begin(agent);
  await given(talk, 'D22');
  expect(await paste('clipboard', 'UTF8_STRING')).toBe('');
});

/** The bytes are taken off the stream and nothing is said. */
function steppedOver(id: string): void {
  vector(id, async () => {
    await using talk = await Talk.begin(agent);
    await talk.inStep();
    const before = talk.daemon.messages.length;
    talk.say(id);
    await talk.inStep();
    expect(talk.daemon.messages.slice(before)).toEqual([]);
    // In pieces of a byte as well.
    for (const byte of talk.bytes(id)) talk.daemon.sendRaw(Uint8Array.of(byte));
    await talk.inStep();
    expect(talk.daemon.messages.slice(before)).toEqual([]);
  });
}

for (const id of ['D23', 'D24', 'D25', 'D26', 'D29']) steppedOver(id);

vector('D27', async () => {
  await using talk = await Talk.begin(agent, {}, { acknowledge: false });
  const { daemon } = talk;
  await daemon.expect('dump');
  talk.say('D27');
  await talk.inStep();
  daemon.send({ name: 'configure', window: talk.window, ...TOLD, width: 310 });
  await daemon.expect('dump', (one) => one.width === 310);
});

vector('D28', async () => {
  await using talk = await Talk.begin(agent, {}, { acknowledge: false });
  const { daemon } = talk;
  const first = await daemon.expect('dump');
  talk.say('D28');
  await talk.inStep();
  daemon.send({ name: 'configure', window: talk.window, ...TOLD, width: 310 });
  const second = await daemon.expect('dump', (one) => one.width === 310);
  // The pages of the first are still shown; they may not be those of the second.
  expect([...second.refs].some((ref) => first.refs.includes(ref))).toBe(false);
});

vector('D30', async () => {
  const talk = await Talk.begin(agent, { title: 'replayed' });
  const { daemon, window, program } = talk;
  daemon[Symbol.dispose]();
  const next = await agent.plain();
  expect(next.bytes.toString('hex')).toBe('08000100');
  // EOF in the middle of a message as well.
  next.say(vectorBytes('G1'));
  await waitUntil(() => next.bytes.length > 4, 'the replay');
  next.say(fromHex('7c0000000700'));
  next[Symbol.dispose]();
  const last = await agent.daemon();
  for (const name of ['create', 'map', 'title', 'dump', 'shmImage'] as const) {
    await last.expect(name, (one) => one.window === window);
  }
  last[Symbol.dispose]();
  program.x[Symbol.dispose]();
  expect(agent.over).toBe(false);
});

vector('D31', async () => {
  await using old = await WireAgent.start(6);
  await using talk = await Talk.begin(old, {}, { acknowledge: false });
  const { daemon, window } = talk;
  expect(daemon.version).toEqual({ major: 1, minor: 6 });
  // Many more buffers than the pool holds: they come back by themselves.
  for (let i = 0; i < 40; i++) {
    daemon.send({ name: 'configure', window, x: 0, y: 0, width: 1000 + i, height: 800 });
    await daemon.expect('dump', (one) => one.width === 1000 + i);
  }
  const ack = Buffer.from(fromHex('950000000000000000000000'));
  ack.writeUInt32LE(window, 4);
  daemon.sendRaw(ack);
  await talk.inStep();
});
