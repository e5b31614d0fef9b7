/**
 * The files that the project consists of: those git knows or would add.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

/** @typedef {{ path: string, lines: string[] }} TextFile */

const CODE = /\.(ts|mts|mjs|cjs|js|cc|h|c|sh|gyp|gypi)$/;
const TEXT = /\.(md|json|toml|yml|yaml|xml|svg|desktop|service|conf)$/;

/** @returns {string[]} from the top of the checkout */
export function projectFiles() {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const names = execFileSync('git', args, { encoding: 'utf8', maxBuffer: 1 << 26 });
  return names.split('\0').filter((name) => name !== '' && existsSync(name));
}

/** @param {string} path @returns {TextFile} */
function read(path) {
  return { path, lines: readFileSync(path, 'utf8').split('\n') };
}

/** Recorded data is nobody's writing. @param {string} path */
function isData(path) {
  return path.startsWith('test/golden/') || path === 'package-lock.json' || path === 'LICENSE';
}

/** @returns {TextFile[]} code of ours, scripts and set-up included */
export function codeFiles() {
  return projectFiles()
    .filter((path) => !isData(path) && (CODE.test(path) || path === '.ci/run'))
    .map(read);
}

/** @returns {TextFile[]} code and documents */
export function textFiles() {
  const paths = projectFiles().filter((path) => !isData(path));
  return paths
    .filter((path) => CODE.test(path) || TEXT.test(path) || !/\.[a-z0-9]+$/i.test(path))
    .map(read);
}
