/**
 * Whether a key from a browser would complete a secure chord (DESIGN 9): those
 * are for the person at the keyboard. Pure. Looks at the X server's own state
 * word and at every key that is down, so that a chord does not come together
 * from keys of both either, in whatever order they are pressed.
 */
import type { ChordListing } from '../control/messages.ts';

export interface Held {
  /** The X server's state word before the press. */
  readonly state: number;
  /** Keycodes that are down. */
  readonly down: ReadonlySet<number>;
}

/** @param bits of the state word that this key sets; 0 = it is no modifier */
export function completesChord(
  chords: readonly ChordListing[],
  keycode: number,
  bits: number,
  { state, down }: Held,
): boolean {
  const matches = (key: number, word: number): boolean =>
    chords.some((one) => one.keycode === key && (word & one.examined) === one.held);
  if (matches(keycode, state)) return true;
  // The key of the chord is down already: an X server would repeat it with the new modifier.
  return bits !== 0 && [...down].some((key) => matches(key, state | bits));
}
