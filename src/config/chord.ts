/**
 * The keys that copy and paste between qubes: `Ctrl+Shift+C` as livery.toml
 * has them, `Ctrl-Shift-c` as guid.conf has them. Pure; which keycode a key is
 * on the current keyboard is the desktop's to find.
 */

import { didYouMean } from '../base/suggest.ts';
import { keyNames, keysymOf, typesCharacter } from './keysyms.ts';

/** Bits of an X event's state word. */
export const MODIFIER = { shift: 1, control: 4, mod1: 8, mod3: 0x20, mod4: 0x40 } as const;

export interface Chord {
  /** Bits of MODIFIER; exactly these are held. */
  readonly modifiers: number;
  /** A name that `keysymOf` (keysyms.ts) knows; letters in lower case. */
  readonly keysym: string;
}

/** Undefined chord = switched off. */
export type ParsedChord =
  | { readonly ok: true; readonly chord: Chord | undefined }
  | { readonly ok: false; readonly fault: string };

const WORDS: Readonly<Record<string, number>> = {
  ctrl: MODIFIER.control,
  control: MODIFIER.control,
  shift: MODIFIER.shift,
  alt: MODIFIER.mod1,
  mod1: MODIFIER.mod1,
  mod4: MODIFIER.mod4,
  super: MODIFIER.mod4,
};
const SHOWN: readonly (readonly [number, string])[] = [
  [MODIFIER.control, 'Ctrl'],
  [MODIFIER.shift, 'Shift'],
  [MODIFIER.mod1, 'Alt'],
  [MODIFIER.mod3, 'Mod3'],
  [MODIFIER.mod4, 'Mod4'],
];

const EXPECTED = 'expected a chord such as "Ctrl+Shift+C", or "none"';

/**
 * A chord of livery.toml: modifiers (Ctrl, Shift, Alt, Mod4; any case) and one
 * key, joined by `+`. `none` switches it off. A key that types something needs
 * more than Shift, and every chord needs a modifier: it would be typed otherwise.
 */
export function parseChord(text: string): ParsedChord {
  if (/^none$/i.test(text)) return { ok: true, chord: undefined };
  const parts = text.split('+').map((part) => part.trim());
  const key = parts.pop() ?? '';
  let modifiers = 0;
  for (const part of parts) {
    const bit = WORDS[part.toLowerCase()];
    if (bit === undefined) {
      const near = didYouMean(part, ['Ctrl', 'Shift', 'Alt', 'Mod4']);
      return fault(`no such modifier: "${part}"${near}; known here: Ctrl, Shift, Alt, Mod4`);
    }
    if ((modifiers & bit) !== 0) return fault(`"${part}" is there twice`);
    modifiers |= bit;
  }
  const keysym = keysymOf(key);
  if (keysym === undefined) {
    if (key === '') return fault(EXPECTED);
    if (WORDS[key.toLowerCase()] !== undefined) return fault(`${EXPECTED}: the key is missing`);
    return fault(`no such key: "${key}"${didYouMean(key, keyNames())}; ${EXPECTED}`);
  }
  if (modifiers === 0) return fault(`${EXPECTED}: no modifier is held`);
  if (modifiers === MODIFIER.shift && typesCharacter(keysym)) {
    return fault(`${EXPECTED}: Shift alone with this key types something`);
  }
  return { ok: true, chord: { modifiers, keysym: canonical(key) } };
}

/**
 * A sequence of guid.conf (gui-daemon 4.2): modifiers in any case, each with a
 * dash, then a key. `disable` and `none` switch it off. One with Mod2 is
 * refused by being off too: the reference never matches it.
 */
export function parseGuidSequence(text: string): ParsedChord {
  if (/^(disable|none)$/i.test(text)) return { ok: true, chord: undefined };
  let rest = text;
  let modifiers = 0;
  let never = false;
  for (let found = GUID_MODIFIER.exec(rest); found; found = GUID_MODIFIER.exec(rest)) {
    const word = (found[1] as string).toLowerCase();
    rest = rest.slice(found[0].length);
    if (word === 'mod2') never = true;
    else modifiers |= word === 'mod3' ? MODIFIER.mod3 : (WORDS[word] as number);
  }
  // A dash may stand only for a modifier: "-" itself is called minus.
  if (rest === '-' || keysymOf(rest) === undefined) {
    return fault(`expected a key such as Ctrl-Shift-c, found "${text}"`);
  }
  return { ok: true, chord: never ? undefined : { modifiers, keysym: canonical(rest) } };
}

const GUID_MODIFIER = /^(Shift|Ctrl|Mod1|Alt|Mod2|Mod3|Mod4)-/i;

/** `Ctrl+Shift+C`, as a person is told. */
export function chordText({ modifiers, keysym }: Chord): string {
  const held = SHOWN.filter(([bit]) => (modifiers & bit) !== 0).map(([, word]) => word);
  const key = keysym.length === 1 ? keysym.toUpperCase() : keysym;
  return [...held, key].join('+');
}

export function sameChord(one: Chord | undefined, other: Chord | undefined): boolean {
  if (!one || !other) return false;
  return one.modifiers === other.modifiers && keysymOf(one.keysym) === keysymOf(other.keysym);
}

function canonical(key: string): string {
  return key.length === 1 ? key.toLowerCase() : key;
}

function fault(text: string): ParsedChord {
  return { ok: false, fault: text };
}
