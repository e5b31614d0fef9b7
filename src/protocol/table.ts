/**
 * A direction of a wire as data. The framing, the codec, PROTOCOL.md and the
 * test corpus all read the same rows; nothing about a message is written down
 * twice.
 */
import { BugError } from '../base/errors.ts';
import type { RuleCode } from './rules.ts';
import type { Fields, Struct } from './struct.ts';

/** How long a body may be. */
export type LengthRule =
  /** Always the size of the struct. */
  | { readonly kind: 'exact'; readonly bytes: number }
  /** `min`, `min + step`, … up to `max`; sessions before `older.minor` end at `older.max`. */
  | {
      readonly kind: 'range';
      readonly min: number;
      readonly max: number;
      readonly step: number;
      readonly older?: { readonly minor: number; readonly max: number };
      readonly code: RuleCode;
    }
  /** `base + unit * count`, the u32 `count` being at `countAt` of the body. */
  | {
      readonly kind: 'counted';
      readonly base: number;
      readonly unit: number;
      readonly countAt: number;
      readonly maxCount: number;
      readonly code: RuleCode;
      readonly countCode: RuleCode;
    };

/** What has to be known about the window that a message names. */
export type WindowRule = 'must-exist' | 'must-not-exist' | 'any';

/** One message. */
export interface Row<N extends string = string, F extends Fields = Fields> {
  /** The u32 at the front of the header. */
  readonly type: number;
  /** The discriminant of the decoded message. */
  readonly name: N;
  /** The name in capitals that the protocol is known by. */
  readonly wireName: string;
  /** First minor version that has it. */
  readonly since: number;
  /** Nobody sends it any more; an agent steps over it by its length. */
  readonly obsolete?: true;
  readonly body: Struct<F>;
  readonly length: LengthRule;
  readonly window: WindowRule;
  /** One or two sentences for PROTOCOL.md. */
  readonly doc: string;
}

/** All messages of one direction. */
export interface Table<R extends readonly Row[] = readonly Row[]> {
  readonly rows: R;
  /** Where the header has its fields; a wire without a window field has `windowAt` undefined. */
  readonly header: Header;
  /**
   * What a type without a row means: the end of the session, bytes to step
   * over, or a frame without a row for a peer that answers it.
   */
  readonly unknown: 'violation' | 'skip' | 'deliver';
  /** Longest body of an unknown type that is delivered. */
  readonly maxUnknown: number;
  /** Code of an unknown type and of a wrong exact length. */
  readonly codes: { readonly type: RuleCode; readonly length: RuleCode };
  /** Row by type number, sparse. */
  readonly byType: readonly (R[number] | undefined)[];
  /** Type number by name. */
  readonly type: { readonly [N in R[number]['name']]: number };
}

export interface Header {
  readonly bytes: number;
  readonly windowAt: number | undefined;
  readonly lengthAt: number;
}

/** Builds a table and its indexes. */
export function table<const R extends readonly Row[]>(
  spec: Pick<Table, 'header' | 'unknown' | 'codes'> & { readonly maxUnknown?: number },
  rows: R,
): Table<R> {
  const byType: (R[number] | undefined)[] = [];
  const type: Record<string, number> = {};
  for (const row of rows) {
    if (byType[row.type] !== undefined || type[row.name] !== undefined) {
      throw new BugError(`${row.name} is declared twice`);
    }
    byType[row.type] = row;
    type[row.name] = row.type;
  }
  return { maxUnknown: 0, ...spec, rows, byType, type: type as Table<R>['type'] };
}

/** A body that is always exactly its struct. */
export function exactly(body: Struct): LengthRule {
  return { kind: 'exact', bytes: body.size };
}
