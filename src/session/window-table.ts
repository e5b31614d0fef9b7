/**
 * The windows of one conversation: what exists, and what state the qube put it
 * in. Numbers are the qube's and may be used again at once after a DESTROY, so
 * everything that outlives a message holds a `QubeWindow`, never a number.
 */

import { LimitExceeded } from '../base/errors.ts';
import type { Rect } from '../base/geometry.ts';
import type { VmWindowId } from '../base/ids.ts';
import { violation } from '../protocol/rules.ts';
import type { Changes } from './changes.ts';
import { type Negotiation, newNegotiation } from './configure-negotiation.ts';
import type { Surface } from './port.ts';

/** The whole screen of the qube. */
export const SCREEN_WINDOW = 0 as VmWindowId;

/** A chain of transient windows is followed so far; nothing real is deeper. */
const MAX_TRANSIENT_DEPTH = 32;

/** One life of a window number, from CREATE to DESTROY. */
export class QubeWindow {
  readonly id: VmWindowId;
  overrideRedirect: boolean;
  /** Its place on the qube's own screen, as the qube last said. */
  x: number;
  y: number;
  /** By the qube's MAP; what a window manager does with it is not known here. */
  mapped = false;
  docked = false;
  /** After DESTROY, or the end of the conversation. */
  gone = false;
  transientFor: QubeWindow | undefined;
  surface: Surface | undefined;
  /** The state (WINDOW_FLAG bits) that the qube believes its window to have. */
  flagsTold = 0;
  negotiation: Negotiation;
  /** What the qube said of it in this turn and the desktop was not told yet. */
  changes: Changes | undefined;
  /** Fires when the negotiation has something to do, or earlier. */
  timer: Disposable | undefined;
  timerAtMs = 0;

  constructor(id: VmWindowId, rect: Rect, overrideRedirect: boolean) {
    this.id = id;
    this.overrideRedirect = overrideRedirect;
    this.x = rect.x;
    this.y = rect.y;
    this.negotiation = newNegotiation(rect, id === SCREEN_WINDOW ? 'screen' : 'window');
  }
}

export class WindowTable {
  readonly #windows = new Map<number, QubeWindow>();
  readonly #maxWindows: number;

  constructor(maxWindows: number) {
    this.#maxWindows = maxWindows;
  }

  get size(): number {
    return this.#windows.size;
  }

  all(): IterableIterator<QubeWindow> {
    return this.#windows.values();
  }

  find(id: number): QubeWindow | undefined {
    return this.#windows.get(id);
  }

  /** Throws ProtocolViolation GUI_WINDOW_UNKNOWN. `type` is that of the message that names it. */
  get(id: number, type: number): QubeWindow {
    const window = this.#windows.get(id);
    if (!window) throw violation('GUI_WINDOW_UNKNOWN', `type ${type}, window ${hex(id)}`);
    return window;
  }

  /** Throws ProtocolViolation GUI_WINDOW_EXISTS, LimitExceeded WINDOW_LIMIT. */
  add(window: QubeWindow): void {
    if (this.#windows.has(window.id)) throw violation('GUI_WINDOW_EXISTS', hex(window.id));
    if (this.#windows.size >= this.#maxWindows) {
      throw new LimitExceeded('WINDOW_LIMIT', `more than ${this.#maxWindows} windows`);
    }
    this.#windows.set(window.id, window);
  }

  remove(window: QubeWindow): void {
    this.#windows.delete(window.id);
    retire(window);
  }

  /** The end of the conversation: no window of it is left. */
  clear(): void {
    for (const window of this.#windows.values()) retire(window);
    this.#windows.clear();
  }

  /**
   * The window that `window` shall be transient for: another one that exists
   * and does not lead back to `window`. Anything else means none.
   */
  transientTarget(window: QubeWindow, wanted: VmWindowId | undefined): QubeWindow | undefined {
    const target = wanted === undefined ? undefined : this.#windows.get(wanted);
    let next = target;
    for (let depth = 0; next && !next.gone; depth++) {
      if (next === window || depth === MAX_TRANSIENT_DEPTH) return undefined;
      next = next.transientFor;
    }
    return target;
  }
}

function retire(window: QubeWindow): void {
  window.gone = true;
  window.transientFor = undefined;
  window.surface = undefined;
  window.changes = undefined;
  window.timer?.[Symbol.dispose]();
  window.timer = undefined;
}

function hex(id: number): string {
  return `0x${id.toString(16)}`;
}
