/**
 * Puts the qubes' pixels on the screen through the shared drawing connection:
 * damage, clipped to the qube's image and the content window, becomes
 * ShmPutImage from memory that the X server has attached read-only. No pixel
 * enters this process's JavaScript, and nothing but content windows is ever
 * named. Per window a bounded number of bytes is under way; what comes
 * meanwhile merges (DESIGN 3). The depth is 24: the fourth byte means nothing.
 */

import { messageOf } from '../base/errors.ts';
import type { Size } from '../base/geometry.ts';
import type { XWindowId } from '../base/ids.ts';
import type { Log } from '../base/log.ts';
import type { PoolHandle } from '../channel/pool.ts';
import { type Fd, native, PAGE_BYTES, type Staging } from '../native/addon.ts';
import type { Surface } from '../session/port.ts';
import type { DrawLane } from '../x11/lane.ts';
import { type AttachedPool, Canvas } from './canvas.ts';
import { NEUTRAL_FILL } from './frame.ts';

const DEPTH = 24;
/** Bytes under way per window: two full-HD images. */
const WINDOW_BYTES = 16 << 20;
/** A put costs the server something however small it is: at most 64 are under way. */
const MIN_PUT_BYTES = WINDOW_BYTES / 64;

export class Painter {
  readonly #lane: DrawLane;
  readonly #log: Log;
  readonly #gc: number;
  readonly #queue: Canvas[] = [];
  readonly #paintNow = (): void => this.#paint();
  readonly #waiting = new Set<() => void>();
  #scheduled = false;

  constructor(lane: DrawLane, log: Log) {
    this.#lane = lane;
    this.#log = log;
    this.#gc = lane.allocId();
    lane.createGc(this.#gc, lane.root);
  }

  /** The X server maps the pool, read-only, until `detachPool`. The caller keeps the handle. */
  attachPool(pool: PoolHandle, owner: number): AttachedPool {
    return { segment: this.#attach(pool.fd, owner), fd: pool.fd, pages: pool.pages };
  }

  detachPool(pool: AttachedPool): void {
    this.#detach(pool.segment);
  }

  /**
   * A window to draw in, `ready` once the server is known to have made it.
   * @param firstPixels called once, when pixels of the qube are on the screen
   */
  canvas(
    drawable: XWindowId,
    owner: number,
    pool: AttachedPool,
    size: Size,
    firstPixels: () => void,
  ): Canvas {
    return new Canvas(drawable, owner, pool, size, (canvas) => {
      canvas.outstanding -= canvas.fenced;
      canvas.fenceUnderWay = false;
      if (canvas.gone) return;
      if (!canvas.shown) {
        canvas.shown = true;
        firstPixels();
      }
      if (canvas.count > 0) this.#enqueue(canvas);
    });
  }

  /** A new image of the window (all of it is put), or none (neutral fill). */
  setSurface(canvas: Canvas, surface: Surface | undefined): void {
    canvas.clear();
    canvas.surface = undefined;
    if (surface === undefined || !liesIn(surface, canvas.pool) || !this.#place(canvas, surface)) {
      this.#releaseStaging(canvas);
      this.#clearOutside(canvas, 0, 0);
      return;
    }
    canvas.surface = surface;
    this.#clearOutside(canvas, surface.width, surface.height);
    this.damaged(canvas, 0, 0, surface.width, surface.height);
  }

  /** Part of the image changed, or part of the content has to be drawn again. */
  damaged(canvas: Canvas, x: number, y: number, width: number, height: number): void {
    const surface = canvas.surface;
    if (surface === undefined || !canvas.viewable || !canvas.ready || canvas.gone) return;
    const left = Math.max(0, x);
    const top = Math.max(0, y);
    const right = Math.min(x + width, surface.width, canvas.width);
    const bottom = Math.min(y + height, surface.height, canvas.height);
    if (right <= left || bottom <= top) return;
    canvas.add(left, top, right - left, bottom - top);
    this.#enqueue(canvas);
  }

  /** Everything that the window shows is drawn again. */
  redraw(canvas: Canvas): void {
    this.damaged(canvas, 0, 0, canvas.width, canvas.height);
  }

  /** The window is destroyed after this: nothing more is put, its staging area goes. */
  forget(canvas: Canvas): void {
    canvas.gone = true;
    canvas.clear();
    canvas.surface = undefined;
    this.#releaseStaging(canvas);
  }

  /** Calls `done` when the X server has carried out every put of before, or is gone. */
  fence(done: () => void): void {
    if (this.#lane.closed) {
      queueMicrotask(done);
      return;
    }
    this.#waiting.add(done);
    this.#lane.fence(() => {
      if (this.#waiting.delete(done)) done();
    }, 0);
  }

  /** The drawing connection ended: fences under way will never be answered. */
  closed(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const done of waiting) done();
  }

