/**
 * Where a copied text is besides the vault: files that other programs of dom0
 * share. The desk asks it before every paste what there is by now, and tells it
 * what became of texts; without a store there is the vault alone.
 */
import type { QubeName } from '../../base/ids.ts';
import type { AuditFact } from '../../clipboard/audit.ts';
import type { NamedLabel, Refusal } from '../../clipboard/notice.ts';
import type { Vault } from '../../native/addon.ts';

/** A paste chord. */
export interface Pasting {
  /** Whose text is in the vault; undefined = none is. */
  readonly kept: QubeName | undefined;
  readonly target: QubeName;
  /** X server time of the key, ms. */
  readonly time: number;
}

/** What there is to be pasted. */
export type Found =
  /** What the vault has, if it has anything. */
  | { readonly kind: 'kept' }
  /** Nothing: what the vault has was replaced or wiped elsewhere. */
  | { readonly kind: 'none' }
  /** Another text; `bytes` is overwritten after the call. */
  | { readonly kind: 'shared'; readonly source: NamedLabel; readonly bytes: Uint8Array }
  | { readonly kind: 'refused'; readonly reason: Refusal };

/** What the store tells the desk. */
export interface StoreEvents {
  /** The text in the vault was replaced elsewhere. */
  stale(): void;
  /** The text in the vault could not be shared, so it counts as not copied. */
  failed(): void;
}

export interface ClipboardStore {
  start(events: StoreEvents): void;
  /** A copy chord. @param time X server time of the key, ms */
  copyAsked(time: number): void;
  /** Calls back once and never rejects; the policy is asked right after, in the same turn. */
  find(pasting: Pasting, found: (what: Found) => void): void;
  /** What the audit log was told, after it was done; the text is still in the vault when it was copied. */
  told(fact: AuditFact, vault: Vault): void;
}
