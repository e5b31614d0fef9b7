/**
 * What a person is told when something is wrong, judged: one line that says it,
 * a second one that says what to do, the right exit status, and no stack trace.
 */
import { expect } from 'vitest';
import type { Ended } from './livery-process.ts';

export interface Complaint {
  readonly status: number;
  /** The line after `livery: `. */
  readonly says: RegExp | string;
  /** The line after it; left out: there is none. */
  readonly hint?: RegExp | string;
}

const STACK_LINE = /^\s+at .+:\d+:\d+\)?$/m;

/** Log lines may come before; the complaint is what is said last. */
export function expectComplaint(ended: Ended, { status, says, hint }: Complaint): void {
  const lines = ended.err.trimEnd().split('\n');
  const start = lines.findIndex((line) => line.startsWith('livery: '));
  const [first = ended.err, ...rest] = lines.slice(Math.max(0, start));
  expect(first.replace(/^livery: /, '')).toEqual(matching(says));
  expect(rest).toEqual(hint === undefined ? [] : [expect.stringMatching(/^ {2}\S/)]);
  if (hint !== undefined) expect(rest[0]?.trim()).toEqual(matching(hint));
  expect(ended.err).not.toMatch(STACK_LINE);
  expect({ status: ended.status, signal: ended.signal }).toEqual({ status, signal: null });
}

/** With --debug it is also told where it comes from. */
export function expectStack(ended: Ended): void {
  expect(ended.err).toMatch(STACK_LINE);
}

function matching(what: RegExp | string): unknown {
  return typeof what === 'string' ? what : expect.stringMatching(what);
}
