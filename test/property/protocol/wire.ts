/**
 * Generators made from the tables: any legal message of any row, and the
 * bytes of a whole stream. Sizes are kept small except at their bounds.
 */
import fc from 'fast-check';
import { encodeRow } from '../../../src/protocol/encode.ts';
import { encodeServiceRow } from '../../../src/protocol/service-codec.ts';
import type { Field, Fields, WireOf } from '../../../src/protocol/struct.ts';
import type { LengthRule, Row, Table } from '../../../src/protocol/table.ts';

export const u32Value = fc.oneof(
  fc.integer({ min: 0, max: 0xffff_ffff }),
  fc.nat(3),
  // What the rules turn on.
  fc.constantFrom(0, 1, 0x100, 0x144, 0x19a, 4096, 6144, 16_384, 0x7fff_ffff, 0x8000_0000),
  fc.constant(0xffff_ffff),
);

/** Few windows, so that they collide. */
const windowId = fc.oneof(fc.integer({ min: 0, max: 3 }), u32Value);

export interface Sent {
  readonly row: Row;
  readonly window: number;
  readonly body: WireOf<Fields>;
  readonly bytes: Uint8Array;
}

/** One message of `row` that is legal at its newest version, with its bytes. */
function sent(table: Table, row: Row): fc.Arbitrary<Sent> {
  const service = table.header.windowAt === undefined;
  return fc.tuple(service ? fc.constant(0) : windowId, bodyOf(row)).map(([window, body]) => {
    const bytes = service ? encodeServiceRow(row, body) : encodeRow(row, window, body);
    return { row, window, body, bytes };
  });
}

/** One message of any row of `table`. */
export function anySent(table: Table): fc.Arbitrary<Sent> {
  return fc.oneof(...table.rows.map((row) => sent(table, row)));
}

/** One message of each row. */
export function sentOfRow(table: Table, name: string): fc.Arbitrary<Sent> {
  const row = table.rows.find((candidate) => candidate.name === name);
  if (row === undefined) throw new Error(name);
  return sent(table, row);
}

function bodyOf(row: Row): fc.Arbitrary<WireOf<Fields>> {
  const { body, length } = row;
  return restLength(length, body.size).chain((extra) =>
    fc
      .record(
        Object.fromEntries(
          Object.entries(body.fields).map(([name, field]) => [name, fieldOf(field, extra)]),
        ),
      )
      .map((value) =>
        // A counted body says how much follows.
        length.kind === 'counted' ? { ...value, count: extra / length.unit } : value,
      ),
  );
}

/** Bytes after the fixed part that the rule allows. */
function restLength(rule: LengthRule, size: number): fc.Arbitrary<number> {
  if (rule.kind === 'exact') return fc.constant(0);
  if (rule.kind === 'counted') {
    return fc.integer({ min: 0, max: 20 }).map((count) => count * rule.unit);
  }
  const steps = Math.min(40, Math.floor((rule.max - rule.min) / rule.step));
  return fc.integer({ min: 0, max: steps }).map((n) => rule.min - size + n * rule.step);
}

function fieldOf(field: Field, extra: number): fc.Arbitrary<number | bigint | Uint8Array> {
  switch (field.kind) {
    case 'u32':
      return u32Value;
    case 'i32':
      return u32Value.map((value) => value | 0);
    case 'u64':
      return fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn });
    case 'bytes':
      return fc.uint8Array({ minLength: field.bytes, maxLength: field.bytes });
    case 'rest':
      return fc.uint8Array({ minLength: extra, maxLength: extra });
  }
}

/** `bytes` cut at the given places (taken modulo its length). */
export function cutAt(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const cuts = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort(
    (a, b) => a - b,
  );
  const out: Uint8Array[] = [];
  let from = 0;
  for (const cut of [...cuts, bytes.length]) {
    out.push(bytes.subarray(from, cut));
    from = cut;
  }
  return out;
}

export const places = fc.array(fc.nat(), { maxLength: 30 });
