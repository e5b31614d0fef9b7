/**
 * Vectors H1 to H12 against a session: what is answered, and what ends.
 */
import { describe, expect, it } from 'vitest';
import { eventually, turns } from '../../rig/eventually.ts';
import { ScriptedAgent } from '../../rig/scripted-agent.ts';
import { vectorBytes } from '../../unit/protocol/golden.ts';
import { create, openSession, stage, W } from './stage.ts';

const XCONF = '800700003804000018000000a51f0000';

/** What a session sends after the bytes of the vector. */
async function answerTo(vector: string): Promise<string> {
  await using s = await stage({ version: null });
  await eventually(() => (s.agent.connected ? true : undefined), 'a connection');
  s.agent.sendRaw(vectorBytes(vector));
  await s.desktop.wait('sessionReady');
  await eventually(() => (s.agent.received.length >= 16 ? true : undefined), 'the xconf');
  await turns(20);
  return s.agent.received.toString('hex');
}

describe('the version', () => {
  it.each([
    ['H1', `08000100${XCONF}`],
    ['H2', `07000100${XCONF}`],
    ['H3', `04000100${XCONF}`],
    ['H4', XCONF],
    ['H5', XCONF],
    ['H6', XCONF],
    ['H7', `08000100${XCONF}`],
    ['H8', `08000100${XCONF}`],
  ])('%s is answered', async (vector, expected) => {
    expect(await answerTo(vector)).toBe(expected);
  });

  it.each(['H9', 'H10'])('%s: another major version gets no byte and ends', async (vector) => {
    await using s = await stage({ version: null });
    await eventually(() => (s.agent.connected ? true : undefined), 'a connection');
    s.agent.sendRaw(vectorBytes(vector));
    await s.agent.gone();
    expect(s.agent.received).toHaveLength(0);
    expect(s.desktop.told).toMatchObject([{ name: 'sessionEnded', code: 'GUI_VERSION' }]);
  });

  it('H11: an end in the middle of it is quiet, and the session waits for the next', async () => {
    await using s = await stage({ version: null });
    await eventually(() => (s.agent.connected ? true : undefined), 'a connection');
    s.agent.sendRaw(Uint8Array.of(8, 0, 1));
    s.agent.hangUp();
    await s.agent.gone();
    await eventually(() => (s.agent.connections > 1 ? true : undefined), 'the next connection');
    expect(s.agent.received).toHaveLength(0);
    expect(s.desktop.told).toEqual([]);
  });

  it('H12: it may come together with the first message', async () => {
    await using s = await stage({ version: null });
    await eventually(() => (s.agent.connected ? true : undefined), 'a connection');
    s.agent.sendRaw(vectorBytes('H12'));
    await s.desktop.wait('windowCreated');
    expect(s.desktop.names()).toEqual(['sessionReady', 'windowCreated']);
  });

  it('is waited for without a limit, and nothing is sent before', async () => {
    await using s = await stage({ version: null });
    await eventually(() => (s.agent.connected ? true : undefined), 'a connection');
    await turns(20);
    expect(s.agent.received).toHaveLength(0);
    expect(s.session.status).toEqual({ state: 'greeting' });
  });
});

describe('the socket', () => {
  it('is waited for when it is not there yet', async () => {
    await using s = await stage();
    const path = `${s.path}.later`;
    const { session, desktop } = openSession(path);
    using _session = session;
    await turns(20);
    expect(session.status).toEqual({ state: 'waiting' });
    await using agent = await ScriptedAgent.listen(path);
    await agent.ready();
    agent.send(create(W));
    await desktop.wait('windowCreated');
    expect(session.status).toMatchObject({ state: 'ready', windows: 1 });
  });
});
