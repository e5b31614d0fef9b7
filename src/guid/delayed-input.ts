/**
 * Input that reaches the qube later than it happened, by a random time that
 * hides how the user types and moves (`events_max_delay`). Order is kept. Only
 * input is delayed: what is drawn, placed or closed is not.
 */
import { randomInt } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import { clamp, type Rect } from '../base/geometry.ts';
import type { VmWindowId } from '../base/ids.ts';
import type { Secret } from '../channel/channel.ts';
import type { QubePort } from '../session/port.ts';

/** A whole number of milliseconds from `low` to `high`, both included. */
export type PickDelay = (low: number, high: number) => number;

interface Waiting {
  readonly atMs: number;
  send(): void;
}

export class DelayedInput implements QubePort, Disposable {
  readonly #port: QubePort;
  readonly #clock: Clock;
  readonly #maxMs: number;
  readonly #pick: PickDelay;
  readonly #waiting: Waiting[] = [];
  #timer: Disposable | undefined;
  #lastMs = Number.NEGATIVE_INFINITY;

  /** @param maxMs at most 5000 */
  constructor(port: QubePort, clock: Clock, maxMs: number, pick: PickDelay = pickDelay) {
    this.#port = port;
    this.#clock = clock;
    this.#maxMs = maxMs;
    this.#pick = pick;
  }

  /** Input that still waits is forgotten: its conversation is over. */
  forget(): void {
    this.#waiting.length = 0;
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
  }

  [Symbol.dispose](): void {
    this.forget();
  }

  key(id: VmWindowId, pressed: boolean, x: number, y: number, state: number, code: number): void {
    this.#later(() => this.#port.key(id, pressed, x, y, state, code));
  }

  button(id: VmWindowId, down: boolean, x: number, y: number, state: number, button: number): void {
    this.#later(() => this.#port.button(id, down, x, y, state, button));
  }

  motion(id: VmWindowId, x: number, y: number, state: number): void {
    this.#later(() => this.#port.motion(id, x, y, state));
  }

  crossing(
    id: VmWindowId,
    enter: boolean,
    x: number,
    y: number,
    state: number,
    mode: number,
    detail: number,
    focus: boolean,
  ): void {
    this.#later(() => this.#port.crossing(id, enter, x, y, state, mode, detail, focus));
  }

  focus(id: VmWindowId, focused: boolean, detail: number): void {
    this.#later(() => this.#port.focus(id, focused, detail));
  }

  keymap(bitmap: Uint8Array): void {
    const copy = bitmap.slice();
    this.#later(() => this.#port.keymap(copy));
  }

  placed(id: VmWindowId, rect: Rect): void {
    this.#port.placed(id, rect);
  }

  mapped(id: VmWindowId, overrideRedirect: boolean): void {
    this.#port.mapped(id, overrideRedirect);
  }

  flags(id: VmWindowId, state: number): void {
    this.#port.flags(id, state);
  }

  close(id: VmWindowId): void {
    this.#port.close(id);
  }

  clipboardRequest(id: VmWindowId): void {
    this.#port.clipboardRequest(id);
  }

  clipboardData(id: VmWindowId, secret: Secret): boolean {
    return this.#port.clipboardData(id, secret);
  }

  exceeded(code: string, message: string): void {
    this.#port.exceeded(code, message);
  }

  get clipboardSendMax(): number {
    return this.#port.clipboardSendMax;
  }

  /** Released never before what came earlier, and at most `maxMs` after now. */
  #later(send: () => void): void {
    const nowMs = this.#clock.nowMs();
    const lowest = Math.ceil(clamp(this.#lastMs - nowMs, 0, this.#maxMs));
    this.#lastMs = nowMs + this.#pick(lowest, this.#maxMs);
    this.#waiting.push({ atMs: this.#lastMs, send });
    this.#arm();
  }

  #arm(): void {
    const [first] = this.#waiting;
    if (this.#timer || !first) return;
    this.#timer = this.#clock.after(Math.max(0, first.atMs - this.#clock.nowMs()), () => {
      this.#timer = undefined;
      this.#release();
    });
  }

  #release(): void {
    const nowMs = this.#clock.nowMs();
    // A timer may fire a little early.
    for (let [first] = this.#waiting; first && first.atMs <= nowMs + 1; [first] = this.#waiting) {
      this.#waiting.shift();
      first.send();
    }
    this.#arm();
  }
}

function pickDelay(low: number, high: number): number {
  return randomInt(low, high + 1);
}
