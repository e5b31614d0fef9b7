/**
 * The X server's time of now: what ICCCM wants where "now" is meant and
 * CurrentTime is not allowed. Asked by appending nothing to a property of ours.
 */
import type { PropertyEvent } from '../x11/events.ts';
import { ATOM } from '../x11/properties.ts';
import type { XScreen } from './x-screen.ts';

export class ServerTime {
  readonly #screen: XScreen;
  readonly #window: number;
  #waiting: ((time: number) => void)[] = [];

  /** `window` is ours and selects PropertyChange. */
  constructor(screen: XScreen, window: number) {
    this.#screen = screen;
    this.#window = window;
  }

  /** Calls `done` with the time in ms (u32) as of this call or later. */
  now(done: (time: number) => void): void {
    this.#waiting.push(done);
    if (this.#waiting.length > 1) return;
    const { x, atoms } = this.#screen;
    x.X.ChangeProperty(2, this.#window, atoms.LIVERY_TIME, ATOM.CARDINAL, 32, []);
  }

  /** A PropertyNotify; true when it was the answer. */
  answered(event: PropertyEvent): boolean {
    if (event.wid !== this.#window) return false;
    if (event.atom === this.#screen.atoms.LIVERY_TIME) {
      const waiting = this.#waiting;
      this.#waiting = [];
      for (const done of waiting) done(event.time);
    }
    return true;
  }
}
