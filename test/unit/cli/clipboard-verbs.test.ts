import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { EXIT } from '../../../src/base/errors.ts';
import { silentLog } from '../../../src/base/log.ts';
import type { Io } from '../../../src/cli/io.ts';
import { main } from '../../../src/cli/main.ts';
import type { ClipboardListing, ControlHandlers } from '../../../src/control/messages.ts';
import { ControlServer } from '../../../src/control/server.ts';
import { AuditLog } from '../../../src/daemon/audit/audit-log.ts';
import { auditPlaces } from '../../../src/daemon/audit/places.ts';

let dir = '';
let env: NodeJS.ProcessEnv = {};
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'livery-verbs-'));
  mkdirSync(join(dir, 'run'), { mode: 0o700 });
  env = {
    LIVERY_RUNTIME_DIR: join(dir, 'run'),
    LIVERY_CONFIG: join(dir, 'livery.toml'),
    XDG_STATE_HOME: join(dir, 'state'),
    XDG_DATA_HOME: join(dir, 'data'),
  };
  writeFileSync(
    join(dir, 'livery.toml'),
    '[qube.work]\nlabel = "blue"\n[qube.mail]\nlabel = "blue"\n' +
      '[qube.vault]\nlabel = "black"\nclipboard = { careful = true }\n',
  );
});
afterEach(() => rmSync(dir, { recursive: true }));

async function livery(...args: string[]): Promise<{ status: number; out: string; err: string }> {
  let out = '';
  let err = '';
  const io: Io = {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    outIsTty: false,
    errIsTty: false,
    env,
  };
  const status = await main(args, io);
  return { status, out, err };
}

describe('livery policy check', () => {
  it('takes the shipped policy, the one beside the configuration, or a named one', async () => {
    expect(await livery('policy', 'check')).toMatchObject({
      status: EXIT.ok,
      out: 'the shipped policy holds\n',
    });
    const beside = join(dir, 'clipboard.policy');
    writeFileSync(beside, 'work vault deny\n');
    expect((await livery('policy', 'check')).out).toBe(`${beside} holds\n`);
    const other = join(dir, 'other');
    writeFileSync(other, '@any @any ask\n@any @same allow\n');
    const named = await livery('policy', 'check', other);
    expect(named.status).toBe(EXIT.ok);
    expect(named.out).toMatch(/^warning: .*other:2:/);
  });

  it('names every mistake with file and line, and ends with 2', async () => {
    const beside = join(dir, 'clipboard.policy');
    writeFileSync(beside, '@any @same allow\nwrok vault allow\nwork vault maybe\n');
    const { status, out, err } = await livery('policy', 'check');
    expect(status).toBe(EXIT.usage);
    expect(out).toBe('');
    expect(err).toContain(`${beside}:2:1: `);
    expect(err).toContain('did you mean "work"?');
    expect(err).toContain(`${beside}:3:12: `);
    const json = await livery('policy', 'check', '--json');
    expect(json.status).toBe(EXIT.usage);
    expect(JSON.parse(json.out)).toMatchObject({
      ok: false,
      origin: beside,
      mistakes: [expect.stringContaining(':2:1:'), expect.stringContaining(':3:12:')],
    });
  });

  it('misses a named file', async () => {
    const { status, err } = await livery('policy', 'check', join(dir, 'none'));
    expect(status).toBe(EXIT.usage);
    expect(err).toContain('it does not exist');
  });
});

