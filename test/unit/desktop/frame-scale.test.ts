import { expect, test } from 'vitest';
import { scaledBorder } from '../../../src/desktop/frame-scale.ts';

test.each([
  [6, '', 6],
  [6, 'Xft.dpi:\t96\n', 6],
  [6, 'Xft.antialias:\t1\nXft.dpi:\t192\nXft.hinting:\t1\n', 12],
  [6, 'Xft.dpi: 144.5 \n', 9],
  [6, 'Xft.dpi:\t72\n', 6],
  [6, 'XXft.dpi:\t192\n', 6],
  [6, 'Xft.dpi:\tmany\n', 6],
  [32, 'Xft.dpi:\t9600\n', 64],
  [1, '', 2],
])('thickness %i with %j is %i px', (thickness, resources, border) => {
  expect(scaledBorder(thickness, resources)).toBe(border);
});
