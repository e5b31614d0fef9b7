/**
 * The files of the clipboard for one system under test: its policy and its
 * audit log, in a directory of their own, and the part of livery.toml that
 * names them.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AuditFact } from '../../../src/clipboard/audit.ts';
import { waitUntil } from '../wait.ts';

export interface AuditLine extends Partial<Omit<AuditFact, 'event'>> {
  readonly seq: number;
  readonly time: string;
  readonly event: string;
}

export class ClipboardFiles implements Disposable {
  readonly directory = mkdtempSync(join(tmpdir(), 'livery-clipboard-'));
  readonly auditDir = join(this.directory, 'audit');
  readonly auditHead = join(this.directory, 'audit-head');
  readonly policy = join(this.directory, 'clipboard.policy');

  constructor(policy: string) {
    this.setPolicy(policy);
  }

  setPolicy(text: string): void {
    writeFileSync(this.policy, text, { mode: 0o600 });
  }

  /** The table for livery.toml; `more` is further lines of it. */
  table(more = ''): string {
    return `
[clipboard]
policy = "${this.policy}"
audit_dir = "${this.auditDir}"
audit_head = "${this.auditHead}"
${more}
`;
  }

  /** The bytes of the audit log, for looking what is not in them. */
  auditText(): string {
    if (!existsSync(this.auditDir)) return '';
    const names = readdirSync(this.auditDir, { withFileTypes: true });
    const files = names.filter((one) => one.isFile()).map((one) => join(this.auditDir, one.name));
    return files.map((file) => readFileSync(file, 'utf8')).join('');
  }

  /** Every record so far, oldest first. */
  records(): AuditLine[] {
    const lines = this.auditText().split('\n');
    // The last one may be half written at this moment.
    const records = lines.flatMap((line): AuditLine[] => {
      try {
        return [JSON.parse(line) as AuditLine];
      } catch {
        return [];
      }
    });
    return records.filter((one) => one.event !== undefined).sort((a, b) => a.seq - b.seq);
  }

  /** Number of the newest record. */
  get now(): number {
    return this.records().at(-1)?.seq ?? 0;
  }

  /** Waits for the first record after `since` that has all of `fields`. */
  async record(since: number, fields: Partial<AuditLine>): Promise<AuditLine> {
    const fits = (one: AuditLine): boolean =>
      one.seq > since &&
      Object.entries(fields).every(([name, value]) => one[name as keyof AuditLine] === value);
    try {
      return await waitUntil(() => this.records().find(fits), 'the audit log says so');
    } catch {
      const said = JSON.stringify(this.records().filter(({ seq }) => seq > since));
      throw new Error(`the audit log has no ${JSON.stringify(fields)} after ${since}: ${said}`);
    }
  }

  [Symbol.dispose](): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}
