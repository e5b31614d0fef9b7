import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkConfig, checkLabels, checkProcesses } from '../../../src/cli/doctor/configuration.ts';
import { checkDisplay } from '../../../src/cli/doctor/display.ts';
import type { Finding } from '../../../src/cli/doctor/finding.ts';
import {
  checkAddon,
  checkNode,
  checkPrograms,
  checkSandbox,
  checkSharedMemory,
} from '../../../src/cli/doctor/host.ts';
import { parseConfig } from '../../../src/config/read.ts';
import { startXServer, type XServer } from '../../../src/x11/server.ts';

const dir = mkdtempSync(join(tmpdir(), 'livery-doctor-'));
let server: XServer;

beforeAll(async () => {
  server = await startXServer({ kind: 'xvfb', width: 640, height: 480, directory: join(dir, 'x') });
});
afterAll(async () => {
  await server.stop();
  rmSync(dir, { recursive: true });
});

const states = (findings: readonly Finding[]): string[] => findings.map(({ state }) => state);

/** Whatever is not well says what to do about it. */
function expectFixes(findings: readonly Finding[]): void {
  for (const { state, text, fix } of findings) {
    if (state !== 'ok') expect(fix, text).toBeTruthy();
  }
}

describe('the host', () => {
  it('is fit here', async () => {
    expect([checkNode(), checkAddon(), await checkSandbox()].map(({ state }) => state)).toEqual([
      ...['ok', 'ok', 'ok'],
    ]);
  });

  it('needs a Node.js that is new enough', () => {
    expect(checkNode('20.9.0').state).toBe('ok');
    expect(checkNode('21.0.0').state).toBe('ok');
    for (const old of ['18.20.0', '20.8.9']) {
      expect(checkNode(old)).toMatchObject({
        state: 'problem',
        fix: expect.stringContaining('20.9'),
      });
    }
  });

  it('names programs that are missing, their use and their package', () => {
    const config = parseConfig('[qube.work]\nlabel="red"\nprograms=[["xcalc"]]\n', 'l.toml');
    const findings = checkPrograms(config, { PATH: dir });
    expect(findings.map(({ state, text, fix }) => [state, text, fix?.split(' ').at(-1)])).toEqual([
      ['problem', 'Xvfb is not installed (the X server of each qube)', 'xvfb'],
      ['warning', 'dbus-daemon is not installed (the session bus of each qube)', 'dbus'],
      ['warning', 'openbox is not installed (livery demo on a screen of its own)', 'openbox'],
      ['warning', 'xcalc is not installed (started in qube work)', 'x11-apps'],
    ]);
    expect(states(checkPrograms(config, process.env))).toEqual(['ok']);
  });

  it('looks at the shared memory', () => {
    expect(checkSharedMemory().state).toBe('ok');
    expect(checkSharedMemory('/nonexistent')).toMatchObject({ state: 'warning' });
    // A file system without any room.
    expect(checkSharedMemory('/proc')).toMatchObject({
      state: 'warning',
      text: 'only 0 MiB are free in /proc',
    });
  });
});

describe('the display', () => {
  it('is well with its cookie', async () => {
    const env = { DISPLAY: server.displayName, XAUTHORITY: server.xauthority };
    const findings = await checkDisplay(env, undefined);
    expect(states(findings)).toEqual(['ok', 'ok', 'ok']);
    expect(findings[0]?.text).toContain('640x480, depth 24');
  });

  it('is refused without a cookie, and says so', async () => {
    const empty = join(dir, 'empty');
    writeFileSync(empty, '');
    const findings = await checkDisplay(
      { DISPLAY: server.displayName, XAUTHORITY: empty },
      undefined,
    );
    expect(states(findings)).toEqual(['warning', 'problem']);
    expect(findings[1]?.fix).toContain('XAUTHORITY');
    expectFixes(findings);
  });

  it.each([
    [{}, 'DISPLAY is not set'],
    [{ DISPLAY: 'nonsense' }, 'expected something like :0'],
    [{ DISPLAY: 'host:0' }, 'not a local X server'],
    [{ DISPLAY: ':59999' }, 'there is no X server at :59999'],
  ])('%j is a problem with a way out', async (env, words) => {
    const findings = await checkDisplay(env, undefined);
    expect(states(findings)).toEqual(['problem']);
    expect(findings[0]?.text).toContain(words);
    expectFixes(findings);
  });
});

describe('the configuration', () => {
  it('may be missing, and must be right', () => {
    const none = checkConfig(undefined, { XDG_CONFIG_HOME: dir });
    expect(states(none.findings)).toEqual(['warning']);
    expectFixes(none.findings);

    const file = join(dir, 'livery.toml');
    writeFileSync(file, '[qube.work]\nlabel = "blu"\n');
    chmodSync(file, 0o644);
    const bad = checkConfig(file, {});
    expect(states(bad.findings)).toEqual(['problem']);
    expect(bad.findings[0]?.text).toContain(`${file}:2: qube.work.label`);

    writeFileSync(file, '[qube.work]\nlabel = "blue"\n');
    expect(states(checkConfig(file, {}).findings)).toEqual(['ok']);
    chmodSync(file, 0o646);
    const open = checkConfig(file, {}).findings;
    expect(states(open)).toEqual(['ok', 'warning']);
    expectFixes(open);
  });

  it('names labels that look alike to some eyes', () => {
    const alike = '[qube.a]\nlabel="green"\n[qube.b]\nlabel="yellow"\n';
    const findings = checkLabels(parseConfig(alike, 'l.toml'));
    expect(states(findings)).toEqual(['warning', 'warning']);
    expect(findings[0]?.text).toMatch(
      /^green and yellow look alike to somebody who sees little red/,
    );
    const apart = '[qube.a]\nlabel="red"\n[qube.b]\nlabel="blue"\n';
    expect(states(checkLabels(parseConfig(apart, 'l.toml')))).toEqual(['ok']);
  });

  it('says what runs, and refuses a runtime directory of somebody else', async () => {
    const [calm] = await checkProcesses({ LIVERY_RUNTIME_DIR: join(dir, 'none') });
    expect(calm?.text).toContain('the keeper does not run, the daemon does not run');
    const [file] = await checkProcesses({ LIVERY_RUNTIME_DIR: join(dir, 'livery.toml') });
    expect(file?.state).toBe('problem');
  });
});
