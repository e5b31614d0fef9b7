/**
 * Names of keys and their keysyms, as the X protocol numbers them: what a
 * chord can be made of. Pure; only names of dom0's own files come here.
 */

/** Keys that type no character. */
const CONTROL_KEYS: Readonly<Record<string, number>> = {
  BackSpace: 0xff08,
  Tab: 0xff09,
  Return: 0xff0d,
  Pause: 0xff13,
  Scroll_Lock: 0xff14,
  Sys_Req: 0xff15,
  Escape: 0xff1b,
  Delete: 0xffff,
  Home: 0xff50,
  Left: 0xff51,
  Up: 0xff52,
  Right: 0xff53,
  Down: 0xff54,
  Prior: 0xff55,
  Page_Up: 0xff55,
  Next: 0xff56,
  Page_Down: 0xff56,
  End: 0xff57,
  Begin: 0xff58,
  Print: 0xff61,
  Insert: 0xff63,
  Undo: 0xff65,
  Redo: 0xff66,
  Menu: 0xff67,
  Find: 0xff68,
  Cancel: 0xff69,
  Help: 0xff6a,
  Break: 0xff6b,
  KP_Enter: 0xff8d,
  KP_Insert: 0xff9e,
  KP_Delete: 0xff9f,
  XF86Copy: 0x1008ff57,
  XF86Cut: 0x1008ff58,
  XF86Paste: 0x1008ff6d,
};

/** Keys of the keypad that type a character. */
const KEYPAD: Readonly<Record<string, number>> = {
  KP_Space: 0xff80,
  KP_Multiply: 0xffaa,
  KP_Add: 0xffab,
  KP_Separator: 0xffac,
  KP_Subtract: 0xffad,
  KP_Decimal: 0xffae,
  KP_Divide: 0xffaf,
};

/** Characters of Latin-1 that have a name of their own; the keysym is the character. */
const LATIN_1: Readonly<Record<string, string>> = {
  space: ' ',
  exclam: '!',
  quotedbl: '"',
  numbersign: '#',
  dollar: '$',
  percent: '%',
  ampersand: '&',
  apostrophe: "'",
  parenleft: '(',
  parenright: ')',
  asterisk: '*',
  plus: '+',
  comma: ',',
  minus: '-',
  period: '.',
  slash: '/',
  colon: ':',
  semicolon: ';',
  less: '<',
  equal: '=',
  greater: '>',
  question: '?',
  at: '@',
  bracketleft: '[',
  backslash: '\\',
  bracketright: ']',
  asciicircum: '^',
  underscore: '_',
  grave: '`',
  braceleft: '{',
  bar: '|',
  braceright: '}',
  asciitilde: '~',
  section: '§',
  degree: '°',
  mu: 'µ',
  ssharp: 'ß',
  agrave: 'à',
  aacute: 'á',
  adiaeresis: 'ä',
  aring: 'å',
  ae: 'æ',
  ccedilla: 'ç',
  egrave: 'è',
  eacute: 'é',
  ntilde: 'ñ',
  odiaeresis: 'ö',
  oslash: 'ø',
  udiaeresis: 'ü',
};

const NAMED = new Map<string, number>([
  ...Object.entries(CONTROL_KEYS),
  ...Object.entries(KEYPAD),
  ...Array.from({ length: 10 }, (_, i) => [`KP_${i}`, 0xffb0 + i] as const),
  ...Array.from({ length: 35 }, (_, i) => [`F${i + 1}`, 0xffbe + i] as const),
  ...Object.entries(LATIN_1).map(([name, text]) => [name, text.charCodeAt(0)] as const),
]);

/** The keysyms from here up to the end of the keypad's and F keys' page type nothing by themselves. */
const FUNCTION_KEYS = 0xff00;

/**
 * The keysym of a key's name: a name of X (`F5`, `Insert`, `plus`), one
 * character of ASCII, `U20AC` for any other character, or `0x…` for a number
 * of X itself. Undefined when it is none of them. Upper and lower case differ
 * in names, not in what a key is: `C` and `c` are the same key.
 */
export function keysymOf(name: string): number | undefined {
  const named = NAMED.get(name);
  if (named !== undefined) return named;
  if (/^[!-~]$/.test(name)) return name.toLowerCase().charCodeAt(0);
  if (/^U[0-9A-Fa-f]{4,6}$/.test(name)) return ofCharacter(Number.parseInt(name.slice(1), 16));
  if (/^0x[0-9A-Fa-f]{1,8}$/.test(name)) {
    const number = Number(name);
    // The three highest bits of a keysym are always 0, and 0 is no key.
    return number > 0 && number < 0x20000000 ? number : undefined;
  }
  return undefined;
}

/** The key gives a character, so that without Ctrl, Alt or Mod4 it is typed. */
export function typesCharacter(keysym: number): boolean {
  if (keysym < FUNCTION_KEYS) return true;
  if (keysym >= 0xff80 && keysym <= 0xffb9) return keysym !== CONTROL_KEYS.KP_Enter;
  return keysym >= 0x01000100 && keysym <= 0x0110ffff;
}

/** The names that can be suggested for a misspelled one. */
export function keyNames(): Iterable<string> {
  return NAMED.keys();
}

/** Latin-1 is itself, the rest of Unicode lies behind 0x01000000. */
function ofCharacter(point: number): number | undefined {
  if (point < 0x20 || (point >= 0x7f && point < 0xa0) || point > 0x10ffff) return undefined;
  return point < 0x100 ? point : 0x01000000 + point;
}
