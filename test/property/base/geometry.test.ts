import fc from 'fast-check';
import { expect, test } from 'vitest';
import { contains, grow, intersect, isEmpty, sameRect } from '../../../src/base/geometry.ts';

const place = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const side = fc.integer({ min: 0, max: 2 ** 31 - 1 });
const rect = fc.record({ x: place, y: place, width: side, height: side });

test('what two rectangles share lies in both and is the same from either side', () => {
  fc.assert(
    fc.property(rect, rect, (a, b) => {
      const common = intersect(a, b);
      expect(intersect(b, a)).toEqual(common);
      if (!common) return;
      expect(isEmpty(common)).toBe(false);
      expect(contains(a, common) && contains(b, common)).toBe(true);
    }),
  );
});

test('a rectangle that lies in another is what they share', () => {
  fc.assert(
    fc.property(rect, rect, (a, b) => {
      if (isEmpty(b) || !contains(a, b)) return;
      expect(intersect(a, b)).toEqual(b);
    }),
  );
});

test('growing and shrinking again changes nothing', () => {
  fc.assert(
    fc.property(rect, fc.integer({ min: 0, max: 1000 }), (a, by) => {
      expect(sameRect(grow(grow(a, by), -by), a)).toBe(true);
    }),
  );
});
