/**
 * The step that sees to node_modules. `npm ci` is run when what is installed is
 * not what package-lock.json says; npm writes the list of what it installed
 * (node_modules/.package-lock.json) as the last thing of an installation.
 */
import { readFileSync } from 'node:fs';
import { findProgram, run, SetupError } from '../run.mjs';
import { hashFiles, runtime } from './stamps.mjs';

/**
 * @typedef {object} Locked what a lock file says of a package
 * @property {string} [version]
 * @property {string} [integrity]
 * @property {boolean} [optional]
 * @property {string[]} [os]
 * @property {string[]} [cpu]
 * @property {string[]} [libc]
 */

/** @param {string} file @returns {Record<string, Locked> | undefined} */
function lockedPackages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

function libc() {
  const report = /** @type {{ header: { glibcVersionRuntime?: string } }} */ (
    process.report.getReport()
  );
  return report.header.glibcVersionRuntime === undefined ? 'musl' : 'glibc';
}

/** Whether a package says that it is for this platform. @param {Locked} one */
function isForUs(one) {
  if (!one.os && !one.cpu) return false;
  return (
    (one.os?.includes(process.platform) ?? true) &&
    (one.cpu?.includes(process.arch) ?? true) &&
    (one.libc?.includes(libc()) ?? true)
  );
}

/**
 * Whether what npm installed is what the lock file says. Optional packages may
 * be absent, but not one that is for this platform: npm leaves it out when the
 * Node.js that it runs under is too old for it, and that may have changed.
 * @param {string} lockFile @param {string} installedFile
 */
export function isInstalled(lockFile, installedFile) {
  const wanted = lockedPackages(lockFile);
  const installed = lockedPackages(installedFile);
  if (!wanted || !installed) return false;
  for (const [path, one] of Object.entries(wanted)) {
    if (path === '') continue;
    const other = installed[path];
    if (!other) {
      if (!one.optional || isForUs(one)) return false;
    } else if (other.version !== one.version || other.integrity !== one.integrity) {
      return false;
    }
  }
  return Object.keys(installed).every((path) => Object.hasOwn(wanted, path));
}

/** @param {import('./stamps.mjs').Stamps} stamps @returns {import('../setup.mjs').Step | undefined} */
export function npmStep(stamps) {
  const key = `${runtime} ${hashFiles(['package-lock.json'])}`;
  const before = stamps.get('npm');
  const sameRuntime = before === undefined || before.startsWith(`${runtime} `);
  if (sameRuntime && isInstalled('package-lock.json', 'node_modules/.package-lock.json')) {
    if (before !== key) stamps.record('npm', key);
    return undefined;
  }
  return {
    title: 'npm dependencies',
    async work() {
      if (findProgram('npm') === undefined) {
        throw new SetupError('npm is needed and was not found; it comes with Node.js', 3);
      }
      stamps.forget('npm');
      const result = await run('npm', ['ci', '--include=dev', '--no-audit', '--no-fund']);
      if (result.code !== 0) {
        throw new SetupError(`${result.output.trimEnd()}\nnpm ci failed (exit ${result.code})`);
      }
      stamps.record('npm', key);
    },
  };
}