  #enqueue(canvas: Canvas): void {
    if (canvas.queued) return;
    canvas.queued = true;
    this.#queue.push(canvas);
    if (this.#scheduled) return;
    this.#scheduled = true;
    // After the rest of the messages that were read together.
    queueMicrotask(this.#paintNow);
  }

  #paint(): void {
    this.#scheduled = false;
    for (const canvas of this.#queue) {
      canvas.queued = false;
      if (!canvas.gone && canvas.outstanding < WINDOW_BYTES) this.#put(canvas);
    }
    this.#queue.length = 0;
  }

  #put(canvas: Canvas): void {
    const lane = this.#lane;
    const surface = canvas.surface;
    if (surface === undefined || canvas.count === 0 || lane.closed) return;
    canvas.tidy();
    lane.owner = canvas.owner;
    const rects = canvas.rects;
    for (let at = 0; at < canvas.count * 4; at += 4) {
      const x = rects[at] as number;
      const y = rects[at + 1] as number;
      const width = rects[at + 2] as number;
      const height = rects[at + 3] as number;
      if (canvas.staging) copyRows(canvas, surface, canvas.staging, x, y, width, height);
      lane.putImage(
        canvas.drawable,
        this.#gc,
        surface.width,
        surface.height,
        x,
        y,
        width,
        height,
        x,
        y,
        DEPTH,
        canvas.segment,
        canvas.offset,
      );
      canvas.outstanding += Math.max(MIN_PUT_BYTES, width * height * 4);
    }
    canvas.clear();
    if (!canvas.fenceUnderWay && (!canvas.shown || canvas.outstanding > WINDOW_BYTES / 2)) {
      canvas.fenceUnderWay = true;
      canvas.fenced = canvas.outstanding;
      lane.fence(canvas.onFence, 0);
    }
  }

  /** Finds or makes the segment that the image is put from; false when there is no memory for it. */
  #place(canvas: Canvas, surface: Surface): boolean {
    if (surface.firstPage !== undefined) {
      this.#releaseStaging(canvas);
      canvas.segment = canvas.pool.segment;
      canvas.offset = surface.firstPage * PAGE_BYTES;
      return true;
    }
    const bytes = pagesOf(surface) * PAGE_BYTES;
    canvas.offset = 0;
    if (canvas.staging && canvas.staging.sizeBytes >= bytes) return true;
    this.#releaseStaging(canvas);
    let staging: Staging;
    try {
      staging = native().createStaging('livery-staging', bytes);
    } catch (error) {
      this.#log.warn(
        { domain: canvas.owner, bytes },
        `no memory to draw from: ${messageOf(error)}`,
      );
      return false;
    }
    canvas.segment = this.#attach(staging.fd, canvas.owner);
    canvas.staging = staging;
    return true;
  }

  #releaseStaging(canvas: Canvas): void {
    if (!canvas.staging) return;
    this.#detach(canvas.segment);
    canvas.staging[Symbol.dispose]();
    canvas.staging = undefined;
  }

  /** What no image covers shows the neutral fill, not what was there before. */
  #clearOutside(canvas: Canvas, width: number, height: number): void {
    if (!canvas.ready || !canvas.viewable || canvas.gone || this.#lane.closed) return;
    this.#lane.owner = canvas.owner;
    if (width < canvas.width) this.#lane.clearArea(canvas.drawable, width, 0, 0, 0);
    if (height < canvas.height && width > 0) {
      this.#lane.clearArea(canvas.drawable, 0, height, width, 0);
    }
  }

  #attach(fd: Fd, owner: number): number {
    const segment = this.#lane.allocId();
    this.#lane.owner = owner;
    this.#lane.attachFd(segment, fd, true);
    return segment;
  }

  #detach(segment: number): void {
    if (this.#lane.closed) return;
    this.#lane.detach(segment);
    this.#lane.freeId(segment);
  }
}

function pagesOf(surface: Size): number {
  return Math.ceil((surface.width * surface.height * 4) / PAGE_BYTES);
}

/** Every page of the image exists in the pool; the session has checked their number. */
function liesIn(surface: Surface, pool: AttachedPool): boolean {
  const pages = pagesOf(surface);
  if (pages === 0 || surface.refs.length < pages) return false;
  if (surface.firstPage !== undefined) return surface.firstPage + pages <= pool.pages;
  return surface.refs.every((page) => page < pool.pages);
}

function copyRows(
  canvas: Canvas,
  surface: Surface,
  staging: Staging,
  x: number,
  y: number,
  width: number,
  height: number,
): void {
  staging.copyRows({
    source: canvas.pool.fd,
    refs: surface.refs,
    stride: surface.width * 4,
    x,
    y,
    width,
    height,
    destinationOffset: 0,
    fill: NEUTRAL_FILL,
  });
}
