import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '../../../src/base/log.ts';
import type { AuditFact } from '../../../src/clipboard/audit.ts';
import { AuditLog } from '../../../src/daemon/audit/audit-log.ts';
import { auditPlaces } from '../../../src/daemon/audit/places.ts';
import { verifyAuditLog } from '../../../src/daemon/audit/verify.ts';
import { ManualClock } from '../../rig/manual-clock.ts';

let dir = '';
let places = { directory: '', headFile: '' };
let troubles: string[] = [];
let clock = new ManualClock();
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'livery-audit-'));
  places = { directory: join(dir, 'state/audit'), headFile: join(dir, 'data/head/head.json') };
  troubles = [];
  clock = new ManualClock();
});
afterEach(() => rmSync(dir, { recursive: true }));

function open(more: { maxFileBytes?: number; keepFiles?: number } = {}): AuditLog {
  return AuditLog.open({
    places,
    clock,
    log: silentLog,
    wallMs: () => 1_700_000_000_000,
    troubled: (reason) => troubles.push(reason),
    ...more,
  });
}

const pasted = (size: number): AuditFact => ({
  event: 'pasted',
  source: 'work',
  target: 'vault',
  size,
  verdict: 'ask',
  detail: undefined,
});

function files(): string[] {
  return readdirSync(places.directory).filter((name) => name.endsWith('.jsonl'));
}

/** Writes `count` records as one life of a daemon. */
function write(count: number, more?: Parameters<typeof open>[0]): void {
  using log = open(more);
  for (let i = 0; i < count; i++) log.append(pasted(i));
}

async function kinds(): Promise<string[]> {
  const report = await verifyAuditLog(places.directory, places.headFile);
  return report.findings.map((finding) => finding.kind);
}

const FIRST = 'audit-0000000001.jsonl';
const text = (name = FIRST): string => readFileSync(join(places.directory, name), 'latin1');
const put = (content: string, name = FIRST): void =>
  writeFileSync(join(places.directory, name), content);

describe('the audit log', () => {
  it('has one record a line, written before append returns, for this user only', () => {
    using log = open();
    log.append(pasted(5));
    expect(JSON.parse(text())).toMatchObject({
      seq: 1,
      previous: '0'.repeat(64),
      time: '2023-11-14T22:13:20.000Z',
      event: 'pasted',
      source: 'work',
      target: 'vault',
      size: 5,
    });
    for (const path of [places.directory, join(dir, 'data/head')]) {
      expect(statSync(path).mode & 0o777).toBe(0o700);
    }
    for (const path of [join(places.directory, FIRST), places.headFile]) {
      expect(statSync(path).mode & 0o777).toBe(0o600);
    }
  });

  it('closes directories that others could enter', () => {
    mkdirSync(places.directory, { recursive: true, mode: 0o755 });
    chmodSync(places.directory, 0o755);
    write(1);
    expect(statSync(places.directory).mode & 0o777).toBe(0o700);
  });

  it('goes on after each restart', async () => {
    for (let life = 0; life < 4; life++) write(3);
    const report = await verifyAuditLog(places.directory, places.headFile);
    expect(report).toEqual({
      files: 1,
      records: 12,
      first: 1,
      last: 12,
      headKnown: true,
      findings: [],
    });
    expect(troubles).toEqual([]);
  });

  it('begins a file when one is full, and keeps the newest', async () => {
    write(40, { maxFileBytes: 1000, keepFiles: 3 });
    expect(files()).toHaveLength(3);
    for (const name of files()) expect(text(name).length).toBeLessThanOrEqual(1000);
    const report = await verifyAuditLog(places.directory, places.headFile);
    expect(report.findings).toEqual([]);
    expect(report.last).toBe(40);
    expect(report.first).toBeGreaterThan(25);
    write(1, { maxFileBytes: 1000, keepFiles: 3 });
    expect(await kinds()).toEqual([]);
  });

  it('is one log when two daemons write it in turn', async () => {
    using one = open({ maxFileBytes: 2000 });
    using two = open({ maxFileBytes: 2000 });
    for (let i = 0; i < 30; i++) (i % 3 === 0 ? one : two).append(pasted(i));
    const report = await verifyAuditLog(places.directory, places.headFile);
    expect(report).toMatchObject({ records: 30, last: 30, findings: [] });
    expect(troubles).toEqual([]);
  });

  it('waits for a daemon that is writing, and keeps the order', async () => {
    using log = open();
    const holder = open();
    using _ = holder;
    // Whoever holds the lock file is writing.
    const { native } = await import('../../../src/native/addon.ts');
    {
      using lock = native().openFile(join(places.directory, 'lock'), 2);
      expect(native().lockFile(lock)).toBe(true);
      log.append(pasted(1));
      log.append(pasted(2));
      expect(files()).toEqual([]);
    }
    clock.advance(10);
    expect(
      text()
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).size),
    ).toEqual([1, 2]);
  });
});

