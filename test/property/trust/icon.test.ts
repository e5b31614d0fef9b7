/**
 * Whatever pixels a qube sends, its icon has the hue of its label and of no
 * other; transparency and size stay within what was promised.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Icon } from '../../../src/trust/icon.ts';
import { IconScaler, scaledDown } from '../../../src/trust/icon-scale.ts';
import { GRAY_RANGE, tinted } from '../../../src/trust/icon-tint.ts';
import { BUILTIN_LABELS } from '../../../src/trust/label.ts';

const icon: fc.Arbitrary<Icon> = fc
  .tuple(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 20 }))
  .chain(([width, height]) =>
    fc
      .uint8Array({ minLength: width * height * 4, maxLength: width * height * 4 })
      .map((pixels) => ({ width, height, pixels })),
  );

const label = fc.constantFrom(...BUILTIN_LABELS);

function channels(color: number): [number, number, number] {
  return [(color >> 16) & 255, (color >> 8) & 255, color & 255];
}

/** Degrees; undefined for a gray. */
function hue([r, g, b]: readonly [number, number, number]): number | undefined {
  const most = Math.max(r, g, b);
  const range = most - Math.min(r, g, b);
  if (range === 0) return undefined;
  if (most === r) return (((g - b) / range) * 60 + 360) % 360;
  return most === g ? ((b - r) / range) * 60 + 120 : ((r - g) / range) * 60 + 240;
}

/** None for labels that look gray: black, and gray with its touch of green. */
function labelHue(color: number): number | undefined {
  const parts = channels(color);
  return Math.max(...parts) - Math.min(...parts) < GRAY_RANGE ? undefined : hue(parts);
}

function apart(a: number, b: number): number {
  const difference = Math.abs(a - b) % 360;
  return Math.min(difference, 360 - difference);
}

function mean({ pixels }: Icon): [number, number, number] {
  const sums: [number, number, number] = [0, 0, 0];
  for (let at = 0; at < pixels.length; at += 4) {
    for (let c = 0; c < 3; c++) sums[c as 0] += pixels[at + c] as number;
  }
  return sums.map((sum) => sum / (pixels.length / 4)) as [number, number, number];
}

describe('the tint', () => {
  it('gives every pixel and the mean the hue of the label', () => {
    fc.assert(
      fc.property(icon, label, (from, { color }) => {
        const out = tinted(from, color);
        const wanted = labelHue(color);
        for (let at = 0; at < out.pixels.length; at += 4) {
          const [r = 0, g = 0, b = 0] = out.pixels.subarray(at, at + 3);
          const got = hue([r, g, b]);
          if (wanted === undefined) expect(got).toBeUndefined();
          // Colour is a quarter of the range at least: rounding turns it by a degree, no more.
          else expect(apart(got as number, wanted)).toBeLessThan(1.5);
        }
        const got = hue(mean(out));
        if (wanted === undefined) expect(got).toBeUndefined();
        else expect(apart(got as number, wanted)).toBeLessThan(1.5);
      }),
      { numRuns: 300 },
    );
  });

  it('keeps alpha and size, and is the same for the same pixels', () => {
    fc.assert(
      fc.property(icon, label, (from, { color }) => {
        const out = tinted(from, color);
        expect([out.width, out.height]).toEqual([from.width, from.height]);
        const alphas = (one: Icon) => one.pixels.filter((_, at) => at % 4 === 3);
        expect(alphas(out)).toEqual(alphas(from));
        expect(tinted(from, color)).toEqual(out);
      }),
      { numRuns: 100 },
    );
  });

  it('keeps light and dark apart', () => {
    const gray = (level: number): Icon => ({
      width: 1,
      height: 1,
      pixels: Uint8Array.of(level, level, level, 255),
    });
    for (const { color } of BUILTIN_LABELS) {
      const levels = [0, 64, 128, 192, 255].map((level) => {
        const [r = 0, g = 0, b = 0] = tinted(gray(level), color).pixels;
        return r + g + b;
      });
      expect(levels).toEqual([...levels].sort((a, b) => a - b));
      expect(new Set(levels).size).toBe(5);
    }
  });

  it('black and gray make gray icons', () => {
    expect(BUILTIN_LABELS.filter(({ color }) => labelHue(color) === undefined)).toMatchObject([
      { name: 'gray' },
      { name: 'black' },
    ]);
  });

  it('no label looks like another: every pair of tints of one icon differs', () => {
    const from: Icon = { width: 1, height: 1, pixels: Uint8Array.of(200, 30, 90, 255) };
    const looks = BUILTIN_LABELS.map(({ color }) => labelHue(color)).filter(
      (one) => one !== undefined,
    );
    expect(new Set(looks.map((one) => Math.round(one))).size).toBe(looks.length);
    const tints = BUILTIN_LABELS.filter(({ color }) => labelHue(color) !== undefined).map(
      ({ color }) => tinted(from, color).pixels.join(),
    );
    expect(new Set(tints).size).toBe(tints.length);
  });

  it('the numbers of the reference (I1 for green)', () => {
    const from: Icon = {
      width: 2,
      height: 1,
      pixels: Uint8Array.of(1, 2, 3, 255, 0, 0, 0, 0),
    };
    expect([...tinted(from, 0x73d216).pixels]).toEqual([0x21, 0x42, 0, 255, 0x1f, 0x3f, 0, 0]);
  });
});

describe('scaling', () => {
  it('never leaves a side above the limit, nor a smaller icon changed', () => {
    fc.assert(
      fc.property(icon, fc.integer({ min: 1, max: 20 }), (from, side) => {
        const out = scaledDown(from, side);
        expect(Math.max(out.width, out.height)).toBeLessThanOrEqual(side);
        expect(out.pixels.length).toBe(out.width * out.height * 4);
        if (Math.max(from.width, from.height) <= side) expect(out).toBe(from);
      }),
      { numRuns: 200 },
    );
  });

  it('is the same under every split of the bytes', () => {
    fc.assert(
      fc.property(
        icon,
        fc.integer({ min: 1, max: 7 }),
        fc.integer({ min: 1, max: 8 }),
        (from, step, side) => {
          const scaler = new IconScaler(from.width, from.height, side);
          for (let at = 0; at < from.pixels.length; at += step) {
            expect(scaler.finished()).toBeUndefined();
            scaler.push(from.pixels.subarray(at, at + step));
          }
          const whole = new IconScaler(from.width, from.height, side);
          whole.push(from.pixels);
          expect(scaler.finished()).toEqual(whole.finished());
        },
      ),
      { numRuns: 200 },
    );
  });

  it('keeps one colour one colour, whatever lies under transparent pixels', () => {
    const pixels = new Uint8Array(4 * 4 * 4);
    for (let at = 0; at < pixels.length; at += 4) {
      pixels.set((at / 4) % 2 === 0 ? [10, 200, 30, 255] : [255, 0, 255, 0], at);
    }
    const out = scaledDown({ width: 4, height: 4, pixels }, 2);
    for (let at = 0; at < out.pixels.length; at += 4) {
      expect([...out.pixels.subarray(at, at + 4)]).toEqual([10, 200, 30, 128]);
    }
  });

  it('what is too much is ignored', () => {
    const scaler = new IconScaler(2, 1, 2);
    scaler.push(new Uint8Array(8).fill(7));
    scaler.push(new Uint8Array(100).fill(9));
    expect(scaler.finished()?.pixels).toEqual(new Uint8Array(8).fill(7));
  });
});
