/**
 * `livery log show|verify`: the audit log as it lies on the disk. Needs no
 * daemon, and writes nothing.
 */
import { closeSync, constants, openSync, readSync, watch } from 'node:fs';
import { join, resolve } from 'node:path';
import { EXIT, UserError } from '../../base/errors.ts';
import { escapeText } from '../../base/escape.ts';
import { locateConfig } from '../../config/locate.ts';
import { readConfig } from '../../config/read.ts';
import { auditFiles } from '../../daemon/audit/audit-files.ts';
import { type AuditPlaces, auditPlaces } from '../../daemon/audit/places.ts';
import { auditProblem, type LogReport, verifyAuditLog } from '../../daemon/audit/verify.ts';
import { plain } from '../plain.ts';
import { working } from '../progress.ts';
import type { Call } from '../verb.ts';

const CHUNK_BYTES = 64 * 1024;

export async function logVerify({ io, operands, has, value }: Call): Promise<number> {
  const [directory] = operands;
  const head = value('head');
  const places =
    directory === undefined
      ? configuredPlaces({ io, value })
      : { directory: resolve(directory), headFile: undefined };
  const headFile = head === undefined ? places.headFile : resolve(head);
  const look = () => verifyAuditLog(places.directory, headFile);
  const report = await working(io, 'reading the audit log', look);
  const ok = report.findings.length === 0;
  if (has('json')) io.out(`${JSON.stringify({ ok, ...nulled(report) })}\n`);
  else io.out(reportText(report));
  return ok ? EXIT.ok : EXIT.failed;
}

export async function logShow(call: Call): Promise<number> {
  const { io, has } = call;
  const { directory } = configuredPlaces(call);
  const last = lastOf(call.value('last'));
  const reader = new LogReader(directory);
  const lines = reader.more();
  const show = (line: string): void => {
    io.out(has('json') ? `${plain(line)}\n` : recordText(line));
  };
  for (const line of last === undefined ? lines : lines.slice(-last || lines.length)) show(line);
  if (!has('follow')) return EXIT.ok;
  return new Promise<number>((_, reject) => {
    const watcher = watch(directory, () => {
      for (const line of reader.more()) show(line);
    });
    watcher.on('error', reject);
    for (const line of reader.more()) show(line);
  });
}

/** Where the log of this configuration lies; without a configuration where it lies by default. */
function configuredPlaces({ io, value }: Pick<Call, 'io' | 'value'>): AuditPlaces {
  const named = value('config');
  let file: string | undefined;
  try {
    file = locateConfig(named, io.env);
  } catch (error) {
    if (named !== undefined) throw error;
  }
  const none = { auditDir: undefined, auditHead: undefined };
  return auditPlaces(file === undefined ? none : readConfig(file).clipboard, io.env);
}

function lastOf(given: string | undefined): number | undefined {
  if (given === undefined) return undefined;
  if (/^[1-9]\d{0,8}$/.test(given)) return Number(given);
  throw new UserError('USAGE', `--last is a number of records, not '${escapeText(given, 40)}'`, {
    exitCode: EXIT.usage,
  });
}

/** Reads whole lines, file after file, and goes on where it was. */
class LogReader {
  readonly #directory: string;
  #name = '';
  #offset = 0;
  #rest = '';

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** The lines that came since. Throws UserError AUDIT. */
  more(): string[] {
    const lines: string[] = [];
    try {
      const names = auditFiles(this.#directory);
      if (names.length === 0) throw new Error(`there is no audit log in ${this.#directory}`);
      for (const name of names) {
        if (name < this.#name) continue;
        if (name !== this.#name) {
          this.#name = name;
          this.#offset = 0;
          this.#rest = '';
        }
        this.#read(lines);
      }
    } catch (error) {
      throw auditProblem(this.#directory, error);
    }
    return lines.filter((line) => line !== '');
  }

  #read(lines: string[]): void {
    const path = join(this.#directory, this.#name);
    const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      const chunk = Buffer.alloc(CHUNK_BYTES);
      for (;;) {
        const count = readSync(fd, chunk, 0, chunk.length, this.#offset);
        if (count === 0) return;
        this.#offset += count;
        const parts = (this.#rest + chunk.toString('latin1', 0, count)).split('\n');
        this.#rest = parts.pop() ?? '';
        lines.push(...parts);
      }
    } finally {
      closeSync(fd);
    }
  }
}

/** One record for a person; what is none is shown as it is. */
function recordText(line: string): string {
  let record: Record<string, unknown>;
  try {
    record = JSON.parse(line) as Record<string, unknown>;
  } catch {
    return `(no record) ${plain(line)}\n`;
  }
  const { time, event, source, target, size, verdict, detail } = record;
  const way = [source, target].filter((one) => one !== undefined).join(' to ');
  const parts = [time, event, way, size === undefined ? '' : `${size} bytes`, verdict, detail];
  return `${plain(
    parts
      .filter((part) => part !== undefined && part !== '')
      .map(String)
      .join('  '),
  )}\n`;
}

function nulled({ files, records, first, last, headKnown, findings }: LogReport): object {
  return {
    files,
    records,
    first: first ?? null,
    last: last ?? null,
    headKnown,
    findings: findings.map(({ kind, file, line, text }) => ({
      kind,
      file: file ?? null,
      line: line ?? null,
      text,
    })),
  };
}

function reportText({ files, records, headKnown, findings }: LogReport): string {
  const lines = findings.map(({ file, line, text }) => {
    const place = file === undefined ? '' : `${file}:${line}: `;
    return `${plain(place + text)}\n`;
  });
  const known = headKnown ? '' : '; whether its end was cut off cannot be seen without its head';
  const verdict = findings.length === 0 ? 'as written' : `${findings.length} findings`;
  return `${lines.join('')}${records} records in ${files} files: ${verdict}${known}\n`;
}
