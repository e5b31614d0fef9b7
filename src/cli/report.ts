/**
 * An error as a person sees it: what is wrong, and what to do next. Where it
 * came from is shown only when asked for.
 */
import { EXIT, messageOf, UserError } from '../base/errors.ts';
import type { Io } from './io.ts';

/** Tells the error and returns the exit status that goes with it. */
export function report(error: unknown, io: Io, debug: boolean): number {
  if (error instanceof UserError) {
    io.err(`livery: ${error.message}\n`);
    if (error.hint !== undefined) io.err(`  ${error.hint}\n`);
  } else {
    io.err(`livery: unexpected: ${messageOf(error)}\n`);
    if (!debug) io.err('  this is a defect of Livery; --debug shows where it comes from\n');
  }
  if (debug && error instanceof Error) io.err(`${error.stack ?? ''}\n`);
  return error instanceof UserError ? error.exitCode : EXIT.failed;
}
