/**
 * The directory of sockets that the processes of one dom0 session share. Who
 * can write in it can pose as any of them, so it is 0700 and ours, or refused.
 */
import { chmodSync, lstatSync, mkdirSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { EXIT, UserError } from '../base/errors.ts';
import type { QubeName } from '../base/ids.ts';

/** Longest path that fits a unix socket's address (sun_path, 108 bytes with NUL). */
const MAX_SOCKET_PATH_BYTES = 107;
/** `/qubes/<31 characters>/vchan.32751.0.6000.sock`, the longest name below. */
const LONGEST_NAME_BYTES = 7 + 32 + 24;

/** Where it is: $LIVERY_RUNTIME_DIR, $XDG_RUNTIME_DIR/livery, /run or /tmp with our uid. */
export function runtimeDirPath(env: NodeJS.ProcessEnv = process.env): string {
  const named = env.LIVERY_RUNTIME_DIR;
  if (named) {
    if (!isAbsolute(named)) {
      throw refused(`LIVERY_RUNTIME_DIR is "${named}"; expected an absolute path`);
    }
    return named;
  }
  const xdg = env.XDG_RUNTIME_DIR;
  if (xdg && isAbsolute(xdg)) return join(xdg, 'livery');
  const uid = process.getuid?.() ?? 0;
  return join(uid === 0 ? '/run' : '/tmp', `livery-${uid}`);
}

/** The directory, made if absent (0700) and checked: a directory, ours, closed to others. */
export function openRuntimeDir(path: string = runtimeDirPath()): string {
  if (Buffer.byteLength(path) + LONGEST_NAME_BYTES > MAX_SOCKET_PATH_BYTES) {
    throw refused(
      `the runtime directory ${path} is too long: sockets in it would not fit ${MAX_SOCKET_PATH_BYTES} bytes`,
    );
  }
  mkdirSync(path, { recursive: true, mode: 0o700 });
  checkRuntimeDir(path);
  return path;
}

/** Throws unless `path` is a directory of ours that nobody else may enter. */
export function checkRuntimeDir(path: string): void {
  const stat = lstatSync(path);
  if (!stat.isDirectory()) throw refused(`${path} is not a directory`);
  const uid = process.getuid?.() ?? 0;
  if (stat.uid !== uid) throw refused(`${path} belongs to uid ${stat.uid}, not to ${uid}`);
  if ((stat.mode & 0o077) !== 0) chmodSync(path, 0o700);
}

function refused(message: string): UserError {
  return new UserError('RUNTIME_DIR', message, {
    exitCode: EXIT.usage,
    hint: 'set LIVERY_RUNTIME_DIR to a short path in a directory of your own',
  });
}

/** Where whoever shows a qube takes its icons: `RUNTIME/icons/QUBE.sock`. */
export function iconSocketPath(runtimeDir: string, qube: QubeName): string {
  return join(runtimeDir, 'icons', `${qube}.sock`);
}

/** Where the daemon listens for the command line. */
export function controlSocketPath(runtimeDir: string): string {
  return join(runtimeDir, 'control.sock');
}
