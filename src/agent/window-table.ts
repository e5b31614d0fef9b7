/**
 * All windows of the qube that the daemon is, or will be, told about: children
 * of the root that no connection of ours made. Stub, tray and frames of tray
 * icons are ours and are never announced.
 */
import type { QubeWindow } from './window.ts';

export class WindowTable {
  readonly #windows = new Map<number, QubeWindow>();
  readonly #ours: ReadonlySet<number>;
  readonly #resourceMask: number;

  /** `resourceBases` of our own connections; in `resourceMask` a client's own numbers differ. */
  constructor(resourceBases: readonly number[], resourceMask: number) {
    this.#ours = new Set(resourceBases);
    this.#resourceMask = resourceMask;
  }

  isOurs(window: number): boolean {
    return this.#ours.has((window & ~this.#resourceMask) >>> 0);
  }

  get(window: number): QubeWindow | undefined {
    return this.#windows.get(window);
  }

  add(window: QubeWindow): void {
    this.#windows.set(window.id, window);
  }

  delete(window: QubeWindow): void {
    this.#windows.delete(window.id);
  }

  /** In the order in which they were made. */
  all(): QubeWindow[] {
    return [...this.#windows.values()];
  }
}
