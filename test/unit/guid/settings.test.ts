import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readCommand, type Settings } from '../../../src/guid/settings.ts';
import { readSettings } from '../../../src/guid/settings-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'livery-settings-'));
afterAll(() => rmSync(folder, { recursive: true }));

const BASE = ['-d', '5', '-N', 'work'];
function settings(words: readonly string[], env: NodeJS.ProcessEnv = {}): Settings {
  const command = readCommand(words, env);
  if (command.kind !== 'run') throw new Error(command.kind);
  return command.settings;
}

function file(text: string) {
  const remarks: string[] = [];
  const read = readSettings(text, 'guid.conf', (line) => remarks.push(line), folder);
  return { read, remarks };
}

describe('the command line', () => {
  it('has the defaults of qubes-guid', () => {
    expect(settings(BASE)).toMatchObject({
      domain: 5,
      name: 'work',
      color: 'red',
      labelIndex: 0,
      logLevel: 1,
      foreground: false,
      invisible: false,
      utf8Titles: false,
      maxClipboardBytes: 64_000,
      startupTimeout: 45,
      eventsMaxDelayMs: 0,
      overrideRedirect: true,
      overrideRedirectProtection: true,
      fullscreen: false,
      background: 'white',
    });
  });

  it.each([
    [[], 'the domain is missing: -d ID'],
    [['-d', '5'], 'the qube is missing: -N NAME'],
    [['-d', '0', '-N', 'w'], 'invalid domain ID: 0'],
    [['-d', '32752', '-N', 'w'], 'invalid domain ID: 32752'],
    [['-d', '5x', '-N', 'w'], 'invalid domain ID: 5x'],
    [['-d', '5', '-d', '5'], '--domid is given twice'],
    [[...BASE, '-t', '0'], 'invalid domain ID: 0'],
    [['-d', '5', '-N', '1abc'], 'invalid qube name: 1abc'],
    [['-d', '5', '-N', 'x-dm'], 'invalid qube name: x-dm'],
    [['-d', '5', '-N', 'default'], 'invalid qube name: default'],
    [[...BASE, 'word'], 'unexpected argument: word'],
    [[...BASE, '--'], 'unexpected argument: --'],
    [[...BASE, '--max-clipboard-size=255'], '--max-clipboard-size is 256 to 256000, not 255'],
    [[...BASE, '--max-clipboard-size=256001'], '--max-clipboard-size is 256 to 256000'],
    [[...BASE, '--override-redirect=no'], '--override-redirect is allow or disabled, not no'],
    [[...BASE, '--trayicon-mode=red'], 'invalid trayicon mode: red'],
    [[...BASE, '-p', 'A'], '-p: expected NAME=TYPE:VALUE'],
    [[...BASE, '-p', 'A=c:1,x'], '-p: expected numbers'],
    [[...BASE, '-K', '0'], 'invalid process ID: 0'],
    [[...BASE, '-K', '-1'], 'invalid process ID: -1'],
    [[...BASE, '--daemon', '-I'], '-I cannot be had with --daemon'],
    [[...BASE, '--share'], 'share'],
    [[...BASE, ...Array(11).fill('-pA=s:b')], 'more than 10 properties'],
    [[...BASE, ...Array(11).fill('--screensaver-name=x')], 'more than 10 times'],
  ])('refuses %j', (words, message) => {
    expect(() => settings(words)).toThrow(message);
  });

  it('has the clipboard to itself unless asked to share it', () => {
    const alone = { shareClipboard: false, qubesDir: '/var/run/qubes', clipboardPolicy: undefined };
    expect(settings(BASE)).toMatchObject({ ...alone, handOver: false });
    const words = ['--share-clipboard', '--qubes-dir=/q', '--clipboard-policy', '/p'];
    const shared = { shareClipboard: true, qubesDir: '/q', clipboardPolicy: '/p' };
    expect(settings([...BASE, ...words])).toMatchObject(shared);
    const { read } = file('global: { share_clipboard = true; clipboard_policy = "/p"; };');
    expect(read).toMatchObject({ shareClipboard: true, clipboardPolicy: '/p' });
  });

  it('answers help and version whatever else is wrong', () => {
    expect(readCommand(['-x', '-h'], {})).toEqual({ kind: 'help' });
    expect(readCommand(['-d', 'junk', '--version'], {})).toEqual({ kind: 'version' });
  });

  it('counts the log level from 1, never below 0; the last name wins', () => {
    expect(settings([...BASE, '-v', '-v']).logLevel).toBe(3);
    expect(settings([...BASE, '-qqqv']).logLevel).toBe(1);
    const conf = join(folder, 'level.conf');
    writeFileSync(conf, 'global: { log_level = 0; };');
    expect(settings([...BASE, '-C', conf]).logLevel).toBe(0);
    expect(settings([...BASE, '-C', conf, '-v', '-v']).logLevel).toBe(2);
    expect(settings([...BASE, '-N', 'other']).name).toBe('other');
  });

  it('reads numbers as C does', () => {
    expect(settings([...BASE, '-l', '0x10']).labelIndex).toBe(16);
    expect(settings([...BASE, '-l', '010']).labelIndex).toBe(8);
    expect(settings([...BASE, '--max-clipboard-size=300k']).maxClipboardBytes).toBe(300);
    expect(settings([...BASE, '-p', 'A=c:1,0x10,010']).properties).toEqual([
      { name: 'A', type: 'cardinals', value: [1, 16, 8] },
    ]);
    expect(settings([...BASE, '-p', '_X=s:a=b:c', '-p', 'B=a:UTF8_STRING']).properties).toEqual([
      { name: '_X', type: 'string', value: 'a=b:c' },
      { name: 'B', type: 'atom', value: 'UTF8_STRING' },
    ]);
  });

  it('-f has no process to end; -n does not wait', () => {
    expect(settings([...BASE, '-K', '77']).killOnConnect).toBe(77);
    expect(settings([...BASE, '-K', '77', '-f']).killOnConnect).toBeUndefined();
    expect(settings([...BASE, '-n']).startupTimeout).toBe(0);
  });

  it('says in a line what has no effect', () => {
    const { remarks } = settings([...BASE, '-T', '-i', 'appvm', '-Q', '--trayicon-mode=tint']);
    for (const option of ['-T', '-i', '-Q', '--trayicon-mode']) {
      expect(remarks.filter((line) => line.startsWith(`${option}:`))).toHaveLength(1);
    }
    expect(settings([...BASE, '-t', '6']).remarks.join()).toMatch(/-t: .*refused/);
    expect(settings([...BASE, '-t', '5']).remarks.join()).not.toMatch(/-t:/);
  });

  it('finds the pools by option, then by environment', () => {
    const env = { LIVERY_POOL_DIR: '/env' };
    expect(settings(BASE, env).poolDir).toBe('/env');
    expect(settings([...BASE, '--pool-dir', '/opt'], env).poolDir).toBe('/opt');
    expect(settings(BASE).poolDir).toBeUndefined();
  });

  it('wins over the file of -C; the last -C counts', () => {
    const path = join(folder, 'own.conf');
    writeFileSync(
      path,
      'global: { max_clipboard_size = 1000; override_redirect = "disable"; startup_timeout = 3; }',
    );
    const read = settings([...BASE, '-C', '/nowhere', '-C', path, '--max-clipboard-size=2000']);
    expect(read).toMatchObject({
      maxClipboardBytes: 2000,
      overrideRedirect: false,
      startupTimeout: 3,
    });
    expect(settings([...BASE, '-C', path, '--override-redirect=allow']).overrideRedirect).toBe(
      true,
    );
  });

  it('goes on with defaults when the file cannot be read, not when it is wrong', () => {
    expect(settings([...BASE, '-C', '/nowhere']).remarks[0]).toMatch(/defaults are used/);
    const path = join(folder, 'wrong.conf');
    writeFileSync(path, 'global: {\n  x = \n}');
    expect(() => settings([...BASE, '-C', path])).toThrow(/wrong\.conf:3: expected a value/);
  });
});

