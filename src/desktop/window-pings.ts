/**
 * The window manager's _NET_WM_PING, answered when the program in the qube has
 * answered, so that a program that hangs is seen to. Where no program can be
 * asked the daemon answers for itself. A qube that says nothing gets its own
 * window called "not responding" and nothing else; one question per window is
 * open at a time, so that one that never answers costs no more than that.
 */
import type { PingPort } from '../session/ping-port.ts';
import type { XConnection } from '../x11/connection.ts';
import { EVENT_MASK } from '../x11/package-records.ts';
import type { Atoms } from './atoms.ts';
import type { QubeWindow } from './qube-window.ts';

/** Window managers ask again while they wait; older questions than these are left alone. */
const MAX_WAITING = 8;

/** What a ping carries: the protocol, the window manager's time, the window. */
type PingData = readonly number[];

export class WindowPings {
  readonly #x: XConnection;
  readonly #atoms: Pick<Atoms, 'WM_PROTOCOLS'>;
  readonly #port: PingPort | undefined;
  /** Pings of the window manager that one question to the qube will answer. */
  readonly #waiting = new WeakMap<QubeWindow, PingData[]>();

  /** Without a `port` no program can be asked. */
  constructor(x: XConnection, atoms: Pick<Atoms, 'WM_PROTOCOLS'>, port: PingPort | undefined) {
    this.#x = x;
    this.#atoms = atoms;
    this.#port = port;
  }

  /** The window manager wants to know whether the window lives. */
  asked(window: QubeWindow, data: PingData): void {
    const waiting = this.#waiting.get(window);
    if (waiting) {
      if (waiting.some(([, time]) => time === data[1])) return;
      waiting.push(data);
      if (waiting.length > MAX_WAITING) waiting.shift();
      return;
    }
    const life = this.#port?.pingWindow(window.id);
    if (!life) {
      this.#pong(data);
      return;
    }
    this.#waiting.set(window, [data]);
    void life.then((heard) => {
      const pings = this.#waiting.get(window) ?? [];
      this.#waiting.delete(window);
      if (heard === 'silent' || window.canvas.gone || this.#x.closed) return;
      for (const ping of pings) this.#pong(ping);
    });
  }

  #pong(data: PingData): void {
    const { root, X } = this.#x;
    X.SendEvent(root, 0, EVENT_MASK.substructureNotify | EVENT_MASK.substructureRedirect, {
      name: 'ClientMessage',
      format: 32,
      wid: root,
      message_type: this.#atoms.WM_PROTOCOLS,
      data,
    });
  }
}
