/** Reads clipboard.policy: every mistake with line, column and what was expected. Pure. */
import { BugError } from '../base/errors.ts';
import type { PolicyState } from './policy.ts';

/** What the configuration has; a rule that names anything else is a mistake. */
export interface KnownNames {
  readonly qubes: readonly string[];
  readonly labels: readonly string[];
}

export interface PolicyMistake {
  /** Both counted from 1. */
  readonly line: number;
  readonly column: number;
  /** `expected …, found "…" (did you mean "…"?)`: dom0's words, what was found escaped. */
  readonly text: string;
}

export type PolicyParse =
  | {
      readonly ok: true;
      readonly policy: PolicyState;
      /** Lines that can never match. */
      readonly warnings: readonly PolicyMistake[];
    }
  | { readonly ok: false; readonly mistakes: readonly PolicyMistake[] };

/** @param text the whole file, at most 64 KiB; LF or CRLF, with or without byte order mark */
export function parsePolicy(text: string, known: KnownNames): PolicyParse {
  throw new BugError(`not yet: ${text.length} ${known.qubes.length}`);
}
