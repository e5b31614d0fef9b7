/**
 * The newest lines of the daemon's log, kept for the live view. Everything is
 * escaped and capped here as the log itself does it, so nothing that a qube
 * chose gets further than to the log.
 */
import { escapeText } from '../base/escape.ts';
import type { Log, LogFields } from '../base/log.ts';
import type { LogListing } from '../control/messages.ts';
import { Ring } from './ring.ts';

const LINES = 200;
const MAX_CHARS = 400;

export class LogTail {
  readonly #lines = new Ring<Omit<LogListing, 'seq'>>(LINES);
  readonly #nowMs: () => number;

  /** @param nowMs milliseconds since 1970 */
  constructor(nowMs: () => number = Date.now) {
    this.#nowMs = nowMs;
  }

  after(seq: number): readonly LogListing[] {
    return this.#lines.after(seq);
  }

  /** A log that does what `log` does, and keeps what it was told, but for `debug`. */
  through(log: Log, bound: LogFields = {}): Log {
    const record =
      (level: LogListing['level']) =>
      (fields: LogFields, message: string): void => {
        this.#keep(level, { ...bound, ...fields }, message);
        log[level](fields, message);
      };
    return {
      debug: (fields, message) => log.debug(fields, message),
      info: record('info'),
      warn: record('warn'),
      error: record('error'),
      child: (fields) => this.through(log.child(fields), { ...bound, ...fields }),
    };
  }

  #keep(level: LogListing['level'], fields: LogFields, message: string): void {
    const pairs = Object.entries(fields).flatMap(([key, value]) =>
      value === undefined ? [] : [`${key}=${escapeText(String(value), MAX_CHARS)}`],
    );
    this.#lines.add({
      timeMs: Math.round(this.#nowMs()),
      level,
      message: escapeText(message, MAX_CHARS),
      fields: pairs.join(' '),
    });
  }
}
