/** The states of the clipboard; changed only by `step` (machine.ts). */
import type { VmWindowId } from '../base/ids.ts';
import type { NamedLabel } from './notice.ts';
import type { Party, SessionTag } from './party.ts';
import type { Strip } from './policy.ts';
import type { TextFacts } from './text-facts.ts';

/** A text that is in the vault. */
export interface Kept {
  readonly source: Party;
  readonly text: TextFacts;
  readonly sinceMs: number;
  /** undefined = not by time. */
  readonly wipeAtMs: number | undefined;
}

export type ClipboardPhase =
  /** Nothing is kept and nobody was asked. */
  | { readonly kind: 'empty'; readonly sent: Sent | undefined }
  /** A qube was asked for its text; nothing is kept. */
  | { readonly kind: 'waiting'; readonly source: Party; readonly deadlineMs: number }
  | { readonly kind: 'kept'; readonly kept: Kept }
  /** The user is asked whether the kept text may go to `target`. */
  | {
      readonly kind: 'asking';
      readonly kept: Kept;
      readonly id: number;
      readonly target: Party;
      readonly window: VmWindowId;
      readonly strip: Strip;
      readonly deadlineMs: number;
    };

/** The paste that was just done, for the case that it could not be sent after all. */
export interface Sent {
  readonly session: SessionTag;
  readonly source: NamedLabel;
  readonly target: NamedLabel;
  readonly size: number;
}

/** What one session sent although nothing was waited for, so that the log is not flooded. */
export interface Strays {
  readonly session: SessionTag;
  /** What its next answer is: to a request that is over, one more to an answered one, or neither. */
  readonly next: 'late' | 'second' | 'unrequested';
  readonly sinceMs: number;
  readonly audited: number;
  readonly unaudited: number;
}

export interface ClipboardState {
  readonly phase: ClipboardPhase;
  readonly nextPrompt: number;
  /** Time of the last step. */
  readonly atMs: number;
  readonly strays: readonly Strays[];
}
