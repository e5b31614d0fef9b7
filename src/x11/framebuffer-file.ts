/**
 * The framebuffer of an Xvfb that may become larger than it begins. Xvfb can
 * never be larger than at its start and paints all of that, so it starts large
 * with its framebuffer in a file of memory, and the memory of what is not on the
 * screen is given back. The file's name goes then; the memory goes with the server.
 */
import { mkdtempSync, rmSync, statfsSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import type { Size } from '../base/geometry.ts';

const PARENT = '/dev/shm';
/** As Xvfb calls it. */
const NAME = 'Xvfb_screen0';
/** The server writes its colormap there; the picture begins in the same page. */
const HEADER_BYTES = 4096;
const PIXEL_BYTES = 4;
/** So much is left to programs, which have their shared memory there. */
const LEFT_BYTES = 64 * 1024 * 1024;

export class FramebufferFile implements Disposable {
  /** For Xvfb's -fbdir. */
  readonly directory: string;
  /** The server's size when it starts. */
  readonly largest: Size;

  private constructor(directory: string, largest: Size) {
    this.directory = directory;
    this.largest = largest;
  }

  /** Undefined where there is no memory for it. */
  static make(largest: Size): FramebufferFile | undefined {
    if (!mayTake(largest.width * largest.height * PIXEL_BYTES)) return undefined;
    try {
      return new FramebufferFile(mkdtempSync(join(PARENT, 'livery-screen-')), largest);
    } catch {
      return undefined;
    }
  }

  /** A screen of this size can be drawn without running out of memory. */
  hasRoomFor({ height }: Size): boolean {
    return mayTake(this.largest.width * height * PIXEL_BYTES);
  }

  /**
   * Gives back what was painted: everything is black again. The server must do
   * nothing meanwhile; draw on the screen afterwards, so that its memory is there.
   */
  empty(): void {
    const file = join(this.directory, NAME);
    const { size } = statSync(file);
    truncateSync(file, HEADER_BYTES);
    truncateSync(file, size);
    this[Symbol.dispose]();
  }

  /** The name goes; a server that has the file keeps it. */
  [Symbol.dispose](): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

function mayTake(bytes: number): boolean {
  try {
    const { bavail, bsize } = statfsSync(PARENT);
    return bavail * bsize >= bytes + LEFT_BYTES;
  } catch {
    return false;
  }
}
