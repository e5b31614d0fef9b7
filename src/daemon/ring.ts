/**
 * The newest of what happens, numbered, for whoever asks what is new since a
 * number. Pure; older entries are forgotten.
 */
export type Numbered<T> = T & {
  /** Counted from 1. */
  readonly seq: number;
};

export class Ring<T extends object> {
  readonly #most: number;
  #entries: Numbered<T>[] = [];
  #last = 0;

  /** @param most how many are kept, at least 1 */
  constructor(most: number) {
    this.#most = most;
  }

  add(entry: T): void {
    this.#last++;
    this.#entries.push({ ...entry, seq: this.#last });
    // In one go now and then: a shift for each would move all of them each time.
    if (this.#entries.length >= 2 * this.#most) this.#entries = this.#entries.slice(-this.#most);
  }

  /** Those kept with a number above `seq`, oldest first. */
  after(seq: number): readonly Numbered<T>[] {
    return this.#entries.slice(-this.#most).filter((entry) => entry.seq > seq);
  }
}
