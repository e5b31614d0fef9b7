/**
 * Pools whose pages have a colour each, so that a picture tells which page every
 * pixel came from.
 */
import { type Fd, native } from '../../src/native/addon.ts';

const PAGE_BYTES = 4096;

/** 0xRRGGBB of every pixel in page `page`. */
function pageColor(page: number): number {
  return (page * 0x01_09_4d + 0x20_40_60) & 0xff_ff_ff;
}

/** Colours the pages `from` to `from + count - 1`. */
export function fillPages(pool: Fd, from: number, count: number): void {
  const bytes = Buffer.alloc(PAGE_BYTES);
  for (let page = from; page < from + count; page++) {
    for (let at = 0; at < PAGE_BYTES; at += 4) bytes.writeUInt32LE(pageColor(page), at);
    native().writeAt(pool, bytes, page * PAGE_BYTES);
  }
}

/** The colour of the pixel at (x, y) of an image `width` pixels wide in `refs`. */
export function imageColor(
  refs: ArrayLike<number>,
  width: number,
  x: number,
  y: number,
): number | undefined {
  const page = refs[Math.floor(((y * width + x) * 4) / PAGE_BYTES)];
  return page === undefined ? undefined : pageColor(page);
}
