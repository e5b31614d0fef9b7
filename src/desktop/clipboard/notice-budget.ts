/**
 * How many notices qubes can make appear without the user's doing, such as by
 * ending their sessions: so many a minute each and so many all together. Pure.
 */
import { NOTICES_PER_MINUTE_OF_ALL } from '../../base/budgets.ts';

const WINDOW_MS = 60_000;

export class NoticeBudget {
  /** Times of the notices of the last minute, oldest first. */
  #shown: { readonly qube: string; readonly atMs: number }[] = [];

  /** True when one more may be shown, of `perQube` a minute; it counts then. */
  take(qube: string, nowMs: number, perQube: number): boolean {
    this.#shown = this.#shown.filter((one) => nowMs - one.atMs < WINDOW_MS);
    if (this.#shown.length >= NOTICES_PER_MINUTE_OF_ALL) return false;
    if (this.#shown.filter((one) => one.qube === qube).length >= perQube) return false;
    this.#shown.push({ qube, atMs: nowMs });
    return true;
  }
}
