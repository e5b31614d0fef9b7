/**
 * Starts the workers of the renderer, so that the daemon never starts a
 * process: one that stays and is started again when it ends, and one for each
 * secret that may have to be drawn. The worker's end of the stream goes to the
 * worker, the other end to the daemon: what is drawn never passes through here.
 * Trusts the daemon; knows no SVG and loads no library.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Clock } from '../base/clock.ts';
import { native, type Stream } from '../native/addon.ts';
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
} from './wire.ts';

/** How long after an end the next permanent worker is started; a good minute begins anew. */
const BACK_OFF_MS = [100, 1_000, 5_000, 30_000] as const;
const GOOD_MS = 60_000;
/** Each waits for one secret; the daemon never needs more than one that waits and one that draws. */
const MAX_ONCE = 3;

export interface SupervisorOptions {
  /** The daemon's stream. */
  readonly stream: Stream;
  readonly clock: Clock;
  /** Program and arguments of a worker; its stream is descriptor 3. */
  command(once: boolean): readonly [string, ...string[]];
  readonly env: NodeJS.ProcessEnv;
  /** The daemon is gone. */
  ended(): void;
}

export class Supervisor implements AsyncDisposable {
  readonly #options: SupervisorOptions;
  readonly #children = new Map<number, ChildProcess>();
  readonly #order = Buffer.alloc(PAIR_BYTES);
  #filled = 0;
  #once = 0;
  #failures = 0;
  #timer: Disposable | undefined;
  #closed = false;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    options.stream.start({
      readable: () => this.#read(),
      failed: () => options.ended(),
    });
    this.#startPermanent();
  }

  /** Ends all workers; resolves when none of them is there any more. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#timer?.[Symbol.dispose]();
    const ends = [...this.#children.values()].map((child) => {
      const end = new Promise<void>((resolve) => child.once('exit', () => resolve()));
      child.kill('SIGKILL');
      return end;
    });
    await Promise.all(ends);
  }

  #read(): void {
    const { stream } = this.#options;
    const count = stream.read(this.#order.subarray(this.#filled));
    if (count < 0) {
      this.#options.ended();
      return;
    }
    this.#filled += count;
    if (this.#filled < PAIR_BYTES) return;
    this.#filled = 0;
    const operand = this.#order.readUInt32LE(4);
    switch (this.#order.readUInt32LE(0)) {
      case START_ONCE:
        this.#startOnce();
        return;
      case KILL:
        // Only a child that lives: its number cannot be somebody else's.
        this.#children.get(operand)?.kill('SIGKILL');
        return;
      default:
        this.#options.ended();
    }
  }

  #startPermanent(): void {
    const { clock } = this.#options;
    const startedMs = clock.nowMs();
    this.#start(false, (status) => {
      this.#say(ENDED_PERMANENT, status);
      if (clock.nowMs() - startedMs >= GOOD_MS) this.#failures = 0;
      const waitMs = BACK_OFF_MS[Math.min(this.#failures, BACK_OFF_MS.length - 1)] as number;
      this.#failures++;
      this.#timer = clock.after(waitMs, () => this.#startPermanent());
    });
  }

  #startOnce(): void {
    if (this.#once >= MAX_ONCE) {
      this.#say(NOT_STARTED_ONCE, 0);
      return;
    }
    this.#once++;
    const pid = this.#start(true, (status) => {
      this.#once--;
      this.#say(pid === undefined ? NOT_STARTED_ONCE : ENDED_ONCE, status);
    });
  }

  /** The process, or undefined when there is none; `ended` is called in both cases, later. */
  #start(once: boolean, ended: (status: number) => void): number | undefined {
    const [theirs, ours] = native().fdPair();
    using worker = theirs;
    using daemon = ours;
    const [file, ...args] = this.#options.command(once);
    const child = spawn(file, args, {
      env: this.#options.env,
      cwd: '/',
      stdio: ['ignore', 'ignore', 'ignore', worker.number],
    });
    let over = false;
    const finish = (status: number): void => {
      if (over) return;
      over = true;
      if (child.pid !== undefined) this.#children.delete(child.pid);
      if (!this.#closed) ended(status);
    };
    child.once('error', () => finish(0));
    child.once('exit', (code) => finish(code ?? 0));
    if (child.pid === undefined) return undefined;
    this.#children.set(child.pid, child);
    const kind = once ? STARTED_ONCE : STARTED_PERMANENT;
    this.#options.stream.write(encodePair(kind, child.pid), [daemon]);
    return child.pid;
  }

  #say(kind: number, value: number): void {
    if (!this.#options.stream.disposed) this.#options.stream.write(encodePair(kind, value));
  }
}
