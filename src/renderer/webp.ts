/**
 * Pixels to WebP by sharp, without loss. Like draw.ts only for a process that
 * does nothing else; no loader of files is needed, so none is left.
 */
import sharp from 'sharp';

/** @param rgba width * height * 4 bytes, rows from the top */
export async function webp(rgba: Uint8Array, width: number, height: number): Promise<Buffer> {
  sharp.concurrency(1);
  sharp.cache(false);
  sharp.simd(false);
  sharp.block({ operation: ['VipsForeignLoad'] });
  return sharp(rgba, { raw: { width, height, channels: 4 }, limitInputPixels: false })
    .webp({ lossless: true, effort: 2 })
    .toBuffer();
}
