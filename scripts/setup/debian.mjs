/**
 * The step that sees to the packages of the system. Looks at dpkg's list each
 * time (a few hundredths of a second) instead of believing a stamp, since
 * packages come and go without us.
 */
import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { packagesFor } from '../packages.mjs';
import { findProgram, run, SetupError } from '../run.mjs';

/** @typedef {import('../packages.mjs').Package} Package */

/** How long another apt is waited for. */
const LOCK_SECONDS = 600;
/** What dpkg-query prints of a package: its state in three letters and its name. */
const FORMAT = `\${db:Status-Abbrev} \${Package}\n`;
const LISTS = '/var/lib/apt/lists';
const UNATTENDED = { DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' };

/** @param {Package} item */
function hasPrograms(item) {
  return item.programs.length > 0 && item.programs.every((program) => findProgram(program));
}

/**
 * The packages of a mode that are not there. One that dpkg does not know of
 * counts as there when all its programs are found: it came from elsewhere.
 * @param {import('../packages.mjs').Mode} mode @returns {Promise<Package[]>}
 */
export async function missingPackages(mode) {
  const wanted = packagesFor(mode);
  if (wanted.length === 0) return [];
  if (findProgram('dpkg-query') === undefined) {
    return wanted.filter((item) => item.programs.length > 0 && !hasPrograms(item));
  }
  const names = wanted.map((item) => item.name);
  const known = await run('dpkg-query', ['-W', '-f', FORMAT, ...names]);
  const installed = new Set();
  for (const line of known.output.split('\n')) {
    const match = /^.i.? +(\S+)$/.exec(line);
    if (match) installed.add(match[1]);
  }
  return wanted.filter((item) => !installed.has(item.name) && !hasPrograms(item));
}

/** @param {readonly Package[]} missing @returns {SetupError} */
function cannotInstall(missing) {
  const names = missing.map((item) => item.name).join(' ');
  if (findProgram('apt-get') === undefined) {
    const lines = missing.map((item) => `  ${item.programs.join(', ')} (Debian: ${item.name})`);
    return new SetupError(
      `these programs are missing; install them and run this again:\n${lines.join('\n')}`,
      3,
    );
  }
  const install = 'apt-get install -y --no-install-recommends';
  const line =
    findProgram('sudo') === undefined
      ? `su -c 'apt-get update && ${install} ${names}'`
      : `sudo apt-get update && sudo ${install} ${names}`;
  return new SetupError(`Debian packages are missing; run this line, then try again:\n${line}`, 3);
}

/** The words before `apt-get`, or undefined when we may not install anything. */
async function privilege() {
  if (findProgram('apt-get') === undefined) return undefined;
  if (process.getuid?.() === 0) return [];
  if (findProgram('sudo') === undefined) return undefined;
  const may = await run('sudo', ['-n', 'true']);
  return may.code === 0
    ? ['sudo', '-n', 'env', ...Object.entries(UNATTENDED).map((e) => e.join('='))]
    : undefined;
}

/**
 * apt-get waits for dpkg's lock by itself, but not for the one on its lists or
 * its download folder: those are asked for again each second.
 * @param {readonly string[]} before @param {readonly string[]} args @param {(note: string) => void} note
 */
async function aptGet(before, args, note) {
  const [program = 'apt-get', ...rest] = [...before, 'apt-get'];
  const options = ['-y', '-q', '-o', `DPkg::Lock::Timeout=${LOCK_SECONDS}`];
  const deadlineMs = performance.now() + LOCK_SECONDS * 1000;
  let noted = false;
  for (;;) {
    const result = await run(program, [...rest, ...options, ...args], {
      env: UNATTENDED,
      gently: true,
    });
    const held = /Could not get lock|Unable to lock/.test(result.output);
    if (result.code === 0 || !held || performance.now() > deadlineMs) return result;
    if (!noted) note('waiting for another apt');
    noted = true;
    await sleep(1000);
  }
}

function listsMissing() {
  try {
    return !readdirSync(LISTS).some((name) => name.includes('_Packages'));
  } catch {
    return true;
  }
}

/**
 * Installs packages. The lists are refreshed when there are none, and when an
 * installation failed: a package that they do not name, or name in a version
 * that the mirror has no more.
 * @param {readonly Package[]} missing @param {(note: string) => void} note
 */
export async function installPackages(missing, note) {
  const before = await privilege();
  if (!before) throw cannotInstall(missing);
  const install = [
    'install',
    '--no-install-recommends',
    '-o',
    'Dpkg::Options::=--force-confdef',
    '-o',
    'Dpkg::Options::=--force-confold',
    ...missing.map((item) => item.name),
  ];
  const update = async () => {
    note('refreshing the package lists');
    return aptGet(before, ['update'], note);
  };
  if (listsMissing()) await update();
  let result = await aptGet(before, install, note);
  if (result.code !== 0 && /dpkg --configure -a/.test(result.output)) {
    note('finishing an interrupted dpkg');
    const [program = 'dpkg', ...rest] = [...before, 'dpkg'];
    await run(program, [...rest, '--configure', '-a'], { env: UNATTENDED, gently: true });
    result = await aptGet(before, install, note);
  }
  if (result.code !== 0) {
    const refreshed = await update();
    result = await aptGet(before, install, note);
    if (result.code !== 0) result.output = `${refreshed.output}${result.output}`;
  }
  if (result.code !== 0) {
    const names = missing.map((item) => item.name).join(' ');
    throw new SetupError(`${result.output.trimEnd()}\napt-get could not install: ${names}`, 3);
  }
}

/**
 * Installs what a suite needs that not every machine has, where that may be done.
 * @param {import('../packages.mjs').Mode} mode
 * @returns {Promise<string | undefined>} why it is not there
 */
export async function absenceOf(mode) {
  const missing = await missingPackages(mode);
  if (missing.length === 0) return undefined;
  try {
    await installPackages(missing, (note) => process.stderr.write(`livery: ${note} …\n`));
    return undefined;
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    return `not installed: ${missing.map(({ name }) => name).join(' ')}`;
  }
}
