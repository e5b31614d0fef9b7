/**
 * The clipboard as dom0's command line sees it: the real daemon, its files, and
 * the real commands beside it.
 */
import { spawn } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { LIVERY_SCRIPT } from '../../../src/cli/child.ts';
import { type ScriptedLivery, startScriptedLivery } from '../../rig/system/scripted-livery.ts';
import { waitUntil } from '../../rig/wait.ts';

const ALL = '@any @any allow\n';

let livery: ScriptedLivery;
beforeAll(async () => {
  livery = await startScriptedLivery({
    qubes: { work: 'label = "blue"', vault: 'label = "black"' },
  });
});
afterAll(() => livery?.[Symbol.asyncDispose]());
beforeEach(() => {
  chmodSync(livery.files.policy, 0o600);
  livery.files.setPolicy(ALL);
});

interface Outcome {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

function command(...args: string[]): Promise<Outcome> {
  const script = LIVERY_SCRIPT.replace('/src/', '/dist/');
  const env = { ...livery.env, LIVERY_CONFIG: livery.configFile };
  const child = spawn(process.execPath, [script, ...args], { env });
  let out = '';
  let err = '';
  child.stdout.on('data', (data: Buffer) => {
    out += data.toString();
  });
  child.stderr.on('data', (data: Buffer) => {
    err += data.toString();
  });
  return new Promise((resolve) => {
    child.on('close', (status) => resolve({ status, out, err }));
  });
}

const shownPolicy = async () => (await livery.client.ask('clipboard.show', {})).policy;
const noticeCount = async () => (await livery.person.surfaces('livery notice')).length;

describe('livery clipboard', () => {
  it('shows what was copied, and never the text', async () => {
    await livery.copy('work', 'the secret words');
    const shown = await command('clipboard', 'show');
    expect(shown).toMatchObject({ status: 0, err: '' });
    expect(shown.out).toMatch(
      new RegExp(`^16 bytes from work, wiped in \\d+ s\npolicy: ${livery.files.policy}\n$`),
    );
    const json = await command('clipboard', 'show', '--json');
    expect(JSON.parse(json.out)).toMatchObject({ state: 'kept', source: 'work', size: 16 });
    for (const said of [shown, json]) expect(said.out).not.toContain('secret');
  });

  it('wipes', async () => {
    await livery.copy('work', 'gone soon');
    const since = livery.files.now;
    expect((await command('clipboard', 'wipe')).status).toBe(0);
    await livery.files.record(since, { event: 'wiped', source: 'work', verdict: 'asked' });
    expect((await command('clipboard', 'show')).out).toMatch(/^nothing is copied\n/);
  });

  it('is told of a lock by lock-hint', async () => {
    await livery.copy('work', 'not for who comes by');
    const since = livery.files.now;
    expect((await command('lock-hint')).status).toBe(0);
    await livery.files.record(since, { event: 'wiped', source: 'work', verdict: 'lock' });
  });
});

describe('the policy file', () => {
  it('counts as soon as it is changed, and a mistake allows nothing', async () => {
    livery.files.setPolicy('work vault deny\n');
    await livery.copy('work', 'one');
    let since = livery.files.now;
    await livery.paste('vault');
    await livery.files.record(since, { event: 'paste-refused', verdict: 'policy' });

    await waitUntil(async () => (await noticeCount()) === 0, 'the notices go');
    livery.files.setPolicy('@any @any alow\n');
    const place = `${livery.files.policy}:1:11: `;
    await waitUntil(async () => (await noticeCount()) > 0, 'the mistake is on the screen');
    expect((await shownPolicy()).mistakes).toEqual([expect.stringContaining(place)]);
    expect(livery.daemon.err).toContain(place);
    expect((await command('clipboard', 'show')).out).toContain('nothing can be pasted');
    expect((await command('policy', 'check')).status).toBe(2);
    since = livery.files.now;
    await livery.copy('work', 'two');
    await livery.paste('vault');
    await livery.files.record(since, { event: 'paste-refused', verdict: 'policy-broken' });

    await waitUntil(async () => (await noticeCount()) === 0, 'the notices go');
    livery.files.setPolicy(ALL);
    await waitUntil(async () => (await noticeCount()) > 0, 'that it holds again is on the screen');
    expect((await command('policy', 'check')).status).toBe(0);
    await livery.copy('work', 'three');
    const given = livery.given('vault').length;
    await livery.paste('vault');
    expect((await livery.givenText('vault', given + 1)).toString()).toBe('three');
  });

  it('is read again by SIGHUP, and must not be open to others', async () => {
    chmodSync(livery.files.policy, 0o666);
    process.kill(livery.daemon.pid, 'SIGHUP');
    await waitUntil(() => livery.daemon.err.includes('others may write it'), 'the log says so');
    expect((await shownPolicy()).mistakes).toHaveLength(1);
    chmodSync(livery.files.policy, 0o600);
    expect((await shownPolicy()).mistakes).toEqual([]);
  });
});

describe('the audit log', () => {
  it('is as written, and is shown', async () => {
    await livery.copy('work', 'for the log');
    const verified = await command('log', 'verify', '--json');
    expect(JSON.parse(verified.out)).toMatchObject({ ok: true, headKnown: true, findings: [] });
    const shown = await command('log', 'show', '--last', '1');
    expect(shown.out).toMatch(/ {2}copied {2}work {2}11 bytes/);
    expect(livery.files.auditText()).not.toContain('for the log');
  });

  it('is followed', async () => {
    const script = LIVERY_SCRIPT.replace('/src/', '/dist/');
    const args = [script, 'log', 'show', '--follow', '--json', '--config', livery.configFile];
    const child = spawn(process.execPath, args, { env: livery.env });
    let out = '';
    child.stdout.on('data', (data: Buffer) => {
      out += data.toString();
    });
    try {
      await waitUntil(() => out !== '', 'it shows what there is');
      const before = out.split('\n').length;
      await livery.copy('work', 'while somebody looks');
      await waitUntil(() => out.split('\n').length > before, 'it goes on');
      expect(out).toContain('"size":20');
    } finally {
      child.kill('SIGTERM');
    }
  });
});

describe('livery doctor', () => {
  it('finds the policy, the audit log and the chords in order', async () => {
    const { findings } = JSON.parse((await command('doctor', '--json')).out) as {
      findings: { check: string; state: string; text: string }[];
    };
    const of = (check: string) => findings.filter((finding) => finding.check === check);
    expect(of('chords')).toMatchObject([{ state: 'ok' }]);
    expect(of('policy')).toMatchObject([{ state: 'ok', text: `${livery.files.policy} holds` }]);
    expect(of('audit log')).toMatchObject([{ state: 'ok' }]);
    expect(of('memory')).toMatchObject([{ state: 'ok' }]);
  });
});

describe('a daemon that is started again', () => {
  it('goes on with the audit log and has nothing to say of it', async () => {
    await livery.daemon[Symbol.asyncDispose]();
    await livery.startDaemon();
    expect(livery.daemon.err).not.toContain('not as it was left');
    expect((await command('log', 'verify')).status).toBe(0);
    expect((await command('clipboard', 'show')).out).toMatch(/^nothing is copied\n/);
  });
});
