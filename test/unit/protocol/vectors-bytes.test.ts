/**
 * Every vector that has bytes goes through the tables: well-formed ones decode
 * and encode to the same bytes, malformed ones are refused or left waiting.
 */
import { describe, expect, it } from 'vitest';
import { encodeRow } from '../../../src/protocol/encode.ts';
import { fromVm } from '../../../src/protocol/from-vm.ts';
import type { Row } from '../../../src/protocol/table.ts';
import { toVm } from '../../../src/protocol/to-vm.ts';
import { fromHex, toHex, vectorBytes, vectors } from './golden.ts';
import { codeOf, readPlain } from './support.ts';

/** Deliberately malformed: the code at session 1.8. */
const refused: Readonly<Record<string, string>> = {
  A10: 'GUI_LENGTH',
  A15: 'GUI_LENGTH',
  A38: 'GUI_DUMP_LENGTH',
  A39: 'GUI_DUMP_LENGTH',
  A40: 'GUI_DUMP_LENGTH',
  A41: 'GUI_DUMP_LENGTH',
  A61: 'GUI_LENGTH',
  A80: 'GUI_CLIPBOARD_LENGTH',
  A81: 'GUI_TYPE',
  A82: 'GUI_TYPE',
};
/** A header whose body the case adds: nothing is read before it came. */
const waiting = ['A37', 'A77', 'A78', 'A79'];

const withBytes = vectors.filter((vector) => vector.hex !== null);
const fromAgent = withBytes.filter(({ id }) => id.startsWith('A'));
const fromDaemon = withBytes.filter(({ id }) => id.startsWith('D'));

it('the copy is complete: 176 vectors, 70 of agents and 29 of daemons with bytes', () => {
  expect([vectors.length, fromAgent.length, fromDaemon.length]).toEqual([176, 70, 29]);
  for (const id of [...Object.keys(refused), ...waiting]) {
    expect(fromAgent.map((vector) => vector.id)).toContain(id);
  }
});

describe('agent to daemon', () => {
  for (const { id, hex } of fromAgent) {
    const bytes = fromHex(hex as string);
    const code = refused[id];
    if (code !== undefined) {
      it(`${id} is refused: ${code}`, () => {
        expect(codeOf(() => readPlain(fromVm, [bytes]))).toBe(code);
      });
    } else if (waiting.includes(id)) {
      it(`${id} waits for its body`, () => {
        const { messages, left } = readPlain(fromVm, [bytes]);
        expect([messages.length, left]).toEqual([0, bytes.length]);
      });
    } else {
      it(`${id} decodes and encodes to the same bytes`, () => {
        const { messages, left } = readPlain(fromVm, [bytes]);
        expect(left).toBe(0);
        expect(messages.map(reencoded).join('')).toBe(hex);
      });
    }
  }
});

describe('daemon to agent', () => {
  for (const { id, hex } of fromDaemon) {
    const bytes = fromHex(hex as string);
    if (id === 'D25') {
      it('D25 is stepped over by its length', () => {
        const { messages, left, skipped } = readPlain(toVm, [bytes, vectorBytes('D16')]);
        expect([messages.length, left, skipped]).toEqual([1, 0, 1]);
      });
    } else {
      it(`${id} decodes and encodes to the same bytes`, () => {
        const { messages, left } = readPlain(toVm, [bytes]);
        expect(left).toBe(0);
        expect(messages.map(reencoded).join('')).toBe(hex);
      });
    }
  }
});

function reencoded(message: { row: Row | undefined; window: number; body: Uint8Array }): string {
  const row = message.row as Row;
  const body = row.body.read(message.body, 0, message.body.length);
  return toHex(encodeRow(row, message.window, body));
}
