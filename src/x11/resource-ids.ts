/**
 * Numbers for the resources of one X connection. A released number comes back
 * only when all others were used, oldest first, so that an event that is still
 * under way for an old window is not taken for one of a new window.
 */
import { BugError } from '../base/errors.ts';

export class ResourceIds {
  readonly #base: number;
  readonly #step: number;
  readonly #count: number;
  #next = 1;
  readonly #released: number[] = [];

  /** `base` and `mask` as the server gave them at setup. */
  constructor(base: number, mask: number) {
    this.#base = base;
    this.#step = mask & -mask;
    this.#count = mask / this.#step;
  }

  alloc(): number {
    if (this.#next <= this.#count) return (this.#base + this.#next++ * this.#step) >>> 0;
    const id = this.#released.shift();
    if (id === undefined) throw new BugError('all resource numbers of an X connection are in use');
    return id;
  }

  release(id: number): void {
    this.#released.push(id);
  }
}
