/**
 * The log port of base/log.ts with pino behind it: JSON lines for programs,
 * one short line per record for a person. Every text that goes in is escaped
 * and capped here, so nothing that a qube chose can reach a terminal or forge
 * a record, whatever the caller forgot.
 */
import { writeSync } from 'node:fs';
import { pino } from 'pino';
import { escapeText } from '../base/escape.ts';
import type { Log, LogFields } from '../base/log.ts';
import type { LogFile } from './log-file.ts';
import type { Call } from './verb.ts';

const MAX_FIELD_CHARS = 400;
const STDERR = 2;

export interface LogOptions {
  /** Which process speaks: `daemon`, `keeper`, `agent`, `demo`. */
  readonly name: string;
  /** One short line per record instead of JSON. */
  readonly pretty: boolean;
  readonly debug: boolean;
  /** Warnings and errors only; `debug` wins. */
  readonly quiet?: boolean;
  /** Where whole lines go; default: standard error, at once. */
  readonly write?: (line: string) => void;
}

/** The log of a process that was started by hand or by a manager: to its file, or to standard error. */
export function processLog(
  name: string,
  { io, debug }: Pick<Call, 'io' | 'debug'>,
  file: LogFile | undefined,
): Log {
  if (!file) return createLog({ name, pretty: io.errIsTty, debug });
  return createLog({ name, pretty: false, debug, write: (line) => file.write(line) });
}

export function createLog(options: LogOptions): Log {
  const write = options.write ?? writeStderr;
  const logger = pino(
    {
      level: options.debug ? 'debug' : options.quiet ? 'warn' : 'info',
      base: { process: options.name },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: options.pretty ? (line) => write(prettyLine(line)) : write },
  );
  return wrap(logger);
}

type Sink = Record<
  'debug' | 'info' | 'warn' | 'error',
  (fields: object, message: string) => void
> & { child(fields: object): Sink };

function wrap(sink: Sink): Log {
  const record =
    (level: 'debug' | 'info' | 'warn' | 'error') =>
    (fields: LogFields, message: string): void =>
      sink[level](clean(fields), escapeText(message, MAX_FIELD_CHARS));
  return {
    debug: record('debug'),
    info: record('info'),
    warn: record('warn'),
    error: record('error'),
    child: (fields) => wrap(sink.child(clean(fields))),
  };
}

function clean(fields: LogFields): LogFields {
  const out: Record<string, string | number | boolean | undefined> = {};
  for (const [key, value] of Object.entries(fields)) {
    out[key] = typeof value === 'string' ? escapeText(value, MAX_FIELD_CHARS) : value;
  }
  return out;
}

/** `12:34:56.789 warn  keeper: message  key=value`. */
function prettyLine(json: string): string {
  const { level, time, process, msg, ...fields } = JSON.parse(json) as Record<string, unknown>;
  const clock = String(time).slice(11, 23);
  const pairs = Object.entries(fields).map(([key, value]) => `  ${key}=${shown(value)}`);
  return `${clock} ${String(level).padEnd(5)} ${String(process)}: ${String(msg)}${pairs.join('')}\n`;
}

function shown(value: unknown): string {
  const text = String(value);
  return /^[!-~]+$/.test(text) ? text : JSON.stringify(text);
}

/** A reader that went away must not end who writes. */
function writeStderr(line: string): void {
  try {
    writeSync(STDERR, line);
  } catch {
    // EPIPE, EAGAIN, a terminal that was closed: the record is lost.
  }
}