describe('livery policy explain', () => {
  it('says the answer and the line that gives it', async () => {
    const { status, out } = await livery('policy', 'explain', 'work', 'mail');
    expect(status).toBe(EXIT.ok);
    expect(out).toMatch(/ mail, 1 bytes: allow \(line \d+\)\n$/);
    expect(out).toMatch(/ {2}no {2,}@any @same allow/);
    const asks = await livery('policy', 'explain', 'vault', 'vault', '--json');
    expect(JSON.parse(asks.out)).toMatchObject({ action: 'allow', refusal: null, size: 1 });
    const careful = await livery('policy', 'explain', 'vault', 'work', '--json');
    expect(JSON.parse(careful.out)).toMatchObject({
      source: 'vault',
      target: 'work',
      action: 'ask',
    });
  });

  it('counts the size, and says what is taken out', async () => {
    const file = join(dir, 'p');
    writeFileSync(file, 'work mail allow max_size=10 ttl=5 strip=control\n');
    const small = await livery('policy', 'explain', 'work', 'mail', '--size', '10', '--file', file);
    expect(small.out).toContain(
      'allow (line 1); at most 10 bytes; for 5 s after it was copied; without control characters',
    );
    const large = await livery('policy', 'explain', 'work', 'mail', '--size=11', `--file=${file}`);
    expect(large.out).toContain('11 bytes: deny (line 1)');
    const none = await livery('policy', 'explain', 'mail', 'work', `--file=${file}`);
    expect(none.out).toContain('deny (no line matches)');
  });

  it.each([
    [['wrok', 'mail'], EXIT.notFound, 'did you mean "work"?'],
    [['work', 'mail', '--size', 'big'], EXIT.usage, '--size is a number of bytes'],
    [['work'], EXIT.usage, 'something is missing'],
  ])('refuses %j', async (args, expected, words) => {
    const { status, err } = await livery('policy', 'explain', ...args);
    expect(status).toBe(expected);
    expect(err).toContain(words);
  });

  it('explains nothing of a policy with a mistake', async () => {
    writeFileSync(join(dir, 'clipboard.policy'), 'nonsense\n');
    const { status, err } = await livery('policy', 'explain', 'work', 'mail');
    expect(status).toBe(EXIT.usage);
    expect(err).toContain('clipboard.policy:1:');
  });
});

function audit(count: number): void {
  using log = AuditLog.open({
    places: auditPlaces({ auditDir: undefined, auditHead: undefined }, env),
    clock: systemClock,
    log: silentLog,
    troubled: () => {},
  });
  for (let i = 1; i <= count; i++) {
    log.append({
      event: 'pasted',
      source: 'work',
      target: 'vault',
      size: i,
      verdict: 'asked',
      detail: undefined,
    });
  }
}

describe('livery log', () => {
  const logFile = (): string => {
    const audited = join(dir, 'state/livery/audit');
    const [name = ''] = readdirSync(audited).filter((one) => one.endsWith('.jsonl'));
    return join(audited, name);
  };

  it('shows records for people and for programs', async () => {
    audit(3);
    const { status, out } = await livery('log', 'show');
    expect(status).toBe(EXIT.ok);
    expect(out).toMatch(
      /^\d{4}-\d\d-\d\dT[\d:.]+Z {2}pasted {2}work to vault {2}1 bytes {2}asked\n/,
    );
    expect(out.split('\n')).toHaveLength(4);
    const last = await livery('log', 'show', '--json', '--last', '1');
    expect(last.out).toBe(`${readFileSync(logFile(), 'latin1').trimEnd().split('\n')[2]}\n`);
  });

  it('shows what came since in a file that was begun meanwhile', async () => {
    audit(2);
    expect((await livery('log', 'show', '--last', '9')).out.split('\n')).toHaveLength(3);
  });

  it('verifies, and finds a change', async () => {
    audit(4);
    const good = await livery('log', 'verify');
    expect(good).toEqual({ status: EXIT.ok, out: '4 records in 1 files: as written\n', err: '' });
    const file = logFile();
    writeFileSync(file, readFileSync(file, 'latin1').replace('"size":2', '"size":3'));
    const bad = await livery('log', 'verify');
    expect(bad.status).toBe(EXIT.failed);
    expect(bad.out).toMatch(/^audit-0000000001\.jsonl:2: record 2 /);
    const json = await livery('log', 'verify', '--json');
    expect(json.status).toBe(EXIT.failed);
    expect(JSON.parse(json.out)).toMatchObject({
      ok: false,
      records: 4,
      headKnown: true,
      findings: [{ kind: 'changed', file: 'audit-0000000001.jsonl', line: 2 }],
    });
  });

  it('verifies a copy, with or without its head', async () => {
    audit(4);
    const copy = join(dir, 'copy');
    mkdirSync(copy);
    const lines = readFileSync(logFile(), 'latin1').split('\n').slice(0, 2);
    writeFileSync(join(copy, 'audit-0000000001.jsonl'), `${lines.join('\n')}\n`);
    const blind = await livery('log', 'verify', copy);
    expect(blind.status).toBe(EXIT.ok);
    expect(blind.out).toContain('cannot be seen without its head');
    const head = join(dir, 'data/livery/audit-head/head.json');
    const seen = await livery('log', 'verify', copy, '--head', head);
    expect(seen.status).toBe(EXIT.failed);
    expect(seen.out).toContain('the log ends with record 2, and 4 was written');
  });

  it('says when there is none', async () => {
    for (const verb of ['show', 'verify']) {
      const { status, err } = await livery('log', verb);
      expect(status).toBe(EXIT.notFound);
      expect(err).toMatch(/there is no audit log in .*audit/);
    }
    expect((await livery('log', 'show', '--last', '0')).status).toBe(EXIT.usage);
  });
});

