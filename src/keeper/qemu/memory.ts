/**
 * The memory of a virtual machine: its own, and the pool that it shares with
 * dom0 as a PCI device. Both are there before it starts, or it does not start:
 * a machine that runs out of memory of the host takes others with it.
 */
import { readFileSync } from 'node:fs';
import { EXIT, UserError } from '../../base/errors.ts';
import type { QubeConfig } from '../../config/config.ts';

const MIB = 1024 * 1024;
/** Guest, X server, node and a few programs, with half of it for files. */
const DEFAULT_MEMORY_BYTES = 1024 * MIB;
/** For QEMU itself, most of it translated code in software emulation. */
const PROGRAM_BYTES = 384 * MIB;
/** The smallest pool: a window of a full-HD screen and some more. */
const MIN_POOL_BYTES = 64 * MIB;
/** The largest: 32 bits hold its offsets, and a device is as large as a power of two. */
const MAX_POOL_BYTES = 2048 * MIB;

/** Bytes of the machine's own memory. */
export function memoryBytesOf({ memoryBytes }: Pick<QubeConfig, 'memoryBytes'>): number {
  return memoryBytes ?? DEFAULT_MEMORY_BYTES;
}

/** The smallest size that a PCI device can have and that holds `wantedBytes`, within the limits. */
export function machinePoolBytes(wantedBytes: number): number {
  let bytes = MIN_POOL_BYTES;
  while (bytes < wantedBytes && bytes < MAX_POOL_BYTES) bytes *= 2;
  return bytes;
}

/** Bytes that programs can still have without anything being swapped out or ended. */
function availableBytes(): number {
  const text = readFileSync('/proc/meminfo', 'utf8');
  return Number(/^MemAvailable:\s+(\d+) kB$/m.exec(text)?.[1] ?? 0) * 1024;
}

/**
 * Throws UserError NO_MEMORY when the host has not what the machine of `qube` is to have.
 * @param available bytes that are free now
 */
export function requireMemory(
  qube: Pick<QubeConfig, 'name' | 'memoryBytes'>,
  poolBytes: number,
  available = availableBytes(),
): void {
  const needed = memoryBytesOf(qube) + poolBytes + PROGRAM_BYTES;
  if (needed <= available) return;
  const [wanted, free] = [needed, available].map((bytes) => Math.round(bytes / MIB));
  throw new UserError(
    'NO_MEMORY',
    `the machine of qube ${qube.name} needs ${wanted} MiB of memory, ${free} MiB are free`,
    {
      exitCode: EXIT.unavailable,
      hint: 'end some programs, or set a smaller memory_mib or pool_mib for the qube',
    },
  );
}
