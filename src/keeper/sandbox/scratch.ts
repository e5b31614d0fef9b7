/**
 * A file that exists only as a descriptor: how dom0 hands short texts to
 * bubblewrap without leaving anything on a disk.
 */
import { closeSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** The guard removes it when the keeper is killed between the two calls below. */
const SCRATCH_NAME = '.made';

/** A new descriptor at the beginning of `content`; the caller closes it. Throws ENOSPC when the file system is full. */
export function openScratch(directory: string, content: Uint8Array | string): number {
  const path = join(directory, SCRATCH_NAME);
  const fd = openSync(path, 'wx+', 0o600);
  try {
    unlinkSync(path);
    const bytes = Buffer.from(content);
    for (let done = 0; done < bytes.length; ) {
      // With a position, so that reading starts at 0.
      done += writeSync(fd, bytes, done, bytes.length - done, done);
    }
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}