describe('livery clipboard and lock-hint', () => {
  const asked: string[] = [];
  const unused = (): Promise<never> => Promise.reject(new Error('not asked in this test'));
  const listing: ClipboardListing = {
    state: 'kept',
    source: 'work',
    target: null,
    size: 12,
    wipeInMs: 41_200,
    policy: { origin: '/p', mistakes: [] },
  };

  function serve(show: ClipboardListing): ControlServer {
    asked.length = 0;
    const noted = (op: string) => async () => {
      asked.push(op);
      return {};
    };
    const handlers: ControlHandlers = {
      ping: unused,
      windows: unused,
      qubes: unused,
      stats: unused,
      'qube.start': unused,
      attach: unused,
      'attach.next': unused,
      'qube.stop': unused,
      'qube.reconnect': unused,
      run: unused,
      'clipboard.show': async () => show,
      'clipboard.wipe': noted('wipe'),
      'clipboard.events': unused,
      'log.tail': unused,
      'input.rules': unused,
      'view.announce': unused,
      confinement: unused,
      locked: noted('locked'),
      reload: unused,
      shutdown: unused,
    };
    return new ControlServer(join(dir, 'run/control.sock'), handlers, silentLog);
  }

  it.each([
    [{}, '12 bytes from work, wiped in 42 s\npolicy: /p\n'],
    [{ wipeInMs: null }, '12 bytes from work\npolicy: /p\n'],
    [{ state: 'empty' as const }, 'nothing is copied\npolicy: /p\n'],
    [{ state: 'waiting' as const }, 'work was asked for its text\npolicy: /p\n'],
    [
      { state: 'asking' as const, target: 'vault', wipeInMs: null },
      '12 bytes from work; a prompt asks whether they may go to vault\npolicy: /p\n',
    ],
    [
      { policy: { origin: '/p', mistakes: ['/p:1:1: expected'] } },
      '12 bytes from work, wiped in 42 s\npolicy: nothing can be pasted between qubes\n  /p:1:1: expected\n',
    ],
  ])('shows %j', async (more, expected) => {
    using _ = serve({ ...listing, ...more });
    expect(await livery('clipboard', 'show')).toEqual({ status: 0, out: expected, err: '' });
    const json = await livery('clipboard', 'show', '--json');
    expect(JSON.parse(json.out)).toEqual({ ...listing, ...more });
  });

  it('wipes, and tells of the lock', async () => {
    using _ = serve(listing);
    expect((await livery('clipboard', 'wipe')).status).toBe(0);
    expect((await livery('lock-hint', '--json')).out).toBe('{}\n');
    expect(asked).toEqual(['wipe', 'locked']);
  });

  it.each([['clipboard', 'show'], ['clipboard', 'wipe'], ['lock-hint']])(
    'needs a daemon: %s %s',
    async (...words) => {
      const { status, err } = await livery(...words.filter((word) => word !== undefined));
      expect(status).toBe(EXIT.notFound);
      expect(err).toContain('no daemon is running');
    },
  );
});
