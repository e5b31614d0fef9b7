/**
 * Whatever a qube asks for, all four sides of the frame are on one monitor.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { contains, type Rect, sameRect } from '../../../src/base/geometry.ts';
import {
  contentOf,
  contentOnMonitor,
  frameAround,
  type Monitors,
} from '../../../src/desktop/geometry.ts';

const border = fc.integer({ min: 2, max: 64 });
const content: fc.Arbitrary<Rect> = fc.record({
  x: fc.integer({ min: -16384, max: 16384 }),
  y: fc.integer({ min: -16384, max: 16384 }),
  width: fc.integer({ min: 1, max: 16384 }),
  height: fc.integer({ min: 1, max: 6144 }),
});
const monitor: fc.Arbitrary<Rect> = fc.record({
  x: fc.integer({ min: 0, max: 8000 }),
  y: fc.integer({ min: 0, max: 8000 }),
  width: fc.integer({ min: 200, max: 4000 }),
  height: fc.integer({ min: 200, max: 4000 }),
});
const monitors = fc
  .tuple(monitor, fc.array(monitor, { maxLength: 3 }))
  .map(([first, rest]): Monitors => [first, ...rest]);

test('all four sides are on one monitor', () => {
  fc.assert(
    fc.property(content, monitors, border, (wish, screens, b) => {
      const frame = frameAround(contentOnMonitor(wish, screens, b), b);
      expect(screens.some((one) => contains(one, frame))).toBe(true);
    }),
  );
});

test('what is on a monitor already stays where it is, and placing again changes nothing', () => {
  fc.assert(
    fc.property(content, monitors, border, (wish, screens, b) => {
      const once = contentOnMonitor(wish, screens, b);
      expect(sameRect(contentOnMonitor(once, screens, b), once)).toBe(true);
      if (screens.some((one) => contains(one, frameAround(wish, b)))) expect(once).toEqual(wish);
    }),
  );
});

test('a size is kept when it fits some monitor that it is on', () => {
  fc.assert(
    fc.property(content, monitor, border, (wish, screen, b) => {
      const placed = contentOnMonitor(wish, [screen], b);
      expect(placed.width).toBe(Math.min(wish.width, screen.width - 2 * b));
      expect(placed.height).toBe(Math.min(wish.height, screen.height - 2 * b));
    }),
  );
});

test('content and frame belong together', () => {
  fc.assert(
    fc.property(content, border, (wish, b) => {
      expect(contentOf(frameAround(wish, b), b)).toEqual(wish);
    }),
  );
});
