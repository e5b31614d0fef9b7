/**
 * A process that makes a WebP file of pixels, for `livery screenshot`: they come
 * on its standard input, the file that they become is its standard output, and in between it
 * has the rights of a worker that draws, which are next to none. It decodes
 * nothing: what comes is a head of two numbers, then rows.
 */
import { readSync, writeSync } from 'node:fs';
import { confine } from './confine.ts';
import { HEAD_BYTES } from './picture-head.ts';
import { webp } from './webp.ts';

/** A hundred full-HD screens; a wall of monitors is less. */
const MAX_PIXELS = 1 << 28;
/** WebP's own bound on each side. */
const MAX_SIDE = 16_383;

/** Resolves with the exit status: 0 = the file is written, 1 = it cannot be made. */
export async function runEncoder(): Promise<number> {
  // Whatever libraries open, they open now.
  await webp(Buffer.alloc(4), 1, 1);
  confine();
  const head = readAll(HEAD_BYTES);
  const [width, height] = [head.readUInt32LE(0), head.readUInt32LE(4)];
  const fits = width > 0 && height > 0 && width <= MAX_SIDE && height <= MAX_SIDE;
  if (!fits || width * height > MAX_PIXELS) return 1;
  const file = await webp(readAll(width * height * 4), width, height);
  for (let at = 0; at < file.length; ) at += writeSync(1, file, at);
  return 0;
}

function readAll(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length; ) {
    const count = readSync(0, bytes, at, length - at, null);
    if (count === 0) throw new Error('the picture is cut');
    at += count;
  }
  return bytes;
}
