/**
 * A clock that stands still until a test moves it.
 */
import type { Clock } from '../../src/base/clock.ts';

interface Timer {
  readonly atMs: number;
  readonly fn: () => void;
}

export class ManualClock implements Clock {
  #nowMs = 1000;
  readonly #timers = new Set<Timer>();

  nowMs(): number {
    return this.#nowMs;
  }

  after(ms: number, fn: () => void): Disposable {
    const timer = { atMs: this.#nowMs + ms, fn };
    this.#timers.add(timer);
    return { [Symbol.dispose]: () => void this.#timers.delete(timer) };
  }

  /** Timers that have not come yet. */
  get waiting(): number {
    return this.#timers.size;
  }

  /** Moves on by `ms`, calling what is due in the order of time. */
  advance(ms: number): void {
    const end = this.#nowMs + ms;
    for (;;) {
      const due = [...this.#timers].filter((timer) => timer.atMs <= end);
      const next = due.sort((a, b) => a.atMs - b.atMs)[0];
      if (!next) break;
      this.#timers.delete(next);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.fn();
    }
    this.#nowMs = end;
  }
}
