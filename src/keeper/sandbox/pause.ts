/**
 * A sandbox stopped where it is, and let go on: SIGSTOP to every process of its
 * pid namespace, the first one included, which only dom0 can do. A process that
 * has a signal waiting makes no new ones, so looking again until a whole look
 * finds all of them stopped comes to an end, also against processes that wake
 * each other meanwhile: a stopped one wakes nobody.
 */
import type { Clock } from '../../base/clock.ts';
import { processesBelow } from './tree.ts';

const LOOK_EVERY_MS = 5;
/** A process that waits for a disk stops when it is back from there. */
const LIMIT_MS = 2000;
/** Stopped, traced and stopped, ended, gone. */
const STILL: ReadonlySet<string> = new Set(['T', 't', 'Z', 'X']);

export class Pause {
  readonly #first: number;
  /** Stopped by the qube itself before: they stay so. */
  readonly #before: ReadonlySet<number>;

  private constructor(first: number, before: ReadonlySet<number>) {
    this.#first = first;
    this.#before = before;
  }

  /**
   * Resolves when no process below `first` runs, or with undefined when that
   * does not come true in time; all go on then.
   */
  static async begin(first: number, clock: Clock): Promise<Pause | undefined> {
    const stopped = processesBelow(first).filter(({ state }) => state === 'T');
    const pause = new Pause(first, new Set(stopped.map(({ pid }) => pid)));
    const untilMs = clock.nowMs() + LIMIT_MS;
    while (clock.nowMs() < untilMs) {
      const running = processesBelow(first).filter(({ state }) => !STILL.has(state));
      if (running.length === 0) return pause;
      for (const { pid } of running) signal(pid, 'SIGSTOP');
      await new Promise<void>((resolve) => clock.after(LOOK_EVERY_MS, resolve));
    }
    pause.end();
    return undefined;
  }

  /** Every process that was stopped for it goes on. */
  end(): void {
    for (const { pid } of processesBelow(this.#first)) {
      if (!this.#before.has(pid)) signal(pid, 'SIGCONT');
    }
  }
}

function signal(pid: number, name: 'SIGSTOP' | 'SIGCONT'): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has just ended by itself.
  }
}
