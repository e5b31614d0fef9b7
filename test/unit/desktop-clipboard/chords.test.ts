import { describe, expect, test } from 'vitest';
import { isChord, keycodeOf, placeChord } from '../../../src/desktop/clipboard/chords.ts';
import { KEY, keyboard } from './keyboards.ts';

const COPY = { modifiers: 5, keysym: 'c' };
const LOCK = 2;
const NUM = 0x10;

function matches(
  map: ReturnType<typeof keyboard>,
  chord: { modifiers: number; keysym: string },
  keycode: number,
  state: number,
): boolean {
  const placed = placeChord(map, chord);
  return placed !== undefined && isChord(placed, keycode, state);
}

describe('the key of a chord', () => {
  test.each([
    ['us', ['us']],
    ['us in the second group', ['ru', 'us']],
    ['no group with Latin letters: the place in the us layout', ['ru']],
  ] as const)('%s', (_name, groups) => {
    expect(keycodeOf(keyboard(groups), 0x63)).toBe(KEY.c);
  });

  test('dvorak: where the layout has it, not where us has it', () => {
    const map = keyboard(['us']);
    const rows = map.rows.map((row) => [...row]);
    // On this keyboard c and i have changed places.
    [rows[54 - 8], rows[31 - 8]] = [rows[31 - 8] as number[], rows[54 - 8] as number[]];
    expect(keycodeOf({ ...map, rows }, 0x63)).toBe(31);
  });

  test('a key in a third group is found', () => {
    const map = keyboard(['ru']);
    const rows = map.rows.map((row, at) => (at === 31 - 8 ? [...row, 0x63] : row));
    expect(keycodeOf({ ...map, rows }, 0x63)).toBe(31);
  });

  test('a keyboard without the key has no chord', () => {
    expect(placeChord(keyboard(['us']), { modifiers: 4, keysym: 'F5' })).toBeUndefined();
    expect(placeChord(keyboard(['us']), { modifiers: 4, keysym: 'nonsense' })).toBeUndefined();
  });

  test('a keyboard that is not read yet has the places of us', () => {
    expect(keycodeOf({ minKeycode: 8, rows: [], modifiers: [] }, 0x76)).toBe(KEY.v);
  });
});

describe('the modifiers of a chord', () => {
  const us = keyboard(['us']);

  test.each([
    ['exactly its own', 5, true],
    ['with Caps Lock', 5 | LOCK, true],
    ['with Num Lock', 5 | NUM, true],
    ['with both, a button and another group', 5 | LOCK | NUM | 0x100 | 0x2000, true],
    ['with AltGr, which is neither Alt nor Mod4', 5 | 0x80, true],
    ['only Ctrl', 4, false],
    ['only Shift', 1, false],
    ['none', 0, false],
    ['Alt too', 5 | 8, false],
    ['Mod4 too', 5 | 0x40, false],
  ])('%s', (_name, state, yes) => {
    expect(matches(us, COPY, KEY.c, state)).toBe(yes);
    expect(matches(us, COPY, KEY.v, state)).toBe(false);
  });

  test('Alt and Super are where the keyboard has them', () => {
    const moved = keyboard(['us'], { 3: [], 5: [KEY.alt, KEY.super], 6: [] });
    const alt = { modifiers: 8 | 4, keysym: 'c' };
    expect(matches(moved, alt, KEY.c, 4 | 0x20)).toBe(true);
    expect(matches(moved, alt, KEY.c, 4 | 8)).toBe(false);
    expect(matches(moved, COPY, KEY.c, 5 | 0x20)).toBe(false);
  });

  test('Num Lock on the bit of Mod4 is still not looked at', () => {
    const odd = keyboard(['us'], { 4: [KEY.super], 6: [KEY.numLock] });
    expect(matches(odd, COPY, KEY.c, 5 | 0x40)).toBe(true);
    expect(matches(odd, COPY, KEY.c, 5 | 0x10)).toBe(false);
  });
});
