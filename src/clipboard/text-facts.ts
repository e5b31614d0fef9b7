/**
 * What is known of a text without the text: all that notices, prompts, policy
 * and the audit log ever see of it. Made by `textFacts` (risks.ts) from bytes
 * that stay where they are.
 */

/** What can go wrong when this text is inserted somewhere (field-survey D2, 31). */
export const RISKS = [
  'newline',
  'control',
  'bidi',
  'paste-end',
  'command',
  'invisible',
  'not-utf8',
] as const;

export type Risk = (typeof RISKS)[number];

export interface TextFacts {
  /** Bytes. */
  readonly size: number;
  /** In the order of RISKS. */
  readonly risks: readonly Risk[];
  /** The agent's own words instead of a text that was too large for it (INCR). */
  readonly incrWarning: boolean;
}
