/**
 * What the user is told about the clipboard, as data: the words and the
 * picture are made from it elsewhere, in the user's language.
 */
import type { QubeName } from '../base/ids.ts';
import type { Label } from '../trust/label.ts';

/** A qube as a notice shows it. */
export interface NamedLabel {
  readonly qube: QubeName;
  readonly label: Label;
}

/** Why nothing was copied or pasted. Each has its words in every language and a row in docs. */
export const REFUSALS = [
  'policy',
  'policy-broken',
  'cancelled',
  'prompt-timeout',
  'prompt-lost',
  'nothing-copied',
  'no-answer',
  'empty',
  'too-large',
  'too-large-for-target',
  'too-large-for-policy',
  'too-large-in-qube',
  'expired-by-policy',
  'malformed',
  'busy',
  'target-gone',
  'storage',
  'focus-moved',
] as const;

export type Refusal = (typeof REFUSALS)[number];

/** Why the text was thrown away. */
export const WIPES = [
  'time',
  'lock',
  'asked',
  'source-ended',
  'replaced',
  'policy-reload',
] as const;

export type WipeCause = (typeof WIPES)[number];

export type Notice =
  | {
      readonly kind: 'copied';
      readonly source: NamedLabel;
      readonly size: number;
      /** When it will be wiped, milliseconds of the clock; undefined = not by time. */
      readonly wipeAtMs: number | undefined;
    }
  | {
      readonly kind: 'pasted';
      readonly source: NamedLabel;
      readonly target: NamedLabel;
      readonly size: number;
    }
  | {
      readonly kind: 'refused';
      readonly reason: Refusal;
      readonly source: NamedLabel | undefined;
      readonly target: NamedLabel | undefined;
      readonly size: number | undefined;
    }
  | { readonly kind: 'wiped'; readonly cause: WipeCause; readonly source: NamedLabel }
  /** dom0's own trouble, such as a policy file with a mistake: words of dom0. */
  | { readonly kind: 'problem'; readonly text: string }
  /** A browser controls all of the screen, secure chords and prompts included. */
  | { readonly kind: 'remote' };
