/**
 * Text that goes to programs of the qube in pieces (ICCCM 2.7.2): the next one
 * when the program has deleted the one before. Programs may stop asking, go, or
 * begin many: transfers are bounded in number and in time.
 */
import type { Clock } from '../base/clock.ts';
import type { PropertyEvent } from '../x11/events.ts';
import { EVENT_MASK, type WindowAttributes } from '../x11/package-records.ts';
import { setBytes, setCardinals } from '../x11/properties.ts';
import type { XScreen } from './x-screen.ts';

/**
 * A quarter of the largest request of the core protocol: "large relative to the
 * maximum request size" is what ICCCM 2.5 says of text that goes in pieces.
 */
export const PIECE_BYTES = 64 * 1024;
/** Programs that paste are few; who begins more gets nothing. */
const MAX_TRANSFERS = 16;
/** A program that has not taken a piece by then will not. */
const IDLE_MS = 10_000;
const DELETED = 1;

interface Transfer {
  readonly window: number;
  readonly property: number;
  readonly type: number;
  readonly bytes: Buffer;
  /** We saw our announcement; what was deleted before it was something else. */
  announced: boolean;
  at: number;
  timer: Disposable;
}

export class IncrTransfers {
  readonly #screen: XScreen;
  readonly #clock: Clock;
  readonly #all = new Set<Transfer>();

  constructor(screen: XScreen, clock: Clock) {
    this.#screen = screen;
    this.#clock = clock;
  }

  /**
   * Begins to give `bytes` (not copied). Resolves with false, and nothing done,
   * when there are too many or the window is gone; the program is told after.
   */
  async begin(window: number, property: number, bytes: Buffer, type: number): Promise<boolean> {
    if (this.#all.size >= MAX_TRANSFERS) return false;
    this.#end((one) => one.window === window && one.property === property);
    const about = { window, property, type, bytes };
    const transfer = { ...about, announced: false, at: 0, timer: this.#patience() };
    this.#all.add(transfer);
    const { x, atoms } = this.#screen;
    try {
      const { myEventMasks } = await x.request<WindowAttributes>((done) =>
        x.X.GetWindowAttributes(window, done),
      );
      // It may be a window that the agent watches for other reasons.
      const eventMask = myEventMasks | EVENT_MASK.propertyChange;
      x.X.ChangeWindowAttributes(window, { eventMask });
    } catch {
      this.#end((one) => one === transfer);
      return false;
    }
    if (!this.#all.has(transfer)) return false;
    setCardinals(x, window, property, [bytes.length], atoms.INCR);
    return true;
  }

  handle(event: PropertyEvent): void {
    for (const one of this.#all) {
      if (one.window !== event.wid || one.property !== event.atom) continue;
      if (event.state !== DELETED) one.announced = true;
      else if (one.announced) this.#next(one);
    }
  }

  /**
   * The text is no longer given. What is under way stops without its end mark:
   * half a text must not be taken for all of it.
   */
  stop(): void {
    this.#end(() => true);
  }

  #next(one: Transfer): void {
    const { x } = this.#screen;
    const piece = one.bytes.subarray(one.at, one.at + PIECE_BYTES);
    one.at += piece.length;
    // The last one is empty.
    setBytes(x, one.window, one.property, piece, one.type);
    if (piece.length === 0) {
      this.#end((other) => other === one);
      return;
    }
    one.timer[Symbol.dispose]();
    one.timer = this.#patience();
  }

  #patience(): Disposable {
    const timer = this.#clock.after(IDLE_MS, () => this.#end((one) => one.timer === timer));
    return timer;
  }

  #end(which: (transfer: Transfer) => boolean): void {
    for (const one of this.#all) {
      if (!which(one)) continue;
      one.timer[Symbol.dispose]();
      this.#all.delete(one);
    }
  }
}
