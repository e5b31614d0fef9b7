/**
 * Slows down a channel whose qube says more than its rates allow: it is not read
 * for a while, so that what the qube goes on to say waits in the kernel, up to
 * the size of a socket's buffer, and then the qube itself waits. Past
 * `floodSeconds` of it without a calm moment the session ends.
 */
import type { Limits, RateName } from '../base/budgets.ts';
import type { Clock } from '../base/clock.ts';
import { LimitExceeded } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { Meter } from './meter.ts';

/** So long after the last pause the qube counts as throttled, and one flood as one. */
const CALM_MS = 2000;
/** A shorter pause would cost more than what it saves. */
const LEAST_PAUSE_MS = 10;
/** A pause never hides the end of a channel for longer. */
const MOST_PAUSE_MS = 1000;
/** One line in this time: a qube that floods now and then must not fill the log. */
const LOG_EVERY_MS = 60_000;

export class Throttle implements Disposable {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #floodMs: number;
  readonly #meter: Meter;
  #timer: Disposable | undefined;
  #sinceMs = Number.NEGATIVE_INFINITY;
  #lastMs = Number.NEGATIVE_INFINITY;
  #loggedMs = Number.NEGATIVE_INFINITY;
  #pauses = 0;

  constructor(
    clock: Clock,
    log: Log,
    limits: Limits,
    rateOf: (type: number) => RateName | undefined,
  ) {
    this.#clock = clock;
    this.#log = log;
    this.#floodMs =
      limits.floodSeconds === 0 ? Number.POSITIVE_INFINITY : limits.floodSeconds * 1000;
    this.#meter = new Meter(limits, rateOf, clock.nowMs());
  }

  /** It is slowed down, or was a moment ago. */
  get throttled(): boolean {
    return this.#clock.nowMs() - this.#lastMs < CALM_MS;
  }

  /** Pauses so far. */
  get pauses(): number {
    return this.#pauses;
  }

  /** A turn begins. */
  begin(): void {
    this.#meter.fill(this.#clock.nowMs());
  }

  /** Counts one message; false = the turn is to end and `pause` to be called. */
  take(type: number): boolean {
    return this.#meter.take(type);
  }

  /** Counts messages that went past us, no more of them than there was room for. */
  spend(type: number, count: number): void {
    this.#meter.spend(type, count);
  }

  /** How many messages of a type may come before `take` says no. */
  room(type: number): number {
    return this.#meter.room(type);
  }

  /** Calls `goOn` when the rates are kept again. Throws LimitExceeded FLOOD_LIMIT. */
  pause(goOn: () => void): void {
    const nowMs = this.#clock.nowMs();
    if (nowMs - this.#lastMs >= CALM_MS) this.#sinceMs = nowMs;
    const floodMs = nowMs - this.#sinceMs;
    if (floodMs > this.#floodMs) {
      throw new LimitExceeded(
        'FLOOD_LIMIT',
        `more ${this.#meter.worst} than allowed, for ${Math.round(floodMs / 1000)} s on end`,
      );
    }
    if (nowMs - this.#loggedMs >= LOG_EVERY_MS) {
      this.#loggedMs = nowMs;
      const rate = this.#meter.worst;
      this.#log.warn({ rate }, 'the qube says more than it may and is slowed down');
    }
    const ms = Math.min(Math.max(LEAST_PAUSE_MS, Math.ceil(this.#meter.debtMs)), MOST_PAUSE_MS);
    this.#pauses++;
    this.#lastMs = nowMs + ms;
    this.#timer = this.#clock.after(ms, () => {
      this.#timer = undefined;
      goOn();
    });
  }

  /** Ends a pause; `goOn` is not called. */
  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
  }
}
