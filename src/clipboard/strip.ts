/** Takes out of a text what the policy names, in the bytes themselves. */
import { BugError } from '../base/errors.ts';
import type { Strip } from './policy.ts';

/** @returns the new length in bytes; what is behind it is zero */
export function stripInPlace(bytes: Uint8Array, strip: Strip): number {
  throw new BugError(`not yet: ${bytes.length} ${strip}`);
}
