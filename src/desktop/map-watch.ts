/**
 * A window manager that is just starting may lose a map request (openbox,
 * seen). A window that no manager has taken up after a while is mapped again.
 */
import type { Clock } from '../base/clock.ts';
import type { XConnection } from '../x11/connection.ts';
import { getCardinals } from '../x11/properties.ts';
import type { QubeWindow } from './qube-window.ts';

const AGAIN_MS = 1000;
const TRIES = 5;

export class MapWatch {
  readonly #x: XConnection;
  readonly #clock: Clock;
  /** WM_STATE: a manager that has taken a window up says so with it. */
  readonly #stateAtom: number;
  readonly #timers = new Map<QubeWindow, Disposable>();

  constructor(x: XConnection, clock: Clock, stateAtom: number) {
    this.#x = x;
    this.#clock = clock;
    this.#stateAtom = stateAtom;
  }

  /** The map of a managed window is asked for. */
  begin(window: QubeWindow, tries = TRIES): void {
    this.end(window);
    if (tries === 0) return;
    const timer = this.#clock.after(AGAIN_MS, () => void this.#look(window, timer, tries));
    this.#timers.set(window, timer);
  }

  /** The window shows, or is not to be mapped any more. */
  end(window: QubeWindow): void {
    this.#timers.get(window)?.[Symbol.dispose]();
    this.#timers.delete(window);
  }

  async #look(window: QubeWindow, timer: Disposable, tries: number): Promise<void> {
    const { frame } = window.windows;
    const state = await getCardinals(this.#x, frame, this.#stateAtom).catch(() => undefined);
    if (state?.length !== 0 || this.#timers.get(window) !== timer) return;
    this.#x.X.MapWindow(frame);
    this.begin(window, tries - 1);
  }
}
