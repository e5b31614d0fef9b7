/**
 * Little-endian integers in a byte array. Callers have checked the bounds;
 * reading past the end would give 0, never foreign memory.
 */

/** This machine keeps numbers as the wire does. */
const WIRE_ORDER = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

/** Unsigned 32 bits at `at`. */
export function readU32(from: Uint8Array, at: number): number {
  return (
    ((from[at] as number) |
      ((from[at + 1] as number) << 8) |
      ((from[at + 2] as number) << 16) |
      ((from[at + 3] as number) << 24)) >>>
    0
  );
}

/** Signed 32 bits at `at`. */
export function readI32(from: Uint8Array, at: number): number {
  return (
    (from[at] as number) |
    ((from[at + 1] as number) << 8) |
    ((from[at + 2] as number) << 16) |
    ((from[at + 3] as number) << 24)
  );
}

/** Unsigned 64 bits at `at`. */
export function readU64(from: Uint8Array, at: number): bigint {
  return (BigInt(readU32(from, at + 4)) << 32n) | BigInt(readU32(from, at));
}

/** The low 32 bits of `value`, signed or unsigned. */
export function writeU32(to: Uint8Array, at: number, value: number): void {
  to[at] = value;
  to[at + 1] = value >>> 8;
  to[at + 2] = value >>> 16;
  to[at + 3] = value >>> 24;
}

/** The low 64 bits of `value`. */
export function writeU64(to: Uint8Array, at: number, value: bigint): void {
  writeU32(to, at, Number(value & 0xffff_ffffn));
  writeU32(to, at + 4, Number((value >> 32n) & 0xffff_ffffn));
}

/** `count` unsigned 32-bit numbers from `at` on, copied. */
export function readU32Array(from: Uint8Array, at: number, count: number): Uint32Array {
  const out = new Uint32Array(count);
  // A dump has thousands of references: one copy of bytes is a tenth of the time.
  if (WIRE_ORDER) new Uint8Array(out.buffer).set(from.subarray(at, at + 4 * count));
  else for (let i = 0; i < count; i++) out[i] = readU32(from, at + 4 * i);
  return out;
}

/** The bytes before the first NUL, or all of them: a copy. */
export function untilNul(from: Uint8Array, at: number, length: number): Uint8Array {
  let end = at;
  while (end < at + length && from[end] !== 0) end++;
  return from.slice(at, end);
}
