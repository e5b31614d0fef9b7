/**
 * Runs the tests of the packages: that of npm, and that of Debian in a fresh root,
 * which needs root's rights and mmdebstrap; says in one line why not if there are
 * none. Ends as the other suites do, with the totals.
 */
import { spawnSync } from 'node:child_process';
import { chdir } from 'node:process';
import { fileURLToPath } from 'node:url';
import { absenceOf } from './setup/debian.mjs';

const DEBIAN = 'test/package/debian.test.ts';

/** Why there is no fresh root here, or undefined. */
async function absence() {
  if (process.getuid?.() !== 0) return 'a root of its own needs the rights of root';
  return absenceOf('package');
}

chdir(fileURLToPath(new URL('..', import.meta.url)));
const why = await absence();
const words = ['scripts/test.mjs', 'package', ...process.argv.slice(2)];
// What vitest is not given it does not run: the line below says so.
if (why !== undefined) words.push('test/package/npm.test.ts');
process.exitCode = spawnSync(process.execPath, words, { stdio: 'inherit' }).status ?? 1;
if (why !== undefined) process.stderr.write(`package:   ${DEBIAN} was not run: ${why}\n`);
