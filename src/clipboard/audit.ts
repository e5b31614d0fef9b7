/** What the audit log is told about the clipboard: who, to whom, size, verdict; never the text. */
export interface AuditFact {
  /** As in docs/clipboard.md. */
  readonly event: string;
  readonly source: string | undefined;
  readonly target: string | undefined;
  readonly size: number | undefined;
  readonly verdict: string | undefined;
  /** More of dom0's own words, such as the line of the policy. */
  readonly detail: string | undefined;
}

export interface AuditRecord {
  /** Without a newline: JSON in printable ASCII. */
  readonly line: string;
  /** SHA-256 of the line, lower-case hex: what the next record holds as `previous`. */
  readonly hash: string;
}

/** `previous` of the very first record. */
export const GENESIS_HASH = '0'.repeat(64);
