/**
 * One buffer of one window: where it lies in the pool, the X server's pixmaps
 * for it, and which part of it is out of date. Plain numbers, changed in place.
 */
export interface SurfaceParts {
  readonly id: number;
  /** The window's own pixmap under a name of ours. */
  readonly named: number;
  /** The shared pixmap whose bytes are the pool's. */
  readonly pixmap: number;
  readonly gc: number;
  /** Pages of the pool. */
  readonly start: number;
  readonly count: number;
  readonly width: number;
  readonly height: number;
  /** Which of the window's pixels `named` are. */
  readonly pixelSerial: number;
}

export class Surface implements SurfaceParts {
  readonly id: number;
  readonly named: number;
  readonly pixmap: number;
  readonly gc: number;
  readonly start: number;
  readonly count: number;
  readonly width: number;
  readonly height: number;
  readonly pixelSerial: number;
  /** All of the window has been copied into it: what it held before was another's. */
  filled = false;
  /** The daemon of now was sent it. */
  dumped = false;
  /** …and has not said that it took it. */
  unacknowledged = false;
  /** A copy into it is under way. */
  copying = false;
  /** Its window had no pixels any more when it was made. */
  broken = false;
  /** The rectangle that is being copied. */
  readonly flight = { x: 0, y: 0, width: 0, height: 0 };
  #left = 0;
  #top = 0;
  #right = 0;
  #bottom = 0;

  constructor(parts: SurfaceParts) {
    this.id = parts.id;
    this.named = parts.named;
    this.pixmap = parts.pixmap;
    this.gc = parts.gc;
    this.start = parts.start;
    this.count = parts.count;
    this.width = parts.width;
    this.height = parts.height;
    this.pixelSerial = parts.pixelSerial;
  }

  fits(width: number, height: number, pixelSerial: number): boolean {
    return this.width === width && this.height === height && this.pixelSerial === pixelSerial;
  }

  /** It is on its way to the daemon: no other one is made meanwhile. */
  get underWay(): boolean {
    return this.unacknowledged || (this.copying && !this.dumped);
  }

  get dirty(): boolean {
    return this.#right > this.#left && this.#bottom > this.#top;
  }

  /** Adds a damaged rectangle, clipped to the buffer. */
  add(x: number, y: number, width: number, height: number): void {
    const left = Math.max(0, x);
    const top = Math.max(0, y);
    const right = Math.min(this.width, x + width);
    const bottom = Math.min(this.height, y + height);
    if (right <= left || bottom <= top) return;
    if (!this.dirty) {
      this.#left = left;
      this.#top = top;
      this.#right = right;
      this.#bottom = bottom;
      return;
    }
    this.#left = Math.min(this.#left, left);
    this.#top = Math.min(this.#top, top);
    this.#right = Math.max(this.#right, right);
    this.#bottom = Math.max(this.#bottom, bottom);
  }

  addAll(): void {
    this.add(0, 0, this.width, this.height);
  }

  /** Moves what is dirty into `flight`. */
  take(): void {
    this.flight.x = this.#left;
    this.flight.y = this.#top;
    this.flight.width = this.#right - this.#left;
    this.flight.height = this.#bottom - this.#top;
    this.#right = this.#left;
    this.copying = true;
  }
}
