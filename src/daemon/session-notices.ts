/**
 * Tells the user, once, that a qube's windows or its service channel went because
 * the qube broke a rule (DESIGN 8.8). A qube brings its own end about as often as it likes, so
 * what it can put on the screen by that is counted: each qube, and all of them.
 */
import type { Clock } from '../base/clock.ts';
import type { QubeName } from '../base/ids.ts';
import type { Log } from '../base/log.ts';
import type { Language } from '../surface/words.ts';
import { endText, type SessionEnd } from './session-words.ts';

const MINUTE_MS = 60_000;
/** Of all qubes: a notice stays eight seconds, and there are others to be read. */
export const ENDS_PER_MINUTE = 4;

export interface SessionNoticesOptions {
  readonly language: Language;
  readonly clock: Clock;
  readonly log: Log;
  /** Shows words of dom0. */
  problem(text: string): void;
}

export class SessionNotices {
  readonly #options: SessionNoticesOptions;
  /** When what was told of whom, within the last minute; oldest first. */
  #told: { readonly about: string; readonly atMs: number }[] = [];
  #silent = false;

  constructor(options: SessionNoticesOptions) {
    this.#options = options;
  }

  /**
   * In one minute the end of a qube's channel is told once, and once more when it does not
   * come back by itself any more: that is the one with something to do.
   */
  ended(qube: QubeName, end: SessionEnd): void {
    const { language, clock, log, problem } = this.#options;
    const nowMs = clock.nowMs();
    this.#told = this.#told.filter(({ atMs }) => nowMs - atMs < MINUTE_MS);
    const about = `${qube} ${end.channel} ${end.again}`;
    if (this.#told.some((one) => one.about === about)) return;
    if (this.#told.length >= ENDS_PER_MINUTE) {
      if (!this.#silent) {
        log.warn({ qube }, 'too many sessions end: no more is shown of it for a while');
      }
      this.#silent = true;
      return;
    }
    this.#silent = false;
    this.#told.push({ about, atMs: nowMs });
    problem(endText(language, qube, end));
  }
}
