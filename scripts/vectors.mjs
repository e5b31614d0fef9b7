/**
 * The cases of test/golden/vectors in a report of vitest: which were run, and
 * what came of it. A test says in its name which case it is: `A12: …`.
 */
import { readFileSync } from 'node:fs';

const VECTORS = new URL('../test/golden/vectors/gui-protocol.json', import.meta.url);
const NOT_RUN = new URL('../test/wire/not-run.json', import.meta.url);
const NAMED = /^([A-Z]\d+): (.*)$/;

/** @param {string} reportFile @returns {Map<string, { title: string, passed: boolean }>} */
function readOutcomes(reportFile) {
  /** @type {Map<string, { title: string, passed: boolean }>} */
  const found = new Map();
  for (const file of JSON.parse(readFileSync(reportFile, 'utf8')).testResults) {
    for (const test of file.assertionResults) {
      const named = NAMED.exec(test.title);
      if (!named || (test.status !== 'passed' && test.status !== 'failed')) continue;
      const [, id = '', title = ''] = named;
      const passed = test.status === 'passed' && found.get(id)?.passed !== false;
      found.set(id, { title, passed });
    }
  }
  return found;
}

/**
 * One line for each case and, last, how many of them are met.
 * @param {string} reportFile may be missing
 * @returns {string}
 */
export function listVectors(reportFile) {
  /** @type {{ id: string, expect: string }[]} */
  const vectors = JSON.parse(readFileSync(VECTORS, 'utf8'));
  /** @type {Record<string, string>} */
  const notRun = JSON.parse(readFileSync(NOT_RUN, 'utf8'));
  /** @type {Map<string, { title: string, passed: boolean }>} */
  let outcomes = new Map();
  try {
    outcomes = readOutcomes(reportFile);
  } catch {
    // No report: none of them was met.
  }
  let met = 0;
  const lines = vectors.map(({ id, expect }) => {
    const outcome = outcomes.get(id);
    if (!outcome) return `${id.padEnd(4)} ${expect}  not run: ${notRun[id] ?? 'it has no test'}`;
    if (outcome.passed) met++;
    return `${id.padEnd(4)} ${outcome.title}  ${outcome.passed ? 'ok' : 'FAILED'}`;
  });
  return `${lines.join('\n')}\n${met} of ${vectors.length}\n`;
}
