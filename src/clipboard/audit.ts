/**
 * The audit log as lines: who copied and pasted what size, and what dom0 said
 * to it; never the text. Each record holds the hash of the one before it, so
 * that a log in which a line was changed, left out or moved shows it. The hash
 * of the last record, kept in a second place, shows a log that was cut.
 * Whoever can write both can write another history: the chain tells of
 * accidents and of everybody else.
 */
import { createHash } from 'node:crypto';
import { BugError } from '../base/errors.ts';

/** What the audit log is told: who, to whom, size, verdict; never the text. */
export interface AuditFact {
  /** As in docs/clipboard.md. */
  readonly event: string;
  readonly source: string | undefined;
  readonly target: string | undefined;
  readonly size: number | undefined;
  readonly verdict: string | undefined;
  /** More of dom0's own words, such as the line of the policy. */
  readonly detail: string | undefined;
}

export interface AuditRecord {
  /** Without a newline: JSON in printable ASCII. */
  readonly line: string;
  /** SHA-256 of the line, lower-case hex: what the next record holds as `previous`. */
  readonly hash: string;
}

/** The last record of a log, as the second place holds it. */
export interface AuditHead {
  readonly seq: number;
  readonly hash: string;
}

/** `previous` of the very first record. */
export const GENESIS_HASH = '0'.repeat(64);

/** SHA-256 of one line without its newline, lower-case hex. */
export function lineHash(line: string): string {
  return createHash('sha256').update(line, 'utf8').digest('hex');
}

/**
 * The next line of the log.
 * @param previousHash of the record before; GENESIS_HASH for the first
 * @param seq counted from 1 without gaps, over all files of the log
 * @param timeMs since 1970, of the wall clock
 */
export function appendRecord(
  previousHash: string,
  seq: number,
  timeMs: number,
  fact: AuditFact,
): AuditRecord {
  if (!Number.isSafeInteger(seq) || seq < 1) throw new BugError(`an audit record number of ${seq}`);
  if (!/^[0-9a-f]{64}$/.test(previousHash)) throw new BugError('an audit hash that is none');
  const { event, source, target, size, verdict, detail } = fact;
  const time = new Date(timeMs).toISOString();
  const record = { seq, time, previous: previousHash };
  const line = ascii(JSON.stringify({ ...record, event, source, target, size, verdict, detail }));
  return { line, hash: lineHash(line) };
}

/** JSON text with every character outside printable ASCII as `\uXXXX`: one line stays one line. */
function ascii(json: string): string {
  return json.replace(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
