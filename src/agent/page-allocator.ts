/**
 * Which pages of the pool are in use: contiguous runs, first fit. Page 0 is
 * never given out (reference 0 means "none" to some peers). Numbers only; the
 * memory itself is never touched here.
 */
import { BugError } from '../base/errors.ts';

export class PageAllocator {
  readonly #pages: number;
  /** Free runs, by first page, never adjacent to one another. */
  readonly #free: { start: number; count: number }[];

  /** `pages`: size of the pool, at least 2. */
  constructor(pages: number) {
    this.#pages = pages;
    this.#free = [{ start: 1, count: pages - 1 }];
  }

  get freePages(): number {
    return this.#free.reduce((sum, run) => sum + run.count, 0);
  }

  /** The first of `count` pages that follow each other, or undefined: no room. */
  alloc(count: number): number | undefined {
    const at = this.#free.findIndex((run) => run.count >= count);
    const run = this.#free[at];
    if (run === undefined || count < 1) return undefined;
    const { start } = run;
    if (run.count === count) this.#free.splice(at, 1);
    else {
      run.start += count;
      run.count -= count;
    }
    return start;
  }

  free(start: number, count: number): void {
    let at = this.#free.findIndex((run) => run.start > start);
    if (at < 0) at = this.#free.length;
    const before = this.#free[at - 1];
    const after = this.#free[at];
    if (
      start < 1 ||
      count < 1 ||
      start + count > this.#pages ||
      (before && before.start + before.count > start) ||
      (after && start + count > after.start)
    ) {
      throw new BugError(`pages ${start}+${count} are not in use`);
    }
    const joinsBefore = before !== undefined && before.start + before.count === start;
    const joinsAfter = after !== undefined && start + count === after.start;
    if (joinsBefore) {
      before.count += count;
      if (joinsAfter) {
        before.count += after.count;
        this.#free.splice(at, 1);
      }
    } else if (joinsAfter) {
      after.start = start;
      after.count += count;
    } else {
      this.#free.splice(at, 0, { start, count });
    }
  }
}
