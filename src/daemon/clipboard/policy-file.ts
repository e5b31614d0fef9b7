/**
 * clipboard.policy as a file of dom0's: opened so that nobody else's file can
 * be taken for it, read whole, never followed through a link. What is in it is
 * judged elsewhere.
 */
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readSync,
  type Stats,
  statSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { messageOf } from '../../base/errors.ts';

const MAX_POLICY_BYTES = 64 * 1024;
/** Written by the group or by everybody. */
const OTHERS_MAY_WRITE = 0o022;
const STICKY = 0o1000;
/** Never waits, never follows a link, never becomes a terminal of ours. */
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY;

export type PolicyText =
  | { readonly kind: 'text'; readonly text: string }
  /** There is no such file. */
  | { readonly kind: 'absent' }
  /** There is one, and it is not to be trusted or cannot be read; dom0's words. */
  | { readonly kind: 'refused'; readonly reason: string };

/** Reads the file if it is a regular file of ours or root's that nobody else can change. Never throws. */
export function readPolicyFile(path: string): PolicyText {
  let fd: number;
  try {
    fd = openSync(path, FLAGS);
  } catch (error) {
    return unopened(error);
  }
  try {
    const fault = faultOfFile(fstatSync(fd)) ?? faultOfDirectory(dirname(path));
    return fault === undefined ? textOf(fd) : { kind: 'refused', reason: fault };
  } catch (error) {
    return { kind: 'refused', reason: messageOf(error) };
  } finally {
    closeSync(fd);
  }
}

/** Tells one state of the file from another without reading it; `absent` when there is none. */
export function policyFileMark(path: string): string {
  try {
    const { dev, ino, size, mode, uid, mtimeNs, ctimeNs } = lstatSync(path, { bigint: true });
    return [dev, ino, size, mode, uid, mtimeNs, ctimeNs].join(' ');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return isAbsent(code) ? 'absent' : String(code);
  }
}

function isAbsent(code: string | undefined): boolean {
  return code === 'ENOENT' || code === 'ENOTDIR';
}

function unopened(error: unknown): PolicyText {
  const { code } = error as NodeJS.ErrnoException;
  if (isAbsent(code)) return { kind: 'absent' };
  if (code === 'ELOOP') return { kind: 'refused', reason: 'it is a symbolic link' };
  if (code === 'EACCES') return { kind: 'refused', reason: 'permission denied' };
  return { kind: 'refused', reason: messageOf(error) };
}

function faultOfFile(stat: Stats): string | undefined {
  if (!stat.isFile()) return 'it is not a regular file';
  if (!isTrusted(stat.uid))
    return `it belongs to uid ${stat.uid}, neither to this user nor to root`;
  if ((stat.mode & OTHERS_MAY_WRITE) !== 0) return 'others may write it (expected: chmod go-w)';
  if (stat.size > MAX_POLICY_BYTES) return `it is larger than ${MAX_POLICY_BYTES / 1024} KiB`;
  return undefined;
}

/** Who can write in the directory can put another file in its place. */
function faultOfDirectory(path: string): string | undefined {
  const stat = statSync(path);
  if (!isTrusted(stat.uid)) return `its directory belongs to uid ${stat.uid}`;
  if ((stat.mode & OTHERS_MAY_WRITE) === 0 || (stat.mode & STICKY) !== 0) return undefined;
  return 'others may write in its directory (expected: chmod go-w)';
}

function isTrusted(uid: number): boolean {
  return uid === 0 || uid === process.getuid?.();
}

function textOf(fd: number): PolicyText {
  const bytes = Buffer.alloc(MAX_POLICY_BYTES + 1);
  let length = 0;
  for (;;) {
    const count = readSync(fd, bytes, length, bytes.length - length, null);
    if (count === 0) break;
    length += count;
    // It grew meanwhile.
    if (length > MAX_POLICY_BYTES) return { kind: 'refused', reason: 'it is larger than 64 KiB' };
  }
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, length));
    return { kind: 'text', text };
  } catch {
    return { kind: 'refused', reason: 'it is not UTF-8' };
  }
}
