/**
 * The lines of the keeper's socket as bytes: one JSON object per line, each
 * parsed into a type that says what was proved. Both ends are dom0's own
 * processes, so a line that does not parse is a defect or a stranger and ends
 * that connection; the limits keep a stranger from costing memory.
 */
import { EXIT, type ExitCode } from '../base/errors.ts';
import { parseDomainId, parseQubeName } from '../base/ids.ts';
import type {
  KeeperAnswer,
  KeeperEvent,
  KeeperRequest,
  KeptBackend,
  QubeState,
  QubeStatus,
} from './messages.ts';

/** A request is a few words and a qube's name. */
export const MAX_REQUEST_BYTES = 4096;
/** An answer tells of every qube: some 400 bytes each, and there are at most 32751. */
export const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

const STATES: readonly QubeState[] = ['stopped', 'starting', 'running'];
const BACKENDS: readonly KeptBackend[] = ['sandbox', 'qemu'];
const EXIT_CODES: readonly unknown[] = Object.values(EXIT);

export function encodeLine(message: KeeperRequest | KeeperAnswer | KeeperEvent): Uint8Array {
  return Buffer.from(`${JSON.stringify(message)}\n`);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parseObject(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isId(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** A request, or undefined when `line` is none. The name is any text; the keeper looks it up. */
export function parseRequest(line: string): KeeperRequest | undefined {
  const object = parseObject(line);
  if (!object || !isId(object.id)) return undefined;
  const { id, op, name, digest } = object;
  switch (op) {
    case 'list':
    case 'watch':
    case 'shutdown':
      return { id, op };
    case 'start':
    case 'stop':
    case 'pause':
    case 'attach':
      return typeof name === 'string' ? { id, op, name } : undefined;
    case 'reload':
      return typeof digest === 'string' ? { id, op, digest } : undefined;
    default:
      return undefined;
  }
}

function parseStatus(value: unknown): QubeStatus | undefined {
  if (!isRecord(value)) return undefined;
  const { guiSocket, serviceSocket, poolBytes, machine, pid, reason, paused } = value;
  const name = typeof value.name === 'string' ? parseQubeName(value.name) : undefined;
  const domainId = typeof value.domainId === 'number' ? parseDomainId(value.domainId) : undefined;
  const state = STATES.find((known) => known === value.state);
  if (name === undefined || domainId === undefined || state === undefined) return undefined;
  const backend = BACKENDS.find((known) => known === value.backend);
  if (backend === undefined || !(machine === undefined || typeof machine === 'string')) {
    return undefined;
  }
  if (typeof paused !== 'boolean') return undefined;
  if (typeof guiSocket !== 'string' || typeof serviceSocket !== 'string') return undefined;
  if (!isId(poolBytes) || !(pid === undefined || isId(pid))) return undefined;
  if (!(reason === undefined || typeof reason === 'string')) return undefined;
  const places = { guiSocket, serviceSocket, poolBytes };
  return { name, domainId, backend, state, paused, ...places, machine, pid, reason };
}

function isExitCode(value: unknown): value is ExitCode {
  return EXIT_CODES.includes(value);
}

/** What the keeper says: an answer or an event, or undefined when `line` is neither. */
export function parseKeeperLine(line: string): KeeperAnswer | KeeperEvent | undefined {
  const object = parseObject(line);
  if (!object) return undefined;
  if (object.event === 'changed') {
    const qube = parseStatus(object.qube);
    return qube && { event: 'changed', qube };
  }
  const { id, ok, code, message, hint, exitCode } = object;
  if (!isId(id)) return undefined;
  if (ok === true) {
    if (!Array.isArray(object.qubes)) return undefined;
    const qubes = object.qubes.map(parseStatus);
    return qubes.every((qube) => qube !== undefined) ? { id, ok, qubes } : undefined;
  }
  if (ok !== false || typeof code !== 'string' || typeof message !== 'string') return undefined;
  if (!isExitCode(exitCode) || !(hint === undefined || typeof hint === 'string')) return undefined;
  return { id, ok, code, message, hint, exitCode };
}
