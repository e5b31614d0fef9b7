/**
 * Answers that nobody waits for: dropped, and told to the audit log, but no
 * more than a few a minute of each session, or one qube could push everything
 * else out of a log that has a size. Trusts nothing: a qube may send these at
 * any time and rate, and must not get a notice, a timer or memory out of it.
 */
import type { QubeName } from '../base/ids.ts';
import type { AuditFact } from './audit.ts';
import type { SessionTag } from './party.ts';

/** Dropped answers of one session that get a record of their own, in each WINDOW_MS. */
const MAX_AUDITED = 10;
const WINDOW_MS = 60_000;

/**
 * What the next answer of a session is if nothing is waited for: late, to a
 * request that timed out or was given up; the second to one request; or to
 * nothing that was ever asked.
 */
export type StrayKind = 'late' | 'second' | 'unrequested';

/** What one session sent, or may still send, although nothing was waited for. */
export interface Strays {
  readonly session: SessionTag;
  readonly next: StrayKind;
  readonly sinceMs: number;
  readonly audited: number;
  readonly unaudited: number;
}

/** At most one entry of each living session: `withoutSession` is called when one ends. */
export type StrayBook = readonly Strays[];

interface Dropped {
  readonly book: StrayBook;
  readonly fact: AuditFact | undefined;
}

/** The request of this session is over, answered or not: so says what its next answer would be. */
export function expectStray(
  book: StrayBook,
  session: SessionTag,
  next: StrayKind,
  nowMs: number,
): StrayBook {
  const entry = entryOf(book, session, nowMs);
  return [...without(book, session), { ...entry, next }];
}

/** Drops one answer. `fact` is for the audit log, undefined when there were too many. */
export function dropStray(
  book: StrayBook,
  session: SessionTag,
  qube: QubeName,
  size: number,
  nowMs: number,
): Dropped {
  let entry = entryOf(book, session, nowMs);
  const newWindow = nowMs - entry.sinceMs >= WINDOW_MS;
  const silent = newWindow ? entry.unaudited : 0;
  if (newWindow) entry = { ...entry, sinceMs: nowMs, audited: 0, unaudited: 0 };
  const told = entry.audited < MAX_AUDITED;
  const counted: Strays = {
    ...entry,
    next: 'unrequested',
    audited: entry.audited + (told ? 1 : 0),
    unaudited: entry.unaudited + (told ? 0 : 1),
  };
  const detail = silent > 0 ? `${silent} more before, not recorded one by one` : undefined;
  const fact = droppedFact(qube, size, entry.next, detail);
  return { book: [...without(book, session), counted], fact: told ? fact : undefined };
}

export function withoutSession(book: StrayBook, session: SessionTag): StrayBook {
  return without(book, session);
}

/** Every time in the book moved by `byMs`: the clock was set. */
export function shiftStrays(book: StrayBook, byMs: number): StrayBook {
  return book.map((entry) => ({ ...entry, sinceMs: entry.sinceMs + byMs }));
}

function droppedFact(
  qube: QubeName,
  size: number,
  verdict: StrayKind,
  detail: string | undefined,
): AuditFact {
  return { event: 'answer-dropped', source: qube, target: undefined, size, verdict, detail };
}

function entryOf(book: StrayBook, session: SessionTag, nowMs: number): Strays {
  const found = book.find((entry) => entry.session === session);
  return found ?? { session, next: 'unrequested', sinceMs: nowMs, audited: 0, unaudited: 0 };
}

function without(book: StrayBook, session: SessionTag): StrayBook {
  return book.filter((entry) => entry.session !== session);
}
