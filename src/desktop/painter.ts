/**
 * Puts the qubes' pixels on the screen through the shared drawing connection:
 * damage, clipped to the qube's image and the content window, becomes
 * ShmPutImage from memory that the X server has attached read-only. No pixel
 * enters this process's JavaScript, and nothing but content windows is ever
 * named. Per qube a bounded number of bytes is under way; what comes
 * meanwhile merges (DESIGN 3). The depth is 24: the fourth byte means nothing.
 */

import type { Size } from '../base/geometry.ts';
import type { VmWindowId, XWindowId } from '../base/ids.ts';
import type { Log } from '../base/log.ts';
import type { Socket } from '../channel/channel.ts';
import { SHORTCUTS } from '../native/shortcut.ts';
import type { Surface } from '../session/port.ts';
import type { DrawLane } from '../x11/lane.ts';
import { Canvas, type ScreenSource } from './canvas.ts';
import { Flight } from './flight.ts';
import { type AttachedPool, ImageMemory, type QubePool, Segments } from './image-memory.ts';
import { PutShortcut } from './put-shortcut.ts';

const DEPTH = 24;
/** Its `then` is a microtask without the bookkeeping that `queueMicrotask` does for async hooks. */
const turn = Promise.resolve();
/** Scratch of `clip`: left, top, right, bottom. */
const clipped = new Int32Array(4);

export class Painter {
  readonly #lane: DrawLane;
  readonly #segments: Segments;
  /** 0xRRGGBB of what no image covers. */
  readonly #fill: number;
  readonly #gc: number;
  readonly #queue: Canvas[] = [];
  readonly #paintNow = (): void => this.#paint();
  readonly #waiting = new Set<() => void>();
  #scheduled = false;

