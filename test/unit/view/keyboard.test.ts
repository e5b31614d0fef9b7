/** Which key of dom0's keyboard a key of the browser is. */
import { describe, expect, it } from 'vitest';
import { modifierBits, placeKey, shiftKeycode } from '../../../src/view/keyboard.ts';

/** A few keys: `us` letters in the first group, on the keycodes that X servers give them. */
function mapOf(rows: Readonly<Record<number, readonly number[]>>) {
  const minKeycode = 8;
  const all = Array.from({ length: 248 }, (_, at) => rows[at + minKeycode] ?? [0, 0]);
  const modifiers = [[50, 62], [66], [37, 105], [64], [], [], [133], []];
  return { minKeycode, rows: all, modifiers };
}
const us = mapOf({
  11: [0x32, 0x40],
  36: [0xff0d, 0],
  38: [0x61, 0x41],
  50: [0xffe1, 0],
  54: [0x63, 0],
  61: [0x2f, 0x3f],
  37: [0xffe3, 0],
  111: [0xff52, 0],
});

describe('a key of the browser', () => {
  it('is the key that types its character', () => {
    expect(placeKey(us, 'a', 'KeyA')).toEqual({ keycode: 38, shift: false });
    expect(placeKey(us, 'A', 'KeyA')).toEqual({ keycode: 38, shift: true });
    expect(placeKey(us, '@', 'KeyQ')).toEqual({ keycode: 11, shift: true });
    expect(placeKey(us, '/', 'Digit7')).toEqual({ keycode: 61, shift: false });
    expect(placeKey(us, 'C', 'KeyC')).toEqual({ keycode: 54, shift: true });
  });

  it('that types nothing is found by its name, and a modifier by its side', () => {
    expect(placeKey(us, 'Enter', 'Enter')).toEqual({ keycode: 36, shift: undefined });
    expect(placeKey(us, 'ArrowUp', 'ArrowUp')).toEqual({ keycode: 111, shift: undefined });
    expect(placeKey(us, 'Shift', 'ShiftLeft')).toEqual({ keycode: 50, shift: undefined });
    expect(placeKey(us, 'Control', 'ControlRight')).toBeUndefined();
    expect(placeKey(us, 'F5', 'F5')).toBeUndefined();
  });

  it('that the layout of dom0 lacks is found by its place', () => {
    expect(placeKey(us, 'é', 'Digit2')).toEqual({ keycode: 11, shift: undefined });
    expect(placeKey(us, 'é', 'toString')).toBeUndefined();
    expect(placeKey(us, 'constructor', '')).toBeUndefined();
  });

  it('knows the bits of modifiers', () => {
    expect(modifierBits(us, 50)).toBe(1);
    expect(modifierBits(us, 37)).toBe(4);
    expect(modifierBits(us, 38)).toBe(0);
    expect(shiftKeycode(us)).toBe(50);
  });
});
