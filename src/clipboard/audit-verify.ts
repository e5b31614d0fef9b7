/**
 * Looks whether an audit log is as it was written: every record there, in its
 * place, unchanged. What it finds is data; the words are the caller's.
 */
import { type AuditHead, GENESIS_HASH, lineHash } from './audit.ts';

export type AuditFinding =
  /** No record at all: damaged, or half written when the machine stopped. */
  | { readonly kind: 'no-record'; readonly line: number }
  /** Its hash is not the one that the record behind it holds (or that one's was changed). */
  | { readonly kind: 'changed'; readonly line: number; readonly seq: number }
  /** Records `from` to `to` are nowhere; `line` is where they should be. */
  | { readonly kind: 'missing'; readonly line: number; readonly from: number; readonly to: number }
  /** Record `seq` comes after a later one, or twice. */
  | { readonly kind: 'reordered'; readonly line: number; readonly seq: number }
  /** The log ends at `seq` (0 = it has no record), the second place knows of a later one. */
  | { readonly kind: 'truncated'; readonly seq: number; readonly headSeq: number }
  /** The log goes on behind what the second place knows. */
  | { readonly kind: 'beyond-head'; readonly seq: number; readonly headSeq: number };

export interface AuditReport {
  readonly findings: readonly AuditFinding[];
  readonly records: number;
  /** undefined = there is no record. */
  readonly first: number | undefined;
  readonly last: AuditHead | undefined;
}

interface Link {
  readonly seq: number;
  readonly previous: string;
}

/** What must come next. */
interface Expected {
  readonly seq: number;
  /** undefined = cannot be known: the line before was no record, or old files are gone. */
  readonly previous: string | undefined;
  /** The line that `previous` was made of. */
  readonly line: number;
}

/**
 * @param lines of all files of the log, oldest first, without newlines; empty ones are passed over
 * @param head what the second place holds; undefined = unknown, then a cut at the end cannot be seen
 * @param firstSeq number of the oldest record that was not rotated away; undefined = unknown, then
 *   the first record that is there counts as the beginning
 */
export function verifyLines(
  lines: Iterable<string>,
  head?: AuditHead,
  firstSeq?: number,
): AuditReport {
  const findings: AuditFinding[] = [];
  const seen = new Set<number>();
  let expected: Expected | undefined;
  let first: number | undefined;
  let last: AuditHead | undefined;
  let at = 0;
  for (const line of lines) {
    at++;
    if (line === '') continue;
    const link = linkOf(line);
    if (!link) {
      findings.push({ kind: 'no-record', line: at });
      if (expected) expected = { seq: expected.seq + 1, previous: undefined, line: at };
      continue;
    }
    const { seq } = link;
    if (expected) compare(link, expected, at, findings);
    else if (firstSeq !== undefined && seq > firstSeq) {
      findings.push({ kind: 'missing', line: at, from: firstSeq, to: seq - 1 });
    }
    if (seq === 1 && link.previous !== GENESIS_HASH) {
      findings.push({ kind: 'changed', line: at, seq });
    }
    first ??= seq;
    seen.add(seq);
    last = { seq, hash: lineHash(line) };
    expected = { seq: seq + 1, previous: last.hash, line: at };
    if (head && head.seq === seq && head.hash !== last.hash) {
      findings.push({ kind: 'changed', line: at, seq });
    }
  }
  const highest = seen.size === 0 ? 0 : [...seen].reduce((a, b) => Math.max(a, b));
  if (head && highest < head.seq) {
    findings.push({ kind: 'truncated', seq: highest, headSeq: head.seq });
  } else if (head && highest > head.seq) {
    findings.push({ kind: 'beyond-head', seq: highest, headSeq: head.seq });
  }
  return { findings: told(findings, seen), records: seen.size, first, last };
}

function compare(link: Link, expected: Expected, line: number, findings: AuditFinding[]): void {
  if (link.seq > expected.seq) {
    findings.push({ kind: 'missing', line, from: expected.seq, to: link.seq - 1 });
  } else if (link.seq < expected.seq) {
    findings.push({ kind: 'reordered', line, seq: link.seq });
  } else if (expected.previous !== undefined && link.previous !== expected.previous) {
    findings.push({ kind: 'changed', line: expected.line, seq: expected.seq - 1 });
  }
}

/** Without gaps whose records came later (those are told as reordered), and each once. */
function told(findings: readonly AuditFinding[], seen: ReadonlySet<number>): AuditFinding[] {
  const keys = new Set<string>();
  return findings.filter((finding) => {
    const key = JSON.stringify(finding);
    if (keys.has(key)) return false;
    keys.add(key);
    if (finding.kind !== 'missing') return true;
    // A forged number may open a gap of any size: more than was read cannot have been seen.
    if (finding.to - finding.from >= seen.size) return true;
    for (let seq = finding.from; seq <= finding.to; seq++) if (!seen.has(seq)) return true;
    return false;
  });
}

function linkOf(line: string): Link | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  if (!('seq' in value) || !('previous' in value)) return undefined;
  const { seq, previous } = value;
  if (typeof seq !== 'number' || !Number.isSafeInteger(seq) || seq < 1) return undefined;
  return typeof previous === 'string' ? { seq, previous } : undefined;
}
