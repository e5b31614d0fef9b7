/**
 * The face of the clipboard's state machine: what happens to it and what it
 * wants done. The machine itself is `step` in machine.ts: pure, no text, no
 * time of its own. Its effects are carried out by the desktop, in order, in the
 * same turn.
 */
import type { QubeName, VmWindowId } from '../base/ids.ts';
import type { AuditFact } from './audit.ts';
import type { Notice } from './notice.ts';
import type { Party, SessionTag } from './party.ts';
import type { Strip } from './policy.ts';
import type { TextFacts } from './text-facts.ts';

export type PromptVerdict = 'allow' | 'deny' | 'timeout' | 'lost';

export type ClipboardEvent =
  /**
   * The copy chord was pressed in this window of this qube, which has had the
   * focus for `focusMs`: a window that took it a moment ago was not meant.
   */
  | {
      readonly kind: 'copy';
      readonly from: Party;
      readonly window: VmWindowId;
      readonly focusMs: number;
    }
  /**
   * CLIPBOARD_DATA came; its bytes are there until the effects of this event
   * are done. `qube` is the session's name in dom0, for the log.
   */
  | {
      readonly kind: 'data';
      readonly session: SessionTag;
      readonly qube: QubeName;
      readonly facts: TextFacts;
    }
  | {
      readonly kind: 'paste';
      readonly into: Party;
      readonly window: VmWindowId;
      readonly focusMs: number;
    }
  | { readonly kind: 'prompt'; readonly id: number; readonly verdict: PromptVerdict }
  | { readonly kind: 'session-ended'; readonly session: SessionTag }
  | { readonly kind: 'locked' }
  | { readonly kind: 'wipe' }
  /**
   * The vault could not take the bytes of `keep` (no memory). The notices and
   * audit facts behind that `keep` are carried out all the same: what follows
   * from this event corrects them.
   */
  | { readonly kind: 'not-kept'; readonly session: SessionTag }
  /** The same for `deliver`: window or qube gone, or it takes less than it said. */
  | { readonly kind: 'not-sent'; readonly session: SessionTag }
  /**
   * Other programs of dom0 share this text now (its bytes are there as with
   * `data`), or, undefined, none: what was kept is stale.
   */
  | {
      readonly kind: 'shared';
      readonly text: { readonly source: Party; readonly facts: TextFacts } | undefined;
    }
  /** Another policy holds from now on: what was copied under the old one goes. */
  | { readonly kind: 'policy-changed' }
  /** Time has passed; `wakeAtMs` of the state was reached. */
  | { readonly kind: 'time' };

export type ClipboardEffect =
  /** Send CLIPBOARD_REQ to this session, and only to it. */
  | { readonly kind: 'request'; readonly session: SessionTag; readonly window: VmWindowId }
  /** Take the bytes of the `data` or `shared` event into the vault; what was in it goes. */
  | { readonly kind: 'keep' }
  /** Show the prompt. */
  | { readonly kind: 'ask'; readonly prompt: PromptFacts }
  | { readonly kind: 'end-ask'; readonly id: number }
  /** Send the vault's bytes, without what `strip` names, to this session. A `wipe` follows. */
  | {
      readonly kind: 'deliver';
      readonly session: SessionTag;
      readonly window: VmWindowId;
      readonly strip: Strip;
    }
  | { readonly kind: 'wipe' }
  | { readonly kind: 'notice'; readonly notice: Notice }
  | { readonly kind: 'audit'; readonly fact: AuditFact };

/** What a prompt says; the preview is made from the vault when it is shown. */
export interface PromptFacts {
  readonly id: number;
  readonly source: Party;
  readonly target: Party;
  readonly text: TextFacts;
  readonly strip: Strip;
  /** When it answers itself with "no", milliseconds of the clock. */
  readonly deadlineMs: number;
}

export interface ClipboardSettings {
  /** The answer of a qube is waited for so long. */
  readonly answerMs: number;
  /** The text is kept so long; undefined = until it is pasted or wiped otherwise. */
  readonly keepMs: number | undefined;
  readonly promptMs: number;
}
