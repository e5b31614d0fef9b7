/**
 * What the tests of the wire share: reading whole streams, and the code of a
 * violation as a value.
 */
import { ProtocolViolation } from '../../../src/base/errors.ts';
import type { VmWindowId } from '../../../src/base/ids.ts';
import type { Untrusted } from '../../../src/base/untrusted.ts';
import { decodeFromVm } from '../../../src/protocol/decode.ts';
import { decodeToVm } from '../../../src/protocol/decode-to-vm.ts';
import { FrameReader } from '../../../src/protocol/framing.ts';
import { type FromVm, fromVm } from '../../../src/protocol/from-vm.ts';
import type { Row, Table } from '../../../src/protocol/table.ts';
import { type ToVmRead, toVm } from '../../../src/protocol/to-vm.ts';
import type { Version } from '../../../src/protocol/version.ts';

/** The window of the vectors. */
export const W = 0x0040_0007 as VmWindowId;

/** A message at the level of the wire, with bytes of its own. */
export interface Plain {
  readonly row: Row | undefined;
  readonly type: number;
  readonly window: number;
  readonly body: Uint8Array;
}

/** The session version 1.`minor`. */
export function v(minor: number): Version {
  return { major: 1, minor };
}

/** Every whole message of `chunks`, and how many bytes are left over. */
export function readPlain(
  table: Table,
  chunks: readonly Uint8Array[],
  minor = 8,
): { messages: Plain[]; left: number; skipped: number; capacity: number } {
  const reader = new FrameReader(table, { version: v(minor) });
  const messages: Plain[] = [];
  let capacity = reader.capacity;
  for (const chunk of chunks) {
    reader.push(chunk);
    capacity = Math.max(capacity, reader.capacity);
    for (let frame = reader.next(); frame; frame = reader.next()) {
      const { row, type, window } = frame;
      messages.push({ row, type, window, body: frame.body.slice() });
    }
  }
  return { messages, left: reader.pending, skipped: reader.skipped, capacity };
}

/** What the daemon makes of the bytes of an agent. */
export function decodeAgent(bytes: Uint8Array, minor = 8): FromVm[] {
  const reader = new FrameReader(fromVm, { version: v(minor) });
  reader.push(bytes);
  const messages: FromVm[] = [];
  for (let frame = reader.next(); frame; frame = reader.next()) messages.push(decodeFromVm(frame));
  return messages;
}

/** What our agent makes of the bytes of a daemon. */
export function decodeDaemon(bytes: Uint8Array, minor = 8): ToVmRead[] {
  const reader = new FrameReader(toVm, { version: v(minor) });
  reader.push(bytes);
  const messages: ToVmRead[] = [];
  for (let frame = reader.next(); frame; frame = reader.next()) messages.push(decodeToVm(frame));
  return messages;
}

/** The code with which `action` ends the session; an error when it does not. */
export function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof ProtocolViolation) return error.code;
    throw error;
  }
  throw new Error('nothing was refused');
}

/** An `Untrusted` text as latin-1, for comparing. */
export function textOf(text: Untrusted<Uint8Array>): string {
  return text.parse((raw) => Buffer.from(raw).toString('latin1'));
}

/** `bytes` in pieces of `size`. */
export function pieces(bytes: Uint8Array, size: number): Uint8Array[] {
  const out: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += size) out.push(bytes.subarray(at, at + size));
  return out;
}

/** All of `parts`, one after the other. */
export function concat(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}
