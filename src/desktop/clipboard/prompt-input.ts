/**
 * What keys and clicks in a prompt mean (DESIGN 9, 10). Pure. Made for a
 * person who did not see it come and types on:
 *
 * - Nothing counts that happened, by the server's clock, before the prompt had
 *   been seen for 300 ms, and no key that was held then until it is let go.
 * - Enter, the key that is typed most easily, is Cancel, as is Escape.
 * - To paste: Ctrl+Enter, with a Ctrl that was pressed in the prompt and
 *   nothing else held, or a click on the button, begun and ended on it. No
 *   letter does it.
 * - Any other key says that somebody types on: for 300 ms after it nothing
 *   pastes.
 * - Repeats of a key never count.
 */
import { hasPoint, type Rect } from '../../base/geometry.ts';
import { FreshKeys, isPast } from '../fresh-keys.ts';
import { type KeyboardMap, keycodesOf, modifierBits } from './chords.ts';

export type Answer = 'allow' | 'deny';

export interface Buttons {
  readonly paste: Rect;
  readonly cancel: Rect;
}

const ENTER: ReadonlySet<number> = new Set([0xff0d, 0xff8d]);
const ESCAPE: ReadonlySet<number> = new Set([0xff1b]);
const CONTROL = 4;
const LEFT_BUTTON = 1;

export class PromptInput {
  readonly #map: KeyboardMap;
  readonly #buttons: Buttons;
  readonly #enter: ReadonlySet<number>;
  readonly #escape: ReadonlySet<number>;
  readonly #keys: FreshKeys;
  /** Server time of the last key that says that somebody types on. */
  #typedAt: number | undefined;
  #pressedOn: keyof Buttons | undefined;

  /**
   * @param seenAt server time (u32) from which on the prompt has been seen
   * @param held keycodes that were down then
   */
  constructor(map: KeyboardMap, buttons: Buttons, seenAt: number, held: Iterable<number>) {
    this.#map = map;
    this.#buttons = buttons;
    this.#keys = new FreshKeys(seenAt, held);
    this.#enter = keycodesOf(map, ENTER);
    this.#escape = keycodesOf(map, ESCAPE);
  }

  /** Keys that are down now: what they repeat after the prompt is nobody's. */
  get down(): ReadonlySet<number> {
    return this.#keys.down;
  }

  press(keycode: number, time: number): Answer | undefined {
    if (!this.#keys.press(keycode, time)) return undefined;
    if (this.#escape.has(keycode)) return 'deny';
    if (!this.#enter.has(keycode)) {
      if (modifierBits(this.#map, keycode) === 0) this.#typedAt = time;
      return undefined;
    }
    if (this.#onlyControl(keycode)) return this.#quiet(time) ? 'allow' : undefined;
    return 'deny';
  }

  release(keycode: number, time: number): void {
    this.#keys.release(keycode, time);
  }

  /** Coordinates from the prompt's upper left corner. */
  pressButton(button: number, x: number, y: number, time: number): void {
    const counts = button === LEFT_BUTTON && this.#keys.isAwake(time);
    this.#pressedOn = counts ? this.#at(x, y) : undefined;
  }

  releaseButton(button: number, x: number, y: number, time: number): Answer | undefined {
    if (button !== LEFT_BUTTON) return undefined;
    const on = this.#pressedOn;
    this.#pressedOn = undefined;
    if (on === undefined || on !== this.#at(x, y)) return undefined;
    if (on === 'cancel') return 'deny';
    return this.#quiet(time) ? 'allow' : undefined;
  }

  #at(x: number, y: number): keyof Buttons | undefined {
    if (hasPoint(this.#buttons.paste, x, y)) return 'paste';
    return hasPoint(this.#buttons.cancel, x, y) ? 'cancel' : undefined;
  }

  /** A Ctrl key of the prompt's own is down, and besides `enter` nothing else. */
  #onlyControl(enter: number): boolean {
    if (this.#keys.hasDead) return false;
    const others = [...this.#keys.pressed].filter((keycode) => keycode !== enter);
    return (
      others.length > 0 && others.every((keycode) => modifierBits(this.#map, keycode) === CONTROL)
    );
  }

  #quiet(time: number): boolean {
    return this.#typedAt === undefined || isPast(time, this.#typedAt);
  }
}
