/**
 * Stands between the key events of one qube's windows and the qube (DESIGN
 * 8.6, 9): a chord acts once per press and nothing of it reaches the qube.
 * Modifiers held for a chord are let go in the qube and held again there only
 * with the next ordinary key, if the user still holds them. Pure.
 */
import { isChord, type KeyboardMap, modifierBits, type PlacedChord } from './chords.ts';

export type ChordKind = 'copy' | 'paste';

/**
 * Keys whose press was dom0's business: a chord's, and those held in a prompt.
 * Whatever window they repeat into, the repeat is dom0's too. One for all qubes.
 */
export class TakenKeys {
  readonly #keycodes = new Set<number>();

  take(keycode: number): void {
    this.#keycodes.add(keycode);
  }

  has(keycode: number): boolean {
    return this.#keycodes.has(keycode);
  }

  /** It was let go, and is now pressed anew. */
  giveBack(keycode: number): void {
    this.#keycodes.delete(keycode);
  }
}

export interface FilterSource {
  readonly map: KeyboardMap;
  /** The qube's chords on the present keyboard. */
  readonly copy: PlacedChord | undefined;
  readonly paste: PlacedChord | undefined;
}

export type PressVerdict =
  /** The qube's; these modifiers are pressed in it first. */
  | { readonly kind: 'pass'; readonly pressFirst: readonly number[] }
  /** Nobody's: it repeats. */
  | { readonly kind: 'drop' }
  /** Does this; these keys are let go in the qube first. */
  | { readonly kind: 'act'; readonly chord: ChordKind; readonly release: readonly number[] };

export class KeyFilter {
  readonly #source: () => FilterSource;
  readonly #taken: TakenKeys;
  /** Modifiers that the user holds and the qube is not told of, with their bits. */
  readonly #withheld = new Map<number, number>();
  #released = { keycode: 0, time: -1 };

  constructor(source: () => FilterSource, taken: TakenKeys) {
    this.#source = source;
    this.#taken = taken;
  }

  /**
   * A key went down, or repeats: an X server repeats a key by a release and a
   * press of the same server time.
   * @param down the keys that are pressed in the qube
   */
  press(keycode: number, state: number, time: number, down: readonly number[]): PressVerdict {
    const repeats = this.#released.keycode === keycode && this.#released.time === time;
    if (this.#taken.has(keycode)) {
      if (repeats) return { kind: 'drop' };
      this.#taken.giveBack(keycode);
    }
    const { map, copy, paste } = this.#source();
    const chord = chordOf(copy, paste, keycode, state);
    if (chord !== undefined) {
      this.#taken.take(keycode);
      if (repeats) return { kind: 'drop' };
      const release = down.filter((key) => modifierBits(map, key) !== 0);
      for (const key of release) this.#withheld.set(key, modifierBits(map, key));
      return { kind: 'act', chord, release };
    }
    this.#withheld.delete(keycode);
    if (this.#withheld.size === 0 || modifierBits(map, keycode) !== 0) return NOTHING_FIRST;
    const pressFirst = [...this.#withheld.keys()];
    this.#withheld.clear();
    return { kind: 'pass', pressFirst };
  }

  /** A key went up; whether the qube is told depends on whether it was pressed there. */
  release(keycode: number, time: number): void {
    this.#released = { keycode, time };
    this.#withheld.delete(keycode);
  }

  /** The keyboard went elsewhere: what is held there now is not known. */
  left(): void {
    this.#withheld.clear();
  }

  /** The state word without the modifiers that the qube is not told of. */
  visible(state: number, down: (keycode: number) => boolean): number {
    if (this.#withheld.size === 0) return state;
    let hidden = 0;
    for (const bits of this.#withheld.values()) hidden |= bits;
    const { map } = this.#source();
    // The other one of two Shift keys may be pressed in the qube meanwhile.
    map.modifiers.forEach((row, bit) => {
      if (hidden & (1 << bit) && row.some((key) => key !== 0 && down(key))) hidden &= ~(1 << bit);
    });
    return state & ~hidden;
  }
}

const NOTHING_FIRST: PressVerdict = { kind: 'pass', pressFirst: [] };

function chordOf(
  copy: PlacedChord | undefined,
  paste: PlacedChord | undefined,
  keycode: number,
  state: number,
): ChordKind | undefined {
  if (copy && isChord(copy, keycode, state)) return 'copy';
  if (paste && isChord(paste, keycode, state)) return 'paste';
  return undefined;
}
