/** How the runs of the suites are counted: nothing that went wrong may count as nothing. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { closingLine, countRun } from '../../../scripts/vitest-report.mjs';

const folder = mkdtempSync(join(tmpdir(), 'livery-report-'));
afterAll(() => rmSync(folder, { recursive: true }));

type Status = 'passed' | 'failed' | 'skipped' | 'pending' | 'todo';

const MESSAGE = 'Error: it is 2, not 3\n\n- 2\n+ 3\n    at test.ts:1\n    at main';

function report(...files: Status[][]): string {
  const testResults = files.map((statuses, place) => ({
    name: `file-${place}`,
    status: statuses.includes('failed') || statuses.length === 0 ? 'failed' : 'passed',
    assertionResults: statuses.map((status, number) => ({
      status,
      fullName: `test ${number}`,
      ...(status === 'failed' ? { failureMessages: [MESSAGE] } : {}),
    })),
  }));
  return JSON.stringify({ testResults });
}

function count(text: string | undefined, code: number, late = false, left: string[] = []) {
  const file = join(folder, 'report.json');
  rmSync(file, { force: true });
  if (text !== undefined) writeFileSync(file, text);
  const { notes, ...counts } = countRun(file, { code, late, left });
  return { line: closingLine(counts), notes };
}

describe('the closing line', () => {
  it('counts what passed, failed and was left out', () => {
    expect(count(report(['passed', 'passed'], ['passed']), 0).line).toBe('3 passed, 0 failed');
    expect(count(report(['passed', 'failed'], ['failed']), 1).line).toBe('1 passed, 2 failed');
    expect(count(report(['passed', 'skipped', 'todo', 'pending']), 0).line).toBe(
      '1 passed, 0 failed, 3 skipped',
    );
  });

  it.each([
    ['a file that could not be loaded', report(['passed'], []), 1, '1 passed, 1 failed'],
    ['an error outside of the tests', report(['passed']), 1, '1 passed, 1 failed'],
    ['a run without a test', report(), 0, '0 passed, 1 failed'],
    ['a run of left out tests only', report(['skipped']), 0, '0 passed, 1 failed, 1 skipped'],
    ['a crash without a report', undefined, 139, '0 passed, 1 failed'],
    ['a torn report', '{"testResults": [', 1, '0 passed, 1 failed'],
    ['something that is no report', '{}', 0, '0 passed, 1 failed'],
  ])('counts %s as a failure and says so', (_case, text, code, line) => {
    const outcome = count(text, code);
    expect(outcome.line).toBe(line);
    expect(outcome.notes).toHaveLength(1);
  });

  it('names the tests that failed, with why but without where', () => {
    expect(count(report(['passed', 'failed']), 1).notes).toEqual([
      'FAILED file-0 > test 1\n    Error: it is 2, not 3\n    - 2\n    + 3',
    ]);
  });

  it('counts processes that were left behind as a failure', () => {
    expect(count(report(['passed']), 0, false, ['Xvfb (7)'])).toEqual({
      line: '1 passed, 1 failed',
      notes: ['processes were left behind: Xvfb (7)'],
    });
  });

  it('says when a run was ended', () => {
    expect(count(undefined, 143, true).notes).toEqual([
      'vitest was ended: it took too long and left no report',
    ]);
  });
});
