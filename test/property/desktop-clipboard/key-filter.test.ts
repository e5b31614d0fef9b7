/**
 * Whatever keys a person presses, holds and lets go: no part of a chord
 * reaches the qube, each chord acts once per press, and nothing stays pressed
 * in the qube that the person has let go.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  isChord,
  modifierBits,
  type PlacedChord,
  placeChord,
} from '../../../src/desktop/clipboard/chords.ts';
import { KeyFilter, TakenKeys } from '../../../src/desktop/clipboard/key-filter.ts';
import { KEY, keyboard } from '../../unit/desktop-clipboard/keyboards.ts';

const map = keyboard(['us']);
const copy = placeChord(map, { modifiers: 5, keysym: 'c' }) as PlacedChord;
const paste = placeChord(map, { modifiers: 5, keysym: 'v' }) as PlacedChord;
const KEYS = [KEY.control, KEY.shift, KEY.shiftRight, KEY.alt, KEY.c, KEY.v, KEY.x];

/** Toggle a key, let the last ordinary key repeat, or take the keyboard away for a while. */
const deed = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...KEYS) },
  { weight: 3, arbitrary: fc.constant('repeat' as const) },
  { weight: 1, arbitrary: fc.constant('away' as const) },
);

test('chords never reach the qube, act once, and leave nothing pressed', () => {
  fc.assert(
    fc.property(fc.array(deed, { maxLength: 60 }), (deeds) => {
      const held = new Set<number>();
      const inQube = new Set<number>();
      let time = 100;
      let acts = 0;
      let expected = 0;
      let last: number | undefined;
      const filter = new KeyFilter(() => ({ map, copy, paste }), new TakenKeys());
      const state = (): number => [...held].reduce((bits, key) => bits | modifierBits(map, key), 0);
      const matches = (key: number): boolean =>
        isChord(copy, key, state()) || isChord(paste, key, state());

      const press = (key: number): void => {
        const chord = matches(key);
        const before = inQube.has(key);
        const verdict = filter.press(key, state(), time, [...inQube]);
        if (verdict.kind === 'act') {
          acts++;
          for (const one of verdict.release) inQube.delete(one);
          // The qube sees no modifier of the chord while it acts.
          expect([...inQube].filter((one) => modifierBits(map, one) !== 0)).toEqual([]);
        } else if (verdict.kind === 'pass') {
          expect(chord).toBe(false);
          for (const one of verdict.pressFirst) {
            expect(held.has(one)).toBe(true);
            inQube.add(one);
          }
          inQube.add(key);
        }
        if (chord) expect(inQube.has(key)).toBe(before);
      };
      const release = (key: number): void => {
        filter.release(key, time);
        inQube.delete(key);
      };

      for (const one of deeds) {
        time += 7;
        if (one === 'away') {
          filter.left();
          inQube.clear();
        } else if (one === 'repeat') {
          if (last === undefined || !held.has(last)) continue;
          release(last);
          press(last);
        } else if (held.has(one)) {
          held.delete(one);
          release(one);
        } else {
          if (matches(one)) expected++;
          press(one);
          held.add(one);
          if (modifierBits(map, one) === 0) last = one;
        }
        for (const key of inQube) expect(held.has(key)).toBe(true);
      }
      expect(acts).toBe(expected);
    }),
    { numRuns: 500 },
  );
});
