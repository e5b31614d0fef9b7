/**
 * A descriptor that whoever started us has left open, named on the command line.
 */
import { EXIT, UserError } from '../base/errors.ts';

/** The number of `--parent-pipe`, 3 to 1023; undefined when it is not given. */
export function descriptor(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const number = Number(text);
  if (Number.isInteger(number) && number >= 3 && number < 1024) return number;
  throw new UserError('USAGE', `--parent-pipe is "${text}", expected a descriptor from 3 on`, {
    exitCode: EXIT.usage,
  });
}
