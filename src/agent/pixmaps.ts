/**
 * The X server's side of buffers: the pool attached as one segment, a shared
 * pixmap in it for each buffer, and one GC per depth. What fails is laid at the
 * buffer's door by its number.
 */
import { type Fd, PAGE_BYTES } from '../native/addon.ts';
import type { DrawLane } from '../x11/lane.ts';
import { Surface } from './surface.ts';
import type { QubeWindow } from './window.ts';

/** Whose request it is, on the lane: a surface's number, or one of these. */
export const NOBODY = -1;
export const POOL = 0;

export class Pixmaps {
  readonly #lane: DrawLane;
  readonly #segment: number;
  readonly #gcs = new Map<number, number>();
  #nextSurface = 1;

  /** `pool`: stays the caller's. */
  constructor(lane: DrawLane, pool: Fd) {
    this.#lane = lane;
    this.#segment = lane.allocId();
    lane.owner = POOL;
    lane.attachFd(this.#segment, pool, false);
    lane.owner = NOBODY;
  }

  /** A buffer at these pages for the pixels that the window has now. */
  make(window: QubeWindow, width: number, height: number, start: number, count: number): Surface {
    const lane = this.#lane;
    const id = this.#nextSurface++;
    const { drawable, depth, pixelSerial } = window;
    const named = lane.allocId();
    const pixmap = lane.allocId();
    lane.owner = id;
    lane.nameWindowPixmap(drawable, named);
    const offset = start * PAGE_BYTES;
    // Of the root's screen, not of the window, which may be gone: the depth's GC, made with
    // the first pixmap and kept, would not exist, and no window would ever have a picture.
    lane.createShmPixmap(pixmap, lane.root, width, height, depth, this.#segment, offset);
    const gc = this.#gc(depth, pixmap);
    lane.owner = NOBODY;
    return new Surface({
      ...{ id, named, pixmap, gc, start, count },
      ...{ width, height, pixelSerial },
    });
  }

  free({ named, pixmap }: Surface): void {
    this.#lane.freePixmap(named);
    this.#lane.freePixmap(pixmap);
    this.#lane.freeId(named);
    this.#lane.freeId(pixmap);
  }

  #gc(depth: number, pixmap: number): number {
    let gc = this.#gcs.get(depth);
    if (gc === undefined) {
      gc = this.#lane.allocId();
      this.#gcs.set(depth, gc);
      this.#lane.createGc(gc, pixmap);
    }
    return gc;
  }
}
