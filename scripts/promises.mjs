/**
 * The promises of SECURITY.md and what holds each: its tables name tests, the tables of
 * test/mutations name promises, and the reports of a run say how those tests ended.
 */
import { readFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';

const DOCUMENT = 'SECURITY.md';
const HEADING = '## Promises';
/** How SECURITY.md shortens the folder of its longest tables. */
const HOSTILE = /^H\//;
const TEST_END = '.test.ts';

/**
 * @typedef {object} Promised
 * @property {number} number
 * @property {readonly string[]} tests as SECURITY.md names them, from the top of the checkout
 */

/** @typedef {{ passed: number, failed: number, skipped: number }} Outcome */

/** Names of tests in a text: `test/…` and `H/…` in backquotes. @param {string} text */
export function testsNamed(text) {
  const names = [];
  for (const [, word = ''] of text.matchAll(/`((?:test|H)\/[^`\s]+)`/g)) {
    names.push(word.replace(HOSTILE, 'test/hostile/').replace(/\/$/, ''));
  }
  return names;
}

/** The table of promises. @param {string} document @returns {Promised[]} */
export function promisesOf(document) {
  const from = document.indexOf(HEADING);
  const section = from < 0 ? '' : document.slice(from + HEADING.length).split(/^## /m)[0];
  const rows = [];
  for (const [line, number] of (section ?? '').matchAll(/^\| (\d+) \|.*\|$/gm)) {
    rows.push({ number: Number(number), tests: testsNamed(line) });
  }
  return rows;
}

export function readDocument() {
  return readFileSync(DOCUMENT, 'utf8');
}

/**
 * Which files a name of SECURITY.md means: one file, all of a folder, or those that begin so.
 * @param {string} name @param {readonly string[]} files from the top of the checkout
 */
export function filesOf(name, files) {
  const tests = files.filter((file) => file.endsWith(TEST_END));
  if (name.endsWith('*')) {
    const start = name.slice(0, -1);
    return tests.filter((file) => file.startsWith(start));
  }
  return tests.filter((file) => file === `${name}${TEST_END}` || file.startsWith(`${name}/`));
}

/** The number of the promise that a mutation is about; undefined = one of another table. @param {string} promise */
export function numberOf(promise) {
  const found = /^(\d+): /.exec(promise);
  return found ? Number(found[1]) : undefined;
}

/**
 * How many tests of each file passed, failed and were skipped, in one report of vitest or more.
 * @param {readonly string[]} reportFiles those that are missing say nothing
 * @returns {Map<string, Outcome>}
 */
export function outcomesOf(reportFiles) {
  /** @type {Map<string, Outcome>} */
  const outcomes = new Map();
  for (const reportFile of reportFiles) {
    let report;
    try {
      report = JSON.parse(readFileSync(reportFile, 'utf8'));
    } catch {
      continue;
    }
    for (const { name, status, assertionResults } of report.testResults) {
      const file = relative(resolve('.'), name);
      const outcome = outcomes.get(file) ?? { passed: 0, failed: 0, skipped: 0 };
      outcomes.set(file, outcome);
      for (const test of assertionResults) {
        if (test.status === 'passed') outcome.passed++;
        else if (test.status === 'failed') outcome.failed++;
        else outcome.skipped++;
      }
      if (status === 'failed' && outcome.failed === 0) outcome.failed = 1;
    }
  }
  return outcomes;
}

/**
 * A line for each promise: how the tests that hold it ended in this run.
 * @param {readonly Promised[]} promises @param {ReadonlyMap<string, Outcome>} outcomes
 * @param {readonly string[]} apart suites that not every machine can run: the promise is not
 *   broken by their absence, but it is said
 */
export function promiseLines(promises, outcomes, apart = []) {
  return promises.map(({ number, tests }) => {
    const total = { passed: 0, failed: 0, skipped: 0 };
    const parts = [];
    let missing = false;
    const counted = new Set();
    for (const name of tests) {
      const files = filesOf(name, [...outcomes.keys()]);
      let passed = 0;
      for (const file of files) {
        const outcome = /** @type {Outcome} */ (outcomes.get(file));
        passed += outcome.passed;
        if (counted.has(file)) continue;
        counted.add(file);
        total.passed += outcome.passed;
        total.failed += outcome.failed;
        total.skipped += outcome.skipped;
      }
      const isApart = apart.some((suite) => `${name}/`.startsWith(`test/${suite}/`));
      if (files.length === 0 && !isApart) missing = true;
      const absent = isApart ? 'apart, not run' : 'NOT RUN';
      parts.push(`${name} ${files.length === 0 ? absent : passed}`);
    }
    const holds = !missing && total.failed === 0 && total.passed > 0;
    const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
    const counts = `${total.passed} passed, ${total.failed} failed${skipped}`;
    return `promise ${String(number).padStart(2)} ${holds ? 'held' : 'NOT HELD'} by ${counts}: ${parts.join(', ')}`;
  });
}
