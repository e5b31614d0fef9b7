/** Keyboards for tests: the places of evdev, with the columns of the core map. */
import type { KeyboardMap } from '../../../src/desktop/clipboard/chords.ts';

export const KEY = {
  escape: 9,
  tab: 23,
  enter: 36,
  control: 37,
  shift: 50,
  capsLock: 66,
  alt: 64,
  numLock: 77,
  shiftRight: 62,
  super: 133,
  c: 54,
  v: 55,
  x: 53,
} as const;

const US: readonly (readonly [number, string])[] = [
  [24, 'qwertyuiop'],
  [38, 'asdfghjkl'],
  [52, 'zxcvbnm'],
];
/** Where ЙЦУКЕН has its letters: `с` is on the key of `c`. */
const RU: readonly (readonly [number, readonly number[]])[] = [
  [24, [0x6ca, 0x6c3, 0x6d5, 0x6cb, 0x6c5, 0x6ce, 0x6c7, 0x6db, 0x6dd, 0x6da]],
  [38, [0x6c6, 0x6d9, 0x6d7, 0x6c1, 0x6d0, 0x6d2, 0x6cf, 0x6cc, 0x6c4]],
  [52, [0x6d1, 0x6de, 0x6d3, 0x6cd, 0x6c9, 0x6d4, 0x6d8]],
];

const SPECIAL: readonly (readonly [number, number])[] = [
  [KEY.escape, 0xff1b],
  [KEY.tab, 0xff09],
  [KEY.enter, 0xff0d],
  [KEY.control, 0xffe3],
  [KEY.shift, 0xffe1],
  [KEY.shiftRight, 0xffe2],
  [KEY.capsLock, 0xffe5],
  [KEY.alt, 0xffe9],
  [KEY.numLock, 0xff7f],
  [KEY.super, 0xffeb],
];

/** Groups in their order; `modifiers` changes rows of the usual modifier map. */
export function keyboard(
  groups: readonly ('us' | 'ru')[],
  modifiers: Readonly<Record<number, readonly number[]>> = {},
): KeyboardMap {
  const rows = Array.from({ length: 248 }, () => [0, 0, 0, 0]);
  const put = (keycode: number, column: number, keysym: number): void => {
    (rows[keycode - 8] as number[])[column] = keysym;
  };
  groups.forEach((group, at) => {
    if (group === 'us') {
      for (const [first, keys] of US) {
        [...keys].forEach((key, i) => {
          put(first + i, at * 2, key.charCodeAt(0));
          put(first + i, at * 2 + 1, key.toUpperCase().charCodeAt(0));
        });
      }
    } else {
      for (const [first, keys] of RU) {
        for (const [i, key] of keys.entries()) put(first + i, at * 2, key);
      }
    }
  });
  for (const [keycode, keysym] of SPECIAL) put(keycode, 0, keysym);
  const usual: (readonly number[])[] = [
    [KEY.shift, KEY.shiftRight],
    [KEY.capsLock],
    [KEY.control],
    [KEY.alt],
    [KEY.numLock],
    [],
    [KEY.super],
    [92],
  ];
  return { minKeycode: 8, rows, modifiers: usual.map((row, bit) => modifiers[bit] ?? row) };
}
