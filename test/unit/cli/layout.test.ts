import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contains, intersect } from '../../../src/base/geometry.ts';
import { shelfLayout } from '../../../src/cli/demo/layout.ts';

const SCREEN = { x: 0, y: 0, width: 1280, height: 800 };

describe('shelfLayout', () => {
  it('places the windows of the demo on 1280x800', () => {
    const sizes = [
      { width: 402, height: 223 },
      { width: 654, height: 517 },
      { width: 402, height: 223 },
      { width: 240, height: 341 },
      { width: 402, height: 223 },
      { width: 214, height: 237 },
    ];
    expect(shelfLayout(sizes, SCREEN)).toBeDefined();
  });

  it('keeps everything apart and on the screen, or says that it cannot', () => {
    const size = fc.record({
      width: fc.integer({ min: 1, max: 700 }),
      height: fc.integer({ min: 1, max: 500 }),
    });
    let placed = 0;
    fc.assert(
      fc.property(fc.array(size, { maxLength: 8 }), (sizes) => {
        const places = shelfLayout(sizes, SCREEN);
        if (!places) return;
        placed++;
        const rects = sizes.map((one, i) => ({ ...one, ...(places[i] ?? { x: -1, y: -1 }) }));
        for (const [i, rect] of rects.entries()) {
          expect(contains(SCREEN, rect)).toBe(true);
          for (const other of rects.slice(i + 1)) expect(intersect(rect, other)).toBeUndefined();
        }
      }),
    );
    expect(placed).toBeGreaterThan(10);
    expect(shelfLayout([{ width: 1280, height: 10 }], SCREEN)).toBeUndefined();
    expect(shelfLayout([{ width: 10, height: 800 }], SCREEN)).toBeUndefined();
  });
});
