import { inflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodePng } from '../../../src/cli/png.ts';

/** A decoder for exactly what the PNG specification says of such files. */
function decode(png: Buffer): { width: number; height: number; rgb: number[] } {
  expect([...png.subarray(0, 8)]).toEqual([137, 80, 78, 71, 13, 10, 26, 10]);
  const chunks = new Map<string, Buffer>();
  for (let at = 8; at < png.length; ) {
    const length = png.readUInt32BE(at);
    chunks.set(png.toString('latin1', at + 4, at + 8), png.subarray(at + 8, at + 8 + length));
    at += 12 + length;
  }
  const header = chunks.get('IHDR') as Buffer;
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  expect([...header.subarray(8)]).toEqual([8, 2, 0, 0, 0]);
  expect(chunks.has('IEND')).toBe(true);
  const raw = inflateSync(chunks.get('IDAT') as Buffer);
  const stride = width * 3;
  const rgb: number[] = [];
  for (let y = 0; y < height; y++) {
    const filter = raw[y * (stride + 1)];
    for (let i = 0; i < stride; i++) {
      const value = raw[y * (stride + 1) + 1 + i] as number;
      const above = filter === 2 && y > 0 ? (rgb[(y - 1) * stride + i] as number) : 0;
      rgb.push((value + above) & 0xff);
    }
  }
  return { width, height, rgb };
}

describe('encodePng', () => {
  it('comes back as it was', () => {
    fc.assert(
      fc.property(
        fc
          .integer({ min: 1, max: 9 })
          .chain((width) =>
            fc.tuple(
              fc.constant(width),
              fc.uint8Array({ minLength: width * 3 * 4, maxLength: width * 3 * 4 }),
            ),
          ),
        ([width, rgb]) => {
          expect(decode(encodePng(width, 4, rgb))).toEqual({ width, height: 4, rgb: [...rgb] });
        },
      ),
    );
  });

  it('has the checksums of the specification', () => {
    // The IEND chunk is the same in every PNG file.
    const png = encodePng(1, 1, Uint8Array.of(1, 2, 3));
    expect(png.subarray(-12).toString('hex')).toBe('0000000049454e44ae426082');
  });

  it('refuses bytes that are not the picture', () => {
    expect(() => encodePng(2, 2, new Uint8Array(11))).toThrow(RangeError);
  });
});
