/**
 * An error as a person sees it: what is wrong, and what to do next. Where it
 * came from is shown only when asked for.
 */
import { EXIT, messageOf, UserError } from '../base/errors.ts';
import type { Io } from './io.ts';
import { plain } from './plain.ts';

/** Tells the error and returns the exit status that goes with it. */
export function report(error: unknown, io: Io, debug: boolean): number {
  if (error instanceof UserError) {
    io.err(`livery: ${plain(error.message, true)}\n`);
    if (error.hint !== undefined) io.err(`  ${plain(error.hint)}\n`);
  } else {
    io.err(`livery: unexpected: ${plain(messageOf(error), true)}\n`);
    if (!debug) io.err('  this is a defect of Livery; --debug shows where it comes from\n');
  }
  if (debug && error instanceof Error) io.err(`${plain(error.stack ?? '', true)}\n`);
  return error instanceof UserError ? error.exitCode : EXIT.failed;
}
