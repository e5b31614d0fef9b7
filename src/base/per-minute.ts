/** Counts what happens within a minute, in windows of one minute each. Pure. */
const MINUTE_MS = 60_000;

export class PerMinute {
  readonly #limit: number;
  #sinceMs = Number.NEGATIVE_INFINITY;
  #count = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The limit of the minute that is being counted is exceeded. */
  get spent(): boolean {
    return this.#count > this.#limit;
  }

  /** Counts one; false when it is more than the limit. */
  take(nowMs: number): boolean {
    if (nowMs - this.#sinceMs >= MINUTE_MS) {
      this.#sinceMs = nowMs;
      this.#count = 0;
    }
    this.#count++;
    return this.#count <= this.#limit;
  }
}
