/**
 * clipboard.policy as data: which text may go where. First match wins, no
 * match is "no", and a file with a mistake allows nothing. Pure; the file is
 * read by parsePolicy (policy-file.ts), the answer is made by decide.ts.
 */
import type { Refusal } from './notice.ts';
import type { Party } from './party.ts';

/** What is taken out of a text before it is pasted. */
export const STRIPS = ['none', 'control', 'newlines'] as const;
export type Strip = (typeof STRIPS)[number];

export const ACTIONS = ['allow', 'ask', 'deny'] as const;
export type Action = (typeof ACTIONS)[number];

/** Whom a rule is about. `same` and `same-label` compare with the source and are targets only. */
export type Matcher =
  | { readonly kind: 'qube'; readonly qube: string }
  | { readonly kind: 'label'; readonly label: string }
  | { readonly kind: 'any' }
  | { readonly kind: 'careful' }
  | { readonly kind: 'same' }
  | { readonly kind: 'same-label' };

export interface Rule {
  /** Line of the file, counted from 1. */
  readonly line: number;
  /** The rule as written, without comment, words parted by single spaces. */
  readonly text: string;
  readonly source: Matcher;
  readonly target: Matcher;
  readonly action: Action;
  /** Bytes; more is refused. */
  readonly maxSize: number | undefined;
  /** An older text is refused. */
  readonly ttlMs: number | undefined;
  readonly strip: Strip;
}

/** What the machine asks: rules, or a file with a mistake. */
export type PolicyState =
  | { readonly kind: 'rules'; readonly rules: readonly Rule[] }
  | { readonly kind: 'broken' };

/** Allows nothing and says so: the file could not be read, or has a mistake. */
export const BROKEN_POLICY: PolicyState = { kind: 'broken' };

/** As much of a party as the policy looks at. */
export type PolicyParty = Pick<Party, 'qube' | 'label' | 'careful'>;

export interface Decision {
  readonly action: Action;
  /** With `deny` only: `policy`, `policy-broken` or `too-large-for-policy`. */
  readonly refusal: Refusal | undefined;
  /** The rule that decided; undefined = none matched, or the file is broken. */
  readonly line: number | undefined;
  readonly maxSize: number | undefined;
  readonly ttlMs: number | undefined;
  readonly strip: Strip;
}

/** The policy that holds while there is no file (DESIGN 9). */
export const SHIPPED_POLICY = `# clipboard.policy: which text may go from which qube to which.
#
# SOURCE TARGET ACTION [max_size=BYTES] [ttl=SECONDS] [strip=none|control|newlines]
#
# The first line that matches decides; no line means "deny".

@any      @same        allow
@careful  @any         ask
@any      @careful     ask
@any      @same-label  allow
@any      @any         ask
`;
