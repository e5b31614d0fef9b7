/**
 * What the policy says about a text from one qube to another, and why. Pure;
 * trusts the configuration's word on who is careful and has which label.
 */
import { unreachable } from '../base/errors.ts';
import type { Decision, Matcher, PolicyParty, PolicyState } from './policy.ts';

/** One line of an explanation, in the order of the file, up to the one that matched. */
export interface ExplainedRule {
  readonly line: number;
  /** The rule as written. */
  readonly text: string;
  readonly matches: boolean;
  /** Why (not), in words of dom0: `the source is work, not vault`. */
  readonly why: string;
}

export interface Explanation {
  readonly decision: Decision;
  readonly rules: readonly ExplainedRule[];
}

const NOTHING_MATCHED: Decision = {
  action: 'deny',
  refusal: 'policy',
  line: undefined,
  maxSize: undefined,
  ttlMs: undefined,
  strip: 'none',
};

/**
 * The first rule whose source and target match decides. A text over its
 * max_size is refused by it; later rules are not asked. How old the text may
 * be (`ttlMs`) is for the caller to compare.
 * @param size bytes of the text as copied
 */
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
  if (policy.kind === 'broken') {
    return { decision: { ...NOTHING_MATCHED, refusal: 'policy-broken' }, rules: [] };
  }
  const rules: ExplainedRule[] = [];
  for (const rule of policy.rules) {
    const { line, text, action, maxSize, ttlMs, strip } = rule;
    const why =
      mismatch('source', rule.source, source, source) ??
      mismatch('target', rule.target, target, source);
    if (why !== undefined) {
      rules.push({ line, text, matches: false, why });
      continue;
    }
    const options = { line, maxSize, ttlMs, strip };
    if (maxSize !== undefined && size > maxSize) {
      rules.push({ line, text, matches: true, why: `${size} bytes are more than its max_size` });
      return {
        decision: { action: 'deny', refusal: 'too-large-for-policy', ...options },
        rules,
      };
    }
    rules.push({ line, text, matches: true, why: 'source and target match' });
    const refusal = action === 'deny' ? 'policy' : undefined;
    return { decision: { action, refusal, ...options }, rules };
  }
  return { decision: NOTHING_MATCHED, rules };
}

/** Why `who` is not meant by the matcher, or undefined when it is. */
function mismatch(
  role: 'source' | 'target',
  matcher: Matcher,
  who: PolicyParty,
  source: PolicyParty,
): string | undefined {
  switch (matcher.kind) {
    case 'any':
      return undefined;
    case 'qube':
      return who.qube === matcher.qube
        ? undefined
        : `the ${role} is ${who.qube}, not ${matcher.qube}`;
    case 'label':
      return who.label.name === matcher.label
        ? undefined
        : `the ${role} is labelled ${who.label.name}, not ${matcher.label}`;
    case 'careful':
      return who.careful ? undefined : `the ${role} is not marked careful`;
    case 'same':
      return who.qube === source.qube ? undefined : 'source and target are two qubes';
    case 'same-label':
      return who.label.name === source.label.name
        ? undefined
        : `source and target are labelled ${source.label.name} and ${who.label.name}`;
    default:
      return unreachable(matcher);
  }
}
