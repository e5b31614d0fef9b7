/**
 * The pause between a violation and the next conversation: the policy with its
 * clock.
 */
import type { Clock } from '../base/clock.ts';
import {
  FRESH,
  type ReconnectState,
  sessionBegan,
  sessionClosed,
  sessionViolated,
} from './reconnect-policy.ts';

export class Reconnector implements Disposable {
  readonly #clock: Clock;
  readonly #begin: () => void;
  #state: ReconnectState = FRESH;
  #pause: Disposable | undefined;

  /** `begin` is called when a pause is over. */
  constructor(clock: Clock, begin: () => void) {
    this.#clock = clock;
    this.#begin = begin;
  }

  /** A pause is running. */
  get waiting(): boolean {
    return this.#pause !== undefined;
  }

  /** The handshake is done. */
  ready(): void {
    this.#state = sessionBegan(this.#state, this.#clock.nowMs());
  }

  /** The conversation ended without anybody's fault. */
  closed(): void {
    this.#state = sessionClosed(this.#state, this.#clock.nowMs());
  }

  /** A rule was broken: starts the pause and returns it, or undefined = only by hand. */
  violated(): number | undefined {
    const { state, delayMs } = sessionViolated(this.#state, this.#clock.nowMs());
    this.#state = state;
    this.#stop();
    if (delayMs === undefined) return undefined;
    this.#pause = this.#clock.after(delayMs, () => {
      this.#pause = undefined;
      this.#begin();
    });
    return delayMs;
  }

  /** Ends the pause without beginning. */
  [Symbol.dispose](): void {
    this.#stop();
  }

  #stop(): void {
    this.#pause?.[Symbol.dispose]();
    this.#pause = undefined;
  }
}