  constructor(lane: DrawLane, log: Log, fill: number) {
    this.#lane = lane;
    this.#segments = new Segments(lane, log);
    this.#fill = fill;
    this.#gc = lane.allocId();
    lane.createGc(this.#gc, lane.root);
  }

  /**
   * Memory that we sealed: the X server maps it, read-only, until `detachPool`;
   * the caller keeps the handle. A file of others is opened for each image.
   */
  attachPool(pool: QubePool, owner: number): AttachedPool {
    const flight = new Flight(
      (canvas) => {
        canvas.queued = false;
        if (!canvas.gone && canvas.count > 0) this.#enqueue(canvas);
      },
      (landed) => this.#lane.fence(landed, 0),
    );
    return this.#segments.attachPool(pool, owner, flight);
  }

  detachPool(pool: AttachedPool): void {
    pool.shortcut?.disarm();
    pool.shortcut = undefined;
    this.#segments.detachPool(pool);
  }

  /** Damage that comes over `from` as messages of `type` may be put without us; not of every pool. */
  shortcut(pool: AttachedPool, from: Socket, type: number): PutShortcut | undefined {
    pool.shortcut = undefined;
    if (!SHORTCUTS || pool.memory.kind !== 'sealed' || this.#lane.closed) return undefined;
    const shortcut = new PutShortcut(type, pool.damage, pool.flight);
    this.#lane.putsFrom(from, shortcut.slot);
    pool.shortcut = shortcut;
    return shortcut;
  }

  /**
   * A window to draw in, `ready` once the server is known to have made it.
   * @param firstPixels called once, when pixels of the qube are on the screen
   */
  canvas(
    id: VmWindowId,
    drawable: XWindowId,
    pool: AttachedPool,
    screen: ScreenSource,
    size: Size,
    firstPixels: () => void,
  ): Canvas {
    const memory = new ImageMemory(this.#segments, pool);
    return new Canvas({ id, drawable, pool, memory, screen, size, firstPixels });
  }

  /** A new image of the window (all of it is put), or none (the screen's image, or neutral fill). */
  setSurface(canvas: Canvas, surface: Surface | undefined): void {
    canvas.clear();
    const usable = surface !== undefined && canvas.memory.place(surface);
    canvas.surface = usable ? surface : undefined;
    if (!usable) canvas.memory.release();
    this.refresh(canvas);
  }

  /** The window shows another image, or another part of one: all of it is put. */
  refresh(canvas: Canvas): void {
    this.#clearOutside(canvas);
    this.redraw(canvas);
  }

  /** Part of the image changed, or part of the content has to be drawn again. */
  damaged(canvas: Canvas, x: number, y: number, width: number, height: number): void {
    canvas.damage.told++;
    if (!canvas.viewable || !canvas.ready || canvas.gone) return;
    const source = canvas.source;
    if (source?.surface === undefined) return;
    if (!clip(canvas, source, source.surface, x, y, width, height)) return;
    const left = clipped[0] as number;
    const top = clipped[1] as number;
    canvas.add(left, top, (clipped[2] as number) - left, (clipped[3] as number) - top);
    this.#enqueue(canvas);
  }

  /** Everything that the window shows is drawn again. */
  redraw(canvas: Canvas): void {
    this.damaged(canvas, 0, 0, canvas.width, canvas.height);
  }

  /** The window is destroyed after this: nothing more is put, and its memory goes. */
  forget(canvas: Canvas): void {
    canvas.gone = true;
    canvas.clear();
    canvas.surface = undefined;
    canvas.memory.release();
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
    void turn.then(this.#paintNow);
  }

  #paint(): void {
    this.#scheduled = false;
    // One write, now: no turn of the loop more until it is on the screen.
    this.#lane.hold();
    for (const canvas of this.#queue) {
      // While its qube has no room it stays marked, and is not put in the list twice.
      if (!canvas.flight.hasRoom) canvas.flight.wait(canvas);
      else {
        canvas.queued = false;
        if (!canvas.gone) this.#put(canvas);
      }
    }
    this.#queue.length = 0;
    this.#lane.flush();
  }

  #put(canvas: Canvas): void {
    const lane = this.#lane;
    const source = canvas.source;
    const surface = source?.surface;
    if (source === undefined || surface === undefined || canvas.count === 0 || lane.closed) return;
    const { shortcut } = canvas.memory;
    shortcut?.settle();
    canvas.tidy();
    lane.owner = canvas.owner;
    const { memory } = source;
    const across = source === canvas ? 0 : canvas.screenX;
    const down = source === canvas ? 0 : canvas.screenY;
    const rects = canvas.rects;
    for (let at = 0; at < canvas.count * 4; at += 4) {
      // The screen's image may have become another one since this was noted.
      const noted = clip(
        canvas,
        source,
        surface,
        rects[at] as number,
        rects[at + 1] as number,
        rects[at + 2] as number,
        rects[at + 3] as number,
      );
      if (!noted) continue;
      const x = clipped[0] as number;
      const y = clipped[1] as number;
      const width = (clipped[2] as number) - x;
      const height = (clipped[3] as number) - y;
      if (!memory.refresh(surface, x + across, y + down, width, height, this.#fill)) continue;
      lane.putImage(
        canvas.drawable,
        this.#gc,
        surface.width,
        surface.height,
        x + across,
        y + down,
        width,
        height,
        x,
        y,
        DEPTH,
        memory.segment,
        memory.offset,
      );
      canvas.damage.put++;
      canvas.damage.bytes += width * height * 4;
      canvas.flight.took(width * height * 4);
    }
    canvas.clear();
    if (!canvas.put) this.#firstPut(canvas);
    canvas.flight.mind();
    if (source === canvas && memory.isDirect) {
      const { segment, offset } = memory;
      shortcut?.arm(lane, canvas, surface, segment, offset, this.#gc, DEPTH);
    }
  }

  #firstPut(canvas: Canvas): void {
    canvas.put = true;
    this.#lane.fence(() => {
      if (!canvas.gone) canvas.firstPixels();
    }, 0);
  }

  /** What no image covers shows the neutral fill, not what was there before. */
  #clearOutside(canvas: Canvas): void {
    if (!canvas.ready || !canvas.viewable || canvas.gone || this.#lane.closed) return;
    const { drawable, width, height, source } = canvas;
    this.#lane.owner = canvas.owner;
    const covered =
      source?.surface !== undefined && clip(canvas, source, source.surface, 0, 0, width, height);
    if (!covered) {
      this.#lane.clearArea(drawable, 0, 0, 0, 0);
      return;
    }
    const [left = 0, top = 0, right = 0, bottom = 0] = clipped;
    if (top > 0) this.#lane.clearArea(drawable, 0, 0, 0, top);
    if (left > 0) this.#lane.clearArea(drawable, 0, top, left, bottom - top);
    if (right < width) this.#lane.clearArea(drawable, right, top, 0, 0);
    if (bottom < height) this.#lane.clearArea(drawable, 0, bottom, right, 0);
  }
}

/**
 * Leaves in `clipped` the part of a rectangle that both the content and the
 * image have, in the content's coordinates; false when there is none.
 */
function clip(
  canvas: Canvas,
  source: Canvas,
  { width: across, height: down }: Size,
  x: number,
  y: number,
  width: number,
  height: number,
): boolean {
  const own = source === canvas;
  const screenX = own ? 0 : canvas.screenX;
  const screenY = own ? 0 : canvas.screenY;
  const left = Math.max(0, x, -screenX);
  const top = Math.max(0, y, -screenY);
  const right = Math.min(x + width, across - screenX, canvas.width);
  const bottom = Math.min(y + height, down - screenY, canvas.height);
  clipped[0] = left;
  clipped[1] = top;
  clipped[2] = right;
  clipped[3] = bottom;
  return right > left && bottom > top;
}
