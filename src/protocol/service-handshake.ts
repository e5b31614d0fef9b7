/**
 * The start of a service connection: both sides send eight bytes at once and
 * read eight bytes, in any order. The smaller minor version holds.
 */
import { readU32, writeU32 } from './bytes.ts';
import type { HandshakeStep } from './handshake.ts';
import { violation } from './rules.ts';
import { parseVersionWord, type Version, versionWord } from './version.ts';

/** `LVRY` as four bytes. */
const SERVICE_MAGIC = 0x5952_564c;
/** The newest version of the service channel: 1.1 has PING_WINDOW. */
const SERVICE_VERSION: Version = { major: 1, minor: 1 };

const NO_BYTES = new Uint8Array(0);
const HELLO_BYTES = 8;

export type ServiceHandshake =
  | { readonly phase: 'hello'; readonly bytes: Uint8Array }
  | { readonly phase: 'done'; readonly version: Version };

/** The state after connecting, and the eight bytes to send at once. */
export function startServiceHandshake(): HandshakeStep<ServiceHandshake> {
  const send = new Uint8Array(HELLO_BYTES);
  writeU32(send, 0, SERVICE_MAGIC);
  writeU32(send, 4, versionWord(SERVICE_VERSION));
  return { state: { phase: 'hello', bytes: NO_BYTES }, send, rest: NO_BYTES };
}

/** Takes `chunk`. Throws ProtocolViolation SERVICE_MAGIC or SERVICE_VERSION. */
export function stepServiceHandshake(
  state: ServiceHandshake,
  chunk: Uint8Array,
): HandshakeStep<ServiceHandshake> {
  if (state.phase === 'done') return { state, send: NO_BYTES, rest: chunk };
  const bytes = new Uint8Array(state.bytes.length + chunk.length);
  bytes.set(state.bytes);
  bytes.set(chunk, state.bytes.length);
  if (bytes.length >= 4 && readU32(bytes, 0) !== SERVICE_MAGIC) {
    throw violation('SERVICE_MAGIC', `0x${readU32(bytes, 0).toString(16)}`);
  }
  if (bytes.length < HELLO_BYTES) {
    return { state: { phase: 'hello', bytes }, send: NO_BYTES, rest: NO_BYTES };
  }
  const theirs = parseVersionWord(readU32(bytes, 4));
  if (theirs.major !== SERVICE_VERSION.major) {
    throw violation('SERVICE_VERSION', `${theirs.major}.${theirs.minor}`);
  }
  const version = { major: 1, minor: Math.min(theirs.minor, SERVICE_VERSION.minor) };
  return { state: { phase: 'done', version }, send: NO_BYTES, rest: bytes.slice(HELLO_BYTES) };
}
