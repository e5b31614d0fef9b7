/**
 * Everything that is asked of the text of the project, short of running it:
 * node scripts/check.mjs [CHECK…]. A line per check; the totals are the last line.
 */
import { chdir } from 'node:process';
import { fileURLToPath } from 'node:url';
import { checkLeftovers } from './checks/leftovers.mjs';
import { checkPromises } from './checks/promises.mjs';
import { checkRooms } from './checks/rooms.mjs';
import { checkSizes } from './checks/sizes.mjs';
import { run, secondsSince } from './run.mjs';
import { checkBudgetSeconds } from './suites.mjs';
import { closingLine } from './vitest-report.mjs';

/**
 * @typedef {object} Finding what a check found
 * @property {readonly string[]} problems none = it holds
 * @property {readonly string[]} [hints] said, not failed
 */

/** @param {string} script @param {readonly string[]} args @returns {Promise<Finding>} */
async function tool(script, args) {
  const result = await run(process.execPath, [`node_modules/${script}`, ...args]);
  return { problems: result.code === 0 ? [] : [result.output.trimEnd()] };
}

/** @param {string} name @param {string} project @returns {() => Promise<Finding>} */
function types(name, project) {
  const remembered = ['--incremental', '--tsBuildInfoFile', `.stamp/${name}.tsbuildinfo`];
  return () => tool('typescript/bin/tsc', ['-p', project, '--noEmit', ...remembered]);
}

/** @type {Readonly<Record<string, () => Finding | Promise<Finding>>>} */
const checks = {
  types: types('types', '.'),
  'types of page': types('types-of-page', 'src/view/page'),
  'types of tests': types('types-of-tests', 'test'),
  'types of scripts': types('types-of-scripts', 'scripts'),
  'types of bench': types('types-of-bench', 'bench'),
  'lint and format': () =>
    tool('@biomejs/biome/bin/biome', [
      'ci',
      '--colors=off',
      '--error-on-warnings',
      '--diagnostic-level=warn',
      '--max-diagnostics=200',
    ]),
  rooms: checkRooms,
  'dead code': () => tool('knip/bin/knip.js', ['--no-progress', '--treat-config-hints-as-errors']),
  'file sizes': checkSizes,
  leftovers: checkLeftovers,
  promises: checkPromises,
};

/** @param {string} text */
function indented(text) {
  return text.replace(/^(?=.)/gm, '  ');
}

/** @param {string} name @returns {Promise<boolean>} whether it holds */
async function perform(name) {
  const startMs = performance.now();
  /** @type {Finding} */
  let finding;
  try {
    finding = (await checks[name]?.()) ?? { problems: [`the checks are ${Object.keys(checks)}`] };
  } catch (error) {
    finding = { problems: [error instanceof Error ? `${error.stack}` : String(error)] };
  }
  const holds = finding.problems.length === 0;
  const verdict = holds ? 'ok' : 'FAILED';
  process.stdout.write(`${`${name}:`.padEnd(18)} ${verdict.padEnd(7)} ${secondsSince(startMs)}\n`);
  for (const problem of finding.problems) process.stdout.write(`${indented(problem)}\n`);
  for (const hint of finding.hints ?? []) process.stdout.write(`  hint: ${hint}\n`);
  return holds;
}

chdir(fileURLToPath(new URL('..', import.meta.url)));
const startMs = performance.now();
const chosen = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(checks);
const counts = { passed: 0, failed: 0, skipped: 0 };
for (const name of chosen) {
  if (await perform(name)) counts.passed++;
  else counts.failed++;
}
process.stdout.write(`check: ${secondsSince(startMs)} of ${checkBudgetSeconds} s\n`);
process.stdout.write(`${closingLine(counts)}\n`);
process.exitCode = counts.failed === 0 ? 0 : 1;
