/**
 * A struct of the wire as data: its size, its TypeScript type, its reader and
 * its writer all come from one list of fields. There is no padding anywhere on
 * this wire and every number is little-endian.
 */
import { BugError } from '../base/errors.ts';
import { readI32, readU32, readU64, writeU32, writeU64 } from './bytes.ts';

/** What one field is. `rest` takes what is left of the body and comes last. */
export type Field =
  | { readonly kind: 'u32'; readonly bytes: 4 }
  | { readonly kind: 'i32'; readonly bytes: 4 }
  | { readonly kind: 'u64'; readonly bytes: 8 }
  | { readonly kind: 'bytes'; readonly bytes: number }
  | { readonly kind: 'rest'; readonly bytes: 0 };

export const u32 = { kind: 'u32', bytes: 4 } as const;
export const i32 = { kind: 'i32', bytes: 4 } as const;
export const u64 = { kind: 'u64', bytes: 8 } as const;
export const rest = { kind: 'rest', bytes: 0 } as const;

/** Exactly `count` raw bytes. */
export function bytes(count: number): { readonly kind: 'bytes'; readonly bytes: number } {
  return { kind: 'bytes', bytes: count };
}

export type Fields = Readonly<Record<string, Field>>;

type ValueOf<F extends Field> = F extends { readonly kind: 'u64' }
  ? bigint
  : F extends { readonly kind: 'bytes' | 'rest' }
    ? Uint8Array
    : number;

/** The value that a list of fields describes. */
export type WireOf<F extends Fields> = { [K in keyof F]: ValueOf<F[K]> };

/** The value that a struct describes, exactly as it is on the wire. */
export type Wire<S> = S extends Struct<infer F> ? WireOf<F> : never;

interface Place {
  readonly name: string;
  readonly kind: Field['kind'];
  readonly at: number;
  readonly bytes: number;
}

export interface Struct<F extends Fields = Fields> {
  readonly fields: F;
  /** Bytes of the fixed part. */
  readonly size: number;
  /** The body goes on after the fixed part. */
  readonly open: boolean;
  /** Byte offset of every field, in wire order. */
  readonly places: readonly Place[];
  /**
   * The struct in `from[at .. at + length)`; `bytes` and `rest` are views of
   * `from`. Throws BugError when `length` does not fit: the framing has
   * checked it before.
   */
  read(from: Uint8Array, at: number, length: number): WireOf<F>;
  /** Writes `value` at `to[at]`; returns the offset after it. */
  write(value: WireOf<F>, to: Uint8Array, at: number): number;
  /** Bytes that `value` takes. */
  sizeOf(value: WireOf<F>): number;
}

/** Declares a struct; field order is wire order. */
export function struct<const F extends Fields>(fields: F): Struct<F> {
  const places: Place[] = [];
  let size = 0;
  for (const [name, field] of Object.entries(fields)) {
    if (places.at(-1)?.kind === 'rest') throw new BugError(`${name} comes after the rest`);
    places.push({ name, kind: field.kind, at: size, bytes: field.bytes });
    size += field.bytes;
  }
  const last = places.at(-1);
  const open = last?.kind === 'rest' ? last.name : undefined;
  return {
    fields,
    size,
    open: open !== undefined,
    places,
    read: (from, at, length) => readPlaces(places, size, open, from, at, length) as WireOf<F>,
    write: (value, to, at) => writePlaces(places, size, value, to, at),
    sizeOf: (value) =>
      open === undefined ? size : size + ((value as Loose)[open] as Uint8Array).length,
  };
}

type Loose = Record<string, number | bigint | Uint8Array>;

function readPlaces(
  places: readonly Place[],
  size: number,
  open: string | undefined,
  from: Uint8Array,
  at: number,
  length: number,
): Loose {
  if (at + length > from.length || (open === undefined ? length !== size : length < size)) {
    throw new BugError(`a body of ${length} bytes was read as a struct of ${size}`);
  }
  const out: Loose = {};
  for (let i = 0; i < places.length; i++) {
    const place = places[i] as Place;
    const offset = at + place.at;
    switch (place.kind) {
      case 'u32':
        out[place.name] = readU32(from, offset);
        break;
      case 'i32':
        out[place.name] = readI32(from, offset);
        break;
      case 'u64':
        out[place.name] = readU64(from, offset);
        break;
      case 'bytes':
        out[place.name] = from.subarray(offset, offset + place.bytes);
        break;
      case 'rest':
        out[place.name] = from.subarray(offset, at + length);
        break;
    }
  }
  return out;
}

function writePlaces(
  places: readonly Place[],
  size: number,
  value: Loose,
  to: Uint8Array,
  at: number,
): number {
  let end = at + size;
  for (let i = 0; i < places.length; i++) {
    const place = places[i] as Place;
    const offset = at + place.at;
    const field = value[place.name];
    switch (place.kind) {
      case 'u32':
      case 'i32':
        writeU32(to, offset, field as number);
        break;
      case 'u64':
        writeU64(to, offset, field as bigint);
        break;
      case 'bytes': {
        const raw = field as Uint8Array;
        if (raw.length !== place.bytes) {
          throw new BugError(`${place.name} has ${raw.length} bytes, not ${place.bytes}`);
        }
        to.set(raw, offset);
        break;
      }
      case 'rest':
        to.set(field as Uint8Array, offset);
        end = offset + (field as Uint8Array).length;
        break;
    }
  }
  return end;
}
