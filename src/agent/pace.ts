/**
 * How often the picture of one window is copied. A burst goes at once, each update
 * of it; a flood, thousands of small updates a second that no screen shows one by
 * one, is merged into a copy per millisecond. What comes after a pause never waits.
 */

/** Copies that may follow each other as fast as the X server makes them. */
export const BURST_COPIES = 16;
/** How long one more copy of a flood has to wait, in ms. */
export const FLOOD_MS = 1;

/** A bucket of copies, filled by time. Plain numbers: asked for each update. */
export class Pace {
  #copies = BURST_COPIES;
  #atMs = 0;

  /** How many copies may be made at `nowMs`. */
  room(nowMs: number): number {
    this.#fill(nowMs);
    return Math.floor(this.#copies);
  }

  /** So many were made meanwhile, no more than there was room for. */
  spend(copies: number): void {
    this.#copies -= copies;
  }

  /** Whether a copy may be made at `nowMs` (a monotonic clock); if so, it is counted. */
  take(nowMs: number): boolean {
    this.#fill(nowMs);
    if (this.#copies < 1) return false;
    this.#copies--;
    return true;
  }

  #fill(nowMs: number): void {
    this.#copies = Math.min(BURST_COPIES, this.#copies + (nowMs - this.#atMs) / FLOOD_MS);
    this.#atMs = nowMs;
  }
}
