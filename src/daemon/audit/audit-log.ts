/**
 * Writes the audit log: one record per line, each with the hash of the one
 * before, in files of a bounded size of which the newest are kept. Several
 * daemons of one user write one log in turn, under a lock. What does not fit
 * the chain when it is looked at is told, and a record says that it was so.
 */
import { constants, fstatSync, openSync, statSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import type { Clock } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import {
  type AuditFact,
  type AuditHead,
  appendRecord,
  GENESIS_HASH,
} from '../../clipboard/audit.ts';
import { native } from '../../native/addon.ts';
import { auditFileName, auditFiles, firstSeqOf, readTail } from './audit-files.ts';
import { AuditBudget } from './budget.ts';
import { readHead, writeHead } from './head-file.ts';
import { type AuditPlaces, openAuditPlaces, unusable } from './places.ts';

const MAX_FILE_BYTES = 1024 * 1024;
const KEEP_FILES = 8;
const LOCK_NAME = 'lock';
const LOCK_AGAIN_MS = 10;
/** Records that wait for a lock that somebody holds for ever. */
const MAX_WAITING = 1000;

export interface AuditLogOptions {
  readonly places: AuditPlaces;
  readonly clock: Clock;
  readonly log: Log;
  /** Unix time in milliseconds; default: the system's. */
  readonly wallMs?: () => number;
  readonly maxFileBytes?: number;
  readonly keepFiles?: number;
  /**
   * The log is not as it was left (`usable`), or cannot be written; dom0's words,
   * told once until it can be written again.
   */
  troubled(reason: string, usable: boolean): void;
}

/** The file that is written to, open. */
interface Current {
  readonly name: string;
  readonly fd: number;
  readonly sink: ReturnType<typeof pino.destination>;
  sizeBytes: number;
  failed: Error | undefined;
}

export class AuditLog implements Disposable {
  readonly #options: AuditLogOptions;
  readonly #budget: AuditBudget;
  readonly #waiting: { fact: AuditFact; timeMs: number }[] = [];
  #current: Current | undefined;
  #end: AuditHead = { seq: 0, hash: GENESIS_HASH };
  #retry: Disposable | undefined;
  #lost = 0;
  #usable = true;

  private constructor(options: AuditLogOptions) {
    this.#options = options;
    this.#budget = new AuditBudget(options.clock, (fact) => this.#queue(fact));
  }

  /** Throws UserError AUDIT when it could never be written. */
  static open(options: AuditLogOptions): AuditLog {
    openAuditPlaces(options.places);
    const log = new AuditLog(options);
    try {
      // What was cut off is told at the start, not at the next paste.
      if (!log.#locked(() => log.#follow())) options.log.debug({}, 'the audit log is in use');
    } catch (error) {
      throw unusable(messageOf(error));
    }
    return log;
  }

  /** The last record could be written, or waits for a daemon that is writing. */
  get usable(): boolean {
    return this.#usable;
  }

  /** Written before it returns, unless another daemon is writing. Never throws. */
  append(fact: AuditFact): void {
    this.#budget.take(fact);
  }

  [Symbol.dispose](): void {
    this.#budget[Symbol.dispose]();
    this.#drain();
    this.#retry?.[Symbol.dispose]();
    if (this.#waiting.length > 0) {
      this.#fail(`${this.#waiting.length} records were not written: the log is locked`);
    }
    this.#close();
  }

  #queue(fact: AuditFact): void {
    if (this.#waiting.length >= MAX_WAITING) {
      this.#lost++;
      this.#fail('records were lost: the log is locked');
    } else this.#waiting.push({ fact, timeMs: this.#wallMs() });
    this.#drain();
  }

  #drain(): void {
    this.#retry?.[Symbol.dispose]();
    this.#retry = undefined;
    if (this.#waiting.length === 0) return;
    try {
      const done = this.#locked(() => {
        this.#follow();
        this.#tellLost();
        for (let next = this.#waiting[0]; next; next = this.#waiting[0]) {
          this.#write(next.fact, next.timeMs);
          this.#waiting.shift();
        }
      });
      if (done) this.#usable = true;
      else this.#retry = this.#options.clock.after(LOCK_AGAIN_MS, () => this.#drain());
    } catch (error) {
      this.#close();
      this.#fail(`a record could not be written: ${messageOf(error)}`);
      // They would be the first to fail again; the next that can be written says how many there were.
      this.#lost += this.#waiting.length;
      this.#waiting.length = 0;
    }
  }

  /** False when another process has the lock. */
  #locked(use: () => void): boolean {
    const path = join(this.#options.places.directory, LOCK_NAME);
    using lock = native().openFile(path, constants.O_RDWR | constants.O_CREAT);
    if (!native().lockFile(lock)) return false;
    use();
    return true;
  }

  /** Makes sure that `#current` and `#end` are the end of what is on the disk. */
  #follow(): void {
    const { directory, headFile } = this.#options.places;
    const name = auditFiles(directory).at(-1);
    if (this.#current && this.#current.name === name && this.#isAsLeft(this.#current)) return;
    this.#close();
    const head = readHead(headFile);
    if (name === undefined) {
      if (head === undefined) return;
      const known = head === 'broken' ? 0 : head.seq;
      this.#restart(known, GENESIS_HASH, 'its files are gone');
      return;
    }
    const { end, torn, open } = readTail(directory, name);
    const known = head === 'broken' ? undefined : head;
    // A file without a record was begun and not written: what is before it only the head knows.
    const seq = end?.seq ?? (firstSeqOf(name) ?? 1) - 1;
    const hash = end?.hash ?? known?.hash ?? GENESIS_HASH;
    this.#current = this.#open(name);
    this.#end = { seq, hash };
    if (open) this.#put(this.#current, '');
    const fault =
      torn > 0
        ? `the last line of ${name} is cut off`
        : faultOf({ seq, hash, previous: end?.previous }, head);
    // What was cut off had a number of its own.
    if (fault !== undefined) this.#restart(Math.max(seq + torn, known?.seq ?? 0), hash, fault);
  }

  #isAsLeft({ name, sizeBytes, fd }: Current): boolean {
    const path = join(this.#options.places.directory, name);
    const named = statSync(path);
    const ours = fstatSync(fd);
    return named.ino === ours.ino && named.dev === ours.dev && named.size === sizeBytes;
  }

  /** The chain goes on, and a record says what was wrong with it. */
  #restart(seq: number, hash: string, reason: string): void {
    this.#end = { seq, hash };
    this.#say(`the audit log is not as it was left: ${reason}`, true);
    this.#write(ownFact('audit-restarted', reason), this.#wallMs());
  }

  #tellLost(): void {
    if (this.#lost === 0) return;
    this.#write(ownFact('audit-lost', `${this.#lost} records were not written`), this.#wallMs());
    this.#lost = 0;
  }

  #wallMs(): number {
    return (this.#options.wallMs ?? Date.now)();
  }

  #put(current: Current, line: string): void {
    current.sink.write(`${line}\n`);
    if (current.failed) throw current.failed;
    current.sizeBytes += line.length + 1;
  }

  #write(fact: AuditFact, timeMs: number): void {
    const { places, maxFileBytes = MAX_FILE_BYTES } = this.#options;
    const seq = this.#end.seq + 1;
    const { line, hash } = appendRecord(this.#end.hash, seq, timeMs, fact);
    const full = this.#current && this.#current.sizeBytes + line.length + 1 > maxFileBytes;
    if (full && this.#current?.sizeBytes !== 0) this.#close();
    this.#current ??= this.#open(auditFileName(seq));
    this.#put(this.#current, line);
    this.#end = { seq, hash };
    writeHead(places.headFile, { seq, hash, oldest: this.#tidy() });
  }

  /** Takes the oldest files away; the number of the first record that stays. */
  #tidy(): number {
    const { places, keepFiles = KEEP_FILES } = this.#options;
    const names = auditFiles(places.directory);
    const gone = names.slice(0, Math.max(0, names.length - keepFiles));
    for (const name of gone) unlinkSync(join(places.directory, name));
    return firstSeqOf(names[gone.length] ?? '') ?? this.#end.seq;
  }

  #open(name: string): Current {
    const path = join(this.#options.places.directory, name);
    const flags =
      constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND | constants.O_NOFOLLOW;
    const fd = openSync(path, flags, 0o600);
    const sink = pino.destination({ fd, sync: true, fsync: true });
    const current: Current = {
      name,
      fd,
      sink,
      sizeBytes: fstatSync(fd).size,
      failed: undefined,
    };
    sink.on('error', (error: Error) => {
      current.failed = error;
    });
    return current;
  }

  #close(): void {
    this.#current?.sink.destroy();
    this.#current = undefined;
  }

  #fail(reason: string): void {
    const before = this.#usable;
    this.#usable = false;
    if (before) this.#say(reason, false);
  }

  #say(reason: string, usable: boolean): void {
    this.#options.log.error({ directory: this.#options.places.directory }, reason);
    this.#options.troubled(reason, usable);
  }
}

/** What the second place says against the files, or undefined when they agree. */
function faultOf(
  end: AuditHead & { readonly previous: string | undefined },
  head: ReturnType<typeof readHead>,
): string | undefined {
  if (head === undefined) return 'the file that knows its end is gone';
  if (head === 'broken') return 'the file that knows its end cannot be read';
  if (head.seq === end.seq && head.hash === end.hash) return undefined;
  // Ended between the record and the head.
  if (head.seq + 1 === end.seq && head.hash === end.previous) return undefined;
  return head.seq === end.seq
    ? `its record ${end.seq} is not the one that was written`
    : `it ends with record ${end.seq}, expected ${head.seq}`;
}

/** A record about the log itself. */
function ownFact(event: string, detail: string): AuditFact {
  return {
    event,
    source: undefined,
    target: undefined,
    size: undefined,
    verdict: undefined,
    detail,
  };
}
