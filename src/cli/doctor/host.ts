/**
 * The machine: Node.js, the addon, sandboxes (really made), programs, and the
 * memory that is shared.
 */
import { readdirSync, statfsSync } from 'node:fs';
import { messageOf, UserError } from '../../base/errors.ts';
import type { Config } from '../../config/config.ts';
import { checkSandboxRequirements } from '../../keeper/requirements.ts';
import { native } from '../../native/addon.ts';
import { type Finding, ok, problem, warning } from './finding.ts';
import { type MissingProgram, missing, missingOf } from './programs.ts';

const MIN_NODE = [20, 9] as const;
/** Programs in a qube share pictures with their X server through it. */
const MIN_SHM_BYTES = 64 * 1024 * 1024;
const MIB = 1024 * 1024;

/** What Livery runs besides the sandbox's own tools, and what each is for. */
const PROGRAMS = [
  { program: 'Xvfb', use: 'the X server of each qube', needed: true },
  { program: 'dbus-daemon', use: 'the session bus of each qube', needed: false },
  { program: 'openbox', use: 'livery demo on a screen of its own', needed: false },
] as const;

const FONT_FOLDERS = ['/usr/share/fonts', '/usr/local/share/fonts'];

export function checkNode(version: string = process.versions.node): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const enough = major > MIN_NODE[0] || (major === MIN_NODE[0] && minor >= MIN_NODE[1]);
  if (enough) return ok('node', `Node.js ${version}`);
  return problem(
    'node',
    `Node.js ${version} is too old`,
    `install Node.js ${MIN_NODE.join('.')} or newer`,
  );
}

export function checkAddon(): Finding {
  try {
    native();
    return ok('addon', 'the native addon is loaded');
  } catch (error) {
    return problem('addon', messageOf(error), 'npm run setup');
  }
}

export async function checkSandbox(): Promise<Finding> {
  try {
    await checkSandboxRequirements();
    return ok('sandbox', 'a sandbox with namespaces of its own was made and ended');
  } catch (error) {
    return problem(
      'sandbox',
      messageOf(error),
      error instanceof UserError ? error.hint : undefined,
    );
  }
}

/** Programs that Livery starts, and those that the configuration starts in qubes. */
export function checkPrograms(config: Config | undefined, env: NodeJS.ProcessEnv): Finding[] {
  const findings: Finding[] = [];
  for (const { program, use, needed } of PROGRAMS) {
    const absent = missing(program, use, env);
    if (!absent) continue;
    findings.push((needed ? problem : warning)('programs', textOf(absent), absent.fix));
  }
  for (const absent of config ? missingOf(config, env) : []) {
    findings.push(warning('programs', textOf(absent), absent.fix));
  }
  return findings.length > 0
    ? findings
    : [ok('programs', 'every program that is started is there')];
}

/** What dom0's own notices and prompts are written with; without, they show boxes. */
export function checkFonts(folders: readonly string[] = FONT_FOLDERS): Finding {
  const found = folders.some((folder) => {
    try {
      const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
      return names.some((name) => /\.(ttf|otf|ttc)$/i.test(name));
    } catch {
      return false;
    }
  });
  if (found) return ok('fonts', 'there are fonts to write with');
  const fix = 'sudo apt-get install --no-install-recommends fonts-dejavu-core';
  return warning('fonts', 'no TrueType font is installed: notices and prompts show boxes', fix);
}

function textOf({ program, use }: MissingProgram): string {
  return `${program} is not installed (${use})`;
}

export function checkSharedMemory(path = '/dev/shm'): Finding {
  let free: number;
  try {
    const { bavail, bsize } = statfsSync(path);
    free = bavail * bsize;
  } catch (error) {
    return warning(
      'shared memory',
      `${path} cannot be looked at: ${messageOf(error)}`,
      `mount -t tmpfs tmpfs ${path}`,
    );
  }
  const text = `${Math.floor(free / MIB)} MiB are free in ${path}`;
  if (free >= MIN_SHM_BYTES) return ok('shared memory', text);
  return warning('shared memory', `only ${text}`, `mount -o remount,size=1G ${path}`);
}
