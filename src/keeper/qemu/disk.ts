/**
 * The home of a virtual machine that is kept: one file in the qube's directory,
 * which its guest sees as a disk. What is on it is the guest's alone; dom0 never
 * reads it. Whether it is new is therefore told by its name: it has its own only
 * when a guest was ready with it, and before that it is made again, so that no
 * half-made file system is ever taken for somebody's home, or the other way round.
 */
import {
  closeSync,
  constants,
  fchownSync,
  fstatSync,
  ftruncateSync,
  openSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../../base/errors.ts';
import type { QubeConfig } from '../../config/config.ts';
import { homeRefused } from '../sandbox/home.ts';
import type { Identity } from '../sandbox/identity.ts';

const MIB = 1024 * 1024;
const DEFAULT_BYTES = 4096 * MIB;
const KEPT_NAME = 'home.disk';
const NEW_NAME = 'home.disk.new';
/** Nobody but its owner reads it. */
const MODE = 0o600;
/** A link is not followed; what is no file does not hold the keeper up. */
const OPEN = constants.O_RDWR | constants.O_NOFOLLOW | constants.O_NONBLOCK;

export interface HomeDisk {
  readonly path: string;
  /** Nothing was ever written to it. */
  readonly blank: boolean;
}

type DiskQube = Pick<QubeConfig, 'name' | 'homeBytes'>;

/**
 * The disk in `directory` (`openHome` made or checked it), or a new one of the
 * size that the configuration gives: a sparse file. One that is there keeps its
 * size. Throws UserError HOME_REFUSED when it is not a file of the qube's own.
 */
export function openDisk(qube: DiskQube, directory: string, identity: Identity): HomeDisk {
  const path = join(directory, KEPT_NAME);
  try {
    if (isOwnFile(qube, path, identity)) return { path, blank: false };
    return { path: makeDisk(qube, join(directory, NEW_NAME), identity), blank: true };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ELOOP' || code === 'EISDIR') throw notOwn(qube, path);
    if (code === undefined || code === 'HOME_REFUSED') throw error;
    throw homeRefused(qube.name, messageOf(error));
  }
}

/** A guest was ready with a blank disk: it is somebody's home from now on. Throws when it cannot be. */
export function keepDisk({ path, blank }: HomeDisk): void {
  if (blank) renameSync(path, join(path, '..', KEPT_NAME));
}

/** False when there is nothing. */
function isOwnFile(qube: DiskQube, path: string, { uid }: Identity): boolean {
  let fd: number;
  try {
    fd = openSync(path, OPEN);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
  try {
    const facts = fstatSync(fd);
    // A second name could be in a place that is not the qube's.
    if (facts.isFile() && facts.uid === uid && facts.nlink === 1) return true;
    throw notOwn(qube, path);
  } finally {
    closeSync(fd);
  }
}

function makeDisk({ homeBytes }: DiskQube, path: string, identity: Identity): string {
  rmSync(path, { force: true });
  const fd = openSync(path, OPEN | constants.O_CREAT | constants.O_EXCL, MODE);
  try {
    if (identity.separate) fchownSync(fd, identity.uid, identity.gid);
    ftruncateSync(fd, homeBytes ?? DEFAULT_BYTES);
    return path;
  } finally {
    closeSync(fd);
  }
}

function notOwn({ name }: DiskQube, path: string): Error {
  return homeRefused(name, `${path} is not a file of its own`, 'move it to another place');
}
