/**
 * The files of the audit log: `audit-0000000001.jsonl`, each named for the
 * number of its first record. What a file says is taken as it is; whether it is
 * true is for `livery log verify`.
 */
import { closeSync, constants, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { type AuditHead, lineHash } from '../../clipboard/audit.ts';

const NAME = /^audit-(\d{10})\.jsonl$/;
/** Longer than any record. */
const TAIL_BYTES = 64 * 1024;

export interface Tail {
  /** The last whole record; undefined = the file has none. */
  readonly end: (AuditHead & { readonly previous: string }) | undefined;
  /** So many lines that are no whole records follow it. */
  readonly torn: number;
  /** The last line has no end. */
  readonly open: boolean;
  readonly sizeBytes: number;
}

export function auditFileName(firstSeq: number): string {
  return `audit-${String(firstSeq).padStart(10, '0')}.jsonl`;
}

/** The number of the file's first record, by its name; undefined = not a file of the log. */
export function firstSeqOf(name: string): number | undefined {
  const digits = NAME.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** Names, oldest first. Throws what the file system says. */
export function auditFiles(directory: string): string[] {
  return readdirSync(directory)
    .filter((name) => NAME.test(name))
    .toSorted();
}

/** What stands at the end of a file. Throws what the file system says. */
export function readTail(directory: string, name: string): Tail {
  const fd = openSync(join(directory, name), constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const { size } = fstatSync(fd);
    const bytes = Buffer.alloc(Math.min(size, TAIL_BYTES));
    const count = readSync(fd, bytes, 0, bytes.length, size - bytes.length);
    return { ...tailOf(bytes.subarray(0, count)), sizeBytes: size };
  } finally {
    closeSync(fd);
  }
}

function tailOf(bytes: Buffer): Omit<Tail, 'sizeBytes'> {
  const close = bytes.lastIndexOf(0x0a);
  const open = close + 1 < bytes.length;
  let torn = open ? 1 : 0;
  // Lines from the end, until one is a record.
  for (let to = close; to >= 0; ) {
    const from = to === 0 ? 0 : bytes.lastIndexOf(0x0a, to - 1) + 1;
    const line = bytes.toString('latin1', from, to);
    const record = parseRecord(line);
    if (record) return { end: { ...record, hash: lineHash(line) }, torn, open };
    if (line !== '') torn++;
    to = from - 1;
  }
  return { end: undefined, torn, open };
}

/** Number and predecessor of a record's line, or undefined when it is none. */
function parseRecord(line: string): { seq: number; previous: string } | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { seq, previous } = value as Record<string, unknown>;
  if (!Number.isSafeInteger(seq) || (seq as number) < 1) return undefined;
  if (typeof previous !== 'string' || !/^[0-9a-f]{64}$/.test(previous)) return undefined;
  return { seq: seq as number, previous };
}
