/**
 * The end of the audit log, kept in a second place: who takes the last records
 * away, or whole files, cannot hide it without changing this file too. Replaced
 * in one step, never half written.
 */
import {
  closeSync,
  constants,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs';
import type { AuditHead } from '../../clipboard/audit.ts';

/** What the file knows. */
export interface Head extends AuditHead {
  /** The first record of the oldest file that is kept. */
  readonly oldest: number;
}

/** Undefined = there is none; `broken` = there is one, and it says nothing that can be used. */
export function readHead(path: string): Head | 'broken' | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'latin1');
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? undefined : 'broken';
  }
  try {
    const { seq, hash, oldest } = JSON.parse(text) as Record<string, unknown>;
    const numbers = [seq, oldest].every((one) => Number.isSafeInteger(one) && (one as number) >= 1);
    if (!numbers || typeof hash !== 'string' || !/^[0-9a-f]{64}$/.test(hash)) return 'broken';
    return { seq: seq as number, hash, oldest: oldest as number };
  } catch {
    return 'broken';
  }
}

/** Throws what the file system says. */
export function writeHead(path: string, { seq, hash, oldest }: Head): void {
  const next = `${path}.new`;
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW;
  const fd = openSync(next, flags, 0o600);
  try {
    writeSync(fd, `${JSON.stringify({ seq, hash, oldest })}\n`);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(next, path);
}
