/** What the policy says about a text from one qube to another, and why. Pure. */
import { BugError } from '../base/errors.ts';
import type { Decision, PolicyParty, PolicyState } from './policy.ts';

/** One line of an explanation, in the order of the file, up to the one that matched. */
export interface ExplainedRule {
  readonly line: number;
  /** The rule as written. */
  readonly text: string;
  readonly matches: boolean;
  /** Why (not), in words of dom0: `the source work is not vault`. */
  readonly why: string;
}

export interface Explanation {
  readonly decision: Decision;
  readonly rules: readonly ExplainedRule[];
}

/** @param size bytes of the text as copied */
export function decide(
  policy: PolicyState,
  source: PolicyParty,
  target: PolicyParty,
  size: number,
): Decision {
  return explain(policy, source, target, size).decision;
}

/** As `decide`, with every rule that was looked at. */
export function explain(
  policy: PolicyState,
  source: PolicyParty,
  target: PolicyParty,
  size: number,
): Explanation {
  throw new BugError(`not yet: ${policy.kind} ${source.qube} ${target.qube} ${size}`);
}
