/**
 * Writes a picture as PNG (8 bits RGB), for people who look at what a test saw.
 */
import { writeFileSync } from 'node:fs';
import { deflateSync } from 'node:zlib';
import type { Image } from './image.ts';

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const RGB = 2;

/** @param zoom each pixel becomes a square of so many */
export function writePng(path: string, image: Image, zoom = 1): void {
  const width = image.width * zoom;
  const height = image.height * zoom;
  const raw = Buffer.alloc(height * (1 + width * 3));
  let at = 0;
  for (let row = 0; row < height; row++) {
    raw[at++] = 0;
    for (let column = 0; column < width; column++) {
      const from = (Math.floor(row / zoom) * image.width + Math.floor(column / zoom)) * 4;
      raw[at++] = image.data[from + 2] as number;
      raw[at++] = image.data[from + 1] as number;
      raw[at++] = image.data[from] as number;
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 8;
  header[9] = RGB;
  const parts = [SIGNATURE, chunk('IHDR', header), chunk('IDAT', deflateSync(raw))];
  writeFileSync(path, Buffer.concat([...parts, chunk('IEND', Buffer.alloc(0))]));
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const out = Buffer.alloc(12 + data.length);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  out.writeUInt32BE(crc32(body), 8 + data.length);
  return out;
}

function crc32(bytes: Buffer): number {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}
