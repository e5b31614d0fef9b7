/**
 * What a verb of the command line is: its words for people, its options, and
 * the code that is loaded when it is used. The table is verbs.ts.
 */
import type { Io } from './io.ts';

export interface OptionSpec {
  /** For options with a value, what it is: `FILE`. Without: a switch. */
  readonly value?: string;
  /** A switch that may also be given with this one value: `--control=all`. */
  readonly orValue?: string;
  readonly text: string;
}

export interface Verb {
  /** One or two words: `run`, `qube list`. */
  readonly name: string;
  readonly summary: string;
  /** What follows the name, for the usage line. */
  readonly operands: string;
  readonly options: Readonly<Record<string, OptionSpec>>;
  readonly example: string;
  /** More than the summary says, when there is more. */
  readonly details?: string;
  /** How many operands there must be; a program after `--` is none of them. */
  readonly operandCount: number;
  /** So many more may follow. */
  readonly optionalCount?: number;
  /** `PROGRAM ARGUMENT…` follows after `--`. */
  readonly takesProgram?: boolean;
  /** Started by Livery itself; not listed. */
  readonly internal?: boolean;
  load(): Promise<(call: Call) => Promise<number>>;
}

/** One use of a verb, with everything that was said checked against its table. */
export interface Call {
  readonly io: Io;
  readonly operands: readonly string[];
  /** What followed `--`. */
  readonly program: readonly string[];
  readonly debug: boolean;
  /** The whole table, for verbs that speak of the others. */
  readonly verbs: readonly Verb[];
  /** The switch was given. */
  has(option: string): boolean;
  /** The option's value, if it was given. */
  value(option: string): string | undefined;
}

export const JSON_OPTION: Readonly<Record<string, OptionSpec>> = {
  json: { text: 'print one JSON value instead of a table' },
};

export const CONFIG_OPTION: Readonly<Record<string, OptionSpec>> = {
  config: {
    value: 'FILE',
    text: 'the configuration (else $LIVERY_CONFIG, then the default places)',
  },
};

export const PARENT_OPTION: Readonly<Record<string, OptionSpec>> = {
  'parent-pipe': { value: 'FD', text: 'end when the other end of this descriptor closes' },
};

export const LOG_OPTION: Readonly<Record<string, OptionSpec>> = {
  'log-file': {
    value: 'FILE',
    text: 'log to this file, of limited size, instead of standard error',
  },
};

/** Every verb has these. */
export const COMMON_OPTIONS: Readonly<Record<string, OptionSpec>> = {
  debug: { text: 'log more, and show where an error comes from' },
  help: { text: 'show this' },
};
