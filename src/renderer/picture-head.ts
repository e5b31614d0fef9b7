/**
 * What stands before the pixels that `livery encode` reads: width and height, 32
 * bits each, little-endian.
 */
export const HEAD_BYTES = 8;

export function pictureHead(width: number, height: number): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt32LE(width, 0);
  head.writeUInt32LE(height, 4);
  return head;
}
