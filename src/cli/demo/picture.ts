/**
 * A picture of dom0's own screen, in memory.
 */
import type { Rect } from '../../base/geometry.ts';

export class Picture {
  readonly width: number;
  readonly height: number;
  /** width * height * 3 bytes, rows from the top. */
  readonly rgb: Uint8Array;

  constructor(width: number, height: number, rgb: Uint8Array) {
    if (rgb.length !== width * height * 3) throw new RangeError('rgb does not fit the size');
    this.width = width;
    this.height = height;
    this.rgb = rgb;
  }

  /** From GetImage's ZPixmap of a depth-24 screen: four bytes per pixel, BGRX. */
  static fromBgrx(width: number, height: number, bgrx: Uint8Array): Picture {
    const rgb = new Uint8Array(width * height * 3);
    for (let from = 0, to = 0; to < rgb.length; from += 4, to += 3) {
      rgb[to] = bgrx[from + 2] as number;
      rgb[to + 1] = bgrx[from + 1] as number;
      rgb[to + 2] = bgrx[from] as number;
    }
    return new Picture(width, height, rgb);
  }

  equals(other: Picture): boolean {
    return this.width === other.width && Buffer.compare(this.rgb, other.rgb) === 0;
  }

  /** 0xRRGGBB, or undefined outside of the picture. */
  at(x: number, y: number): number | undefined {
    if (x < 0 || y < 0 || x >= this.width || y >= this.height) return undefined;
    const i = (y * this.width + x) * 3;
    const [r = 0, g = 0, b = 0] = [this.rgb[i], this.rgb[i + 1], this.rgb[i + 2]];
    return (r << 16) | (g << 8) | b;
  }

  /** How many different colours the rectangle has; stops counting at `enough`. */
  colorsIn({ x, y, width, height }: Rect, enough: number): number {
    const seen = new Set<number>();
    for (let row = y; row < y + height; row++) {
      for (let column = x; column < x + width; column++) {
        const color = this.at(column, row);
        if (color !== undefined) seen.add(color);
        if (seen.size >= enough) return seen.size;
      }
    }
    return seen.size;
  }
}
