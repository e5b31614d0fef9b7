/**
 * Runs a suite with virtual machines, where there is QEMU for them: node
 * scripts/test-machines.mjs SUITE [FILTER…]. Installs what it needs if it may, and
 * says in one line why not if it cannot. Ends as the other suites do, with the totals.
 */
import { spawnSync } from 'node:child_process';
import { chdir } from 'node:process';
import { fileURLToPath } from 'node:url';
import { absenceOf } from './setup/debian.mjs';

/** The suites, and the mode of set-up that names their packages. @type {Readonly<Record<string, import('./packages.mjs').Mode>>} */
const MODES = { qemu: 'vm', xen: 'xen' };

/** Why there are no machines here, or undefined. @param {import('./packages.mjs').Mode} mode */
async function absence(mode) {
  if (process.arch !== 'x64') return `guests are made for x64, this is ${process.arch}`;
  return absenceOf(mode);
}

chdir(fileURLToPath(new URL('..', import.meta.url)));
const [suite = '', ...filters] = process.argv.slice(2);
const mode = MODES[suite];
if (mode === undefined) {
  process.stderr.write(`livery: no suite '${suite}' with machines: ${Object.keys(MODES)}\n`);
  process.exit(2);
}
const why = await absence(mode);
if (why === undefined) {
  const words = ['scripts/test.mjs', suite, ...filters];
  process.exitCode = spawnSync(process.execPath, words, { stdio: 'inherit' }).status ?? 1;
} else {
  const title = `${suite}:`.padEnd(10);
  process.stdout.write(`${title} skipped: ${why}\n0 passed, 0 failed, 1 skipped\n`);
}
