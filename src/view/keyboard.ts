/**
 * Which keys of dom0's keyboard give what was typed in a browser. Pure: the X
 * server's maps in, a keycode out. The character counts, so that a text arrives
 * as it was typed whatever layouts both sides have; keys that type nothing are
 * found by their names, and what dom0's layout does not have, by its place.
 */

/** Core maps as the X server gives them. */
export interface KeyboardMap {
  readonly minKeycode: number;
  readonly rows: readonly (readonly number[])[];
  /** Shift, Lock, Control, Mod1 to Mod5; keycodes, 0 = none. */
  readonly modifiers: readonly (readonly number[])[];
}

export interface PlacedKey {
  readonly keycode: number;
  /** Whether Shift has to be held for it; undefined = as it is. */
  readonly shift: boolean | undefined;
}

/** `KeyboardEvent.key` of keys that type nothing; keys that lock are not passed on. */
const NAMED: Readonly<Record<string, number>> = {
  Backspace: 0xff08,
  Tab: 0xff09,
  Enter: 0xff0d,
  Pause: 0xff13,
  Escape: 0xff1b,
  Home: 0xff50,
  ArrowLeft: 0xff51,
  ArrowUp: 0xff52,
  ArrowRight: 0xff53,
  ArrowDown: 0xff54,
  PageUp: 0xff55,
  PageDown: 0xff56,
  End: 0xff57,
  PrintScreen: 0xff61,
  Insert: 0xff63,
  ContextMenu: 0xff67,
  Delete: 0xffff,
  AltGraph: 0xfe03,
  ...Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`F${i + 1}`, 0xffbe + i])),
};

/** `KeyboardEvent.code` of the modifiers, of which there are two each. */
const MODIFIERS: Readonly<Record<string, number>> = {
  ShiftLeft: 0xffe1,
  ShiftRight: 0xffe2,
  ControlLeft: 0xffe3,
  ControlRight: 0xffe4,
  AltLeft: 0xffe9,
  AltRight: 0xffea,
  MetaLeft: 0xffeb,
  MetaRight: 0xffec,
};

/** `KeyboardEvent.code` by place on the keyboard, the same in all sets of keycodes of X servers. */
const PLACES: Readonly<Record<string, number>> = {
  ...places(10, 'Digit1 Digit2 Digit3 Digit4 Digit5 Digit6 Digit7 Digit8 Digit9 Digit0'),
  ...places(20, 'Minus Equal'),
  ...places(24, 'KeyQ KeyW KeyE KeyR KeyT KeyY KeyU KeyI KeyO KeyP BracketLeft BracketRight'),
  ...places(38, 'KeyA KeyS KeyD KeyF KeyG KeyH KeyJ KeyK KeyL Semicolon Quote Backquote'),
  ...places(51, 'Backslash KeyZ KeyX KeyC KeyV KeyB KeyN KeyM Comma Period Slash'),
  Space: 65,
  IntlBackslash: 94,
};

function places(first: number, codes: string): Record<string, number> {
  return Object.fromEntries(codes.split(' ').map((code, at) => [code, first + at]));
}

/** @param key, code as in KeyboardEvent; undefined: this keyboard has nothing for it */
export function placeKey(map: KeyboardMap, key: string, code: string): PlacedKey | undefined {
  const modifier = Object.hasOwn(MODIFIERS, code) ? MODIFIERS[code] : undefined;
  const named = modifier ?? (Object.hasOwn(NAMED, key) ? NAMED[key] : undefined);
  if (named !== undefined) {
    const at = keycodeAt(map, named, 0);
    return at === undefined ? undefined : { keycode: at, shift: undefined };
  }
  const character = keysymOf(key);
  for (const [column, shift] of [
    [0, false],
    [1, true],
  ] as const) {
    const keycode = character === undefined ? undefined : keycodeAt(map, character, column);
    if (keycode !== undefined) return { keycode, shift };
  }
  const place = Object.hasOwn(PLACES, code) ? PLACES[code] : undefined;
  return place === undefined ? undefined : { keycode: place, shift: undefined };
}

/** The bits of the state word that this key sets. */
export function modifierBits(map: KeyboardMap, keycode: number): number {
  let bits = 0;
  map.modifiers.forEach((row, bit) => {
    if (row.includes(keycode)) bits |= 1 << bit;
  });
  return bits;
}

/** The keycode of the left Shift key. */
export function shiftKeycode(map: KeyboardMap): number | undefined {
  return keycodeAt(map, MODIFIERS.ShiftLeft as number, 0);
}

function keycodeAt(map: KeyboardMap, keysym: number, column: number): number | undefined {
  const at = map.rows.findIndex((row) => {
    const here = row[column] ?? 0;
    // A key that has a small letter alone gives its capital with Shift (X11 protocol, 5).
    const implied = column === 1 && here === 0 ? capitalOf(row[0] ?? 0) : here;
    return implied === keysym;
  });
  return at < 0 ? undefined : map.minKeycode + at;
}

function capitalOf(keysym: number): number {
  return keysym >= 0x61 && keysym <= 0x7a ? keysym - 0x20 : 0;
}

/** Of one character: Latin-1 is itself, the rest of Unicode lies behind 0x01000000. */
function keysymOf(key: string): number | undefined {
  const [character, more] = [...key];
  const point = character?.codePointAt(0);
  if (point === undefined || more !== undefined || point < 0x20) return undefined;
  if (point >= 0x7f && point < 0xa0) return undefined;
  return point < 0x100 ? point : 0x0100_0000 + point;
}
