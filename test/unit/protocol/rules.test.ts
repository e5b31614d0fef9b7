/**
 * Every rule of the table can be broken: for each code the bytes that do it.
 * Rules that need a session or a qube's end name who holds them instead.
 */
import { describe, expect, it } from 'vitest';
import { ProtocolViolation } from '../../../src/base/errors.ts';
import { decodeFromVm } from '../../../src/protocol/decode.ts';
import { decodeToVm } from '../../../src/protocol/decode-to-vm.ts';
import { FrameReader } from '../../../src/protocol/framing.ts';
import { fromVm } from '../../../src/protocol/from-vm.ts';
import {
  DAEMON_START,
  screenConfig,
  startAgentHandshake,
  stepAgentHandshake,
  stepDaemonHandshake,
} from '../../../src/protocol/handshake.ts';
import { IconStreamReader } from '../../../src/protocol/icon-stream.ts';
import { PROTOCOL_RULES, type RuleCode, violation } from '../../../src/protocol/rules.ts';
import { fromQube, toQube } from '../../../src/protocol/service.ts';
import { decodeFromQube, decodeToQube } from '../../../src/protocol/service-decode.ts';
import {
  startServiceHandshake,
  stepServiceHandshake,
} from '../../../src/protocol/service-handshake.ts';
import { OpenRequests } from '../../../src/protocol/service-requests.ts';
import type { Table } from '../../../src/protocol/table.ts';
import { toVm } from '../../../src/protocol/to-vm.ts';
import { fromHex, vectorBytes } from './golden.ts';
import { v } from './support.ts';

function decodes<T>(table: Table, decode: (frame: never) => T, bytes: Uint8Array): T[] {
  const reader = new FrameReader(table, { version: v(8) });
  reader.push(bytes);
  const out: T[] = [];
  for (let frame = reader.next(); frame; frame = reader.next()) out.push(decode(frame as never));
  return out;
}

const agent = (id: string) => decodes(fromVm, decodeFromVm, vectorBytes(id));
const agentHex = (hex: string) => decodes(fromVm, decodeFromVm, fromHex(hex));
const daemonHex = (hex: string) => decodes(toVm, decodeToVm, fromHex(hex));
const qube = (hex: string) => decodes(fromQube, decodeFromQube, fromHex(hex));
const dom0 = (hex: string) => decodes(toQube, decodeToQube, fromHex(hex));

const icons = (text: string) =>
  new IconStreamReader({ begin() {}, pixels() {}, end() {} }).push(Buffer.from(text));

const mfnDump = (body: string) => agentHex(`87000000 07004000 ${body}`);

/** Held by the session, which knows windows and channels. */
const ofTheSession: readonly RuleCode[] = [
  'GUI_WINDOW_UNKNOWN',
  'GUI_WINDOW_EXISTS',
  'GUI_MFNDUMP_UNSUPPORTED',
];

const breaches: Partial<Record<RuleCode, () => unknown>> = {
  GUI_VERSION: () => stepDaemonHandshake(DAEMON_START, vectorBytes('H9'), screenConfig(8, 8, 24)),
  GUI_VERSION_REPLY: () => stepAgentHandshake(startAgentHandshake().state, vectorBytes('G4')),
  GUI_TYPE: () => agent('A82'),
  GUI_LENGTH: () => agent('A10'),
  GUI_CREATE_SIZE: () => agent('A3'),
  GUI_CONFIGURE_SIZE: () => agent('A21'),
  GUI_SHMIMAGE_NEGATIVE: () => agent('A47'),
  GUI_DUMP_TYPE: () => agent('A34'),
  GUI_DUMP_LENGTH: () => agent('A38'),
  GUI_DUMP_SIZE: () => agent('A35'),
  GUI_DUMP_COVER: () => agent('A29'),
  GUI_MFNDUMP_LENGTH: () => mfnDump('1b000000'),
  GUI_MFNDUMP_COUNT: () =>
    mfnDump('1c000000 00000000 01000000 01000000 20000000 00000000 01800100 00000000'),
  GUI_MFNDUMP_SIZE: () =>
    mfnDump('1c000000 00000000 01400000 00000000 20000000 00000000 00000000 00000000'),
  GUI_MFNDUMP_OFFSET: () => agent('A56'),
  GUI_MFNDUMP_COVER: () =>
    mfnDump('1c000000 00000000 01000000 01000000 20000000 00000000 00000000 00000000'),
  GUI_CLIPBOARD_LENGTH: () => agent('A80'),
  GUI_FLAGS_OVERLAP: () => agent('A66'),
  GUI_CURSOR: () => agent('A70'),
  GUI_INPUT_TYPE: () => daemonHex('80000000 07004000 0c000000 07000000 00000000 00000000'),
  SERVICE_MAGIC: () => stepServiceHandshake(startServiceHandshake().state, fromHex('08000100')),
  SERVICE_VERSION: () =>
    stepServiceHandshake(startServiceHandshake().state, fromHex('4c565259 00000200')),
  SERVICE_TYPE: () => qube('01000000 00000000'),
  SERVICE_LENGTH: () => qube('83000000 00000000'),
  SERVICE_ANSWER: () => new OpenRequests().settle(5),
  SERVICE_ICON_SIZE: () => qube('82000000 10000000 00000000 00000000 01000000 00000000'),
  SERVICE_EXIT_KIND: () => qube('83000000 0c000000 00000000 02000000 00000000'),
  SERVICE_FILE: () => qube('85000000 09000000 00000000 00000000 2f'),
  ICON_ID_LINE: () => icons('0x17\n'),
  ICON_SIZE_LINE: () => icons('17\n2  1\n'),
  ICON_SIDE: () => icons('17\n2049 1\n'),
  SERVICE_ARGV: () => dom0('01000000 06000000 00000000 0000'),
  SERVICE_TEXT: () => dom0('02000000 09000000 00000000 00000000 61'),
  SERVICE_SCREEN: () => dom0(`03000000 20000000 00000000 ${'00'.repeat(28)}`),
};

describe('every rule can be broken', () => {
  for (const [code, rule] of Object.entries(PROTOCOL_RULES)) {
    if (ofTheSession.includes(code as RuleCode)) continue;
    it(`${code} (${rule.effect})`, () => {
      const breach = breaches[code as RuleCode];
      if (breach === undefined) throw new Error('no bytes break this rule');
      if (rule.effect === 'end') {
        expect(breach).toThrow(ProtocolViolation);
        expect(breach).toThrow(expect.objectContaining({ code }));
      } else {
        const messages = breach() as object[];
        expect(messages.at(-1)).toMatchObject({ rule: code });
      }
    });
  }
});

it('a violation carries its code and says the rule in a sentence', () => {
  const error = violation('GUI_WINDOW_UNKNOWN', 'window 7');
  expect(error.code).toBe('GUI_WINDOW_UNKNOWN');
  expect(error.message).toBe('The message names a window that does not exist. (window 7)');
});

it('every rule has a code of its wire, a sentence and a source', () => {
  for (const [code, rule] of Object.entries(PROTOCOL_RULES)) {
    expect(code).toMatch(/^(GUI|SERVICE|ICON)_[A-Z_]+$/);
    expect(rule.sentence).toMatch(/^[A-Z`].*[.)]$/);
    expect(rule.source.length).toBeGreaterThan(3);
  }
});
