/**
 * The qube's keyboard: which modifiers its X server has, which keys are down in
 * it, and the strokes that bring it to what dom0 says. Where it is certain, a
 * key goes to the server at once; where it is not, the server is asked first.
 * Certain is what the server said, or what we did since, until it tells of
 * modifiers that we did not expect, or a key was struck that may change them.
 *
 * Not noticed, until it is asked the next time (at the latest with the next
 * KEYMAP_NOTIFY): a key that a program of the qube holds down by XTEST.
 */
import type { PointerReply } from '../x11/package-records.ts';
import {
  isDown,
  isModifier,
  type KeyboardMaps,
  MODIFIER_MASK,
  modifierStrokes,
} from './modifiers.ts';
import type { XScreen } from './x-screen.ts';

const PRESS = 2;
const RELEASE = 3;
export const MIN_KEYCODE = 8;
export const MAX_KEYCODE = 255;
export const KEYMAP_BYTES = 32;

export class Keyboard {
  readonly #screen: XScreen;
  #maps: KeyboardMaps = { rows: [], keysym: () => 0 };
  #certain = false;
  /** Effective modifiers, 0..255. */
  #modifiers = 0;
  /** Bit k % 8 of byte k >> 3. */
  readonly #down = new Uint8Array(KEYMAP_BYTES);

  constructor(screen: XScreen) {
    this.#screen = screen;
  }

  /** Rejects with an Error when the connection ends. */
  async readMaps(): Promise<void> {
    const { x } = this.#screen;
    this.#certain = false;
    const [rows, keysyms] = await Promise.all([
      x.request<readonly (readonly number[])[]>((done) => x.X.GetModifierMapping(done)),
      x.request<readonly (readonly number[])[]>((done) =>
        x.X.GetKeyboardMapping(x.minKeycode, x.maxKeycode - x.minKeycode + 1, done),
      ),
    ]);
    this.#maps = { rows, keysym: (keycode) => keysyms[keycode - x.minKeycode]?.[0] ?? 0 };
  }

  /** The server's word on its effective modifiers. */
  modifiersChanged(modifiers: number): void {
    if (modifiers !== this.#modifiers) this.#certain = false;
  }

  /**
   * A stroke of `keycode` (8..255), with the modifiers `state` that dom0 had before it.
   * A promise when the server had to be asked; it rejects when the connection ends.
   */
  key(keycode: number, pressed: boolean, state: number): void | Promise<void> {
    if (this.#certain) this.#key(keycode, pressed, state);
    else return this.#ask().then(() => this.#key(keycode, pressed, state));
  }

  /** Releases every key that is down and not in `kept` (32 bytes). */
  async letGo(kept: Uint8Array): Promise<void> {
    await this.#ask();
    for (let keycode = MIN_KEYCODE; keycode <= MAX_KEYCODE; keycode++) {
      if (isDown(this.#down, keycode) && !isDown(kept, keycode)) this.#stroke(keycode, false);
    }
  }

  #key(keycode: number, pressed: boolean, state: number): void {
    const want = state & MODIFIER_MASK;
    if (want !== this.#modifiers) {
      for (const stroke of modifierStrokes(this.#maps, this.#modifiers, want, this.#down)) {
        this.#stroke(stroke.keycode, stroke.pressed);
      }
    }
    // Repeat is off here, so a repeated press shows only after a release.
    if (pressed && isDown(this.#down, keycode) && !isModifier(this.#maps, keycode)) {
      this.#stroke(keycode, false);
    }
    this.#stroke(keycode, pressed);
    // Somebody waits for it to show.
    this.#screen.x.flush();
  }

  #stroke(keycode: number, pressed: boolean): void {
    this.#screen.xtest.FakeInput(pressed ? PRESS : RELEASE, keycode, 0, 0, 0, 0);
    const bit = 1 << (keycode & 7);
    const byte = this.#down[keycode >> 3] as number;
    this.#down[keycode >> 3] = pressed ? byte | bit : byte & ~bit;
    // What it does to the modifiers is the server's to say.
    if (isModifier(this.#maps, keycode)) this.#certain = false;
  }

  async #ask(): Promise<void> {
    const { x, tellsModifiers } = this.#screen;
    const answers = Promise.all([
      x.request<PointerReply>((done) => x.X.QueryPointer(x.root, done)),
      x.request<Buffer>((done) => x.X.QueryKeymap(done)),
    ]);
    x.flush();
    const [pointer, down] = await answers;
    this.#modifiers = pointer.keyMask & MODIFIER_MASK;
    this.#down.set(down.subarray(0, KEYMAP_BYTES));
    this.#certain = tellsModifiers;
  }
}
