/**
 * Which key of the keyboard a chord is, and whether a key press is that chord
 * (DESIGN 9). Pure: the X server's keyboard and modifier maps in, yes or no
 * out. A chord belongs to a place on the keyboard, so that it works the same
 * with Caps Lock, Num Lock and whatever layout is active.
 */
import type { Chord } from '../../config/chord.ts';
import { keysymOf } from '../../config/keysyms.ts';

/** Core maps as the X server gives them. */
export interface KeyboardMap {
  readonly minKeycode: number;
  /** GetKeyboardMapping: one row of keysyms per keycode from `minKeycode` on, 0 = none. */
  readonly rows: readonly (readonly number[])[];
  /** GetModifierMapping: Shift, Lock, Control, Mod1 to Mod5; keycodes, 0 = none. */
  readonly modifiers: readonly (readonly number[])[];
}

export const NO_KEYBOARD: KeyboardMap = { minKeycode: 8, rows: [], modifiers: [] };

/** A chord on the keyboard as it is now. */
export interface PlacedChord {
  readonly keycode: number;
  /** Bits of the state word that must be set. */
  readonly held: number;
  /** Bits of the state word that are looked at. */
  readonly examined: number;
}

const SHIFT = 1;
const LOCK = 2;
const CONTROL = 4;
const MOD1 = 8;
const MOD4 = 0x40;
const FIRST_MOD_BIT = 3;
const ALT_KEYS: ReadonlySet<number> = new Set([0xffe9, 0xffea]);
const SUPER_KEYS: ReadonlySet<number> = new Set([0xffeb, 0xffec]);
/** Keys that stay on: what they set says nothing about what is held. */
const LOCK_KEYS: ReadonlySet<number> = new Set([0xffe5, 0xffe6, 0xff7f, 0xff14, 0xfe08]);

/**
 * Columns of the core map: 0 and 1 are the first group without and with Shift,
 * 2 and 3 the second one; what follows is higher levels and further groups. A
 * plain letter of any of the first two groups goes before anything else.
 */
const COLUMNS_FIRST = [0, 2, 1, 3] as const;

/**
 * Where the `us` layout has its characters: the same places in the two sets of
 * keycodes that X servers have (evdev and xfree86).
 */
const US_ROWS: readonly (readonly [firstKeycode: number, keys: string])[] = [
  [10, '1234567890-='],
  [24, 'qwertyuiop[]'],
  [38, "asdfghjkl;'`"],
  [51, '\\zxcvbnm,./'],
  [65, ' '],
];

/**
 * The keycode that gives `keysym` in any group of the map; if none does, the
 * key at that place of the `us` layout; else undefined: there is no such key.
 */
export function keycodeOf(map: KeyboardMap, keysym: number): number | undefined {
  const columns = Math.max(0, ...map.rows.map((row) => row.length));
  const later = Array.from({ length: Math.max(0, columns - 4) }, (_, i) => i + 4);
  for (const column of [...COLUMNS_FIRST, ...later]) {
    const at = map.rows.findIndex((row) => row[column] === keysym);
    if (at >= 0) return map.minKeycode + at;
  }
  for (const [first, keys] of US_ROWS) {
    const at = keys.indexOf(String.fromCharCode(keysym));
    if (at >= 0) return first + at;
  }
  return undefined;
}

/** The chord's place on this keyboard; undefined when the keyboard has no such key. */
export function placeChord(map: KeyboardMap, chord: Chord): PlacedChord | undefined {
  const keysym = keysymOf(chord.keysym);
  const keycode = keysym === undefined ? undefined : keycodeOf(map, keysym);
  if (keycode === undefined) return undefined;
  const alt = bitOf(map, ALT_KEYS, MOD1);
  const super4 = bitOf(map, SUPER_KEYS, MOD4);
  let held = chord.modifiers & ~(MOD1 | MOD4);
  if (chord.modifiers & MOD1) held |= alt;
  if (chord.modifiers & MOD4) held |= super4;
  const examined = (SHIFT | CONTROL | MOD1 | MOD4 | alt | super4 | held) & ~(LOCK | locks(map));
  return { keycode, held: held & examined, examined };
}

/** Whether a press of `keycode` with the event's state word is the chord: exactly its modifiers. */
export function isChord(placed: PlacedChord, keycode: number, state: number): boolean {
  return placed.keycode === keycode && (state & placed.examined) === placed.held;
}

/** The bits of the state word that this key sets while it is held; 0 = no modifier, or one that locks. */
export function modifierBits(map: KeyboardMap, keycode: number): number {
  if (LOCK_KEYS.has(firstKeysym(map, keycode))) return 0;
  let bits = 0;
  map.modifiers.forEach((row, bit) => {
    if (row.includes(keycode)) bits |= 1 << bit;
  });
  return bits & ~LOCK;
}

/** The keycodes that give one of `keysyms` at the first level of the first two groups. */
export function keycodesOf(map: KeyboardMap, keysyms: ReadonlySet<number>): Set<number> {
  const found = new Set<number>();
  map.rows.forEach((row, at) => {
    if (keysyms.has(row[0] ?? 0) || keysyms.has(row[2] ?? 0)) found.add(map.minKeycode + at);
  });
  return found;
}

function firstKeysym(map: KeyboardMap, keycode: number): number {
  return map.rows[keycode - map.minKeycode]?.[0] ?? 0;
}

/** The first of Mod1 to Mod5 that one of these keys sets. */
function bitOf(map: KeyboardMap, keysyms: ReadonlySet<number>, usual: number): number {
  for (let bit = FIRST_MOD_BIT; bit < 8; bit++) {
    const row = map.modifiers[bit] ?? [];
    if (row.some((keycode) => keysyms.has(firstKeysym(map, keycode)))) return 1 << bit;
  }
  return usual;
}

/** Bits that are set by nothing but keys that lock. */
function locks(map: KeyboardMap): number {
  let bits = 0;
  for (let bit = FIRST_MOD_BIT; bit < 8; bit++) {
    const keys = (map.modifiers[bit] ?? []).filter((keycode) => keycode !== 0);
    if (keys.length > 0 && keys.every((keycode) => LOCK_KEYS.has(firstKeysym(map, keycode)))) {
      bits |= 1 << bit;
    }
  }
  return bits;
}
