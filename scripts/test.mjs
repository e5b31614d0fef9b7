/**
 * Runs test suites one after the other: node scripts/test.mjs [SUITE… [FILTER…]]
 * Without arguments all of them but those apart. What the tests say goes to standard error; the
 * outcome, a line per suite and the totals as the last line, to standard output. After
 * all suites there is a line for each promise of SECURITY.md as well, before the totals
 * and in out/promises.txt, where a suite apart adds to it when it is run later.
 */
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chdir } from 'node:process';
import { fileURLToPath } from 'node:url';
import { asanEnvironment } from './asan.mjs';
import { outcomesOf, promiseLines, promisesOf, readDocument } from './promises.mjs';
import { run, SetupError } from './run.mjs';
import { suites } from './suites.mjs';
import { listVectors } from './vectors.mjs';
import { closingLine, countRun } from './vitest-report.mjs';

/** @typedef {import('./suites.mjs').Suite} Suite */
/** @typedef {import('./vitest-report.mjs').Counts} Counts */

const VITEST = 'node_modules/vitest/vitest.mjs';
const PROMISES_FILE = 'out/promises.txt';
/** Where each suite's last report of all its tests stays. */
const REPORTS = 'out/reports';
/** How many times its budget a suite may take before it is ended. */
const PATIENCE = 6;

/** @param {readonly string[]} words @returns {{ chosen: readonly Suite[], filters: string[] }} */
function parseArguments(words) {
  const names = new Set(suites.map((suite) => suite.name));
  const named = new Set(words.filter((word) => names.has(word)));
  const filters = words.filter((word) => !names.has(word));
  if (named.size === 0 && filters.length > 0) {
    throw new SetupError(`no suite '${filters[0]}'; there are ${[...names].join(', ')}`, 2);
  }
  const chosen = suites.filter((suite) =>
    named.size === 0 ? !suite.apart : named.has(suite.name),
  );
  return { chosen, filters };
}

/** @param {Suite} suite @param {boolean} [part] */
function reportOf(suite, part = false) {
  return join(REPORTS, `${suite.name}${part ? '.part' : ''}.json`);
}

/** @param {Suite} suite @param {readonly string[]} filters @returns {Promise<Counts>} */
async function runSuite(suite, filters) {
  const report = reportOf(suite, filters.length > 0);
  rmSync(report, { force: true });
  const limits = { limitSeconds: suite.budgetSeconds * PATIENCE };
  const args = [VITEST, 'run', '--project', suite.again ?? suite.name];
  args.push('--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...filters);
  /** @type {Record<string, string>} */
  const env = process.stderr.isTTY ? {} : { NO_COLOR: '1' };
  if (suite.again !== undefined) {
    Object.assign(env, await asanEnvironment());
    args.push(`--testTimeout=${suite.testSeconds * 1000}`);
  }
  const result = await run(process.execPath, args, { show: true, env, ...limits });
  if (suite.vectors) process.stdout.write(listVectors(report));
  return countRun(report, result);
}

/**
 * What is printed about a suite that has ended.
 * @param {Suite} suite @param {Counts} counts @param {number} seconds
 */
function outcome(suite, counts, seconds) {
  const over = seconds > suite.budgetSeconds ? '  over its budget' : '';
  const time = `${seconds.toFixed(1)} s of ${suite.budgetSeconds} s`;
  const title = `${suite.name}:`.padEnd(10);
  const notes = counts.notes.map((note) => `${title} ${note}\n`).join('');
  return `${notes}${title} ${closingLine(counts).padEnd(24)} ${time}${over}\n`;
}

/** How the tests that hold each promise ended, as far as they were run. @returns {string} */
function writePromises() {
  const outcomes = outcomesOf(suites.map((suite) => reportOf(suite)));
  const apart = suites.filter((suite) => suite.apart).map(({ name }) => name);
  const lines = promiseLines(promisesOf(readDocument()), outcomes, apart);
  const text = lines.map((line) => `${line}\n`).join('');
  writeFileSync(PROMISES_FILE, text);
  return text;
}

/** @param {readonly string[]} words */
async function main(words) {
  const { chosen, filters } = parseArguments(words);
  const isWhole = filters.length === 0 && suites.every((one) => one.apart || chosen.includes(one));
  // What an earlier run said is no result of this one.
  if (isWhole) {
    rmSync(PROMISES_FILE, { force: true });
    rmSync(REPORTS, { recursive: true, force: true });
  }
  mkdirSync(REPORTS, { recursive: true });
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const suite of chosen) {
    const startMs = performance.now();
    process.stderr.write(`\n# ${suite.name}\n`);
    const counts = await runSuite(suite, filters).catch((error) => ({
      passed: 0,
      failed: 1,
      skipped: 0,
      notes: [error instanceof Error ? error.message : String(error)],
    }));
    total.passed += counts.passed;
    total.failed += counts.failed;
    total.skipped += counts.skipped;
    process.stdout.write(outcome(suite, counts, (performance.now() - startMs) / 1000));
  }
  if (isWhole) process.stdout.write(writePromises());
  else if (existsSync(PROMISES_FILE) && chosen.every((one) => one.apart)) writePromises();
  process.stdout.write(`${closingLine(total)}\n`);
  return total.failed === 0 ? 0 : 1;
}

chdir(fileURLToPath(new URL('..', import.meta.url)));
try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  process.stderr.write(`livery: ${error.message}\n`);
  process.exitCode = error.exitCode;
}
