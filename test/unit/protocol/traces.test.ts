/**
 * The recorded sessions: both directions are read to the last byte, in the
 * chunks in which they passed, and every message encodes to its own bytes.
 */
import { describe, expect, it } from 'vitest';
import { decodeFromVm } from '../../../src/protocol/decode.ts';
import { decodeToVm } from '../../../src/protocol/decode-to-vm.ts';
import { encodeRow, encodeToVm } from '../../../src/protocol/encode.ts';
import { type Frame, FrameReader } from '../../../src/protocol/framing.ts';
import { fromVm } from '../../../src/protocol/from-vm.ts';
import {
  type AgentHandshake,
  DAEMON_START,
  type DaemonHandshake,
  screenConfig,
  startAgentHandshake,
  stepAgentHandshake,
  stepDaemonHandshake,
} from '../../../src/protocol/handshake.ts';
import type { Row } from '../../../src/protocol/table.ts';
import { toVm } from '../../../src/protocol/to-vm.ts';
import { agentFaults } from './agent-faults.ts';
import { toHex, traces } from './golden.ts';
import { concat, readPlain, v } from './support.ts';

const screen = screenConfig(1920, 1200, 24);

/** Header and body of a frame, written again from the struct of its row. */
function again(frame: Frame): Uint8Array {
  const row = frame.row as Row;
  const body = row.body.read(frame.buffer, frame.offset, frame.length);
  return encodeRow(row, frame.window, body);
}

function* framesOf(reader: FrameReader): Generator<Frame> {
  for (let frame = reader.next(); frame; frame = reader.next()) yield frame;
}

for (const trace of traces()) {
  describe(trace.name, () => {
    it('is read and written again, byte for byte, in the chunks of the recording', () => {
      let daemon: DaemonHandshake = DAEMON_START;
      const start = startAgentHandshake();
      let agent: AgentHandshake = start.state;
      const agentBytes = [start.send];
      const daemonBytes: Uint8Array[] = [];
      const fromAgent = new FrameReader(fromVm, { version: v(8) });
      const fromDaemon = new FrameReader(toVm, { version: v(8) });
      for (const { direction, bytes } of trace.chunks) {
        if (direction === 'A') {
          const step = stepDaemonHandshake(daemon, bytes, screen);
          daemon = step.state;
          daemonBytes.push(step.send);
          fromAgent.push(step.rest);
          for (const frame of framesOf(fromAgent)) agentBytes.push(again(frame));
        } else {
          const step = stepAgentHandshake(agent, bytes);
          agent = step.state;
          fromDaemon.push(step.rest);
          for (const frame of framesOf(fromDaemon)) daemonBytes.push(again(frame));
        }
      }
      expect(agent).toEqual({ phase: 'done', version: v(8), screen });
      expect([fromAgent.pending, fromDaemon.pending, fromDaemon.skipped]).toEqual([0, 0, 0]);
      expect(toHex(concat(agentBytes)) === toHex(trace.agent)).toBe(true);
      expect(toHex(concat(daemonBytes)) === toHex(trace.daemon)).toBe(true);
    });

    it('breaks no rule: every message of the agent decodes and none is dropped', () => {
      const reader = new FrameReader(fromVm, { version: v(8) });
      reader.push(trace.agent.subarray(4));
      for (const frame of framesOf(reader)) {
        const wireName = frame.row?.wireName;
        const message = decodeFromVm(frame);
        expect(message.name, wireName).not.toBe('ignored');
      }
    });

    it('messages of the daemon decode, and encode to the same bytes but for uninitialised ones', () => {
      const reader = new FrameReader(toVm, { version: v(8) });
      reader.push(trace.daemon.subarray(20));
      for (const frame of framesOf(reader)) {
        const bytes = again(frame);
        const message = decodeToVm(frame);
        if (message.name === 'ignored') throw new Error(`${frame.row?.wireName} was dropped`);
        // The reference sends four bytes of its stack in MAP.
        if (message.name === 'map') bytes.fill(0, 12, 16);
        expect(toHex(encodeToVm(message, v(8)))).toBe(toHex(bytes));
      }
    });

    it('satisfies E2, E3, E5, E7, E9 and E11: lengths, windows, sizes, dumps, damage, flags', () => {
      expect(agentFaults(trace.agent.subarray(4))).toEqual([]);
    });
  });
}

it('there are sixteen, and together they have every message of an agent but the obsolete MFNDUMP', () => {
  const all = traces();
  expect(all.length).toBe(16);
  const seen = (direction: 'agent' | 'daemon') => {
    const table = direction === 'agent' ? fromVm : toVm;
    const skip = direction === 'agent' ? 4 : 20;
    const names = all.flatMap((trace) =>
      readPlain(table, [trace[direction].subarray(skip)]).messages.map(({ row }) => row?.name),
    );
    return [...new Set(names)].sort();
  };
  expect(seen('agent')).toEqual(
    fromVm.rows
      .map((row) => row.name)
      .filter((name) => name !== 'mfnDump')
      .sort(),
  );
  expect(seen('daemon')).toEqual(
    toVm.rows
      .filter((row) => !('obsolete' in row))
      .map((row) => row.name)
      .sort(),
  );
});
