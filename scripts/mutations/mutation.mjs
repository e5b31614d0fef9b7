/**
 * A defence that is switched off on purpose, and the test that must notice.
 */
import { readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

/** The folder of the tables. */
export const TABLES = 'test/mutations';

/**
 * @typedef {object} Mutation
 * @property {string} promise what no longer holds; with the number of a promise of SECURITY.md
 *   and a colon before it, or that of an attack or a row of another table
 * @property {string} file the source that is changed
 * @property {string} search text that is in it exactly once
 * @property {string} replace what stands there instead; it must still compile
 * @property {string} suite the suite of the test
 * @property {string} test the file of the test
 * @property {string} [only] a part of the test's name; the other tests of the file are left out
 */

/** All tables. @returns {Promise<Mutation[]>} */
export async function readMutations() {
  const all = [];
  for (const file of readdirSync(TABLES).sort()) {
    const table = await import(pathToFileURL(resolve(TABLES, file)).href);
    all.push(...table.mutations);
  }
  return all;
}

/**
 * `text` with the mutation in it. Throws when the place is not there exactly once:
 * a table that is behind the source must not pass.
 * @param {string} text @param {Mutation} mutation
 */
export function mutated(text, { file, search, replace }) {
  const places = text.split(search).length - 1;
  if (places !== 1) {
    throw new Error(`${file} has the text ${JSON.stringify(search)} ${places} times, not once`);
  }
  return text.replace(search, () => replace);
}
