/**
 * Did the window under the pointer come to the pointer, or the pointer to it
 * (DESIGN 8.2)? A press within GUARD_MS after a window of one qube appeared
 * where another one was under the pointer is not meant for it. Pure.
 *
 * Each qube's events come on a connection of its own, so what one qube's say is
 * kept for itself and compared only when a button is pressed: by then the
 * others' events are here. Times are the X server's (u32 ms, they wrap), so a
 * daemon that was held up judges no other way.
 *
 * A pointer that came from another qube's window has moved if it is elsewhere
 * than that window saw it last. Of one that came from outside of all qubes
 * nothing is known; then a window counts as having appeared if it was shown or
 * moved just before while another qube had the focus: nobody aims that fast.
 */
import type { DomainId } from '../base/ids.ts';

/** Presses are dropped for this long after a window appeared under the pointer, in ms. */
export const GUARD_MS = 300;

/** EnterNotify of one of a qube's contents. */
export interface Entry {
  /** Root coordinates. */
  readonly x: number;
  readonly y: number;
  readonly time: number;
  /** The pointer was not moved in: somebody's grab of it ended. */
  readonly afterGrab: boolean;
  /** The window was shown, moved or resized less than GUARD_MS ago. */
  readonly fresh: boolean;
  /** The qube that had the focus. */
  readonly focused: DomainId | undefined;
}

/** One stay of the pointer in one qube's windows. */
interface Stay {
  /** How it came in from outside of the qube. */
  entry: Entry;
  /** Where it was seen last inside. */
  x: number;
  y: number;
  /** Server time; undefined = it is still there. */
  leftTime: number | undefined;
  /** It left because somebody grabbed the pointer. */
  leftByGrab: boolean;
  /** The stay before, for a press in another qube that is told late. */
  before: Stay | undefined;
}

export class ClickGuard {
  readonly #qubes = new Map<DomainId, Stay>();

  entered(qube: DomainId, entry: Entry): void {
    const { x, y } = entry;
    const last = this.#qubes.get(qube);
    if (last && this.#goesOn(qube, last, entry)) {
      last.leftTime = undefined;
      last.x = x;
      last.y = y;
      return;
    }
    if (last) last.before = undefined;
    const stay = { entry, x, y, leftTime: undefined, leftByGrab: false, before: last };
    this.#qubes.set(qube, stay);
  }

  /** A motion or press in one of the qube's contents. */
  seen(qube: DomainId, x: number, y: number): void {
    const stay = this.#qubes.get(qube);
    if (!stay) return;
    stay.x = x;
    stay.y = y;
  }

  /** LeaveNotify of one of its contents. */
  left(qube: DomainId, time: number, byGrab: boolean): void {
    const stay = this.#qubes.get(qube);
    if (!stay) return;
    stay.leftTime = time;
    stay.leftByGrab = byGrab;
  }

  /** Its windows are gone. */
  forget(qube: DomainId): void {
    this.#qubes.delete(qube);
  }

  /** Is a press in one of the qube's contents at `time` meant for it? */
  mayPress(qube: DomainId, time: number): boolean {
    const entry = this.#qubes.get(qube)?.entry;
    if (!entry || since(entry.time, time) >= GUARD_MS) return true;
    const from = this.#cameFrom(qube, entry);
    if (from) return from.x !== entry.x || from.y !== entry.y;
    return !(entry.fresh && entry.focused !== undefined && entry.focused !== qube);
  }

  /** From one window of the qube into another, or back after a grab for a click or a drag. */
  #goesOn(qube: DomainId, { leftTime, leftByGrab }: Stay, entry: Entry): boolean {
    if (leftTime === undefined || leftTime === entry.time) return true;
    if (!leftByGrab || !entry.afterGrab) return false;
    for (const [other, stay] of this.#qubes) {
      if (other !== qube && since(leftTime, stay.entry.time) >= 0) return false;
    }
    return true;
  }

  /** The stay in another qube's windows that this entry ended, or a grab before it. */
  #cameFrom(qube: DomainId, { time, afterGrab }: Entry): Stay | undefined {
    for (const [other, last] of this.#qubes) {
      if (other === qube) continue;
      for (let stay: Stay | undefined = last; stay; stay = stay.before) {
        if (since(stay.entry.time, time) < 0) continue;
        if (stay.leftTime === undefined || since(time, stay.leftTime) >= 0) return stay;
        // The same grab: whoever had the pointer last did not let go of it by moving.
        if (stay === last && afterGrab && stay.leftByGrab) return stay;
      }
    }
    return undefined;
  }
}

/** Milliseconds from one server time to another, across the wrap; negative = the other way round. */
function since(from: number, to: number): number {
  return (to - from) | 0;
}
