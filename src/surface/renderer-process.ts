/**
 * The renderer's supervisor, seen from the daemon: started once, asked for
 * workers, and told to end one that hangs. When it is gone there is no renderer
 * any more: the daemon starts no process later in its life.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Fd, native, type Stream } from '../native/addon.ts';
import {
  ENDED_ONCE,
  ENDED_PERMANENT,
  encodePair,
  KILL,
  NOT_STARTED_ONCE,
  PAIR_BYTES,
  START_ONCE,
  STARTED_ONCE,
  STARTED_PERMANENT,
} from '../renderer/wire.ts';
import { WorkerLink } from './worker-link.ts';

/** The program that this is, compiled. */
const LIVERY_SCRIPT = fileURLToPath(new URL('../bin/livery.js', import.meta.url));

export interface RendererEvents {
  /** A worker was started; it says itself when it is warm. Owned by the callee. */
  started(worker: WorkerLink, once: boolean): void;
  /** A worker ended, or the one that stays could not be started; its exit status, 0 for a signal. */
  ended(status: number): void;
  /** The worker for a secret that was asked for could not be started. */
  notStarted(): void;
  /** The supervisor is gone. */
  lost(): void;
}

export class RendererProcess implements Disposable {
  readonly #events: RendererEvents;
  readonly #stream: Stream;
  readonly #child: ChildProcess;
  readonly #report = Buffer.alloc(PAIR_BYTES);
  readonly #fds: Fd[] = [];
  #filled = 0;
  #over = false;

  /** @param script the program to start: this one, compiled, if not given */
  constructor(events: RendererEvents, script = LIVERY_SCRIPT) {
    this.#events = events;
    const [ours, theirs] = native().fdPair();
    this.#stream = native().adoptStream(ours);
    const addon = process.env['LIVERY_ADDON'];
    this.#child = spawn(process.execPath, ['--max-old-space-size=64', script, 'renderer'], {
      env: { LANG: 'C.UTF-8', ...(addon === undefined ? {} : { LIVERY_ADDON: addon }) },
      cwd: '/',
      stdio: ['ignore', 'ignore', 'inherit', theirs.number],
    });
    theirs[Symbol.dispose]();
    this.#child.unref();
    this.#child.once('error', () => this.#lose());
    this.#stream.start({ readable: () => this.#read(), failed: () => this.#lose() });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  startOnce(): void {
    if (!this.#over) this.#stream.write(encodePair(START_ONCE, 0));
  }

  kill(pid: number): void {
    if (!this.#over) this.#stream.write(encodePair(KILL, pid));
  }

  /** The supervisor ends with the stream, and its workers with it. */
  [Symbol.dispose](): void {
    this.#over = true;
    this.#stream[Symbol.dispose]();
    for (const fd of this.#fds) fd[Symbol.dispose]();
  }

  #read(): void {
    const count = this.#stream.read(this.#report.subarray(this.#filled));
    if (count < 0) {
      this.#lose();
      return;
    }
    this.#fds.push(...this.#stream.takeFds());
    this.#filled += count;
    if (this.#filled < PAIR_BYTES) return;
    this.#filled = 0;
    const value = this.#report.readUInt32LE(4);
    switch (this.#report.readUInt32LE(0)) {
      case STARTED_PERMANENT:
        this.#adopt(value, false);
        return;
      case STARTED_ONCE:
        this.#adopt(value, true);
        return;
      case ENDED_PERMANENT:
      case ENDED_ONCE:
        this.#events.ended(value);
        return;
      case NOT_STARTED_ONCE:
        this.#events.notStarted();
        return;
      default:
        this.#lose();
    }
  }

  #adopt(pid: number, once: boolean): void {
    const fd = this.#fds.shift();
    if (fd) this.#events.started(new WorkerLink(native().adoptStream(fd), pid), once);
    else this.#lose();
  }

  #lose(): void {
    if (this.#over) return;
    this[Symbol.dispose]();
    this.#events.lost();
  }
}
