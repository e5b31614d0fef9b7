import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../../../src/base/budgets.ts';
import { ConfigError, EXIT } from '../../../src/base/errors.ts';
import type { QubeName } from '../../../src/base/ids.ts';
import { parseConfig, readConfig } from '../../../src/config/read.ts';

const dir = mkdtempSync(join(tmpdir(), 'livery-config-'));
afterAll(() => rmSync(dir, { recursive: true }));

/** The lines of the refusal, without the file's name. */
function mistakesIn(text: string): string[] {
  try {
    parseConfig(text, 'l.toml');
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    expect((error as ConfigError).exitCode).toBe(EXIT.usage);
    return (error as ConfigError).message.split('\n').map((line) => line.replace(/^l\.toml:/, ''));
  }
  return [];
}

describe('a good file', () => {
  it('becomes plain data with every default filled in', () => {
    const config = parseConfig('[qube.work]\nlabel = "blue"\n', 'l.toml');
    expect(config.frame).toEqual({ thickness: 6, name: 'auto' });
    expect(config.panel).toEqual({
      enabled: false,
      edge: 'top',
      overlayChord: { modifiers: 0x40, keysym: 'Escape' },
    });
    expect(config.qubes.get('work' as QubeName)).toEqual({
      name: 'work',
      domainId: 1,
      label: { name: 'blue', color: 0x3465a4, pattern: 'double-line' },
      backend: 'sandbox',
      autostart: false,
      programs: [],
      home: undefined,
      network: false,
      poolBytes: undefined,
      fullscreen: false,
      titles: 'unicode',
      limits: DEFAULT_LIMITS,
      clipboard: {
        copyChord: { modifiers: 5, keysym: 'c' },
        pasteChord: { modifiers: 5, keysym: 'v' },
        maxBytes: 64_000,
        careful: false,
      },
    });
    expect(config.clipboard).toEqual({
      keepMs: 60_000,
      answerMs: 2000,
      promptMs: 30_000,
      wipeOnLock: true,
      policyFile: undefined,
      auditDir: undefined,
      auditHead: undefined,
    });
  });

  it.each(['"auto"', 'true', 'false'])('takes %s for the names on frames', (word) => {
    const { frame } = parseConfig(`[frame]\nname = ${word}\n`, 'l.toml');
    expect(frame.name).toBe(JSON.parse(word));
  });

  it('says what may stand for the names on frames', () => {
    expect(mistakesIn('[frame]\nname = "always"\n')).toEqual([
      '2: frame.name: expected "auto", true or false, found "always"',
    ]);
  });

  it('takes everything that can be said', () => {
    const config = parseConfig(
      `[frame]
thickness = 8
[limits]
max_windows = 10
[labels.mail]
color = "#00A0a0"
pattern = "dashes"
[qube.a]
label = "mail"
id = 7
autostart = true
programs = [["xterm", "-e", "top"], ["xclock"]]
home = "/srv/a"
network = true
pool_mib = 64
fullscreen = true
titles = "ascii"
[qube.a.limits]
max_queue_mib = 2
`,
      'l.toml',
    );
    expect(config.frame.thickness).toBe(8);
    expect(config.qubes.get('a' as QubeName)).toMatchObject({
      domainId: 7,
      label: { name: 'mail', color: 0x00a0a0, pattern: 'dashes' },
      autostart: true,
      programs: [['xterm', '-e', 'top'], ['xclock']],
      home: '/srv/a',
      network: true,
      poolBytes: 64 * 1024 * 1024,
      fullscreen: true,
      titles: 'ascii',
      limits: { maxWindows: 10, maxQueueBytes: 2 * 1024 * 1024 },
    });
  });

  it('counts ids in the order of the file, past those that are given', () => {
    const text = '[qube.c]\nlabel="red"\n[qube.a]\nlabel="blue"\nid=2\n[qube.b]\nlabel="black"\n';
    const ids = [...parseConfig(text, 'l.toml').qubes.values()].map((q) => [q.name, q.domainId]);
    expect(ids).toEqual([
      ['c', 1],
      ['a', 2],
      ['b', 3],
    ]);
  });

  it('gives each qube its own clipboard settings over those for all', () => {
    const config = parseConfig(
      `[clipboard]
copy = "Mod4+C"
keep_seconds = 0
answer_ms = 500
prompt_seconds = 5
wipe_on_lock = false
policy = "/etc/p"
audit_dir = "/var/a"
audit_head = "/srv/h"
[qube.a]
label = "red"
[qube.b]
label = "blue"
[qube.b.clipboard]
paste = "none"
max_bytes = 256
careful = true
`,
      'l.toml',
    );
    expect(config.clipboard).toEqual({
      keepMs: undefined,
      answerMs: 500,
      promptMs: 5000,
      wipeOnLock: false,
      policyFile: '/etc/p',
      auditDir: '/var/a',
      auditHead: '/srv/h',
    });
    const copyChord = { modifiers: 0x40, keysym: 'c' };
    expect(config.qubes.get('a' as QubeName)?.clipboard).toEqual({
      copyChord,
      pasteChord: { modifiers: 5, keysym: 'v' },
      maxBytes: 64_000,
      careful: false,
    });
    expect(config.qubes.get('b' as QubeName)?.clipboard).toEqual({
      copyChord,
      pasteChord: undefined,
      maxBytes: 256,
      careful: true,
    });
  });

  it.each(['livery.toml', 'demo.toml'])('accepts the shipped %s', (name) => {
    const config = readConfig(new URL(`../../../docs/examples/${name}`, import.meta.url).pathname);
    const qubes = [...config.qubes.values()].map((q) => [q.name, q.label.name, q.network]);
    expect(qubes).toEqual([
      ['work', 'blue', false],
      ['untrusted', 'red', false],
      ['vault', 'black', false],
    ]);
  });

  it('takes what is said about the panel', () => {
    const { panel } = parseConfig(
      '[panel]\nenabled = true\nedge = "bottom"\noverlay = "Ctrl+Alt+F12"\n',
      'l.toml',
    );
    expect(panel).toEqual({
      enabled: true,
      edge: 'bottom',
      overlayChord: { modifiers: 12, keysym: 'F12' },
    });
    expect(parseConfig('[panel]\noverlay = "none"\n', 'l.toml').panel.overlayChord).toBeUndefined();
  });

  it('accepts every key that the shipped livery.toml shows as a comment', () => {
    const file = new URL('../../../docs/examples/livery.toml', import.meta.url);
    const shown = readFileSync(file, 'utf8').replace(/^# (\[|[a-z_]+ = )/gm, '$1');
    const config = parseConfig(shown, 'l.toml');
    expect(config.labels.get('mail')?.color).toBe(0x00a0a0);
    expect(config.qubes.get('work' as QubeName)?.home).toBe('/srv/livery/work');
    expect(config.qubes.get('personal' as QubeName)?.attach?.poolDir).toBe('/run/pools');
    expect(config.qubes.get('bank' as QubeName)?.memoryBytes).toBe(2 ** 30);
  });
});

describe('a bad file', () => {
  it('names what is wrong with the panel', () => {
    expect(
      mistakesIn(`[panel]
enabled = "yes"
edge = "left"
overlay = "Escape"
heigth = 3
`),
    ).toEqual([
      '2: panel.enabled: expected true or false, found "yes"',
      '3: panel.edge: expected one of "top", "bottom", found "left"',
      '4: panel.overlay: expected a chord such as "Ctrl+Shift+C", or "none": no modifier is held, found "Escape"',
      '5: panel.heigth: unknown key; known here: enabled, edge, overlay',
    ]);
    expect(mistakesIn('[panel]\noverlay = "Ctrl+Shift+V"\n')).toEqual([
      '2: panel.overlay: Ctrl+Shift+V copies or pastes in [clipboard]; expected another chord',
    ]);
  });

  it('names what is wrong with the clipboard', () => {
    expect(
      mistakesIn(`[clipboard]
copy = "Ctrl+Shift"
max_bytes = 255
keep_secs = 1
policy = "here"
[qube.a]
label = "red"
[qube.a.clipboard]
copy = "Ctrl+Shift+V"
carefull = true
[qube.b]
label = "red"
clipboard = { paste = 7 }
[qube.c]
label = "red"
clipboard = { copy = "Mod4+V", paste = "mod4+v" }
`),
    ).toEqual([
      '2: clipboard.copy: expected a chord such as "Ctrl+Shift+C", or "none": the key is missing, found "Ctrl+Shift"',
      '3: clipboard.max_bytes: expected bytes that are taken from a qube: a whole number, 256 to 256000, found 255',
      '4: clipboard.keep_secs: unknown key (did you mean "keep_seconds"?)',
      '5: clipboard.policy: expected the policy file: an absolute path, found "here"',
      '8: qube.a.clipboard: copy and paste are both Ctrl+Shift+V; expected two chords',
      '10: qube.a.clipboard.carefull: unknown key (did you mean "careful"?)',
      '13: qube.b.clipboard.paste: expected a chord such as "Ctrl+Shift+C", or "none", found 7',
      '16: qube.c.clipboard: copy and paste are both Mod4+V; expected two chords',
    ]);
  });

  it('says line and column of a syntax error', () => {
    expect(mistakesIn('[frame]\nthickness = = 2\n')).toEqual([
      expect.stringMatching(/^2: not valid TOML at column \d+: /),
    ]);
  });

  it('tells all mistakes at once, in the order of the file', () => {
    expect(
      mistakesIn(`[frame]
thicknes = 6
thickness = 99

[qube.work]
label = "blu"
autostart = "yes"
programs = [["xterm"], []]
[qube.dom0]
label = ""
[qube.empty]
[qbue.x]
label = "red"
`),
    ).toEqual([
      '2: frame.thicknes: unknown key (did you mean "thickness"?)',
      '3: frame.thickness: expected pixels at 96 dpi: a whole number, 2 to 32, found 99',
      '7: qube.work.autostart: expected true or false, found "yes"',
      '8: qube.work.programs[1]: expected a program with its arguments, as in ["xterm", "-geometry", "80x24"], found an empty list',
      '9: qube.dom0: expected a qube name: a letter, then up to 30 letters, digits, _ . or -; not none, default, dom0',
      '10: qube.dom0.label: expected the name of a label, found ""',
      '11: qube.empty.label: missing; expected the name of a label',
      '12: qbue: unknown key (did you mean "qube"?)',
    ]);
  });

  it('refuses an unknown label and names the nearest', () => {
    expect(mistakesIn('[qube.work]\nlabel = "blu"\n')[0]).toMatch(
      /^2: qube\.work\.label: no such label: "blu" \(did you mean "blue"\?\); expected one of red, /,
    );
  });

  it('refuses an id that is used twice, and ids out of range', () => {
    const text = '[qube.a]\nlabel="red"\nid=5\n[qube.b]\nlabel="blue"\nid=5\n';
    expect(mistakesIn(text)).toEqual(['6: qube.b.id: 5 is already the id of a']);
    expect(mistakesIn('[qube.a]\nlabel="red"\nid=0\n')[0]).toContain('1 to 32751, found 0');
    expect(mistakesIn('[qube.a]\nlabel="red"\nid=32752\n')).toHaveLength(1);
  });

  it('refuses labels that are too alike, by colour or by pattern', () => {
    const near = '[labels.crimson]\ncolor="#c80010"\npattern="dots"\n';
    const qubes = '[qube.a]\nlabel="red"\n[qube.b]\nlabel="crimson"\n';
    expect(mistakesIn(near + qubes)).toEqual([
      expect.stringMatching(
        /^1: labels\.crimson: #c80010 is too like red #cc0000: difference [\d.]+, expected at least 15/,
      ),
    ]);
    const same = '[labels.sky]\ncolor="#00c0ff"\npattern="plain"\n';
    expect(mistakesIn(`${same}[qube.a]\nlabel="red"\n[qube.b]\nlabel="sky"\n`)).toEqual([
      '1: labels.sky: the pattern "plain" is also that of red; expected one that no other label in use has',
    ]);
    // Nobody wears red: the same labels are fine.
    expect(mistakesIn(`${near}${same}[qube.b]\nlabel="sky"\n`)).toEqual([]);
  });

  it('does not let a qube named like a property of objects slip through', () => {
    const config = parseConfig('[qube.constructor]\nlabel = "red"\n', 'l.toml');
    expect([...config.qubes.keys()]).toEqual(['constructor']);
    expect(mistakesIn('[qube.__proto__]\nlabel = "red"\n')[0]).toContain('expected a qube name');
    expect(mistakesIn('[frame]\n__proto__ = 1\n')[0]).toContain('unknown key');
    expect(mistakesIn('[frame]\ntoString = 1\n')[0]).toContain('unknown key');
  });

  it('refuses wrong kinds where tables are expected', () => {
    expect(mistakesIn('qube = 1\nlabels = []\nframe = "x"\nlimits = 2024-01-01\n')).toEqual([
      '1: qube: expected tables such as [qube.work], found 1',
      '2: labels: expected tables such as [labels.mail], found an empty list',
      '3: frame: expected a table, found "x"',
      '4: limits: expected a table, found a date',
    ]);
    expect(mistakesIn('[[qube]]\nlabel = "red"\n')[0]).toMatch(/^1: qube: expected tables/);
  });

  it('refuses relative homes, unknown backends, NUL, and empty programs', () => {
    const with_ = (line: string): string => `[qube.a]\nlabel = "red"\n${line}\n`;
    expect(mistakesIn(with_('home = "x"'))[0]).toContain(
      '3: qube.a.home: expected an absolute path',
    );
    expect(mistakesIn(with_('backend = "docker"'))[0]).toContain('expected one of "sandbox"');
    expect(mistakesIn(with_('programs = [["a\\u0000b"]]'))[0]).toContain('NUL');
    expect(mistakesIn(with_('programs = [[""]]'))[0]).toContain('expected a program');
    expect(mistakesIn(with_('programs = ["xterm"]'))[0]).toContain('expected a program');
    expect(mistakesIn(with_('limits = { max_window = 3 }'))[0]).toContain(
      '3: qube.a.limits.max_window: unknown key (did you mean "max_windows"?)',
    );
  });

  it('escapes what it quotes', () => {
    const [line] = mistakesIn('[qube.a]\nlabel = "\\u001b[31m\\u202e"\n');
    expect(line).toMatch(/^[ -~]*$/);
  });

  it('says why a file cannot be read', () => {
    const message = (file: string): string => {
      try {
        readConfig(file);
      } catch (error) {
        return (error as Error).message;
      }
      return '';
    };
    expect(message(join(dir, 'none.toml'))).toMatch(/none\.toml: it does not exist$/);
    expect(message(dir)).toMatch(/it is a directory$/);
    writeFileSync(join(dir, 'latin1.toml'), Uint8Array.of(0x23, 0xe9, 0x0a));
    expect(message(join(dir, 'latin1.toml'))).toMatch(/it is not UTF-8$/);
  });
});

describe('a qube that somebody else runs', () => {
  const attach = '[qube.work]\nlabel = "blue"\nbackend = "attach"\n';

  it('has an id, and both places or none', () => {
    const places = 'channel_dir = "/run/c"\npool_dir = "/run/p"\n';
    const qube = (text: string) => parseConfig(text, 'l.toml').qubes.get('work' as QubeName);
    expect(qube(`${attach}id = 5\n`)).toMatchObject({ backend: 'attach', domainId: 5 });
    expect(qube(`${attach}id = 5\n`)?.attach).toBeUndefined();
    expect(qube(`${attach}id = 5\n${places}`)?.attach).toEqual({
      channelDir: '/run/c',
      poolDir: '/run/p',
    });
    expect(mistakesIn(attach).join()).toMatch(/expected its domain id/);
    expect(mistakesIn(`${attach}id = 5\npool_dir = "/p"\n`).join()).toMatch(/expected both/);
  });

  it('has nothing that says how it is run', () => {
    for (const line of ['autostart = true', 'home = "/h"', 'network = true']) {
      expect(mistakesIn(`${attach}id = 5\n${line}\n`).join()).toMatch(/somebody else runs it/);
    }
    const own = '[qube.work]\nlabel = "blue"\nchannel_dir = "/c"\n';
    expect(mistakesIn(own).join()).toMatch(/expected backend = "attach" with this key/);
  });
});
