/**
 * Things that were meant to go before the work was done, and things that the
 * house does not use. The words are put together here so that this file does
 * not find itself.
 */
import { homedir } from 'node:os';
import { dirname } from 'node:path';
import { codeFiles, textFiles } from './files.mjs';

/**
 * @typedef {object} Leftover
 * @property {string} what
 * @property {RegExp} pattern
 * @property {RegExp} [where] paths in which it is looked for
 */

const marks = ['TO' + 'DO', 'FIX' + 'ME', 'XX' + 'X', 'HA' + 'CK'].join('|');

/** @type {readonly Leftover[]} */
const leftovers = [
  { what: 'a note of unfinished work', pattern: new RegExp(`\\b(${marks})\\b`) },
  {
    what: 'a test that is singled out or left out',
    pattern: /\b(it|test|describe|suite)(\.\w+)*\.(only|skip|skipIf|todo|fails)\b/,
    where: /^test\//,
  },
  { what: 'a silenced compiler', pattern: new RegExp('@ts' + '-(ignore|nocheck)') },
  { what: 'a silenced compiler', pattern: new RegExp('@ts' + '-expect-error'), where: /^src\// },
  {
    what: 'output outside of cli and bin',
    pattern: /\bconsole\.\w+\(/,
    where: /^src\/(?!cli\/|bin\/)/,
  },
  {
    what: 'a relative import without .ts',
    pattern: /\b(from|import) ?\(?'\.\.?\/[^']*(?<!\.(ts|mjs|json))'/,
    where: /^(src|test)\/.*\.ts$/,
  },
];

/** Folders that many machines have: no sign of this one. */
const COMMON = new Set([
  '/',
  '/tmp',
  '/home',
  '/root',
  '/usr',
  '/var',
  '/opt',
  '/srv',
  '/mnt',
  '/run',
]);

/** Absolute folders of the machine that we run on; no file has a reason to name them. */
function machineFolders() {
  const here = process.cwd();
  return [here, dirname(here), homedir()].filter((folder) => !COMMON.has(folder));
}

/** @param {string} text */
function escaped(text) {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** @returns {import('../check.mjs').Finding} */
export function checkLeftovers() {
  /** @type {string[]} */
  const problems = [];
  for (const { path, lines } of codeFiles()) {
    for (const { what, pattern, where } of leftovers) {
      if (where && !where.test(path)) continue;
      lines.forEach((line, index) => {
        if (pattern.test(line)) problems.push(`${path}:${index + 1}: ${what}: ${line.trim()}`);
      });
    }
  }
  const folders = machineFolders().map(escaped).join('|');
  const machine = folders === '' ? /$^/ : new RegExp(`(?<![\\w./-])(${folders})(?![\\w-])`);
  for (const { path, lines } of textFiles()) {
    lines.forEach((line, index) => {
      if (machine.test(line))
        problems.push(`${path}:${index + 1}: a path of this machine: ${line.trim()}`);
    });
  }
  return { problems };
}
