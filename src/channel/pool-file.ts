/**
 * A qube's shared memory as a plain file in a directory that the operator
 * vouches for: page N of `DIR/dom-<id>.pool` is grant reference N of that
 * domain. The peer in another process may write, shrink or replace the file at
 * any time, so it is opened afresh for each image, only ever read from, and
 * never mapped: not by us, and not by an X server of ours (DESIGN 4).
 */
import { constants, existsSync, linkSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT, messageOf, UserError } from '../base/errors.ts';
import type { DomainId } from '../base/ids.ts';
import { type Fd, native, PAGE_BYTES } from '../native/addon.ts';

/** The file as it is now; owned by whoever opened it. */
export interface OpenPool extends Disposable {
  readonly fd: Fd;
  /** References 0 to pages - 1 existed when it was opened; reading past the end is no fault. */
  readonly pages: number;
}

export class PoolFile {
  readonly path: string;
  /** Bytes that all copies of this qube's images may take in dom0 at the same time. */
  readonly copyBytes: number;

  constructor(directory: string, domain: DomainId, copyBytes: number) {
    this.path = join(directory, `dom-${domain}.pool`);
    this.copyBytes = copyBytes;
  }

  /**
   * Makes the file with `sizeBytes` bytes that are really there, unless the
   * other side was first. It appears under its name only when it is whole.
   * Throws UserError POOL_FAILED.
   */
  create(sizeBytes: number): 'made' | 'found' {
    const draft = `${this.path}.${process.pid}`;
    try {
      using file = native().openFile(
        draft,
        constants.O_RDWR | constants.O_CREAT | constants.O_EXCL,
      );
      native().allocateFile(file, sizeBytes);
      linkSync(draft, this.path);
      return 'made';
    } catch (error) {
      // Who may not write there finds it all the same.
      if (this.#exists(error) || existsSync(this.path)) return 'found';
      throw new UserError(
        'POOL_FAILED',
        `there is no shared memory at ${this.path}: ${messageOf(error)}`,
        {
          exitCode: EXIT.failed,
          hint: 'check that the directory of the pools exists and has room',
        },
      );
    } finally {
      remove(draft);
    }
  }

  /** Throws with the reason when there is no such file now, or it is no plain file. */
  open(): OpenPool {
    // A FIFO in its place must not make us wait.
    const fd = native().openFile(this.path, constants.O_RDONLY | constants.O_NONBLOCK);
    const { regular, sizeBytes } = native().memoryFacts(fd);
    if (!regular) {
      fd[Symbol.dispose]();
      throw new Error(`${this.path} is no plain file`);
    }
    return {
      fd,
      pages: Math.floor(sizeBytes / PAGE_BYTES),
      [Symbol.dispose]: () => fd[Symbol.dispose](),
    };
  }

  #exists(error: unknown): boolean {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    return code === 'EEXIST' && isLinkFailure(error);
  }
}

/** The draft's own name may also be taken; that is no other side that was first. */
function isLinkFailure(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error && error.syscall === 'link';
}

function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // It was never made.
  }
}
