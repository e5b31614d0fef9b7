/**
 * Runs the tests with virtual machines, where there is QEMU for them: installs it
 * if it may, and says in one line why not if it cannot. Ends as the other suites
 * do, with the totals.
 */
import { spawnSync } from 'node:child_process';
import { chdir } from 'node:process';
import { fileURLToPath } from 'node:url';
import { SetupError } from './run.mjs';
import { installPackages, missingPackages } from './setup/debian.mjs';

const GROUP = 'vm';

/** Why there are no machines here, or undefined. */
async function absence() {
  if (process.arch !== 'x64') return `guests are made for x64, this is ${process.arch}`;
  const missing = await missingPackages(GROUP);
  if (missing.length === 0) return undefined;
  try {
    await installPackages(missing, (note) => process.stderr.write(`livery: ${note} …\n`));
    return undefined;
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    return `not installed: ${missing.map(({ name }) => name).join(' ')}`;
  }
}

chdir(fileURLToPath(new URL('..', import.meta.url)));
const why = await absence();
if (why === undefined) {
  const words = ['scripts/test.mjs', 'qemu', ...process.argv.slice(2)];
  process.exitCode = spawnSync(process.execPath, words, { stdio: 'inherit' }).status ?? 1;
} else {
  process.stdout.write(`qemu:      skipped: ${why}\n0 passed, 0 failed, 1 skipped\n`);
}
