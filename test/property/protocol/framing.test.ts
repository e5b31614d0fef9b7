/**
 * Framing under any split, and against any bytes: same messages, bounded
 * memory, only rules of the table as errors.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProtocolViolation } from '../../../src/base/errors.ts';
import { decodeFromVm } from '../../../src/protocol/decode.ts';
import { decodeToVm } from '../../../src/protocol/decode-to-vm.ts';
import type { Frame } from '../../../src/protocol/framing.ts';
import { FrameReader } from '../../../src/protocol/framing.ts';
import { fromVm } from '../../../src/protocol/from-vm.ts';
import { PROTOCOL_RULES, type RuleCode } from '../../../src/protocol/rules.ts';
import { fromQube, toQube } from '../../../src/protocol/service.ts';
import { decodeFromQube, decodeToQube } from '../../../src/protocol/service-decode.ts';
import type { Table } from '../../../src/protocol/table.ts';
import { toVm } from '../../../src/protocol/to-vm.ts';
import { concat, type Plain, readPlain, v } from '../../unit/protocol/support.ts';
import { anySent, cutAt, places, u32Value } from './wire.ts';

const tables: readonly {
  name: string;
  table: Table;
  decode: (frame: Frame) => unknown;
}[] = [
  { name: 'fromVm', table: fromVm, decode: decodeFromVm },
  { name: 'toVm', table: toVm, decode: decodeToVm },
  { name: 'fromQube', table: fromQube, decode: decodeFromQube },
  { name: 'toQube', table: toQube, decode: decodeToQube },
];

/** What a reader gives until it ends or refuses, and the code if it refuses. */
function run(table: Table, chunks: readonly Uint8Array[], minor: number) {
  const reader = new FrameReader(table, { version: v(minor) });
  const messages: Plain[] = [];
  let capacity = 0;
  let largest = 0;
  try {
    for (const chunk of chunks) {
      largest = Math.max(largest, chunk.length);
      reader.push(chunk);
      capacity = Math.max(capacity, reader.capacity);
      for (let frame = reader.next(); frame; frame = reader.next()) {
        const { row, type, window } = frame;
        messages.push({ row, type, window, body: frame.body.slice() });
      }
    }
    return { messages, code: undefined, left: reader.pending, capacity, largest };
  } catch (error) {
    if (!(error instanceof ProtocolViolation)) throw error;
    return { messages, code: error.code, left: 0, capacity, largest };
  }
}

/** The longest message that any row of the table allows. */
function longest(table: Table): number {
  const bodies = table.rows.map(({ length }) => {
    if (length.kind === 'exact') return length.bytes;
    return length.kind === 'range' ? length.max : length.base + length.unit * length.maxCount;
  });
  return table.header.bytes + Math.max(...bodies, table.maxUnknown);
}

for (const { name, table, decode } of tables) {
  describe(name, () => {
    const stream = fc.array(anySent(table), { maxLength: 8 });

    it('any split of a legal stream gives the messages that were written', () => {
      fc.assert(
        fc.property(stream, places, (messages, cuts) => {
          const bytes = concat(messages.map((message) => message.bytes));
          const read = readPlain(table, cutAt(bytes, cuts));
          expect(read.left).toBe(0);
          expect(read.messages.map(({ type, window }) => [type, window])).toEqual(
            messages.map(({ row, window }) => [row.type, window]),
          );
          read.messages.forEach((message, i) => {
            expect(message.body).toEqual(messages[i]?.bytes.slice(table.header.bytes));
          });
        }),
      );
    });

    it('any bytes in any split end the same way, within bounded memory and with a rule', () => {
      const header = fc
        .tuple(
          fc.oneof(fc.constantFrom(...table.rows.map((row) => row.type)), u32Value),
          fc.oneof(u32Value, fc.nat(400_000), fc.nat(64)),
          fc.uint8Array({ maxLength: 80 }),
        )
        .map(([type, length, rest]) => {
          const bytes = new Uint8Array(table.header.bytes + rest.length);
          const view = new DataView(bytes.buffer);
          view.setUint32(0, type, true);
          view.setUint32(table.header.lengthAt, length, true);
          bytes.set(rest, table.header.bytes);
          return bytes;
        });
      const garbage = fc.oneof(
        header,
        fc.uint8Array({ maxLength: 200 }),
        anySent(table).map((message) => message.bytes),
      );
      fc.assert(
        fc.property(
          fc.array(garbage, { maxLength: 6 }),
          places,
          fc.integer({ min: 0, max: 8 }),
          (parts, cuts, minor) => {
            const bytes = concat(parts);
            const whole = run(table, [bytes], minor);
            const cut = run(table, cutAt(bytes, cuts), minor);
            expect([cut.messages, cut.code, cut.left]).toEqual([
              whole.messages,
              whole.code,
              whole.left,
            ]);
            expect(cut.capacity).toBeLessThanOrEqual(2 * (longest(table) + cut.largest) + 4096);
            if (whole.code !== undefined) {
              expect(PROTOCOL_RULES[whole.code as RuleCode].effect).toBe('end');
            }
          },
        ),
      );
    });

    it('whatever is framed decodes to a message or breaks a rule', () => {
      fc.assert(
        fc.property(stream, fc.integer({ min: 0, max: 8 }), (messages, minor) => {
          const reader = new FrameReader(table, { version: v(minor) });
          reader.push(concat(messages.map((message) => message.bytes)));
          for (let frame = reader.next(); frame; frame = reader.next()) {
            try {
              expect(decode(frame)).toHaveProperty('name');
            } catch (error) {
              if (!(error instanceof ProtocolViolation)) throw error;
              expect(PROTOCOL_RULES[error.code as RuleCode].effect).toBe('end');
            }
          }
        }),
      );
    });
  });
}

it('a stream keeps its messages when cut in two at any byte', () => {
  fc.assert(
    fc.property(fc.array(anySent(fromVm), { minLength: 1, maxLength: 3 }), (messages) => {
      const bytes = concat(messages.map((message) => message.bytes));
      const expected = readPlain(fromVm, [bytes]).messages;
      for (let cut = 0; cut <= bytes.length; cut++) {
        const read = readPlain(fromVm, [bytes.subarray(0, cut), bytes.subarray(cut)]);
        expect(read.messages).toEqual(expected);
      }
    }),
    { numRuns: 10 },
  );
});
