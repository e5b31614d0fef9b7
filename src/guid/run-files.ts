/**
 * The files by which one domain has one daemon, shared with the launcher: the
 * lock that is held while one starts (or waits for its agent to come back), and
 * the flag with the process id while it is connected (gui-daemon 5.5). They lie
 * in a directory of dom0's.
 */
import {
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { messageOf, UserError } from '../base/errors.ts';
import type { DomainId } from '../base/ids.ts';
import { type Fd, native } from '../native/addon.ts';

const DEFAULT_RUN_DIR = '/run/qubes';
const LOCK_LOOK_MS = 50;

/** Where they lie. */
export function runDirectory(env: NodeJS.ProcessEnv): string {
  return env.LIVERY_GUID_RUN_DIR || DEFAULT_RUN_DIR;
}

export class RunFiles {
  readonly directory: string;
  readonly #flag: string;
  readonly #booting: string;
  #lock: Fd | undefined;

  constructor(directory: string, domain: DomainId) {
    this.directory = directory;
    this.#flag = join(directory, `guid-running.${domain}`);
    this.#booting = join(directory, `guid-booting.${domain}`);
  }

  /**
   * Waits for the lock, so that only one starts at a time. False, with the lock
   * given back, when a daemon of this domain is connected already.
   */
  async begin(): Promise<boolean> {
    for (;;) {
      if (this.#tryLock()) break;
      await new Promise((resolve) => setTimeout(resolve, LOCK_LOOK_MS));
    }
    if (!this.#isRunning()) return true;
    this.#release();
    return false;
  }

  /** The lock, for a child that goes on with the start. */
  get lock(): Fd | undefined {
    return this.#lock;
  }

  /** Takes over the lock from the process that began. */
  inherit(lock: Fd): void {
    this.#lock = lock;
  }

  /** Connected: the flag says so, and the start is over. */
  connected(): void {
    try {
      writeFileSync(this.#flag, `${process.pid}\n`, { mode: 0o600 });
    } catch (error) {
      throw unusable(this.#flag, error);
    }
    this.#release();
  }

  /** Not connected any more: the flag goes, and it is a start again. */
  disconnected(): void {
    remove(this.#flag);
    try {
      this.#tryLock();
    } catch {
      // It says less then; the daemon goes on.
    }
  }

  /** This process ends: nothing of it is left. */
  [Symbol.dispose](): void {
    if (pidIn(this.#flag) === process.pid) remove(this.#flag);
    this.#release();
  }

  /** The file may have been removed by who had it before: the lock must be of the one that is there. */
  #tryLock(): boolean {
    if (this.#lock) return true;
    let fd: Fd;
    try {
      mkdirSync(this.directory, { recursive: true, mode: 0o755 });
      fd = native().openFile(this.#booting, constants.O_RDWR | constants.O_CREAT);
    } catch (error) {
      throw unusable(this.#booting, error);
    }
    if (native().lockFile(fd) && isSameFile(fd, this.#booting)) {
      this.#lock = fd;
      return true;
    }
    fd[Symbol.dispose]();
    return false;
  }

  #release(): void {
    if (!this.#lock) return;
    remove(this.#booting);
    this.#lock[Symbol.dispose]();
    this.#lock = undefined;
  }

  /** A flag whose process is gone was left by one that was killed. */
  #isRunning(): boolean {
    const pid = pidIn(this.#flag);
    if (pid === undefined) return false;
    if (Number.isNaN(pid) || isDaemon(pid)) return true;
    remove(this.#flag);
    return false;
  }
}

/** Undefined = no such file, NaN = no number in it. */
function pidIn(path: string): number | undefined {
  try {
    const text = readFileSync(path, 'latin1');
    return /^\d+\s*$/.test(text) ? Number.parseInt(text, 10) : Number.NaN;
  } catch {
    return undefined;
  }
}

/** A process of this number lives and can be a daemon; when that cannot be seen, it is taken for one. */
function isDaemon(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
  try {
    // Empty for one that has ended and was not waited for. Numbers are used again.
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('guid');
  } catch {
    return true;
  }
}

function isSameFile(fd: Fd, path: string): boolean {
  try {
    const ours = fstatSync(fd.number);
    const named = lstatSync(path);
    return ours.dev === named.dev && ours.ino === named.ino;
  } catch {
    return false;
  }
}

function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // It is not there.
  }
}

function unusable(path: string, cause: unknown): UserError {
  return new UserError('RUN_DIR', `${path}: ${messageOf(cause)}`, {
    hint: 'set LIVERY_GUID_RUN_DIR to a directory that this user can write in',
  });
}
