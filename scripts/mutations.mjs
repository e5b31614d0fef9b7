/**
 * Shows that the tests of the promises can fail: node scripts/mutations.mjs [--proven] [WORD…]
 * Each defence of test/mutations is switched off in a copy of the checkout, and
 * its test must notice. With words, only those whose promise, file or test has one of them.
 * The last line has the totals; what was missed is an error. `--proven`: that the tests pass
 * while nothing is broken was just seen, as in continuous integration.
 */
import { availableParallelism } from 'node:os';
import { chdir } from 'node:process';
import { fileURLToPath } from 'node:url';
import { projectFiles } from './checks/files.mjs';
import { readMutations } from './mutations/mutation.mjs';
import { Workshop } from './mutations/workshop.mjs';
import { SetupError, secondsSince } from './run.mjs';

/** @typedef {import('./mutations/mutation.mjs').Mutation} Mutation */

const BUDGET_SECONDS = 600;

/** @param {string} line */
function say(line) {
  process.stdout.write(`${line}\n`);
}

/** @param {string} text */
function escaped(text) {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/**
 * The tests must pass while nothing is broken, else they prove nothing. Of files of which
 * a mutation needs a part, only the parts are run: the rest is the suite's own business.
 * @param {Workshop} workshop @param {readonly Mutation[]} mutations
 * @returns {Promise<string[]>} what does not hold
 */
async function tryUnbroken(workshop, mutations) {
  const problems = [];
  for (const suite of new Set(mutations.map((one) => one.suite))) {
    const own = mutations.filter((one) => one.suite === suite);
    const whole = new Set(own.filter((one) => one.only === undefined).map((one) => one.test));
    const parts = own.filter((one) => !whole.has(one.test));
    const names = [...new Set(parts.map((one) => escaped(one.only ?? '')))];
    /** @type {[Set<string>, string | undefined][]} */
    const runs = [
      [whole, undefined],
      [new Set(parts.map((one) => one.test)), names.join('|')],
    ];
    for (const [files, only] of runs) {
      if (files.size === 0) continue;
      const counts = await workshop.test(suite, [...files], only);
      if (counts.failed > 0)
        problems.push(`${suite}: a test fails although nothing is broken`, ...counts.failures);
      problems.push(...counts.notes);
    }
  }
  return problems;
}

/** @param {readonly string[]} given */
async function main(given) {
  const proven = given.includes('--proven');
  const words = given.filter((word) => word !== '--proven');
  const all = await readMutations();
  const chosen = all.filter(
    ({ promise, file, test }) =>
      words.length === 0 || words.some((word) => `${promise} ${file} ${test}`.includes(word)),
  );
  if (chosen.length === 0) throw new SetupError(`no mutation has ${words.join(' or ')} in it`, 2);
  const startMs = performance.now();
  const files = projectFiles();
  const workshops = Array.from(
    { length: Math.min(2, availableParallelism()) },
    () => new Workshop(files),
  );
  // On exit, not in a `finally`: a signal ends us in the middle.
  process.on('exit', () => {
    for (const workshop of workshops) workshop[Symbol.dispose]();
  });
  const [first] = workshops;
  if (!first) throw new Error('there is no workshop');
  const problems = proven ? [] : await tryUnbroken(first, chosen);
  for (const problem of problems) say(problem);
  if (problems.length > 0) return 1;
  if (!proven) say(`unbroken: ${secondsSince(startMs)}`);
  let caught = 0;
  const missed = [];
  const waiting = [...chosen];
  const work = workshops.map(async (workshop) => {
    for (let one = waiting.shift(); one; one = waiting.shift()) {
      const since = performance.now();
      const found = await workshop.isCaught(one);
      if (found) caught++;
      else missed.push(one);
      say(
        `${found ? 'caught' : 'MISSED'}  ${one.promise}  (${one.file}, ${one.test}, ${secondsSince(since)})`,
      );
    }
  });
  await Promise.all(work);
  const seconds = (performance.now() - startMs) / 1000;
  say(
    `mutations: ${seconds.toFixed(1)} s of ${BUDGET_SECONDS} s${seconds > BUDGET_SECONDS ? '  over its budget' : ''}`,
  );
  say(`${caught} caught, ${missed.length} missed`);
  return missed.length === 0 ? 0 : 1;
}

chdir(fileURLToPath(new URL('..', import.meta.url)));
try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  process.stderr.write(`livery: ${error.message}\n`);
  process.exitCode = error.exitCode;
}
