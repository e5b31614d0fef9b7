/**
 * Sets a checkout up: system packages, npm dependencies, addon, TypeScript, as
 * far as the mode needs them. Uses nothing but Node.js, since it runs before
 * there are any dependencies. Started by scripts/setup.sh, which holds the lock.
 * Exit codes as in docs/errors.md.
 */
import { chdir } from 'node:process';
import { fileURLToPath } from 'node:url';
import { benchCompileStep, benchProgramsStep } from './bench-build.mjs';
import { addonStep, asanStep, typescriptStep } from './build.mjs';
import { isMode } from './packages.mjs';
import { SetupError, secondsSince } from './run.mjs';
import { installPackages, missingPackages } from './setup/debian.mjs';
import { npmStep } from './setup/npm.mjs';
import { Stamps } from './setup/stamps.mjs';

/**
 * @typedef {object} Step something that is to be done
 * @property {string} title
 * @property {(note: (text: string) => void) => Promise<void>} work
 */

/** @param {Step} step */
async function perform(step) {
  const startMs = performance.now();
  process.stderr.write(`livery: ${step.title} …`);
  try {
    await step.work((text) => process.stderr.write(` ${text} …`));
  } catch (error) {
    process.stderr.write(' failed\n');
    throw error;
  }
  process.stderr.write(` ${secondsSince(startMs)}\n`);
}

/** @param {import('./packages.mjs').Mode} mode @returns {Promise<Step | undefined>} */
async function packagesStep(mode) {
  const missing = await missingPackages(mode);
  if (missing.length === 0) return undefined;
  return {
    title: `system packages (${missing.map((item) => item.name).join(' ')})`,
    work: (note) => installPackages(missing, note),
  };
}

/** @param {import('./packages.mjs').Mode} mode */
async function setUp(mode) {
  const startMs = performance.now();
  const stamps = new Stamps('.stamp');
  // Each is looked at when its turn comes: the later ones depend on the earlier.
  const looks = [() => packagesStep(mode), () => npmStep(stamps)];
  if (mode === 'asan') looks.push(() => asanStep(stamps));
  else if (mode !== 'check')
    looks.push(
      () => addonStep(stamps),
      () => typescriptStep(stamps),
    );
  if (mode === 'bench')
    looks.push(
      () => benchProgramsStep(stamps),
      () => benchCompileStep(stamps),
    );
  let done = 0;
  for (const look of looks) {
    const step = await look();
    if (!step) continue;
    await perform(step);
    done++;
  }
  if (done > 0) process.stderr.write(`livery: set up for ${mode} in ${secondsSince(startMs)}\n`);
}

const mode = process.argv[2] ?? 'all';
chdir(fileURLToPath(new URL('..', import.meta.url)));
try {
  if (!isMode(mode)) throw new SetupError(`unknown set-up '${mode}'`, 2);
  await setUp(mode);
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  process.stderr.write(`livery: ${error.message}\n`);
  process.exitCode = error.exitCode;
}
