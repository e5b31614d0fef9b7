/**
 * The log port. Rooms below the composition root get a `Log` handed in and
 * write fields, never sentences with a qube's text in them; pino is behind it
 * (cli/log.ts makes it).
 */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

export interface Log {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
  /** A log that adds `fields` to every record. */
  child(fields: LogFields): Log;
}

/** Says nothing. */
export const silentLog: Log = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => silentLog,
};
