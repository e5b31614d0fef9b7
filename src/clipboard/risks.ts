/** What is risky in a text, from its bytes, without ever making a string of it. */
import { BugError } from '../base/errors.ts';
import type { TextFacts } from './text-facts.ts';

/** @param bytes only read, and only during the call */
export function textFacts(bytes: Uint8Array): TextFacts {
  throw new BugError(`not yet: ${bytes.length}`);
}
