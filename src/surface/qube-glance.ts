/** A qube as the panel and the overlay show it: dom0's own words and numbers. */
import type { NamedLabel } from '../clipboard/notice.ts';

/**
 * What deserves a word about a qube: its processes were stopped by the user, it
 * is slowed down, or its windows went because it broke a rule.
 */
export const QUBE_NOTES = ['paused', 'throttled', 'ended'] as const;
export type QubeNote = (typeof QUBE_NOTES)[number];

export interface QubeGlance extends NamedLabel {
  /** The one that matters most. */
  readonly note: QubeNote | undefined;
  /** The keeper runs it: it can be paused and stopped here. */
  readonly own: boolean;
}

/** What lies in the clipboard between qubes; never the text. */
export type ClipboardGlance =
  | { readonly kind: 'empty' }
  /** Its qube was asked for it. */
  | { readonly kind: 'waiting'; readonly source: NamedLabel }
  | {
      readonly kind: 'kept';
      readonly source: NamedLabel;
      readonly size: number;
      /** On the clock of `DrawingOptions.nowMs`; undefined = not by time. */
      readonly wipeAtMs: number | undefined;
    };
