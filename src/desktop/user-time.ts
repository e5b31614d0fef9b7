/**
 * _NET_WM_USER_TIME (EWMH): when the user last acted in a window. A key on its
 * way is not held up by it: writing the property wakes the X server, the window
 * manager and ourselves, so it is written a little later, and at once before any
 * window of a qube is mapped, which is when the window manager compares times.
 */
import type { Clock } from '../base/clock.ts';
import type { XWindowId } from '../base/ids.ts';
import type { XConnection } from '../x11/connection.ts';
import { setCardinals } from '../x11/properties.ts';

/** A key and its picture are over by then, and a key that repeats is told ten times a second. */
const DELAY_MS = 100;

export class UserTime implements Disposable {
  readonly #x: XConnection;
  readonly #atom: number;
  readonly #clock: Clock;
  #frame: XWindowId | undefined;
  #time = 0;
  #timer: Disposable | undefined;

  /** @param atom `_NET_WM_USER_TIME` */
  constructor(x: XConnection, atom: number, clock: Clock) {
    this.#x = x;
    this.#atom = atom;
    this.#clock = clock;
  }

  /** The user acted in `frame` at this server time. */
  acted(frame: XWindowId, time: number): void {
    if (this.#frame !== frame) this.flush();
    this.#frame = frame;
    this.#time = time;
    this.#timer ??= this.#clock.after(DELAY_MS, () => this.flush());
  }

  /**
   * Writes what is still to be written, on the connection that maps a window next: only
   * there it comes before.
   */
  flush(x: XConnection = this.#x): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    const frame = this.#frame;
    this.#frame = undefined;
    if (frame !== undefined) setCardinals(x, frame, this.#atom, [this.#time]);
  }

  /** The frame is destroyed. */
  forget(frame: XWindowId): void {
    if (this.#frame === frame) this.#frame = undefined;
  }

  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    this.#frame = undefined;
  }
}
