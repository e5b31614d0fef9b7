/**
 * A picture of a part of the screen, as the X server gives it: BGRX rows.
 */
import type { Rect } from '../../src/base/geometry.ts';
import type { XConnection } from '../../src/x11/connection.ts';
import type { ImageReply } from '../../src/x11/package-records.ts';

export class Image {
  /** Where its first pixel lies in root coordinates. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly data: Buffer;

  constructor(rect: Rect, data: Buffer) {
    if (data.length < rect.width * rect.height * 4) throw new RangeError('the image is cut');
    this.x = rect.x;
    this.y = rect.y;
    this.width = rect.width;
    this.height = rect.height;
    this.data = data;
  }

  /** 0xRRGGBB at root coordinates, or undefined outside of the picture. */
  pixel(x: number, y: number): number | undefined {
    const column = x - this.x;
    const row = y - this.y;
    if (column < 0 || row < 0 || column >= this.width || row >= this.height) return undefined;
    return this.data.readUInt32LE((row * this.width + column) * 4) & 0xffffff;
  }

  /** How many pixels of `rect` fulfil `test`; pixels outside of the picture do not. */
  count(rect: Rect, test: (color: number) => boolean): number {
    let count = 0;
    for (let y = rect.y; y < rect.y + rect.height; y++) {
      for (let x = rect.x; x < rect.x + rect.width; x++) {
        const color = this.pixel(x, y);
        if (color !== undefined && test(color)) count++;
      }
    }
    return count;
  }

  /** Pixels of `rect` that are not what `expected` says for them (root coordinates). */
  differences(rect: Rect, expected: (x: number, y: number) => number): number {
    let count = 0;
    for (let y = rect.y; y < rect.y + rect.height; y++) {
      for (let x = rect.x; x < rect.x + rect.width; x++) {
        if (this.pixel(x, y) !== expected(x, y)) count++;
      }
    }
    return count;
  }
}

/** The screen, or a part of it that lies inside. */
export async function grab(x: XConnection, rect?: Rect): Promise<Image> {
  const area = rect ?? { x: 0, y: 0, width: x.screen.width, height: x.screen.height };
  const reply = await x.request<ImageReply>((done) =>
    x.X.GetImage(2, x.root, area.x, area.y, area.width, area.height, 0xffffff, done),
  );
  return new Image(area, Buffer.from(reply.data));
}
