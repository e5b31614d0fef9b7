/**
 * Notices that a qube's shared memory is too small for what it shows. dom0
 * knows the size of the pool and every image that lies in it, so nobody's word
 * is needed: a window without a picture for which there is no room tells it.
 */
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { pagesOf } from './surface-pages.ts';
import { type QubeWindow, SCREEN_WINDOW, type WindowTable } from './window-table.ts';

/** So long after a change a picture that can come has come. */
const LOOK_AFTER_MS = 1000;
const PAGES_PER_MIB = 256;

export interface PoolWatchOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly windows: WindowTable;
  readonly poolPages: number;
  /** Pages in which images lie now. */
  usedPages(): number;
}

export class PoolWatch implements Disposable {
  readonly #options: PoolWatchOptions;
  #timer: Disposable | undefined;
  #shortage: string | undefined;

  constructor(options: PoolWatchOptions) {
    this.#options = options;
  }

  /** What a person is told while there is too little; undefined while there is enough. */
  get shortage(): string | undefined {
    return this.#shortage;
  }

  /** A window or an image came, went or changed its size. */
  changed(): void {
    this.#timer ??= this.#options.clock.after(LOOK_AFTER_MS, () => {
      this.#timer = undefined;
      this.#look();
    });
  }

  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
  }

  #look(): void {
    const { log, windows, poolPages, usedPages } = this.#options;
    const used = usedPages();
    const without = [...windows.all()].filter(
      (window) => !this.#hasPicture(window) && pagesWanted(window) > poolPages - used,
    ).length;
    const had = this.#shortage !== undefined;
    this.#shortage = without === 0 ? undefined : describe(poolPages, without);
    if (this.#shortage === undefined || had) return;
    log.warn({ poolPages, usedPages: used, windows: without }, this.#shortage);
  }

  #hasPicture(window: QubeWindow): boolean {
    if (!window.mapped || window.id === SCREEN_WINDOW) return true;
    return (window.surface ?? this.#options.windows.find(SCREEN_WINDOW)?.surface) !== undefined;
  }
}

function pagesWanted({ negotiation }: QubeWindow): number {
  const { width, height } = negotiation.local ?? negotiation.said;
  return pagesOf(width, height);
}

function describe(poolPages: number, without: number): string {
  const size = Math.round(poolPages / PAGES_PER_MIB);
  const windows = without === 1 ? 'a window is' : `${without} windows are`;
  return `its shared memory of ${size} MiB is full, ${windows} without a picture; close some or set a larger pool_mib`;
}
