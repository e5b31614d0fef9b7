import { describe, expect, test } from 'vitest';
import { isTitled } from '../../../src/desktop/title-bar.ts';

describe('a title bar, from what lies above and below a frame', () => {
  test.each([
    ['openbox', 20, 5],
    ['xfwm4', 29, 5],
    ['i3', 18, 2],
    ['marco, with its invisible grip', 33, 13],
    ['openbox, shaded', 20, -195],
  ])('%s: yes', (_, above, below) => {
    expect(isTitled(above, below)).toBe(true);
  });

  test.each([
    ['nothing around it', 0, 0],
    ['i3, border pixel', 3, 3],
    ['a thick border', 24, 24],
    ['a side that is rounded otherwise', 3, 2],
  ])('%s: no', (_, above, below) => {
    expect(isTitled(above, below)).toBe(false);
  });
});
