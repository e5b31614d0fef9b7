/**
 * Pixels of the screen as JPEG, by sharp: the screen itself and small pictures
 * of windows. Encodes only; nothing that a qube made is ever decoded here.
 */
import sharp from 'sharp';
import type { Size } from '../base/geometry.ts';

/** Above so many pixels colour is sent at half the resolution: a third of the work and of the bytes. */
const LARGE_PIXELS = 512 * 1024;
const QUALITY = { small: 88, large: 80, thumbnail: 75 } as const;

/** Once: one thread, no caches, nothing that reads a file format. */
export function preparePictures(): void {
  sharp.concurrency(1);
  sharp.cache(false);
  sharp.block({ operation: ['VipsForeignLoad'] });
}

/** @param pixels RGBX, rows of width * 4 bytes */
export function jpegOf(pixels: Buffer, size: Size): Promise<Buffer> {
  const large = size.width * size.height > LARGE_PIXELS;
  const { width, height } = size;
  return sharp(pixels, { raw: { width, height, channels: 4 } })
    .removeAlpha()
    .jpeg({
      quality: large ? QUALITY.large : QUALITY.small,
      chromaSubsampling: large ? '4:2:0' : '4:4:4',
      // A tenth fewer bytes are not worth twice the work.
      optimiseCoding: false,
    })
    .toBuffer();
}

/** The same, made smaller so that it fits into `within`. */
export function thumbnailOf(pixels: Buffer, size: Size, within: Size): Promise<Buffer> {
  // Made smaller with a fourth channel, colours would be weighed by it.
  return sharp(rgbOf(pixels), { raw: { width: size.width, height: size.height, channels: 3 } })
    .resize({ ...within, fit: 'inside', withoutEnlargement: true })
    .jpeg({ quality: QUALITY.thumbnail })
    .toBuffer();
}

function rgbOf(pixels: Buffer): Buffer {
  const rgb = Buffer.allocUnsafe((pixels.length / 4) * 3);
  for (let from = 0, to = 0; to < rgb.length; from += 4, to += 3) {
    rgb[to] = pixels[from] as number;
    rgb[to + 1] = pixels[from + 1] as number;
    rgb[to + 2] = pixels[from + 2] as number;
  }
  return rgb;
}
