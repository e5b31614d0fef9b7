/**
 * Where the user is, across all qubes of one screen: whose popups may show, and
 * which presses are meant for the window that gets them (DESIGN 8.2). Each
 * qube joins with its domain id; dom0's X server is all that it is told by.
 */
import type { DomainId } from '../base/ids.ts';
import {
  type AttentionEvent,
  hasAttention,
  NO_ATTENTION,
  stepAttention,
} from '../trust/attention.ts';
import type { CrossingEvent } from '../x11/events.ts';
import { ClickGuard } from './click-guard.ts';

/** The core protocol's NotifyMode of crossing and focus events. */
const MODE = { grab: 1, ungrab: 2 } as const;

/** One qube's side of it. */
export interface Standing extends Disposable {
  /** Its popups may show. */
  readonly here: boolean;
  /** A window of it got the focus. */
  focused(): void;
  /** The user pressed a key or a button that was meant for it. */
  acted(): void;
  /** None of its windows is mapped any more: there is nothing of it that popups could cover. */
  absent(): void;
  /** EnterNotify or LeaveNotify of a content. `fresh`: Entry.fresh of click-guard.ts. */
  crossed(event: CrossingEvent, fresh: boolean): void;
  /** The pointer was seen in a content, in root coordinates. */
  seen(x: number, y: number): void;
  /** Is a press at that server time meant for it? */
  mayPress(time: number): boolean;
}

export class Foreground {
  readonly #members = new Map<DomainId, () => void>();
  readonly #guard = new ClickGuard();
  #attention = NO_ATTENTION;

  /**
   * `changed` is called when `here` of any qube may have become another. A qube
   * joins once at a time.
   */
  join(qube: DomainId, changed: () => void): Standing {
    this.#members.set(qube, changed);
    const foreground = this;
    return {
      get here() {
        return hasAttention(foreground.#attention, qube);
      },
      focused: () => this.#step({ kind: 'focused', qube }),
      acted: () => this.#step({ kind: 'acted', qube }),
      absent: () => this.#step({ kind: 'gone', qube }),
      crossed: ({ name, mode, rootx: x, rooty: y, time }, fresh) => {
        if (name === 'LeaveNotify') this.#guard.left(qube, time, mode === MODE.grab);
        else {
          const { focused } = this.#attention;
          const afterGrab = mode === MODE.ungrab;
          this.#guard.entered(qube, { x, y, time, afterGrab, fresh, focused });
        }
      },
      seen: (x, y) => this.#guard.seen(qube, x, y),
      mayPress: (time) => this.#guard.mayPress(qube, time),
      [Symbol.dispose]: () => {
        this.#members.delete(qube);
        this.#guard.forget(qube);
        this.#step({ kind: 'gone', qube });
      },
    };
  }

  #step(event: AttentionEvent): void {
    const before = this.#attention;
    this.#attention = stepAttention(before, event);
    if (this.#attention === before) return;
    for (const changed of [...this.#members.values()]) changed();
  }
}
