/**
 * MIT-SHM over an XConnection. The package's own AttachFd opens /proc/self/fd
 * and is not used: the request is encoded here and takes its place in the
 * connection's one queue, so that sequence numbers stay right whatever else is
 * under way. An attached segment stays mapped in the server until detached.
 */
import type { Rect } from '../base/geometry.ts';
import type { Fd } from '../native/addon.ts';
import type { XConnection } from './connection.ts';

export interface ShmImage {
  readonly drawable: number;
  readonly gc: number;
  /** Size of the whole image in the segment; stride = totalWidth * 4. */
  readonly totalWidth: number;
  readonly totalHeight: number;
  readonly srcX: number;
  readonly srcY: number;
  readonly width: number;
  readonly height: number;
  readonly dstX: number;
  readonly dstY: number;
  readonly depth: number;
  readonly segment: number;
  /** Where the image begins in the segment, in bytes. */
  readonly offset: number;
}

export class Shm {
  readonly #x: XConnection;
  readonly #major: number;
  /** The server can make pixmaps that lie in a segment. */
  readonly sharedPixmaps: boolean;

  private constructor(x: XConnection, major: number, sharedPixmaps: boolean) {
    this.#x = x;
    this.#major = major;
    this.sharedPixmaps = sharedPixmaps;
  }

  /** Rejects when the server has no MIT-SHM 1.2 (descriptor passing). */
  static async open(x: XConnection): Promise<Shm> {
    const { majorOpcode } = await queryExtension(x, 'MIT-SHM');
    const bytes = Buffer.from([majorOpcode, 0, 1, 0]);
    const version = await x.sendForReply(bytes, (body, detail) => ({
      sharedPixmaps: detail !== 0,
      major: body.readUInt16LE(0),
      minor: body.readUInt16LE(2),
    }));
    if (version.major < 1 || (version.major === 1 && version.minor < 2)) {
      throw new Error('the X server has no MIT-SHM 1.2');
    }
    return new Shm(x, majorOpcode, version.sharedPixmaps);
  }

  /** Maps the whole of `fd` in the server; returns the segment's number. The caller keeps `fd`. */
  attachFd(fd: Fd, readOnly: boolean): number {
    const segment = this.#x.allocId();
    const bytes = Buffer.alloc(12);
    bytes[0] = this.#major;
    bytes[1] = 6;
    bytes.writeUInt16LE(3, 2);
    bytes.writeUInt32LE(segment, 4);
    bytes[8] = readOnly ? 1 : 0;
    this.#x.send(bytes, [fd]);
    return segment;
  }

  detach(segment: number): void {
    const bytes = Buffer.alloc(8);
    bytes[0] = this.#major;
    bytes[1] = 2;
    bytes.writeUInt16LE(2, 2);
    bytes.writeUInt32LE(segment, 4);
    this.#x.send(bytes);
    this.#x.freeId(segment);
  }

  /** A pixmap whose pixels are the segment's bytes (needs a segment attached read-write). */
  createPixmap(
    drawable: number,
    width: number,
    height: number,
    depth: number,
    segment: number,
    offset: number,
  ): number {
    const pixmap = this.#x.allocId();
    const bytes = Buffer.alloc(28);
    bytes[0] = this.#major;
    bytes[1] = 5;
    bytes.writeUInt16LE(7, 2);
    bytes.writeUInt32LE(pixmap, 4);
    bytes.writeUInt32LE(drawable, 8);
    bytes.writeUInt16LE(width, 12);
    bytes.writeUInt16LE(height, 14);
    bytes[16] = depth;
    bytes.writeUInt32LE(segment, 20);
    bytes.writeUInt32LE(offset, 24);
    this.#x.send(bytes);
    return pixmap;
  }

  /**
   * Has the server write a rectangle of a drawable into the segment (attached
   * read-write), rows of width * 4 bytes from its beginning on. Resolves when it
   * is there; rejects with XError when the rectangle leaves the drawable or the segment.
   */
  getImage(drawable: number, { x, y, width, height }: Rect, segment: number): Promise<void> {
    const bytes = Buffer.alloc(32);
    bytes[0] = this.#major;
    bytes[1] = 4;
    bytes.writeUInt16LE(8, 2);
    bytes.writeUInt32LE(drawable, 4);
    bytes.writeInt16LE(x, 8);
    bytes.writeInt16LE(y, 10);
    bytes.writeUInt16LE(width, 12);
    bytes.writeUInt16LE(height, 14);
    bytes.writeUInt32LE(0xffffffff, 16);
    bytes[20] = 2; // ZPixmap
    bytes.writeUInt32LE(segment, 24);
    return this.#x.sendForReply(bytes, () => undefined);
  }

  /** Draws a part of an image of the segment. Bounds are the server's to check (BadValue). */
  putImage(image: ShmImage): void {
    const bytes = Buffer.alloc(40);
    bytes[0] = this.#major;
    bytes[1] = 3;
    bytes.writeUInt16LE(10, 2);
    bytes.writeUInt32LE(image.drawable, 4);
    bytes.writeUInt32LE(image.gc, 8);
    bytes.writeUInt16LE(image.totalWidth, 12);
    bytes.writeUInt16LE(image.totalHeight, 14);
    bytes.writeUInt16LE(image.srcX, 16);
    bytes.writeUInt16LE(image.srcY, 18);
    bytes.writeUInt16LE(image.width, 20);
    bytes.writeUInt16LE(image.height, 22);
    bytes.writeInt16LE(image.dstX, 24);
    bytes.writeInt16LE(image.dstY, 26);
    bytes[28] = image.depth;
    bytes[29] = 2; // ZPixmap
    bytes.writeUInt32LE(image.segment, 32);
    bytes.writeUInt32LE(image.offset, 36);
    this.#x.send(bytes);
  }
}

export interface ExtensionCodes {
  readonly majorOpcode: number;
  readonly firstEvent: number;
  readonly firstError: number;
}

/** The numbers of an extension; rejects when the server does not have it. */
export async function queryExtension(x: XConnection, name: string): Promise<ExtensionCodes> {
  const padded = (name.length + 3) & ~3;
  const bytes = Buffer.alloc(8 + padded);
  bytes[0] = 98;
  bytes.writeUInt16LE(2 + padded / 4, 2);
  bytes.writeUInt16LE(name.length, 4);
  bytes.write(name, 8, 'latin1');
  const codes = await x.sendForReply(bytes, (body) => ({
    present: body[0] === 1,
    majorOpcode: body[1] as number,
    firstEvent: body[2] as number,
    firstError: body[3] as number,
  }));
  if (!codes.present) throw new Error(`the X server has no ${name} extension`);
  return codes;
}
