/**
 * Which keys to press or release so that the qube's modifiers are dom0's. Pure:
 * the maps of the keyboard in, key strokes out.
 */

/** Keys whose stroke turns a modifier on or off for good. */
const LOCK_KEYSYMS: ReadonlySet<number> = new Set([
  0xffe5, // Caps_Lock
  0xffe6, // Shift_Lock
  0xff7f, // Num_Lock
  0xff14, // Scroll_Lock
  0xfe08, // ISO_Group_Lock
]);

/** Bits of the state word that are modifiers: Shift, Lock, Control, Mod1 to Mod5. */
export const MODIFIER_MASK = 0xff;
const LOCK_BIT = 1;

export interface Stroke {
  readonly keycode: number;
  readonly pressed: boolean;
}

export interface KeyboardMaps {
  /** Eight rows of keycodes, 0 = none (GetModifierMapping). */
  readonly rows: readonly (readonly number[])[];
  /** The first keysym of a keycode, 0 when it has none. */
  keysym(keycode: number): number;
}

/** Bit k % 8 of byte k >> 3. */
export function isDown(keymap: Uint8Array, keycode: number): boolean {
  return ((keymap[keycode >> 3] as number) & (1 << (keycode & 7))) !== 0;
}

/**
 * Strokes that bring the effective modifiers `have` to `want`, keys in `down`
 * being down: a lock key is struck, other keys are held or let go.
 */
export function modifierStrokes(
  maps: KeyboardMaps,
  have: number,
  want: number,
  down: Uint8Array,
): Stroke[] {
  const strokes: Stroke[] = [];
  for (let bit = 0; bit < 8; bit++) {
    const mask = 1 << bit;
    if (((have ^ want) & mask) === 0) continue;
    const keys = (maps.rows[bit] ?? []).filter((keycode) => keycode !== 0);
    const [first] = keys;
    if (first === undefined) continue;
    if (bit === LOCK_BIT || LOCK_KEYSYMS.has(maps.keysym(first))) {
      // Held down it cannot be struck: it is being struck by the user.
      if (isDown(down, first)) continue;
      strokes.push({ keycode: first, pressed: true }, { keycode: first, pressed: false });
    } else if (want & mask) {
      strokes.push({ keycode: first, pressed: true });
    } else {
      for (const keycode of keys) {
        if (isDown(down, keycode)) strokes.push({ keycode, pressed: false });
      }
    }
  }
  return strokes;
}

/** Some row has the key: dom0 does not repeat it. */
export function isModifier(maps: KeyboardMaps, keycode: number): boolean {
  return maps.rows.some((row) => row.includes(keycode));
}
