/**
 * The effects of one step of the machine, in order, with the words that the
 * audit log and the notices have for them (docs/clipboard.md).
 */
import type { ClipboardEffect } from './machine-types.ts';
import type { NamedLabel, Notice, Refusal } from './notice.ts';

export interface Told {
  readonly source?: NamedLabel | undefined;
  readonly target?: NamedLabel | undefined;
  readonly size?: number | undefined;
  readonly verdict?: string | undefined;
  readonly detail?: string | undefined;
}

export type AuditEvent =
  | 'copy-asked'
  | 'copied'
  | 'shared'
  | 'copy-refused'
  | 'paste-asked'
  | 'pasted'
  | 'paste-refused'
  | 'wiped';

export class EffectList {
  readonly all: ClipboardEffect[] = [];

  push(...effects: readonly ClipboardEffect[]): void {
    this.all.push(...effects);
  }

  notice(notice: Notice): void {
    this.all.push({ kind: 'notice', notice });
  }

  audit(event: AuditEvent, { source, target, size, verdict, detail }: Told): void {
    const fact = { event, source: source?.qube, target: target?.qube, size, verdict, detail };
    this.all.push({ kind: 'audit', fact });
  }

  /** Told to the user and to the log. */
  refuse(event: 'copy-refused' | 'paste-refused', reason: Refusal, told: Told): void {
    const { source, target, size } = told;
    this.notice({
      kind: 'refused',
      reason,
      source: source && named(source),
      target: target && named(target),
      // What was too large for the qube itself has no size that anybody knows.
      size: reason === 'too-large-in-qube' ? undefined : size,
    });
    this.audit(event, { ...told, verdict: reason });
  }
}

/** A party as notices show it, and no more of it. */
export function named({ qube, label }: NamedLabel): NamedLabel {
  return { qube, label };
}
