import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contains, intersect, type Rect } from '../../../src/base/geometry.ts';
import {
  coveredArea,
  keptOnMonitor,
  monitorOf,
  overrideVerdict,
} from '../../../src/trust/override-redirect.ts';

const rect = (x: number, y: number, width: number, height: number): Rect => ({
  x,
  y,
  width,
  height,
});
const LEFT = rect(0, 0, 1000, 1000);
const RIGHT = rect(1000, 0, 500, 500);
const BOTH: readonly [Rect, Rect] = [LEFT, RIGHT];

describe('overrideVerdict', () => {
  it('allows up to 90 % of a monitor and not more', () => {
    expect(overrideVerdict(rect(0, 0, 1000, 900), [], BOTH)).toEqual({ allow: true });
    expect(overrideVerdict(rect(0, 0, 1000, 901), [], BOTH)).toEqual({
      allow: false,
      reason: 'too-large',
    });
  });

  it('counts each monitor by itself: the small one may not be covered either', () => {
    expect(overrideVerdict(rect(990, 0, 510, 500), [], BOTH)).toMatchObject({
      reason: 'too-large',
    });
  });

  it('counts a frame as it is, not as what shows of it', () => {
    expect(overrideVerdict(rect(900, 900, 5000, 5000), [], [LEFT])).toMatchObject({
      reason: 'too-large',
    });
  });

  it('refuses the one that takes all of a qube past the limit together', () => {
    const half = rect(0, 0, 1000, 500);
    expect(overrideVerdict(half, [], [LEFT])).toEqual({ allow: true });
    expect(overrideVerdict(rect(0, 500, 1000, 450), [half], [LEFT])).toEqual({
      allow: false,
      reason: 'too-many',
    });
    expect(overrideVerdict(rect(0, 100, 1000, 400), [half], [LEFT])).toEqual({ allow: true });
  });

  it('does not blame a menu on one monitor for what covers another', () => {
    expect(overrideVerdict(rect(1100, 10, 50, 50), [rect(0, 0, 1000, 950)], BOTH)).toEqual({
      allow: true,
    });
  });
});

describe('coveredArea', () => {
  it('counts overlaps once: the same as counting pixels', () => {
    const monitor = rect(2, 3, 20, 15);
    const any = fc.record({
      x: fc.integer({ min: -5, max: 25 }),
      y: fc.integer({ min: -5, max: 25 }),
      width: fc.integer({ min: 0, max: 15 }),
      height: fc.integer({ min: 0, max: 15 }),
    });
    fc.assert(
      fc.property(fc.array(any, { maxLength: 6 }), (rects) => {
        let pixels = 0;
        for (let y = 3; y < 18; y++) {
          for (let x = 2; x < 22; x++) {
            if (rects.some((r) => intersect(r, rect(x, y, 1, 1)))) pixels++;
          }
        }
        expect(coveredArea(rects, monitor)).toBe(pixels);
      }),
    );
  });
});

describe('keptOnMonitor', () => {
  it('moves a popup onto the monitor that shows most of it', () => {
    expect(keptOnMonitor(rect(-50, 20, 100, 100), BOTH)).toEqual(rect(0, 20, 100, 100));
    expect(keptOnMonitor(rect(960, 10, 100, 100), BOTH)).toEqual(rect(1000, 10, 100, 100));
    expect(keptOnMonitor(rect(5000, 5000, 10, 10), BOTH)).toEqual(rect(1490, 490, 10, 10));
  });

  it('shows all four sides of anything on one monitor, and changes nothing that fits', () => {
    const any = fc.record({
      x: fc.integer({ min: -3000, max: 3000 }),
      y: fc.integer({ min: -3000, max: 3000 }),
      width: fc.integer({ min: 1, max: 3000 }),
      height: fc.integer({ min: 1, max: 3000 }),
    });
    fc.assert(
      fc.property(any, (wish) => {
        const kept = keptOnMonitor(wish, BOTH);
        expect(BOTH.some((monitor) => contains(monitor, kept))).toBe(true);
        if (contains(monitorOf(wish, BOTH), wish)) expect(kept).toEqual(wish);
      }),
    );
  });
});
