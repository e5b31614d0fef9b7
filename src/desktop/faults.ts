/**
 * Errors that the X server sends about one qube's requests. None is fatal: the
 * daemon goes on. A window that went meanwhile, or was not visible yet, is no
 * fault; anything else is counted as one and logged, a few times. But every error
 * is work for the daemon, whoever is to blame: past a limit the qube's session
 * ends, and its windows are made anew when it comes back.
 */
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { PerMinute } from '../base/per-minute.ts';

const CODE = { window: 3, match: 8, drawable: 9 } as const;
const REQUEST = { configureWindow: 12, setInputFocus: 42 } as const;
/** More than this many lines would only say the same. */
const MAX_LINES = 20;

export interface XFault {
  readonly code: number;
  readonly major: number;
  readonly minor: number;
  readonly badValue: number;
}

export interface FaultsOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Errors in a minute, ordinary ones too. */
  readonly perMinute: number;
  /** There were more; called once a minute at most. */
  exceeded(message: string): void;
}

export class Faults {
  readonly #options: FaultsOptions;
  readonly #lately: PerMinute;
  #count = 0;
  #errors = 0;

  constructor(options: FaultsOptions) {
    this.#options = options;
    this.#lately = new PerMinute(options.perMinute);
  }

  /** Faults so far. */
  get count(): number {
    return this.#count;
  }

  /** Errors so far, those that are no fault too. */
  get errors(): number {
    return this.#errors;
  }

  note(fault: XFault): void {
    const { clock, log, perMinute, exceeded } = this.#options;
    this.#errors++;
    const had = this.#lately.spent;
    if (!this.#lately.take(clock.nowMs()) && !had) {
      exceeded(`more than ${perMinute} of its X requests failed in a minute`);
    }
    if (isOrdinary(fault)) return;
    this.#count++;
    if (this.#count > MAX_LINES) return;
    const { code, major, minor, badValue } = fault;
    log.warn({ xCode: code, major, minor, badValue }, 'the X server refused a request');
  }
}

/** What other clients' doings cause at any time. */
function isOrdinary({ code, major }: XFault): boolean {
  if (code === CODE.window || code === CODE.drawable) return true;
  // A sibling or a window to be focused that is not there or not viewable any more.
  return (
    code === CODE.match && (major === REQUEST.configureWindow || major === REQUEST.setInputFocus)
  );
}
