/**
 * Vectors H and G: the handshake of both sides. What is sent is compared byte
 * for byte with what the reference sends.
 */
import { describe, expect, it } from 'vitest';
import {
  type AgentHandshake,
  DAEMON_START,
  type DaemonHandshake,
  screenConfig,
  startAgentHandshake,
  stepAgentHandshake,
  stepDaemonHandshake,
} from '../../../src/protocol/handshake.ts';
import { fromHex, toHex, vectorBytes } from './golden.ts';
import { codeOf, decodeAgent, pieces, v } from './support.ts';

const fullHd = screenConfig(1920, 1080, 24);
const XCONF = '800700003804000018000000a51f0000';

/** Feeds `chunks` to the daemon's side. */
function daemon(chunks: readonly Uint8Array[]) {
  let state: DaemonHandshake = DAEMON_START;
  let sent = '';
  let rest = '';
  for (const chunk of chunks) {
    const step = stepDaemonHandshake(state, chunk, fullHd);
    state = step.state;
    sent += toHex(step.send);
    rest += toHex(step.rest);
  }
  return { state, sent, rest };
}

/** Feeds `chunks` to the agent's side. */
function agent(chunks: readonly Uint8Array[], own = v(8)) {
  const start = startAgentHandshake(own);
  let state: AgentHandshake = start.state;
  let sent = toHex(start.send);
  let rest = '';
  for (const chunk of chunks) {
    const step = stepAgentHandshake(state, chunk);
    state = step.state;
    sent += toHex(step.send);
    rest += toHex(step.rest);
  }
  return { state, sent, rest };
}

describe("daemon's side", () => {
  it('H1 1.8 is answered by 20 bytes, version and screen', () => {
    const { state, sent } = daemon([vectorBytes('H1')]);
    expect(sent).toBe(`08000100${XCONF}`);
    expect(state).toMatchObject({ phase: 'done', version: v(8), announced: v(8) });
  });
  it('H2 1.7 is answered by 1.7', () => {
    expect(daemon([vectorBytes('H2')]).sent).toBe(`07000100${XCONF}`);
  });
  it('H3 1.4 is answered by 1.4', () => {
    expect(daemon([vectorBytes('H3')]).sent).toBe(`04000100${XCONF}`);
  });
  for (const [id, minor] of [
    ['H4', 3],
    ['H5', 1],
    ['H6', 0],
  ] as const) {
    it(`${id} 1.${minor} is answered by the screen only`, () => {
      const { state, sent } = daemon([vectorBytes(id)]);
      expect(sent).toBe(XCONF);
      expect(state).toMatchObject({ phase: 'done', version: v(minor) });
    });
  }
  it('H7 1.9 is answered by 1.8', () => {
    const { state, sent } = daemon([vectorBytes('H7')]);
    expect(sent).toBe(`08000100${XCONF}`);
    expect(state).toMatchObject({ version: v(8), announced: v(9) });
  });
  it('H8 1.65535 is answered by 1.8', () => {
    expect(daemon([vectorBytes('H8')]).sent).toBe(`08000100${XCONF}`);
  });
  it('H9 2.0 is refused and nothing is sent', () => {
    expect(codeOf(() => daemon([vectorBytes('H9')]))).toBe('GUI_VERSION');
  });
  it('H10 0.8 is refused and nothing is sent', () => {
    expect(codeOf(() => daemon([vectorBytes('H10')]))).toBe('GUI_VERSION');
  });
  it('H11 three bytes get no answer', () => {
    const { state, sent } = daemon([fromHex('080001')]);
    expect([state.phase, sent]).toEqual(['version', '']);
  });
  it('H12 version and first message in one write: both are handled', () => {
    const { sent, rest } = daemon([vectorBytes('H12')]);
    expect(sent).toBe(`08000100${XCONF}`);
    expect(decodeAgent(fromHex(rest))).toMatchObject([{ name: 'create', width: 1, height: 1 }]);
  });
  it('one byte at a time gives the same', () => {
    const whole = daemon([vectorBytes('H12')]);
    expect(daemon(pieces(vectorBytes('H12'), 1))).toEqual(whole);
  });
  it('rounds the width up to a multiple of 8 and counts the memory in KiB', () => {
    expect(screenConfig(1366, 768, 24)).toEqual({
      width: 1368,
      height: 768,
      depth: 24,
      memKiB: 4105,
    });
    expect(screenConfig(1920, 1200, 24).memKiB).toBe(9001);
  });
});

describe("agent's side", () => {
  it('G1 a reply of 1.8 goes on', () => {
    const { state } = agent([vectorBytes('G1')]);
    expect(state).toEqual({ phase: 'done', version: v(8), screen: fullHd });
  });
  it('G2 a screen of zeros is accepted', () => {
    expect(agent([vectorBytes('G2')]).state).toMatchObject({ phase: 'done', version: v(8) });
  });
  it('G3 a reply of 1.3 is refused, on its version word already', () => {
    expect(codeOf(() => agent([vectorBytes('G3')]))).toBe('GUI_VERSION_REPLY');
    expect(codeOf(() => agent([vectorBytes('G3').subarray(0, 4)]))).toBe('GUI_VERSION_REPLY');
  });
  it('G4 a reply newer than the agent is refused', () => {
    expect(codeOf(() => agent([vectorBytes('G4')]))).toBe('GUI_VERSION_REPLY');
    expect(codeOf(() => agent([vectorBytes('G1')], v(7)))).toBe('GUI_VERSION_REPLY');
  });
  it('G5 a reply of 2.0 is refused', () => {
    expect(codeOf(() => agent([vectorBytes('G5')]))).toBe('GUI_VERSION_REPLY');
  });
  it('G6 a reply in pieces is the same as in one', () => {
    const bytes = vectorBytes('G1');
    const slow = [bytes.subarray(0, 1), bytes.subarray(1, 4), ...pieces(bytes.subarray(4), 1)];
    expect(agent(slow)).toEqual(agent([bytes]));
  });
  it('G7 sends its four bytes at once and nothing else before the reply', () => {
    const { state, sent } = agent([]);
    expect([state.phase, sent]).toEqual(['reply', '08000100']);
  });
  it('E1 announced 1.3: the screen alone ends the handshake', () => {
    const { state, sent, rest } = agent([fromHex(`${XCONF}8b`)], v(3));
    expect(sent).toBe('03000100');
    expect(state).toEqual({ phase: 'done', version: v(3), screen: fullHd });
    expect(rest).toBe('8b');
  });
});

it('both sides agree at every minor from 0 to 9', () => {
  for (let minor = 0; minor <= 9; minor++) {
    const start = startAgentHandshake(v(minor));
    const answer = stepDaemonHandshake(DAEMON_START, start.send, fullHd);
    const end = stepAgentHandshake(start.state, answer.send);
    expect(end.state).toMatchObject({ phase: 'done', version: v(Math.min(minor, 8)) });
    expect(end.rest.length).toBe(0);
  }
});
