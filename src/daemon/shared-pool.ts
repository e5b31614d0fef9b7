/**
 * The memory of a qube that somebody else runs: a file in a directory of pools,
 * made here when the other side was not first.
 */
import { mkdirSync } from 'node:fs';
import { messageOf } from '../base/errors.ts';
import type { DomainId } from '../base/ids.ts';
import type { Log } from '../base/log.ts';
import { MAX_POOL_BYTES } from '../channel/pool.ts';
import { PoolFile } from '../channel/pool-file.ts';
import { PAGE_BYTES } from '../native/addon.ts';

/** DESIGN 4: the larger of this and 16 times the screen. */
const MIN_POOL_BYTES = 256 * 1024 * 1024;

export interface SharedPoolOptions {
  readonly directory: string;
  readonly domain: DomainId;
  /** Undefined = by the screen. */
  readonly bytes: number | undefined;
  readonly screen: { readonly width: number; readonly height: number };
  readonly log: Log;
}

/** Whole pages. @param bytes undefined = by the screen */
export function poolBytesFor(
  bytes: number | undefined,
  screen: { readonly width: number; readonly height: number },
): number {
  const wanted = bytes ?? Math.max(MIN_POOL_BYTES, 16 * screen.width * screen.height * 4);
  return Math.min(Math.ceil(wanted / PAGE_BYTES) * PAGE_BYTES, MAX_POOL_BYTES);
}

/** Never throws: what could not be made here may yet be made by the other side. */
export function sharedPool({ directory, domain, bytes, screen, log }: SharedPoolOptions): PoolFile {
  const size = poolBytesFor(bytes, screen);
  const pool = new PoolFile(directory, domain, Math.max(size, MIN_POOL_BYTES));
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const how = pool.create(size);
    log.debug({ path: pool.path, how, bytes: size }, 'the memory of the qube');
  } catch (error) {
    log.warn({}, messageOf(error));
  }
  return pool;
}
