/**
 * Dumps to surfaces: which pages of the pool an image lies in, checked against
 * the pool. A dump that cannot be used is no fault: it is acknowledged and the
 * window has no buffer.
 */
import type { Surface } from './port.ts';

const PAGE_BYTES = 4096;

export interface DumpedImage {
  /** Pixels; 0 means that there is no image. */
  readonly width: number;
  readonly height: number;
  /** Cover the image; more than that is allowed and not looked at. */
  readonly refs: Uint32Array;
}

/** Pages that an image of this size lies in. */
export function pagesOf(width: number, height: number): number {
  return Math.ceil((width * height * 4) / PAGE_BYTES);
}

/** The surface, or undefined when it has no pixels or names a page that is none of `references`. */
export function makeSurface(dump: DumpedImage, references: number): Surface | undefined {
  const { width, height } = dump;
  const count = pagesOf(width, height);
  if (count === 0 || dump.refs.length < count) return undefined;
  const refs = dump.refs.slice(0, count);
  const first = refs[0] as number;
  let contiguous = true;
  for (let i = 0; i < count; i++) {
    const ref = refs[i] as number;
    if (ref >= references) return undefined;
    if (ref !== first + i) contiguous = false;
  }
  return { width, height, refs, firstPage: contiguous ? first : undefined };
}

/** The dump shows what `surface` shows: same size, same pages. */
export function isSameImage(surface: Surface | undefined, dump: DumpedImage): boolean {
  if (surface === undefined) return false;
  if (surface.width !== dump.width || surface.height !== dump.height) return false;
  return surface.refs.every((ref, i) => ref === dump.refs[i]);
}

/**
 * Bounds what the page lists of one qube cost dom0. Pages in use belong to one
 * image each, so an honest qube never lists more pages than its pool has; the
 * other half is room for images that are about to be replaced.
 */
export class PageBudget {
  readonly #limit: number;
  #used = 0;

  constructor(poolPages: number) {
    this.#limit = 2 * poolPages;
  }

  get used(): number {
    return this.#used;
  }

  /** Counts `surface`; false, and nothing counted, when it does not fit. */
  take(surface: Surface): boolean {
    if (this.#used + surface.refs.length > this.#limit) return false;
    this.#used += surface.refs.length;
    return true;
  }

  release(surface: Surface | undefined): void {
    if (surface) this.#used -= surface.refs.length;
  }
}
