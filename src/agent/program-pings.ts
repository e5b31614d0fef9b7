/**
 * Asks programs of the qube whether they answer (_NET_WM_PING), as dom0's window
 * manager wants to know it. A program that answers sends the same message back to
 * the root; only those that say that they do are asked. What a program says
 * counts for its own window; another program that answers in its place deceives
 * nobody but its own qube.
 */
import type { Clock } from '../base/clock.ts';
import { STATUS } from '../protocol/service.ts';
import type { ClientMessageEvent } from '../x11/events.ts';
import type { ServerTime } from './server-time.ts';
import type { QubeWindow } from './window.ts';
import type { XScreen } from './x-screen.ts';

/** Window managers call a window dead after 3 to 10 s; after this nobody waits for its program. */
export const PING_LIMIT_MS = 10_000;

interface Asked {
  readonly timer: Disposable;
  /** The X server's time in the message; undefined until it is sent. */
  time: number | undefined;
  answer(status: number): void;
}

export class ProgramPings implements Disposable {
  readonly #screen: XScreen;
  readonly #time: ServerTime;
  readonly #clock: Clock;
  readonly #asked = new Map<number, Asked>();

  constructor(screen: XScreen, time: ServerTime, clock: Clock) {
    this.#screen = screen;
    this.#time = time;
    this.#clock = clock;
  }

  /**
   * Resolves with a status for PING_WINDOW: ok, busy (no answer within
   * PING_LIMIT_MS, or asked already), unsupported, notFound (also when the
   * window goes meanwhile).
   */
  ask(window: QubeWindow | undefined): Promise<number> {
    if (!window) return Promise.resolve(STATUS.notFound);
    if (!window.answersPing || window.dock) return Promise.resolve(STATUS.unsupported);
    if (this.#asked.has(window.id)) return Promise.resolve(STATUS.busy);
    return new Promise((resolve) => {
      const answer = (status: number): void => {
        if (this.#asked.get(window.id) !== asked) return;
        this.#asked.delete(window.id);
        asked.timer[Symbol.dispose]();
        resolve(status);
      };
      const timer = this.#clock.after(PING_LIMIT_MS, () => answer(STATUS.busy));
      const asked: Asked = { timer, time: undefined, answer };
      this.#asked.set(window.id, asked);
      this.#time.now((time) => {
        if (this.#asked.get(window.id) !== asked) return;
        asked.time = time;
        this.#send(window, time);
      });
    });
  }

  /** A client message; true when it was a program's answer, asked for or not. */
  answered(event: ClientMessageEvent): boolean {
    const { x, atoms } = this.#screen;
    if (event.wid !== x.root || event.message_type !== atoms.WM_PROTOCOLS) return false;
    const [protocol, time, window = 0] = event.data;
    if (event.format !== 32 || protocol !== atoms._NET_WM_PING) return false;
    const asked = this.#asked.get(window);
    if (asked?.time !== undefined && asked.time === time) asked.answer(STATUS.ok);
    return true;
  }

  /** The window went. */
  forget(window: number): void {
    this.#asked.get(window)?.answer(STATUS.notFound);
  }

  [Symbol.dispose](): void {
    for (const window of [...this.#asked.keys()]) this.forget(window);
  }

  #send(window: QubeWindow, time: number): void {
    const { atoms, x } = this.#screen;
    x.X.SendEvent(window.id, 0, 0, {
      name: 'ClientMessage',
      format: 32,
      wid: window.id,
      message_type: atoms.WM_PROTOCOLS,
      data: [atoms._NET_WM_PING, time, window.id],
    });
  }
}
