/**
 * The two decisions of the clipboard's machine: is an answer one that may be
 * kept, and may a kept text go where it is wanted. Pure.
 */
import { decide } from './decide.ts';
import type { Kept } from './machine-state.ts';
import type { Refusal } from './notice.ts';
import type { Party } from './party.ts';
import type { PolicyState, Strip } from './policy.ts';
import type { TextFacts } from './text-facts.ts';

/** Most bytes that any version carries; an agent says "there was more" by one byte over it. */
const MAX_BYTES = 256_000;
/** Up to 1.7 an agent cuts at this length and does not say so. */
const OLD_MAX_BYTES = 65_000;

/** Why this answer of `source` is not kept; undefined = it may be. */
export function answerRefusal(source: Party, facts: TextFacts): Refusal | undefined {
  const { size, risks, incrWarning } = facts;
  if (!Number.isSafeInteger(size) || size < 0) return 'malformed';
  if (size === 0) return 'empty';
  if (incrWarning || size > MAX_BYTES) return 'too-large-in-qube';
  if (size > source.maxBytes) return 'too-large';
  // Exactly as long as an old agent's cut: the end is most likely missing, and
  // a text without its end that looks whole is worse than none.
  if (source.sendMax <= OLD_MAX_BYTES && size >= OLD_MAX_BYTES) return 'too-large-in-qube';
  // Agents serve bytes that are no UTF-8 as nothing at all (gui-agent 3.7): better told now.
  return risks.includes('not-utf8') ? 'malformed' : undefined;
}

/** `why` is for the audit log: which line of the policy decided. */
export interface Permission {
  readonly verdict: 'allow' | 'ask';
  readonly strip: Strip;
  readonly why: string;
}

export type Judgement =
  | Permission
  | { readonly verdict: 'refuse'; readonly refusal: Refusal; readonly why: string };

/**
 * May the kept text go to `target` now? The sizes are those of the text as
 * copied: what a rule takes out of it is not counted off.
 */
export function judge(policy: PolicyState, kept: Kept, target: Party, nowMs: number): Judgement {
  const { source, text, sinceMs } = kept;
  const { action, refusal, line, ttlMs, strip } = decide(policy, source, target, text.size);
  const why = line === undefined ? 'no line of the policy' : `line ${line} of the policy`;
  const refuse = (reason: Refusal): Judgement => ({ verdict: 'refuse', refusal: reason, why });
  if (action === 'deny') return refuse(refusal ?? 'policy');
  if (ttlMs !== undefined && nowMs - sinceMs >= ttlMs) return refuse('expired-by-policy');
  if (target.sendMax <= 0) return refuse('target-gone');
  if (text.size > target.sendMax) return refuse('too-large-for-target');
  return { verdict: action, strip, why: strip === 'none' ? why : `${why}, strip=${strip}` };
}
