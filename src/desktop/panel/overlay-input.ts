/**
 * What keys in the attention overlay mean. Pure. Which presses count is
 * FreshKeys' to say; a qube is stopped only by the second of two presses with
 * nothing typed in between, so that a slip ends nothing, and neither does a text
 * that somebody types without a look at the screen.
 */

import { type KeyboardMap, keycodeOf, keycodesOf } from '../clipboard/chords.ts';
import { FreshKeys, isPast } from '../fresh-keys.ts';

/** `other`: somebody types; what was asked for once is not meant. */
export type OverlayCommand = 'close' | 'up' | 'down' | 'pause' | 'stop' | 'other';

const KEYSYMS = {
  close: [0xff1b],
  up: [0xff52, 0xff97],
  down: [0xff54, 0xff99, 0xff09],
} as const;
/** By the place of the letter, whatever layout is active. */
const LETTERS = { pause: 0x70, stop: 0x73 } as const;

export class OverlayInput {
  readonly #keys: FreshKeys;
  readonly #commands = new Map<number, OverlayCommand>();
  #stopAskedAt: number | undefined;

  /** As for FreshKeys. */
  constructor(map: KeyboardMap, seenAt: number, held: Iterable<number>) {
    this.#keys = new FreshKeys(seenAt, held);
    for (const command of ['pause', 'stop'] as const) {
      const keycode = keycodeOf(map, LETTERS[command]);
      if (keycode !== undefined) this.#commands.set(keycode, command);
    }
    for (const command of ['close', 'up', 'down'] as const) {
      for (const keycode of keycodesOf(map, new Set<number>(KEYSYMS[command]))) {
        this.#commands.set(keycode, command);
      }
    }
  }

  /** Keys that are down now: what they repeat after the overlay is nobody's. */
  get down(): ReadonlySet<number> {
    return this.#keys.down;
  }

  press(keycode: number, time: number): OverlayCommand | undefined {
    if (!this.#keys.press(keycode, time)) return undefined;
    return this.#commands.get(keycode) ?? 'other';
  }

  release(keycode: number, time: number): void {
    this.#keys.release(keycode, time);
  }

  /** A button of the mouse counts at that server time. */
  mayClick(time: number): boolean {
    return this.#keys.isAwake(time);
  }

  /** "Stop" was asked for; the second time, a moment later, is meant. Server time. */
  confirmStop(time: number): boolean {
    const first = this.#stopAskedAt;
    if (first !== undefined && isPast(time, first)) return true;
    this.#stopAskedAt ??= time;
    return false;
  }

  /** Something else was done in between. */
  forgetStop(): void {
    this.#stopAskedAt = undefined;
  }
}
