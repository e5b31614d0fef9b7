/**
 * A qube's own home on the host. It is the one place of the host that a qube
 * writes to, so it must not be a place where dom0 keeps something: a qube that
 * can write to a start-up file of dom0 is dom0.
 */
import { chownSync, mkdirSync, realpathSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { sep } from 'node:path';
import { EXIT, messageOf, UserError } from '../../base/errors.ts';
import type { QubeName } from '../../base/ids.ts';
import type { Config, QubeConfig } from '../../config/config.ts';
import { PROJECT_ROOT } from '../../native/project.ts';
import type { Identity } from './identity.ts';

interface HomeOwner {
  readonly name: QubeName;
  readonly home: string | undefined;
}

/** @param hint what to do about it */
export function homeRefused(qube: QubeName, message: string, hint?: string): UserError {
  const options = { exitCode: EXIT.usage, ...(hint === undefined ? {} : { hint }) };
  return new UserError('HOME_REFUSED', `the home of qube ${qube} is not used: ${message}`, options);
}

/** `path` is `folder` or lies in it; both absolute and free of links. */
function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

/** The real path, or `path` itself while it does not exist. */
function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/**
 * Makes the home of `qube` if it is missing (mode 0700, owned by `identity`)
 * and returns its real path. Throws UserError HOME_REFUSED when it holds, or
 * is, something of dom0's or of another qube's, or belongs to somebody else.
 * @param kept directories of dom0 that may not be reached, the runtime directory among them
 */
export function openHome(
  qube: { readonly name: QubeName; readonly home: string },
  others: Iterable<HomeOwner>,
  kept: readonly string[],
  identity: Identity,
): string {
  let made: string | undefined;
  let path: string;
  try {
    made = mkdirSync(qube.home, { recursive: true, mode: 0o700 });
    path = realpathSync(qube.home);
  } catch (error) {
    throw homeRefused(qube.name, messageOf(error));
  }
  for (const place of [homedir(), PROJECT_ROOT, ...kept].map(real)) {
    if (isWithin(place, path)) throw homeRefused(qube.name, `${path} holds ${place} of dom0`);
  }
  for (const other of others) {
    if (other.name === qube.name || other.home === undefined) continue;
    const theirs = real(other.home);
    if (isWithin(theirs, path) || isWithin(path, theirs)) {
      throw homeRefused(qube.name, `${path} overlaps with the home of qube ${other.name}`);
    }
  }
  if (made !== undefined && identity.separate) chownSync(path, identity.uid, identity.gid);
  const { uid } = statSync(path);
  if (uid !== identity.uid) {
    const owner = `${identity.uid}:${identity.gid}`;
    const message = `${path} belongs to user ${uid}, the qube runs as ${identity.uid}`;
    throw homeRefused(qube.name, message, `chown -R ${owner} '${path}'`);
  }
  return path;
}

/**
 * The directory that the configuration gives `qube` as its home, made and checked as
 * `openHome` does; undefined = what it keeps is gone when it stops.
 * @param kept directories of dom0 that no home may hold
 */
export function homeOf(
  { name, home }: Pick<QubeConfig, 'name' | 'home'>,
  { file, qubes }: Pick<Config, 'file' | 'qubes'>,
  kept: readonly string[],
  identity: Identity,
): string | undefined {
  if (home === undefined) return undefined;
  const folders = file === undefined ? kept : [...kept, file];
  return openHome({ name, home }, qubes.values(), folders, identity);
}
