/**
 * What of Livery itself is shown inside a sandbox: the compiled program, the
 * packages that its agent needs, and the node that runs it; read-only, under
 * /opt/livery. All of it is public code of dom0, nothing of it is a user's.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT, UserError } from '../../base/errors.ts';
import { packageFolders } from '../../base/package-folders.ts';
import { PROJECT_ROOT } from '../../native/project.ts';

/** A host path that may lie in a directory that only the keeper can enter. */
export interface Mount {
  readonly host: string;
  readonly inside: string;
  readonly writable: boolean;
  /** A device that is used inside; of everything else the devices are closed. */
  readonly device?: boolean;
}

const INSIDE = '/opt/livery';
/** The agent imports these and no other; x11 has no dependencies of its own. */
const PACKAGES = ['x11'];

/** node as programs inside call it; its own path may be in somebody's home (nvm). */
const INSIDE_NODE = `${INSIDE}/bin/node`;

/** What a sandbox runs if not told otherwise. */
export const AGENT_COMMAND: readonly string[] = [
  INSIDE_NODE,
  `${INSIDE}/dist/bin/livery.js`,
  'agent',
];

interface Part {
  readonly host: string;
  /** Below /opt/livery. */
  readonly name: string;
}

const PARTS: readonly Part[] = [
  ...['package.json', 'dist', 'native/build/Release/livery.node'].map((name) => ({
    host: join(PROJECT_ROOT, name),
    name,
  })),
  ...PACKAGES.map((name) => ({ host: placeOf(name), name: `node_modules/${name}` })),
];

/** Where an installed package lies; where it would have to, when it is nowhere. */
function placeOf(name: string): string {
  const [first = '', ...more] = packageFolders(PROJECT_ROOT).map((folder) => join(folder, name));
  return [first, ...more].find(exists) ?? first;
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** What exists of Livery's own files, each at its place below /opt/livery. */
export function ownMounts(): Mount[] {
  const parts = PARTS.filter(({ host }) => exists(host));
  const mounts = parts.map(({ host, name }) => ({
    host,
    inside: `${INSIDE}/${name}`,
    writable: false,
  }));
  return [...mounts, { host: process.execPath, inside: INSIDE_NODE, writable: false }];
}

/** r for a file, r-x for a directory, for everybody. */
function isOpenToAll(path: string): boolean {
  const facts = statSync(path);
  const needed = facts.isDirectory() ? 0o005 : 0o004;
  return (facts.mode & needed) === needed;
}

/**
 * Throws UserError NOT_BUILT when the agent's program is not there, and
 * NOT_READABLE when a qube with a user id of its own (`separate`) cannot read it.
 */
export function requireOwnFiles(separate: boolean): void {
  for (const { host: path } of PARTS) {
    if (!exists(path)) {
      throw new UserError('NOT_BUILT', `${path} is missing`, {
        exitCode: EXIT.unavailable,
        hint: 'build it with: npm run setup',
      });
    }
    if (separate && !isOpenToAll(path)) {
      throw new UserError('NOT_READABLE', `${path} cannot be read by the users of qubes`, {
        exitCode: EXIT.unavailable,
        hint: `chmod -R a+rX '${path}'`,
      });
    }
  }
}
