/**
 * How large a qube's pool is, and what it means when the system does not give it.
 */
import { messageOf, UserError } from '../base/errors.ts';
import type { QubeName } from '../base/ids.ts';
import { MAX_POOL_BYTES } from '../channel/pool.ts';
import type { QubeConfig } from '../config/config.ts';
import { PAGE_BYTES } from '../native/addon.ts';
import { machinePoolBytes } from './qemu/memory.ts';

const MIB = 1024 * 1024;
/** DESIGN 4, for a screen of up to 4 million pixels; the keeper knows no screen. */
const DEFAULT_POOL_BYTES = 256 * MIB;

/**
 * The size of a qube's pool in bytes: whole pages, at most 4 GiB less one. That of
 * a virtual machine is a power of two, as it is a device there.
 */
export function poolBytesOf(qube: Pick<QubeConfig, 'poolBytes' | 'backend'>): number {
  const wanted = qube.poolBytes ?? DEFAULT_POOL_BYTES;
  if (qube.backend === 'qemu') return machinePoolBytes(wanted);
  return Math.min(Math.ceil(wanted / PAGE_BYTES) * PAGE_BYTES, MAX_POOL_BYTES);
}

const HINTS: Readonly<Record<string, string>> = {
  EFBIG: 'the size of files is limited here (ulimit -f); raise it or set a smaller pool',
  EMFILE: 'too many files are open; raise the limit (ulimit -n)',
  ENFILE: 'the system has too many open files; see fs.file-max',
  ENOMEM: 'end some programs, or set a smaller pool for the qube',
  ENOSPC: 'end some programs, or set a smaller pool for the qube',
};

/** The error of a pool that could not be made: says how much was wanted and what to do. */
export function poolFailure(qube: QubeName, sizeBytes: number, cause: unknown): UserError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const hint = HINTS[code];
  const size = `${Math.round(sizeBytes / MIB)} MiB`;
  return new UserError(
    'POOL_FAILED',
    `there is no shared memory for qube ${qube} (${size}): ${messageOf(cause)}`,
    hint === undefined ? {} : { hint },
  );
}
