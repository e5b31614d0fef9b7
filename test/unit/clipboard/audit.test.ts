/** The audit log's chain: what was done to a log is seen in it. */
import { describe, expect, it } from 'vitest';
import {
  type AuditFact,
  type AuditHead,
  appendRecord,
  GENESIS_HASH,
  lineHash,
} from '../../../src/clipboard/audit.ts';
import { verifyLines } from '../../../src/clipboard/audit-verify.ts';

const FACT: AuditFact = {
  event: 'pasted',
  source: 'work',
  target: 'bank',
  size: 12,
  verdict: 'allowed-by-user',
  detail: 'line 9 of the policy',
};
const NOON = Date.UTC(2031, 4, 6, 12);

function logOf(count: number): { lines: string[]; head: AuditHead } {
  const lines: string[] = [];
  let hash = GENESIS_HASH;
  for (let seq = 1; seq <= count; seq++) {
    const record = appendRecord(hash, seq, NOON + seq, { ...FACT, size: seq });
    lines.push(record.line);
    hash = record.hash;
  }
  return { lines, head: { seq: count, hash } };
}

const found = (lines: readonly string[], head?: AuditHead, firstSeq?: number) =>
  verifyLines(lines, head, firstSeq).findings;

describe('a record', () => {
  it('is one line of JSON that holds the hash of the one before', () => {
    const { line, hash } = appendRecord(GENESIS_HASH, 1, NOON, FACT);
    expect(JSON.parse(line)).toEqual({
      seq: 1,
      time: '2031-05-06T12:00:00.000Z',
      previous: GENESIS_HASH,
      ...FACT,
    });
    expect(hash).toBe(lineHash(line));
    expect(JSON.parse(appendRecord(hash, 2, NOON, FACT).line).previous).toBe(hash);
  });

  it('leaves out what there is not, and is printable ASCII whatever it is told', () => {
    const nobody = { ...FACT, source: undefined, target: undefined, size: undefined };
    const { line } = appendRecord(GENESIS_HASH, 1, NOON, {
      ...nobody,
      verdict: undefined,
      detail: 'a\nb\u2028ü\u001b"\\👩',
    });
    expect(Object.keys(JSON.parse(line))).toEqual(['seq', 'time', 'previous', 'event', 'detail']);
    expect(line).toMatch(/^[\x20-\x7e]*$/);
    expect(JSON.parse(line).detail).toBe('a\nb\u2028ü\u001b"\\👩');
  });

  it('is not made with a number or a hash that is none', () => {
    expect(() => appendRecord(GENESIS_HASH, 0, NOON, FACT)).toThrow('record number of 0');
    expect(() => appendRecord('', 1, NOON, FACT)).toThrow('hash that is none');
  });
});

describe('a log', () => {
  const { lines, head } = logOf(9);
  const without = (...places: number[]) => lines.filter((_, place) => !places.includes(place));

  it('as it was written has nothing to be found', () => {
    expect(verifyLines(lines, head, 1)).toEqual({ findings: [], records: 9, first: 1, last: head });
    expect(verifyLines([], undefined)).toEqual({
      findings: [],
      records: 0,
      first: undefined,
      last: undefined,
    });
    expect(found([...lines.slice(0, 4), '', ...lines.slice(4), ''], head)).toEqual([]);
  });

  it('shows every byte of every record that was changed', () => {
    for (const [place, line] of lines.entries()) {
      for (let at = 0; at < line.length; at++) {
        const other = line[at] === '7' ? '8' : '7';
        const changed = [...lines];
        changed[place] = line.slice(0, at) + other + line.slice(at + 1);
        expect(found(changed, head, 1)).not.toEqual([]);
      }
    }
  });

  it('names the record that was changed', () => {
    const changed = [...lines];
    changed[3] = (lines[3] as string).replace('"size":4', '"size":5');
    expect(found(changed, head)).toEqual([{ kind: 'changed', line: 4, seq: 4 }]);
  });

  it('shows the last record changed by its second place only', () => {
    const changed = [...lines];
    changed[8] = (lines[8] as string).replace('bank', 'work');
    expect(found(changed, head)).toEqual([{ kind: 'changed', line: 9, seq: 9 }]);
    expect(found(changed)).toEqual([]);
  });

  it('shows what is missing in the middle, at the end and at the beginning', () => {
    expect(found(without(3), head)).toEqual([{ kind: 'missing', line: 4, from: 4, to: 4 }]);
    expect(found(without(3, 4, 5), head)).toEqual([{ kind: 'missing', line: 4, from: 4, to: 6 }]);
    expect(found(without(7, 8), head)).toEqual([{ kind: 'truncated', seq: 7, headSeq: 9 }]);
    expect(found([], head)).toEqual([{ kind: 'truncated', seq: 0, headSeq: 9 }]);
    expect(found(without(0, 1), head, 1)).toEqual([{ kind: 'missing', line: 1, from: 1, to: 2 }]);
    expect(found(without(0, 1), head, 3)).toEqual([]);
    expect(found(without(0, 1), head)).toEqual([]);
  });

  it('shows what was moved or written twice, and does not call it missing', () => {
    const [a, b, c, d, ...rest] = lines as [string, string, string, string, ...string[]];
    expect(found([a, c, b, d, ...rest], head)).toEqual([{ kind: 'reordered', line: 3, seq: 2 }]);
    expect(found([a, b, b, c, d, ...rest], head)).toEqual([{ kind: 'reordered', line: 3, seq: 2 }]);
    expect(found([...lines].reverse(), head).map(({ kind }) => kind)).toEqual(
      Array.from({ length: 8 }, () => 'reordered'),
    );
  });

  it('shows lines that are no records, and goes on behind them', () => {
    for (const bad of ['{', 'null', '7', '"x"', '{}', '{"seq":"4","previous":"x"}', '{"seq":0}']) {
      const changed = [...lines];
      changed[3] = bad;
      expect(found(changed, head)).toEqual([{ kind: 'no-record', line: 4 }]);
    }
    expect(found([...lines.slice(0, 8), (lines[8] as string).slice(0, 30)], head)).toEqual([
      { kind: 'no-record', line: 9 },
      { kind: 'truncated', seq: 8, headSeq: 9 },
    ]);
  });

  it('shows records that the second place does not know', () => {
    const shorter = logOf(7).head;
    expect(found(lines, shorter)).toEqual([{ kind: 'beyond-head', seq: 9, headSeq: 7 }]);
  });

  it('shows another history that was put in its place', () => {
    const other: string[] = [];
    let hash = GENESIS_HASH;
    for (let seq = 1; seq <= 9; seq++) {
      const record = appendRecord(hash, seq, NOON, FACT);
      other.push(record.line);
      hash = record.hash;
    }
    expect(found(other, head)).toEqual([{ kind: 'changed', line: 9, seq: 9 }]);
    expect(found([...lines.slice(0, 5), ...other.slice(5)], head)).toContainEqual({
      kind: 'changed',
      line: 5,
      seq: 5,
    });
  });

  it('is not counted through for a number that somebody made up', () => {
    const far = JSON.stringify({ seq: Number.MAX_SAFE_INTEGER, previous: GENESIS_HASH });
    expect(found([...lines, far])).toEqual([
      { kind: 'missing', line: 10, from: 10, to: Number.MAX_SAFE_INTEGER - 1 },
    ]);
  });
});
