/**
 * Which keys the user holds down in one qube. A qube is told of no other key:
 * what was pressed elsewhere is released elsewhere, and the keymap it gets
 * names only its own (DESIGN 8.6). Pure.
 */
const KEYMAP_BYTES = 32;

export class PressedKeys {
  readonly #bits = new Uint8Array(KEYMAP_BYTES);

  /** `keycode` 0..255 went down, or repeats. */
  press(keycode: number): void {
    this.#bits[keycode >> 3] = (this.#bits[keycode >> 3] as number) | (1 << (keycode & 7));
  }

  /** False when it was not pressed here: its release is not the qube's business. */
  release(keycode: number): boolean {
    const at = keycode >> 3;
    const bit = 1 << (keycode & 7);
    const was = ((this.#bits[at] as number) & bit) !== 0;
    this.#bits[at] = (this.#bits[at] as number) & ~bit;
    return was;
  }

  /** All that are down, lowest first; none is afterwards. */
  releaseAll(): number[] {
    const down = this.down();
    this.#bits.fill(0);
    return down;
  }

  /** All that are down, lowest first. */
  down(): number[] {
    const down: number[] = [];
    for (let keycode = 0; keycode < KEYMAP_BYTES * 8; keycode++) {
      if (this.isDown(keycode)) down.push(keycode);
    }
    return down;
  }

  isDown(keycode: number): boolean {
    return (((this.#bits[keycode >> 3] as number) >> (keycode & 7)) & 1) === 1;
  }

  /** 32 bytes, bit k%8 of byte k>>3: the body of KEYMAP_NOTIFY. A copy. */
  bitmap(): Uint8Array {
    return this.#bits.slice();
  }
}
