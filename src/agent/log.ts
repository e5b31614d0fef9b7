/**
 * Diagnostics of the agent: one line per record on standard error. Values may
 * hold text of programs in the qube, so they are escaped and cut.
 */
import { escapeText } from '../base/escape.ts';
import type { Log, LogFields } from '../base/log.ts';

const MAX_VALUE_CHARS = 300;

/** A log that writes whole lines through `write`. */
export function lineLog(write: (line: string) => void, about: LogFields = {}): Log {
  const record =
    (level: string) =>
    (fields: LogFields, message: string): void => {
      const pairs = Object.entries({ ...about, ...fields })
        .filter(([, value]) => value !== undefined)
        .map(([name, value]) => ` ${name}=${escapeText(String(value), MAX_VALUE_CHARS)}`);
      write(`livery agent: ${level}: ${message}${pairs.join('')}\n`);
    };
  return {
    // What only helps while developing is not written in a qube.
    debug() {},
    info: record('info'),
    warn: record('warning'),
    error: record('error'),
    child: (fields) => lineLog(write, { ...about, ...fields }),
  };
}