describe('guid.conf', () => {
  it('takes every key of the group global, and ignores others', () => {
    const { read, remarks } = file(`global: {
      allow_fullscreen = true; override_redirect_protection = false;
      override_redirect = "disabled"; allow_utf8_titles = true;
      secure_copy_sequence = "Mod4-Alt-F1"; secure_paste_sequence = "none";
      max_clipboard_size = 0x100; trayicon_mode = "tint+border1";
      window_background_color = "0x112233"; startup_timeout = -1; events_max_delay = 5000;
      windows_count_limit = 3; log_level = 9; };
      VM: { work: { allow_fullscreen = false; }; };`);
    expect(read).toEqual({
      fullscreen: true,
      overrideRedirectProtection: false,
      overrideRedirect: false,
      utf8Titles: true,
      copy: { modifiers: 0x48, keysym: 'F1' },
      paste: undefined,
      maxClipboardBytes: 256,
      background: '0x112233',
      startupTimeout: -1,
      eventsMaxDelayMs: 5000,
      logLevel: 9,
      shareClipboard: false,
      clipboardPolicy: undefined,
    });
    expect(remarks).toEqual(['guid.conf:4: secure_paste_sequence: switched off']);
  });

  it('takes a value of the wrong kind as false or 0, and says so', () => {
    const { read, remarks } = file(
      'global: { allow_fullscreen = 1; startup_timeout = "9"; events_max_delay = true; }',
    );
    expect(read).toMatchObject({ fullscreen: false, startupTimeout: 0, eventsMaxDelayMs: 0 });
    expect(remarks).toHaveLength(3);
  });

  it('ignores a clipboard size out of range', () => {
    const { read, remarks } = file('global: { max_clipboard_size = 255; }');
    expect(read.maxClipboardBytes).toBe(64_000);
    expect(remarks).toEqual(['guid.conf:1: max_clipboard_size: expected 256 to 256000; ignored']);
  });

  it.each([
    ['override_redirect = "no"', /override_redirect: expected "allow" or "disabled"/],
    ['override_redirect = false', /override_redirect: expected "allow" or "disabled"/],
    ['events_max_delay = 5001', /events_max_delay: expected 0 to 5000/],
    ['events_max_delay = -1', /events_max_delay: expected 0 to 5000/],
    ['trayicon_mode = "red"', /trayicon_mode: expected/],
    ['secure_copy_sequence = "Ctrl-"', /secure_copy_sequence: expected a key/],
  ])('ends for %s', (setting, message) => {
    expect(() => file(`global: {\n${setting};\n}`)).toThrow(message);
    expect(() => file(`global: {\n${setting};\n}`)).toThrow('guid.conf:2: ');
  });
});
