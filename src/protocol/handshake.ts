/**
 * The start of a GUI connection, both sides, as step functions without I/O:
 * bytes in, the next state and bytes to send out. No message has a header
 * before it is over. The daemon's side trusts nothing of the agent.
 */
import { readU32, writeU32 } from './bytes.ts';
import { violation } from './rules.ts';
import { struct, u32, type Wire } from './struct.ts';
import {
  compareVersions,
  features,
  NEWEST,
  negotiate,
  parseVersionWord,
  TWO_WAY_MINOR,
  type Version,
  versionWord,
} from './version.ts';

/** The daemon's screen as it is sent, without a header. */
export const Xconf = struct({ width: u32, height: u32, depth: u32, memKiB: u32 });
export type Xconf = Wire<typeof Xconf>;

const NO_BYTES = new Uint8Array(0);
const VERSION_BYTES = 4;

/**
 * The xconf of a screen of `width` x `height` pixels: the width rounded up to
 * a multiple of 8 and the size in KiB plus one, as the reference daemon has it.
 */
export function screenConfig(width: number, height: number, depth: number): Xconf {
  const rounded = Math.ceil(width / 8) * 8;
  return { width: rounded, height, depth, memKiB: Math.floor((rounded * height * 4) / 1024) + 1 };
}

/** Where the daemon's side is. `version` waits for four bytes. */
export type DaemonHandshake =
  | { readonly phase: 'version'; readonly bytes: Uint8Array }
  | { readonly phase: 'done'; readonly version: Version; readonly announced: Version };

/** What one step of either side gave; `rest` is a view of the chunk where it can be. */
export interface HandshakeStep<S> {
  readonly state: S;
  /** To be sent now; may be empty. */
  readonly send: Uint8Array;
  /** Bytes after the handshake: the first ones for the frame reader. */
  readonly rest: Uint8Array;
}

export const DAEMON_START: DaemonHandshake = { phase: 'version', bytes: NO_BYTES };

/**
 * Daemon's side: takes `chunk`, answers when the version is complete. Throws
 * ProtocolViolation GUI_VERSION for another major version; nothing is sent then.
 */
export function stepDaemonHandshake(
  state: DaemonHandshake,
  chunk: Uint8Array,
  screen: Xconf,
): HandshakeStep<DaemonHandshake> {
  if (state.phase === 'done') return { state, send: NO_BYTES, rest: chunk };
  const missing = VERSION_BYTES - state.bytes.length;
  // What comes after the version may be anything: no copy of it is left behind here.
  const bytes = joined(state.bytes, chunk.subarray(0, missing));
  if (bytes.length < VERSION_BYTES) {
    return { state: { phase: 'version', bytes }, send: NO_BYTES, rest: NO_BYTES };
  }
  const announced = parseVersionWord(readU32(bytes, 0));
  const version = negotiate(announced);
  if (version === undefined) {
    throw violation('GUI_VERSION', `${announced.major}.${announced.minor}`);
  }
  const head = features(version).versionReply ? VERSION_BYTES : 0;
  const send = new Uint8Array(head + Xconf.size);
  if (head > 0) writeU32(send, 0, versionWord(version));
  Xconf.write(screen, send, head);
  const rest = chunk.subarray(missing);
  return { state: { phase: 'done', version, announced }, send, rest };
}

/** Where the agent's side is. */
export type AgentHandshake =
  | { readonly phase: 'reply'; readonly own: Version; readonly bytes: Uint8Array }
  | { readonly phase: 'done'; readonly version: Version; readonly screen: Xconf };

/** Agent's side: the state after connecting, and the version to send at once. */
export function startAgentHandshake(own: Version = NEWEST): HandshakeStep<AgentHandshake> {
  const send = new Uint8Array(VERSION_BYTES);
  writeU32(send, 0, versionWord(own));
  return { state: { phase: 'reply', own, bytes: NO_BYTES }, send, rest: NO_BYTES };
}

/**
 * Agent's side: takes `chunk`. The reply of the daemon is refused with
 * GUI_VERSION_REPLY as soon as its version word is there: another major, a
 * minor below 4, or newer than our own. An agent that announced 1.3 or older
 * gets no version word.
 */
export function stepAgentHandshake(
  state: AgentHandshake,
  chunk: Uint8Array,
): HandshakeStep<AgentHandshake> {
  if (state.phase === 'done') return { state, send: NO_BYTES, rest: chunk };
  const { own } = state;
  const bytes = joined(state.bytes, chunk);
  const head = own.minor >= TWO_WAY_MINOR ? VERSION_BYTES : 0;
  let version = own;
  if (head > 0 && bytes.length >= head) {
    version = parseVersionWord(readU32(bytes, 0));
    if (
      version.major !== NEWEST.major ||
      version.minor < TWO_WAY_MINOR ||
      compareVersions(version, own) > 0
    ) {
      throw violation('GUI_VERSION_REPLY', `${version.major}.${version.minor}`);
    }
  }
  const total = head + Xconf.size;
  if (bytes.length < total) {
    return { state: { phase: 'reply', own, bytes }, send: NO_BYTES, rest: NO_BYTES };
  }
  const screen = Xconf.read(bytes, head, Xconf.size);
  return { state: { phase: 'done', version, screen }, send: NO_BYTES, rest: bytes.slice(total) };
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const out = new Uint8Array(a.length + b.length);
  out.set(a);
  out.set(b, a.length);
  return out;
}
