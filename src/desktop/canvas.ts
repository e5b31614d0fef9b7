/**
 * What is known of one window's pixels: where the qube's image lies, what of
 * it has changed and was not put on the screen yet. Plain numbers in a fixed
 * array, for this is the damage lane. The pixels themselves are never here.
 */
import type { Size } from '../base/geometry.ts';
import type { VmWindowId, XWindowId } from '../base/ids.ts';
import type { Surface } from '../session/port.ts';
import type { DamageCount } from './damage-count.ts';
import type { Flight } from './flight.ts';
import type { AttachedPool, ImageMemory } from './image-memory.ts';
import type { PutTarget } from './put-shortcut.ts';

/** Rectangles that are kept apart; more become one that holds them all. */
const MAX_RECTS = 16;
/** Scratch of `#bounds`. */
const box = new Int32Array(4);

/**
 * Whose image is shown by windows that have none of their own: the qube's whole
 * screen (window 0), while there is one.
 */
export interface ScreenSource {
  canvas: Canvas | undefined;
}

export interface CanvasParts {
  readonly id: VmWindowId;
  readonly drawable: XWindowId;
  readonly pool: AttachedPool;
  readonly memory: ImageMemory;
  readonly screen: ScreenSource;
  readonly size: Size;
  firstPixels(): void;
}

export class Canvas implements PutTarget {
  readonly id: VmWindowId;
  /** The content window. */
  readonly drawable: XWindowId;
  /** Whose it is, for errors of the drawing connection: the qube's domain id. */
  readonly owner: number;
  /** Where its own image is put from. */
  readonly memory: ImageMemory;
  readonly screen: ScreenSource;
  /** Of all windows of the qube. */
  readonly damage: DamageCount;
  /** The window's place in the image of the whole screen. */
  screenX = 0;
  screenY = 0;
  /** The drawing connection may name the content: the server has made it. */
  ready = false;
  /** The frame is mapped; drawing into an unmapped window would be lost. */
  viewable = false;
  /** Size of the content window. */
  width: number;
  height: number;
  /** Its own image. */
  surface: Surface | undefined;
  /** In the painter's list of windows with something to put. */
  queued = false;
  /** What all windows of its qube have under way. */
  readonly flight: Flight;
  /** Pixels of this window were put for the first time. */
  put = false;
  /** Called once, when they are on the screen. */
  readonly firstPixels: () => void;
  gone = false;
  /** Rectangles that wait, x, y, width, height each; inside the image and the content. */
  count = 0;
  readonly rects = new Int32Array(MAX_RECTS * 4);

  constructor({ id, drawable, pool, memory, screen, size, firstPixels }: CanvasParts) {
    this.id = id;
    this.drawable = drawable;
    this.owner = pool.owner;
    this.flight = pool.flight;
    this.memory = memory;
    this.screen = screen;
    this.damage = pool.damage;
    this.width = size.width;
    this.height = size.height;
    this.firstPixels = firstPixels;
  }

  /** The canvas whose image this one shows: itself, or the qube's whole screen; none = nothing. */
  get source(): Canvas | undefined {
    if (this.surface !== undefined) return this;
    const { canvas } = this.screen;
    return canvas?.surface === undefined ? undefined : canvas;
  }

  /** Adds a rectangle; the caller has clipped it. What lies in the last one is not added again. */
  add(x: number, y: number, width: number, height: number): void {
    const rects = this.rects;
    if (this.count > 0) {
      const at = (this.count - 1) * 4;
      const left = rects[at] as number;
      const top = rects[at + 1] as number;
      if (
        x >= left &&
        y >= top &&
        x + width <= left + (rects[at + 2] as number) &&
        y + height <= top + (rects[at + 3] as number)
      ) {
        this.damage.merged++;
        return;
      }
    }
    if (this.count === MAX_RECTS) this.#merge();
    const at = this.count++ * 4;
    rects[at] = x;
    rects[at + 1] = y;
    rects[at + 2] = width;
    rects[at + 3] = height;
  }

  /** Forgets what waits. */
  clear(): void {
    this.count = 0;
  }

  /** Makes one rectangle of all, if it is no larger than all of them together. */
  tidy(): void {
    if (this.count < 2) return;
    const sum = this.#bounds();
    if ((box[2] as number) * (box[3] as number) <= sum) this.#merge();
  }

  #merge(): void {
    this.#bounds();
    this.rects.set(box);
    this.damage.merged += this.count - 1;
    this.count = 1;
  }

  /** Leaves the rectangle that holds all in `box`; returns the sum of their areas. */
  #bounds(): number {
    const rects = this.rects;
    let sum = 0;
    let left = rects[0] as number;
    let top = rects[1] as number;
    let right = left;
    let bottom = top;
    for (let at = 0; at < this.count * 4; at += 4) {
      const x = rects[at] as number;
      const y = rects[at + 1] as number;
      const width = rects[at + 2] as number;
      const height = rects[at + 3] as number;
      sum += width * height;
      left = Math.min(left, x);
      top = Math.min(top, y);
      right = Math.max(right, x + width);
      bottom = Math.max(bottom, y + height);
    }
    box[0] = left;
    box[1] = top;
    box[2] = right - left;
    box[3] = bottom - top;
    return sum;
  }
}
