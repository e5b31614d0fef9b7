/**
 * Which key presses in one of dom0's own surfaces were meant for it (DESIGN
 * 10). Pure. Made for a person who did not see it come and types on: nothing
 * counts that happened, by the server's clock, before the surface had been seen
 * for 300 ms, no key that was held then until it is let go, and no repeat of a
 * key. An X server repeats a key by a release and a press of the same time.
 */
export const GUARD_MS = 300;

export class FreshKeys {
  readonly #seenAt: number;
  /** Keys that are down and mean nothing until they are let go. */
  readonly #dead: Set<number>;
  /** Keys that were pressed in the surface and are down. */
  readonly #pressed = new Set<number>();
  #released: { keycode: number; time: number; dead: boolean } | undefined;

  /**
   * @param seenAt server time (u32) from which on the surface has been seen
   * @param held keycodes that were down then
   */
  constructor(seenAt: number, held: Iterable<number>) {
    this.#seenAt = seenAt;
    this.#dead = new Set(held);
  }

  /** Keys that are down now: what they repeat after the surface is nobody's. */
  get down(): ReadonlySet<number> {
    return new Set([...this.#dead, ...this.#pressed]);
  }

  /** Those of them that were pressed when presses counted. */
  get pressed(): ReadonlySet<number> {
    return this.#pressed;
  }

  /** Something is held that was not meant for the surface. */
  get hasDead(): boolean {
    return this.#dead.size > 0;
  }

  /** Has the surface been seen for long enough at that server time? */
  isAwake(time: number): boolean {
    return isPast(time, this.#seenAt);
  }

  /** True when the press counts. */
  press(keycode: number, time: number): boolean {
    const last = this.#released;
    if (last && last.keycode === keycode && last.time === time) {
      (last.dead ? this.#dead : this.#pressed).add(keycode);
      return false;
    }
    if (this.#dead.has(keycode) || !this.isAwake(time)) {
      this.#dead.add(keycode);
      return false;
    }
    this.#pressed.add(keycode);
    return true;
  }

  release(keycode: number, time: number): void {
    this.#released = { keycode, time, dead: this.#dead.has(keycode) };
    this.#dead.delete(keycode);
    this.#pressed.delete(keycode);
  }
}

/** `time` is at least the guard after `since`; server time wraps at 2^32. */
export function isPast(time: number, since: number): boolean {
  return ((time - since) | 0) >= GUARD_MS;
}
