/**
 * Errors that the X server sends about one qube's requests. None is fatal: the
 * daemon goes on. A window that went meanwhile, or was not visible yet, is no
 * fault; anything else is counted for that qube and logged, a few times.
 */
import type { Log } from '../base/log.ts';

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

export class Faults {
  readonly #log: Log;
  #count = 0;

  constructor(log: Log) {
    this.#log = log;
  }

  /** Faults so far. */
  get count(): number {
    return this.#count;
  }

  note(fault: XFault): void {
    if (isOrdinary(fault)) return;
    this.#count++;
    if (this.#count > MAX_LINES) return;
    const { code, major, minor, badValue } = fault;
    this.#log.warn({ xCode: code, major, minor, badValue }, 'the X server refused a request');
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
