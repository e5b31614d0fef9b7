/**
 * The choice among a program's icons, whatever the program wrote.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseIcon } from '../../../src/agent/icon-choice.ts';

function value(...sizes: readonly (readonly [number, number])[]): Buffer {
  return Buffer.concat(
    sizes.map(([width, height]) => {
      const words = Buffer.alloc(8 + width * height * 4, width & 255);
      words.writeUInt32LE(width, 0);
      words.writeUInt32LE(height, 4);
      return words;
    }),
  );
}

const sideOf = (...sizes: readonly (readonly [number, number])[]): number | undefined =>
  chooseIcon(value(...sizes))?.width;

describe('the icon that is sent', () => {
  it('is the smallest of at least 128, else the largest', () => {
    expect(sideOf([16, 16], [32, 32], [48, 48])).toBe(48);
    expect(sideOf([16, 16], [256, 256], [128, 128], [512, 512])).toBe(128);
    expect(sideOf([64, 64], [256, 256], [200, 200])).toBe(200);
    expect(sideOf()).toBeUndefined();
  });

  it('is thinned out when it is too large for a record', () => {
    expect(sideOf([16, 16], [1024, 1024])).toBe(256);
    expect(chooseIcon(value([600, 20]))).toMatchObject({ width: 200, height: 7 });
  });

  it('has its channels as the wire has them', () => {
    const words = value([1, 1]);
    words.writeUInt32LE(0x80102030, 8);
    expect([...(chooseIcon(words)?.pixels ?? [])]).toEqual([0x10, 0x20, 0x30, 0x80]);
  });

  it('is whole, whatever sizes are claimed', () => {
    expect(chooseIcon(value([32, 32]).subarray(0, -4))).toBeUndefined();
    expect(chooseIcon(value([16, 16], [32, 32]).subarray(0, -4))?.width).toBe(16);
    expect(chooseIcon(Buffer.from('ffffffffffffffff', 'hex'))).toBeUndefined();
    const word = fc.oneof(fc.integer({ min: 0, max: 9 }), fc.nat(0xffffffff));
    fc.assert(
      fc.property(fc.array(word, { maxLength: 60 }), fc.nat(3), (words, cut) => {
        const bytes = Buffer.alloc(words.length * 4);
        for (const [at, one] of words.entries()) bytes.writeUInt32LE(one, at * 4);
        const icon = chooseIcon(bytes.subarray(0, Math.max(0, bytes.length - cut)));
        if (!icon) return;
        expect(icon.pixels.length).toBe(icon.width * icon.height * 4);
        expect(Math.max(icon.width, icon.height)).toBeLessThanOrEqual(256);
      }),
      { numRuns: 500 },
    );
  });
});
