/**
 * Programs that are started, and the Debian packages that they come from.
 */
import { accessSync, constants } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import type { Config } from '../../config/config.ts';

/** Packages whose name is not the program's. */
const PACKAGE_OF: Readonly<Record<string, string>> = {
  Xvfb: 'xvfb',
  bwrap: 'bubblewrap',
  'dbus-daemon': 'dbus',
  'qemu-system-x86_64': 'qemu-system-x86',
  xcalc: 'x11-apps',
  xclock: 'x11-apps',
  xeyes: 'x11-apps',
};

const QEMU = 'qemu-system-x86_64';

export interface MissingProgram {
  readonly program: string;
  /** Who needs it, in words. */
  readonly use: string;
  /** The command that installs it, as far as we can know. */
  readonly fix: string;
}

/** Is there an executable of that name? */
function isThere(program: string, path: string): boolean {
  const places = isAbsolute(program) ? [program] : path.split(':').map((dir) => join(dir, program));
  return places.some((place) => {
    try {
      accessSync(place, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** `program` if it is missing. */
export function missing(
  program: string,
  use: string,
  env: NodeJS.ProcessEnv,
): MissingProgram | undefined {
  if (isThere(program, env.PATH ?? '/usr/bin:/bin')) return undefined;
  const fix = `sudo apt-get install --no-install-recommends ${PACKAGE_OF[program] ?? program}`;
  return { program, use, fix };
}

/**
 * Programs that the configuration starts in qubes and that are not installed. Of a
 * virtual machine it is the one that runs it; what is inside is not of this host.
 */
export function missingOf(config: Config, env: NodeJS.ProcessEnv): MissingProgram[] {
  return [...config.qubes.values()].flatMap(({ name, backend, programs, network }) => {
    // What is in somebody else's is not of this host.
    if (backend === 'xen') return [];
    const started =
      backend === 'qemu'
        ? [missing(QEMU, `runs the machine of qube ${name}`, env) ?? []].flat()
        : programs.flatMap(
            ([program = '']) => missing(program, `started in qube ${name}`, env) ?? [],
          );
    const stack = network ? missing('slirp4netns', `the network of qube ${name}`, env) : undefined;
    return stack ? [...started, stack] : started;
  });
}
