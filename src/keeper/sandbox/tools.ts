/**
 * The programs of the host that a sandbox is made with. They are looked up once
 * and named by absolute path from then on, so that nothing depends on a PATH
 * that changes later.
 */
import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import { basename, isAbsolute, join } from 'node:path';
import { EXIT, UserError } from '../../base/errors.ts';

/** Program and the Debian package that it comes from. */
const NEEDED = {
  bwrap: 'bubblewrap',
  flock: 'util-linux',
  mount: 'mount',
  prlimit: 'util-linux',
  setpriv: 'util-linux',
  sh: 'dash',
  unshare: 'util-linux',
} as const;

type ToolName = keyof typeof NEEDED;

export interface Tools extends Readonly<Record<ToolName, string>> {
  /** User-mode network stack; undefined when it is not installed. */
  readonly slirp4netns: string | undefined;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** Where the program `name` is, or undefined. */
export function findProgram(
  name: string,
  searchPath = process.env.PATH ?? '/usr/bin:/bin',
): string | undefined {
  return find(name, searchPath);
}

/** Without links: inside a sandbox only what lies in /usr is at the same place. */
function find(name: string, searchPath: string): string | undefined {
  const folders = searchPath.split(':').filter(isAbsolute);
  const path = folders.map((folder) => join(folder, name)).find(isProgram);
  // A program of several names (busybox) looks at the one it was called by.
  const real = path && realpathSync(path);
  return real && basename(real) === name ? real : path;
}

function need(name: ToolName, searchPath: string): string {
  const path = find(name, searchPath);
  if (path !== undefined) return path;
  throw new UserError('MISSING_PACKAGE', `the program ${name} is not installed`, {
    exitCode: EXIT.unavailable,
    hint: `apt-get install ${NEEDED[name]}`,
  });
}

/** Throws UserError MISSING_PACKAGE, naming the Debian package, when one is not there. */
export function findTools(searchPath = process.env.PATH ?? '/usr/bin:/bin'): Tools {
  return {
    bwrap: need('bwrap', searchPath),
    flock: need('flock', searchPath),
    mount: need('mount', searchPath),
    prlimit: need('prlimit', searchPath),
    setpriv: need('setpriv', searchPath),
    sh: need('sh', searchPath),
    unshare: need('unshare', searchPath),
    slirp4netns: find('slirp4netns', `${searchPath}:/usr/sbin:/sbin`),
  };
}
