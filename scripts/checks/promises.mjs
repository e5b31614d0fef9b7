/**
 * SECURITY.md and what it rests on: every test that it names exists, every promise has a
 * test and a mutation, and a mutation of a promise is noticed by a test of that promise.
 */
import { readMutations, TABLES } from '../mutations/mutation.mjs';
import { filesOf, numberOf, promisesOf, readDocument, testsNamed } from '../promises.mjs';
import { projectFiles } from './files.mjs';

/** @typedef {import('../mutations/mutation.mjs').Mutation} Mutation */

/**
 * @param {string} document @param {readonly string[]} files @param {readonly Mutation[]} mutations
 * @returns {string[]}
 */
export function promiseProblems(document, files, mutations) {
  const problems = [];
  for (const name of new Set(testsNamed(document))) {
    if (filesOf(name, files).length === 0) problems.push(`SECURITY.md: there is no test ${name}`);
  }
  const promises = promisesOf(document);
  if (promises.length === 0) problems.push('SECURITY.md: there is no table of promises');
  for (const [at, { number, tests }] of promises.entries()) {
    if (number !== at + 1) problems.push(`SECURITY.md: promise ${at + 1} is not there`);
    if (tests.length === 0) problems.push(`SECURITY.md: promise ${number} names no test`);
    const held = new Set(tests.flatMap((name) => filesOf(name, files)));
    const own = mutations.filter((one) => numberOf(one.promise) === number);
    if (own.length === 0) problems.push(`${TABLES}: no mutation breaks promise ${number}`);
    for (const { promise, test } of own) {
      if (held.has(test)) continue;
      problems.push(
        `SECURITY.md: promise ${number} does not name ${test}, which notices '${promise}'`,
      );
    }
  }
  for (const { promise, test } of mutations) {
    if (!files.includes(test)) problems.push(`${TABLES}: '${promise}' has no test ${test}`);
    const number = numberOf(promise);
    if (number !== undefined && number > promises.length) {
      problems.push(`${TABLES}: '${promise}' is no promise of SECURITY.md`);
    }
  }
  return problems;
}

/** @returns {Promise<import('../check.mjs').Finding>} */
export async function checkPromises() {
  return { problems: promiseProblems(readDocument(), projectFiles(), await readMutations()) };
}
