/**
 * A log in a file, of limited size: when it is full it becomes FILE.1, that one
 * FILE.2 and so on, and the oldest goes. Works within a directory alone, which is
 * what a daemon that gave up its rights still has.
 */
import { closeSync, fstatSync, openSync, renameSync, writeSync } from 'node:fs';
import { EXIT, messageOf, UserError } from '../base/errors.ts';

/** About thirty thousand records. */
const MAX_LOG_BYTES = 4 * 1024 * 1024;
/** With the one that is written. */
export const LOG_FILES = 5;

export class LogFile {
  readonly path: string;
  readonly #maxBytes: number;
  #fd: number;
  #bytes: number;

  /** Goes on with what is there. Throws UserError LOG_FILE. */
  constructor(path: string, maxBytes = MAX_LOG_BYTES) {
    this.path = path;
    this.#maxBytes = maxBytes;
    try {
      this.#fd = openSync(path, 'a', 0o600);
      this.#bytes = fstatSync(this.#fd).size;
    } catch (error) {
      throw new UserError('LOG_FILE', `no log can be written: ${messageOf(error)}`, {
        exitCode: EXIT.usage,
        hint: 'name a file in a directory of your own with --log-file',
      });
    }
  }

  /** A whole line. A disk that is full must not end who writes: the line is lost. */
  write(line: string): void {
    const bytes = Buffer.from(line);
    try {
      if (this.#bytes > 0 && this.#bytes + bytes.length > this.#maxBytes) this.#rotate();
      this.#bytes += writeSync(this.#fd, bytes);
    } catch {
      // Nowhere to say it.
    }
  }

  #rotate(): void {
    for (let number = LOG_FILES - 1; number > 0; number--) {
      const from = number === 1 ? this.path : `${this.path}.${number - 1}`;
      try {
        renameSync(from, `${this.path}.${number}`);
      } catch {
        // There are not so many yet.
      }
    }
    const next = openSync(this.path, 'a', 0o600);
    closeSync(this.#fd);
    this.#fd = next;
    this.#bytes = fstatSync(next).size;
  }
}
