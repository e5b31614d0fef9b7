/**
 * Looks whether the audit log in a directory is as it was written, and says
 * for each thing that is not in which file and line it is.
 */
import { constants, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT, messageOf, UserError } from '../../base/errors.ts';
import { type AuditFinding, verifyLines } from '../../clipboard/audit-verify.ts';
import { type Fd, native } from '../../native/addon.ts';
import { auditFiles } from './audit-files.ts';
import { readHead } from './head-file.ts';

const LOCK_TRIES = 50;
const LOCK_AGAIN_MS = 20;

export interface LogFinding {
  readonly kind: AuditFinding['kind'] | 'restarted' | 'no-head';
  /** Undefined = it is about no place in particular. */
  readonly file: string | undefined;
  readonly line: number | undefined;
  /** Words of dom0. */
  readonly text: string;
}

export interface LogReport {
  readonly files: number;
  readonly records: number;
  readonly first: number | undefined;
  readonly last: number | undefined;
  /** The end was compared with what the second place says. */
  readonly headKnown: boolean;
  readonly findings: readonly LogFinding[];
}

/**
 * @param headFile undefined = not known, then a cut at the end cannot be seen
 * @throws UserError AUDIT when there is no log or it cannot be read
 */
export async function verifyAuditLog(
  directory: string,
  headFile: string | undefined,
): Promise<LogReport> {
  const lock = await lockedAgainstWriters(directory);
  try {
    const names = namesIn(directory);
    const places: { file: string; line: number }[] = [];
    const restarted: LogFinding[] = [];
    const head = headFile === undefined ? undefined : readHead(headFile);
    if (names.length === 0 && head === undefined) {
      throw unreadable(`there is no audit log in ${directory}`);
    }
    function* lines(): Generator<string> {
      for (const file of names) {
        const text = readFileSync(join(directory, file), 'latin1');
        const all = (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n');
        for (const [index, line] of all.entries()) {
          places.push({ file, line: index + 1 });
          const reason = restartIn(line);
          if (reason !== undefined) {
            const told = `the log was not as it was left when it was gone on with: ${reason}`;
            restarted.push({ kind: 'restarted', file, line: index + 1, text: told });
          }
          yield line;
        }
      }
    }
    const known = head === 'broken' ? undefined : head;
    const report = verifyLines(lines(), known, known?.oldest);
    const findings = report.findings.map((finding): LogFinding => {
      const place = 'line' in finding ? places[finding.line - 1] : undefined;
      return { kind: finding.kind, file: place?.file, line: place?.line, text: words(finding) };
    });
    findings.push(...restarted);
    if (headFile !== undefined && known === undefined) {
      const why = head === 'broken' ? 'cannot be read' : 'is gone';
      const text = `${headFile}, which knows the end of the log, ${why}`;
      findings.push({ kind: 'no-head', file: undefined, line: undefined, text });
    }
    return {
      files: names.length,
      records: report.records,
      first: report.first,
      last: report.last?.seq,
      headKnown: known !== undefined,
      findings,
    };
  } finally {
    lock?.[Symbol.dispose]();
  }
}

function words(finding: AuditFinding): string {
  switch (finding.kind) {
    case 'no-record':
      return 'this line is no record: it was damaged, or cut off while it was written';
    case 'changed':
      return `record ${finding.seq} or what is said of it was changed`;
    case 'missing':
      return finding.from === finding.to
        ? `record ${finding.from} is missing before this line`
        : `records ${finding.from} to ${finding.to} are missing before this line`;
    case 'reordered':
      return `record ${finding.seq} is not in its place`;
    case 'truncated':
      return `the log ends with record ${finding.seq}, and ${finding.headSeq} was written`;
    case 'beyond-head':
      return `the log ends with record ${finding.seq}, and only ${finding.headSeq} is known to have been written`;
    default:
      return finding satisfies never;
  }
}

function restartIn(line: string): string | undefined {
  // Looked for in the text first: there are thousands of lines, and hardly ever one of these.
  if (!line.includes('"audit-restarted"')) return undefined;
  try {
    const { event, detail } = JSON.parse(line) as Record<string, unknown>;
    return event === 'audit-restarted' ? String(detail) : undefined;
  } catch {
    return undefined;
  }
}

function namesIn(directory: string): string[] {
  try {
    return auditFiles(directory);
  } catch (error) {
    throw auditProblem(directory, error);
  }
}

/** What is wrong with the log in `directory`, in words; a directory that is not there is no log. */
export function auditProblem(directory: string, error: unknown): UserError {
  const isAbsent = (error as NodeJS.ErrnoException | undefined)?.code === 'ENOENT';
  if (!isAbsent) return unreadable(messageOf(error));
  return new UserError('AUDIT', `there is no audit log in ${directory}`, {
    exitCode: EXIT.notFound,
    hint: 'it begins with the first `livery daemon`; another place is given by audit_dir of livery.toml',
  });
}

function unreadable(reason: string): UserError {
  return new UserError('AUDIT', reason, { exitCode: EXIT.notFound });
}

/** Whoever writes waits meanwhile. Undefined: a copy that cannot be locked, which nobody writes to. */
async function lockedAgainstWriters(directory: string): Promise<Fd | undefined> {
  let lock: Fd;
  try {
    lock = native().openFile(join(directory, 'lock'), constants.O_RDWR);
  } catch {
    return undefined;
  }
  for (let tried = 0; tried < LOCK_TRIES; tried++) {
    if (native().lockFile(lock)) return lock;
    await new Promise((resolve) => setTimeout(resolve, LOCK_AGAIN_MS));
  }
  lock[Symbol.dispose]();
  return undefined;
}
