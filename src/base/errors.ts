/**
 * The error classes of the house. `code` is stable, documented in
 * docs/errors.md, and one rule has one code.
 */

/** A qube broke a rule of the wire: its GUI session ends, nothing else does. */
export class ProtocolViolation extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = 'ProtocolViolation';
    this.code = code;
  }
}

/** A qube used more than its budget: handled like a violation, audited apart. */
export class LimitExceeded extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = 'LimitExceeded';
    this.code = code;
  }
}

/** What the process says to its caller when it ends; see docs/errors.md. */
export const EXIT = {
  ok: 0,
  /** Something failed while running. */
  failed: 1,
  /** The command line or the configuration is wrong. */
  usage: 2,
  /** Something the program needs is missing: a package, a display, a kernel feature. */
  unavailable: 3,
  /** The thing named does not exist: an unknown qube, no running daemon. */
  notFound: 4,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/**
 * Something that a person at the command line can put right. `hint` is the
 * next thing to do, in one line.
 */
export class UserError extends Error {
  readonly code: string;
  readonly exitCode: ExitCode;
  readonly hint: string | undefined;

  constructor(code: string, message: string, options?: { exitCode?: ExitCode; hint?: string }) {
    super(message);
    this.name = 'UserError';
    this.code = code;
    this.exitCode = options?.exitCode ?? EXIT.failed;
    this.hint = options?.hint;
  }
}

/** The configuration is wrong: says file, line and what was expected. */
export class ConfigError extends UserError {
  constructor(message: string, hint?: string) {
    super('CONFIG', message, { exitCode: EXIT.usage, ...(hint === undefined ? {} : { hint }) });
    this.name = 'ConfigError';
  }
}

/** An invariant of ours broke: a defect, never the doing of a qube. */
export class BugError extends Error {
  readonly code = 'BUG';

  constructor(message: string) {
    super(message);
    this.name = 'BugError';
  }
}

/** For the default branch of an exhaustive switch. */
export function unreachable(value: never): never {
  throw new BugError(`unreachable value ${String(value)}`);
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