describe('a log that was not left in order', () => {
  it('goes on behind a line that was cut off, and says so', async () => {
    write(3);
    appendFileSync(join(places.directory, FIRST), text().split('\n')[0]?.slice(0, 50) ?? '');
    write(2);
    expect(troubles).toEqual([
      `the audit log is not as it was left: the last line of ${FIRST} is cut off`,
    ]);
    expect(await kinds()).toEqual(['no-record', 'restarted']);
    // The next life has nothing to say any more.
    troubles = [];
    write(1);
    expect(troubles).toEqual([]);
  });

  it('goes on when the very first line was cut off', async () => {
    write(1);
    truncateSync(join(places.directory, FIRST), 40);
    write(2);
    expect(troubles[0]).toContain('is cut off');
    expect(await kinds()).toContain('no-record');
  });

  it('tells a daemon that died between a record and the head from one that was cut', async () => {
    write(3);
    const head = readFileSync(places.headFile);
    write(1);
    writeFileSync(places.headFile, head);
    write(1);
    expect(troubles).toEqual([]);
    expect(await kinds()).toEqual([]);
  });

  it('says so when records were taken from the end', async () => {
    write(5);
    put(`${text().split('\n').slice(0, 3).join('\n')}\n`);
    expect(await kinds()).toEqual(['truncated']);
    write(1);
    expect(troubles).toEqual([
      'the audit log is not as it was left: it ends with record 3, expected 5',
    ]);
    expect(await kinds()).toEqual(['missing', 'restarted']);
  });

  it('says so when all files are gone', async () => {
    write(2);
    unlinkSync(join(places.directory, FIRST));
    expect(await kinds()).toEqual(['truncated']);
    write(1);
    expect(troubles).toEqual(['the audit log is not as it was left: its files are gone']);
    expect(files()).toEqual(['audit-0000000003.jsonl']);
  });

  it('says so when the second place is gone or broken', async () => {
    write(2);
    unlinkSync(places.headFile);
    expect(await kinds()).toEqual(['no-head']);
    write(1);
    writeFileSync(places.headFile, '{');
    expect(await kinds()).toEqual(['restarted', 'no-head']);
    write(1);
    expect(troubles).toHaveLength(2);
  });

  it('says so when the last record is another', async () => {
    write(2);
    put(text().replace('"size":1', '"size":9'));
    write(1);
    expect(troubles).toEqual([
      'the audit log is not as it was left: its record 2 is not the one that was written',
    ]);
  });

  it('counts what could not be written, and says it later', async () => {
    using log = open();
    log.append(pasted(1));
    // A newest "file" that cannot be one.
    const blocked = join(places.directory, 'audit-9999999999.jsonl');
    mkdirSync(blocked);
    log.append(pasted(2));
    log.append(pasted(3));
    expect(troubles[0]).toMatch(/^a record could not be written: EISDIR/);
    rmSync(blocked, { recursive: true });
    log.append(pasted(4));
    expect(text()).toContain('"2 records were not written"');
    expect(await kinds()).toEqual([]);
  });

  it('refuses places that are not directories of its own', () => {
    mkdirSync(join(dir, 'state'), { recursive: true });
    writeFileSync(places.directory, '');
    expect(() => open()).toThrow(/the audit log cannot be used/);
  });
});

describe('verify', () => {
  it.each([
    [
      'a changed record',
      (all: string[]) => all.map((l) => l.replace('"size":2', '"size":7')),
      'changed',
    ],
    ['a missing record', (all: string[]) => all.filter((_, i) => i !== 2), 'missing'],
    [
      'two records swapped',
      ([a, b, c, ...r]: string[]) => [a, c, b, ...r] as string[],
      'reordered',
    ],
    ['a line of nonsense', ([a, ...r]: string[]) => [a, 'x', ...r] as string[], 'no-record'],
    ['the first record taken', ([, ...r]: string[]) => r, 'missing'],
    ['a record twice', ([a, ...r]: string[]) => [a, a, ...r] as string[], 'reordered'],
  ])('finds %s and names its line', async (_, change, kind) => {
    write(6);
    put(`${change(text().trimEnd().split('\n')).join('\n')}\n`);
    const { findings } = await verifyAuditLog(places.directory, places.headFile);
    expect(findings.map((finding) => finding.kind)).toContain(kind);
    for (const finding of findings) {
      expect(finding.file).toBe(FIRST);
      expect(finding.line).toBeGreaterThan(0);
    }
  });

  it('finds a whole file that was taken', async () => {
    write(40, { maxFileBytes: 2000 });
    const [oldest = '', , third = ''] = files();
    unlinkSync(join(places.directory, third));
    expect(await kinds()).toEqual(['missing']);
    unlinkSync(join(places.directory, oldest));
    expect(await kinds()).toEqual(['missing', 'missing']);
  });

  it('says when there is nothing to look at', async () => {
    await expect(verifyAuditLog(join(dir, 'nowhere'), undefined)).rejects.toThrow(
      /no audit log in .*nowhere/,
    );
    mkdirSync(join(dir, 'empty'));
    await expect(verifyAuditLog(join(dir, 'empty'), undefined)).rejects.toThrow(/no audit log/);
  });
});

describe('a qube that makes the same thing happen without end', () => {
  it('fills the log only so far, and what was left out is counted', () => {
    using log = open();
    const dropped: AuditFact = { ...pasted(1), event: 'answer-dropped', target: undefined };
    for (let i = 0; i < 1000; i++) log.append(dropped);
    log.append(pasted(1));
    expect(text().trimEnd().split('\n')).toHaveLength(301);
    clock.advance(60_000);
    expect(text()).toContain('"700 like this were left out"');
    // In a minute it earned ten more.
    for (let i = 0; i < 100; i++) log.append(dropped);
    expect(text().trimEnd().split('\n')).toHaveLength(312);
  });
});

describe('the places', () => {
  it('are as configured, else as XDG says', () => {
    expect(
      auditPlaces(
        { auditDir: undefined, auditHead: undefined },
        { XDG_STATE_HOME: '/s', XDG_DATA_HOME: '/d' },
      ),
    ).toEqual({ directory: '/s/livery/audit', headFile: '/d/livery/audit-head/head.json' });
    expect(auditPlaces({ auditDir: '/a', auditHead: '/h/x' }, {})).toEqual({
      directory: '/a',
      headFile: '/h/x',
    });
    const relative = auditPlaces(
      { auditDir: undefined, auditHead: undefined },
      { XDG_STATE_HOME: 'here' },
    );
    expect(relative.directory).toMatch(/\/\.local\/state\/livery\/audit$/);
  });
});
