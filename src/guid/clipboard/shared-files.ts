/**
 * The clipboard files that all daemons of dom0 share (gui-daemon 4.1): opened by
 * name and written in place, since others watch them; never followed through a
 * link. The lock is only ever held while this process writes or reads, never
 * while it waits for anything. The text goes from the vault into the file and
 * from the file into one buffer, and is never a string.
 */
import { constants, fchmodSync, ftruncateSync, statSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../../base/clock.ts';
import { type Fd, native, type Vault } from '../../native/addon.ts';
import { metadataText, type Operation, timeIn } from './metadata.ts';

const MODE = { data: 0o660, lock: 0o660, beside: 0o664 } as const;
const WRITE = constants.O_WRONLY | constants.O_NONBLOCK;
const READ = constants.O_RDONLY | constants.O_NONBLOCK;
/** The longest name of a source that is looked at. */
const MAX_SOURCE_BYTES = 254;
const MAX_METADATA_BYTES = 4096;
/** How often, and how long, a lock that others hold is tried. */
const LOCK_EVERY_MS = 20;
const LOCK_LIMIT_MS = 3000;

/** What tells one text in the files from the next. */
export type Stamp = string;

export class SharedFiles {
  readonly #data: string;
  readonly #lock: string;
  readonly #clock: Clock;

  /** @param directory /var/run/qubes; must exist */
  constructor(directory: string, clock: Clock) {
    this.#data = join(directory, 'qubes-clipboard.bin');
    this.#lock = join(directory, 'appviewer.lock');
    this.#clock = clock;
  }

  /** Makes the lock's file, as daemons do when they start. Throws when it cannot be had. */
  prepare(): void {
    openInPlace(this.#lock, MODE.lock)[Symbol.dispose]();
  }

  /**
   * Runs `act` with the lock held; at once when it is free. Rejects when others
   * hold it for too long, and with whatever `act` throws.
   */
  async locked<T>(act: () => T): Promise<T> {
    for (let waitedMs = 0; ; waitedMs += LOCK_EVERY_MS) {
      const lock = openInPlace(this.#lock, MODE.lock);
      try {
        if (native().lockFile(lock)) return act();
      } finally {
        lock[Symbol.dispose]();
      }
      if (waitedMs >= LOCK_LIMIT_MS) {
        throw new Error(`${this.#lock} was held by others for ${LOCK_LIMIT_MS} ms`);
      }
      await new Promise<void>((resolve) => this.#clock.after(LOCK_EVERY_MS, resolve));
    }
  }

  stamp(): Stamp {
    return [this.#data, `${this.#data}.source`].map(markOf).join(' ');
  }

  /** The time of the last operation, of the X server; and since 1970, ms. 0 = there was none. */
  lastTime(): { readonly time: number; readonly writtenMs: number } {
    const path = `${this.#data}.metadata`;
    const text = readSmall(path, MAX_METADATA_BYTES)?.toString('latin1');
    if (text === undefined) return { time: 0, writtenMs: 0 };
    return { time: timeIn(text), writtenMs: statSync(path).mtimeMs };
  }

  /** Who copied last, as written; empty when there is nothing. */
  source(): string {
    return readSmall(`${this.#data}.source`, MAX_SOURCE_BYTES)?.toString('latin1') ?? '';
  }

  /** The whole text, for the caller to overwrite; undefined = there is none, or more than `most`. */
  read(most: number): Uint8Array | undefined {
    return readSmall(this.#data, most);
  }

  /** A copy: text, source, time, metadata. Throws; what was written so far stays. */
  put(vault: Vault, operation: Operation): void {
    using file = openInPlace(this.#data, MODE.data);
    ftruncateSync(file.number, 0);
    vault.lend((bytes) => {
      native().writeAt(file, bytes, 0);
      return undefined;
    });
    this.#write('.source', operation.qube);
    this.#write('.xevent', `${operation.time >>> 0}\n`);
    this.#write('.metadata', metadataText(operation));
  }

  /** Text, metadata, source; the text goes even when nothing else can be done. */
  wipe(operation: Operation): void {
    try {
      using file = native().openFile(this.#data, WRITE);
      ftruncateSync(file.number, 0);
    } catch (error) {
      if (!isAbsent(error)) unlinkSync(this.#data);
    }
    this.#write('.metadata', metadataText({ ...operation, cleared: true }));
    this.#write('.source', '');
  }

  /** Others are woken by its close. */
  #write(suffix: string, text: string): void {
    using file = openInPlace(`${this.#data}${suffix}`, MODE.beside);
    ftruncateSync(file.number, 0);
    native().writeAt(file, Buffer.from(text, 'latin1'), 0);
  }
}

/** Opens a plain file for writing; one that is made has exactly this mode, whatever the umask. */
function openInPlace(path: string, mode: number): Fd {
  let file: Fd;
  try {
    file = native().openFile(path, WRITE | constants.O_CREAT | constants.O_EXCL, mode);
    fchmodSync(file.number, mode);
    return file;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  file = native().openFile(path, WRITE);
  if (native().memoryFacts(file).regular) return file;
  file[Symbol.dispose]();
  throw new Error(`${path} is no plain file`);
}

/** Undefined = no such file, no plain one, or a longer one. */
function readSmall(path: string, most: number): Buffer | undefined {
  try {
    using file = native().openFile(path, READ);
    const { regular, sizeBytes } = native().memoryFacts(file);
    if (!regular || sizeBytes > most) return undefined;
    // Not from a pool of buffers: the text would lie among others.
    const bytes = Buffer.alloc(sizeBytes);
    const count = sizeBytes === 0 ? 0 : native().readAt(file, bytes, 0);
    return bytes.subarray(0, count);
  } catch {
    return undefined;
  }
}

function markOf(path: string): string {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs].join('.');
  } catch {
    return 'absent';
  }
}

function isAbsent(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
