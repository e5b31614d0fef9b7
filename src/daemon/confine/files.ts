/**
 * The files that a daemon still needs once it is up. Everything else of the
 * machine, a person's home before all, is not there for it any more; nothing
 * can be executed, and nothing outside of a few directories written.
 */
import { existsSync, realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import { packageFolders } from '../../base/package-folders.ts';
import type { Config } from '../../config/config.ts';
import type { FileAccess } from '../../native/addon.ts';
import { PROJECT_ROOT, projectFile } from '../../native/project.ts';
import type { AuditPlaces } from '../audit/places.ts';
import { policyPlace } from '../clipboard/load-policy.ts';

/** This program: nothing secret, and an error that is told may look at its own source. */
const PROGRAM = [
  ...['dist', 'native', 'package.json'].map(projectFile),
  ...packageFolders(PROJECT_ROOT),
];
/** Nothing in /proc: it shows the environment of other processes. */
const SYSTEM = ['/etc/localtime', '/usr/share/zoneinfo', '/dev/null', '/dev/urandom'];

export interface FilesOptions {
  readonly config: Config;
  readonly runtimeDir: string;
  /** Undefined = no clipboard, no audit log. */
  readonly audit: AuditPlaces | undefined;
  /** Where the memory of qubes lies that are handed over; undefined = not known before. */
  readonly poolDir: string | undefined;
  /** Undefined = the log goes to standard error. */
  readonly logFile?: string | undefined;
}

/** What `livery daemon` needs; only what exists now, as directories, so that files in them may be replaced. */
export function daemonFiles(options: FilesOptions): FileAccess {
  const { config, runtimeDir, audit, poolDir, logFile } = options;
  const policy = policyPlace(config).path;
  const pools = [...config.qubes.values()].flatMap(({ attach }) => attach?.poolDir ?? []);
  return accessTo(
    [
      ...(policy === undefined ? [] : [dirname(policy)]),
      ...placesOf(config.file),
      ...(readsEverywhere(config, poolDir) ? ['/'] : []),
    ],
    [
      runtimeDir,
      ...(audit ? [audit.directory, dirname(audit.headFile)] : []),
      ...pools,
      ...(poolDir === undefined ? [] : [poolDir]),
      ...(logFile === undefined ? [] : [dirname(logFile)]),
    ],
  );
}

/**
 * A qube that is handed over says where its memory lies only then: without
 * LIVERY_POOL_DIR it can be anywhere.
 */
export function readsEverywhere(config: Config, poolDir: string | undefined): boolean {
  if (poolDir !== undefined) return false;
  return [...config.qubes.values()].some(({ backend, attach }) => backend === 'attach' && !attach);
}

/** Whether a path lies in one of these directories. */
export function isWithin(directories: readonly string[], path: string): boolean {
  return directories.some((one) => path === one || path.startsWith(one === '/' ? one : `${one}/`));
}

/** Where the configuration is read again: beside its name, and where a link leads. */
function placesOf(file: string | undefined): string[] {
  if (file === undefined) return [];
  try {
    return [dirname(file), dirname(realpathSync(file))];
  } catch {
    return [dirname(file)];
  }
}

/** Those of the program and the system, and `read` and `write` as far as they are there. */
export function accessTo(read: readonly string[], write: readonly string[]): FileAccess {
  return { read: there([...SYSTEM, ...PROGRAM, ...read]), write: there(write) };
}

function there(paths: readonly string[]): string[] {
  return [...new Set(paths)].filter((path) => existsSync(path));
}
