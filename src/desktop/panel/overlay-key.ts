/**
 * The key of the attention overlay: grabbed on the root, so that it is dom0's
 * whatever has the focus, with every state of Caps Lock and Num Lock, and again
 * whenever the keyboard changes. Another program may have it; that is said once.
 */
import type { Log } from '../../base/log.ts';
import { type Chord, chordText } from '../../config/chord.ts';
import type { XConnection } from '../../x11/connection.ts';
import { isChord, type PlacedChord, placeChord } from '../clipboard/chords.ts';
import type { KeyboardWatch } from '../clipboard/keyboard-watch.ts';

const BAD_ACCESS = 10;
const GRAB_KEY = 33;
const ASYNC = 1;
const ALL_MODIFIERS = 0xff;

export interface OverlayKeyParts {
  readonly x: XConnection;
  readonly keyboard: KeyboardWatch;
  readonly log: Log;
}

export class OverlayKey implements Disposable {
  readonly #parts: OverlayKeyParts;
  readonly #chord: Chord;
  readonly #listeners: Disposable[];
  #placed: PlacedChord | undefined;
  #told = false;

  constructor(parts: OverlayKeyParts, chord: Chord, pressed: () => void) {
    this.#parts = parts;
    this.#chord = chord;
    const { x, keyboard } = parts;
    this.#listeners = [
      x.on((event) => {
        if (event.name !== 'KeyPress' || event.synthetic || event.wid !== x.root) return;
        const { keycode, buttons } = event;
        if (this.#placed && isChord(this.#placed, keycode, buttons)) pressed();
      }),
      x.onError(({ code, major }) => {
        if (code === BAD_ACCESS && major === GRAB_KEY) this.#tellTaken();
      }),
      keyboard.onChange(() => this.#grab()),
    ];
    this.#grab();
  }

  [Symbol.dispose](): void {
    for (const listener of this.#listeners) listener[Symbol.dispose]();
    this.#ungrab();
  }

  #grab(): void {
    const { x, keyboard, log } = this.#parts;
    this.#ungrab();
    this.#placed = placeChord(keyboard.map, this.#chord);
    if (!this.#placed) {
      const key = chordText(this.#chord);
      log.warn({ key }, 'the keyboard has no such key: the overlay cannot be opened by it');
      return;
    }
    for (const modifiers of masksOf(this.#placed)) {
      x.X.GrabKey(x.root, 0, modifiers, this.#placed.keycode, ASYNC, ASYNC);
    }
    x.flush();
  }

  #ungrab(): void {
    const { x } = this.#parts;
    if (!this.#placed || x.closed) return;
    for (const modifiers of masksOf(this.#placed)) {
      x.X.UngrabKey(x.root, this.#placed.keycode, modifiers);
    }
    this.#placed = undefined;
  }

  #tellTaken(): void {
    if (this.#told) return;
    this.#told = true;
    this.#parts.log.warn(
      { key: chordText(this.#chord) },
      'another program has the key of the overlay: set another one as overlay in [panel]',
    );
  }
}

/** The chord's own modifiers with every combination of those that are not looked at. */
function masksOf({ held, examined }: PlacedChord): number[] {
  const free = ALL_MODIFIERS & ~examined;
  const masks: number[] = [];
  for (let mask = free; ; mask = (mask - 1) & free) {
    masks.push(held | mask);
    if (mask === 0) return masks;
  }
}
