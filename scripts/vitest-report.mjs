/**
 * Counts of one vitest run, from its JSON report and exit code. Everything that
 * is not a passed test and no skipped one is at least one failure: a file that
 * could not be loaded, an error outside of a test, a crash, no test at all.
 */
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';

/** Of what a failed test says: enough to see what it is about. */
const MESSAGE_LINES = 12;
const MESSAGE_COLUMNS = 200;

/** @typedef {{ passed: number, failed: number, skipped: number, notes: string[] }} Counts */

/**
 * Which test failed, and the first lines of why, indented; without the stack.
 * @param {string} file @param {{ fullName: string, failureMessages?: readonly string[] }} test
 */
function failureNote(file, test) {
  const message = (test.failureMessages?.[0] ?? '').split('\n');
  const stack = message.findIndex((line) => /^ +at /.test(line));
  const why = message
    .slice(0, stack < 0 ? undefined : stack)
    .filter((line) => line.trim() !== '')
    .slice(0, MESSAGE_LINES)
    .map((line) => `\n    ${line.slice(0, MESSAGE_COLUMNS)}`);
  return `FAILED ${relative('.', file)} > ${test.fullName}${why.join('')}`;
}

/** @param {string} text @returns {Counts | undefined} undefined when it is no report */
function countReport(text) {
  const counts = { passed: 0, failed: 0, skipped: 0, notes: /** @type {string[]} */ ([]) };
  let report;
  try {
    report = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!Array.isArray(report?.testResults)) return undefined;
  for (const file of report.testResults) {
    let failed = 0;
    for (const test of file.assertionResults) {
      if (test.status === 'passed') counts.passed++;
      else if (test.status === 'failed') {
        failed++;
        counts.notes.push(failureNote(file.name, test));
      } else counts.skipped++;
    }
    if (file.status === 'failed' && failed === 0) {
      failed = 1;
      counts.notes.push(`${file.name} could not be run`);
    }
    counts.failed += failed;
  }
  return counts;
}

/**
 * @param {string} reportFile may be missing
 * @param {{ code: number, late: boolean, left: readonly string[] }} result how the run ended
 * @returns {Counts}
 */
export function countRun(reportFile, result) {
  let text = '';
  try {
    text = readFileSync(reportFile, 'utf8');
  } catch {
    // Counted below.
  }
  const counts = countReport(text);
  if (!counts) {
    const how = result.late ? 'was ended: it took too long' : `ended with exit code ${result.code}`;
    return { passed: 0, failed: 1, skipped: 0, notes: [`vitest ${how} and left no report`] };
  }
  if (result.left.length > 0) {
    counts.failed++;
    counts.notes.push(`processes were left behind: ${result.left.join(', ')}`);
  }
  if (counts.failed === 0 && counts.passed === 0) {
    counts.failed = 1;
    counts.notes.push('no test was run');
  } else if (counts.failed === 0 && result.code !== 0) {
    counts.failed = 1;
    counts.notes.push(`vitest ended with exit code ${result.code} although no test failed`);
  }
  return counts;
}

/** The closing line of every run. @param {Omit<Counts, 'notes'>} counts */
export function closingLine(counts) {
  const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : '';
  return `${counts.passed} passed, ${counts.failed} failed${skipped}`;
}
