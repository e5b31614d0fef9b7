/** A configuration that is read again: what holds at once, what later, and what is refused as a whole. */
import { stringify } from 'smol-toml';
import { describe, expect, it } from 'vitest';
import type { QubeName } from '../../../src/base/ids.ts';
import type { Config } from '../../../src/config/config.ts';
import { type Document, effectiveDocument } from '../../../src/config/effective.ts';
import { LiveQube } from '../../../src/config/live-qube.ts';
import { parseConfig } from '../../../src/config/read.ts';
import { planReload, takesEffect } from '../../../src/config/reload.ts';

const BASE = `
[qube.work]
label = "blue"
[qube.vault]
label = "black"
`;

function read(text: string, before?: Config): Config {
  const known = [...(before?.qubes.values() ?? [])];
  return parseConfig(text, 'l.toml', new Map(known.map((one) => [one.name, one.domainId])));
}

function plan(before: string, next: string, running: readonly string[] = []) {
  const old = read(before);
  return planReload(old, read(next, old), new Set(running as QubeName[]));
}

const named = (config: Config, name: string) => config.qubes.get(name as QubeName);

describe('what holds at once', () => {
  it('is nothing when nothing is another', () => {
    const { changed, later, refusals } = plan(BASE, BASE, ['work']);
    expect([changed, later, refusals]).toEqual([[], [], []]);
  });

  it('is a label, a permission, a chord and the panel, also of a qube that runs', () => {
    const next = `[panel]\nenabled = true\n${BASE.replace('"blue"', '"red"\nfullscreen = true\ntitles = "ascii"\nclipboard.copy = "none"\nclipboard.careful = true')}`;
    const { config, changed, later } = plan(BASE, next, ['work', 'vault']);
    expect(later).toEqual([]);
    expect(changed.toSorted()).toEqual([
      'panel.enabled: false → true',
      'qube.work.clipboard.careful: false → true',
      'qube.work.clipboard.copy: Ctrl+Shift+C → none',
      'qube.work.fullscreen: false → true',
      'qube.work.label: blue → red',
      'qube.work.titles: unicode → ascii',
    ]);
    expect(named(config, 'work')).toMatchObject({ fullscreen: true, titles: 'ascii' });
    expect(named(config, 'work')?.label.name).toBe('red');
    expect(config.panel.enabled).toBe(true);
  });

  it('is the look of a label of its own, on every qube that wears it', () => {
    const own = (color: string) =>
      `[labels.mail]\ncolor = "${color}"\npattern = "dots"\n[qube.work]\nlabel = "mail"\n`;
    const { config, changed } = plan(own('#ff00ff'), own('#00ffff'), ['work']);
    expect(changed).toEqual(['labels.mail.color: #ff00ff → #00ffff']);
    expect(named(config, 'work')?.label.color).toBe(0x00ffff);
  });

  it('is everything of a qube that is stopped', () => {
    const { config, changed, later } = plan(BASE, `${BASE}pool_mib = 64\nnetwork = true\n`, [
      'work',
    ]);
    expect(later).toEqual([]);
    expect(changed).toHaveLength(2);
    expect(named(config, 'vault')).toMatchObject({ network: true, poolBytes: 64 << 20 });
  });
});

describe('what holds later', () => {
  it('stays what the qube was started with, with one line for each setting', () => {
    const next = BASE.replace(
      '"blue"',
      '"blue"\nhome = "/home/w"\nnetwork = true\npool_mib = 64\nlimits.max_windows = 7',
    );
    const { config, changed, later } = plan(BASE, next, ['work']);
    expect(changed).toEqual([]);
    expect(later.toSorted()).toEqual([
      'qube.work.home: none → /home/w, when qube work is started again',
      'qube.work.limits.max_windows: 512 → 7, when qube work is started again',
      'qube.work.network: false → true, when qube work is started again',
      'qube.work.pool_mib: none → 64, when qube work is started again',
    ]);
    const before = named(read(BASE), 'work');
    expect(named(config, 'work')).toEqual(before);
  });

  it('is what the daemon opened when it was started', () => {
    const next = `[frame]\nthickness = 9\n[clipboard]\npolicy = "/etc/p"\naudit_dir = "/a"\n${BASE}`;
    const { config, changed, later } = plan(BASE, next);
    expect(changed).toEqual([]);
    expect(later).toEqual([
      'frame.thickness: 6 → 9, when the daemon is started again',
      'clipboard.policy: none → /etc/p, when the daemon is started again',
      'clipboard.audit_dir: none → /a, when the daemon is started again',
    ]);
    expect(config.frame.thickness).toBe(6);
    expect(config.clipboard.policyFile).toBeUndefined();
  });

  it('is said again until it holds', () => {
    const old = read(BASE);
    const next = BASE.replace('"blue"', '"blue"\nnetwork = true');
    const running = new Set(['work'] as QubeName[]);
    const first = planReload(old, read(next, old), running);
    const second = planReload(first.config, read(next, old), running);
    expect(second.later).toEqual(first.later);
  });
});

describe('qubes that come and go', () => {
  it('are named; the numbers of the others stay', () => {
    const { config, changed } = plan(BASE, `[qube.first]\nlabel = "red"\n${BASE}`, ['work']);
    expect(changed).toEqual(['qube.first: new, label red']);
    expect([...config.qubes.values()].map(({ name, domainId }) => [name, domainId])).toEqual([
      ['first', 3],
      ['work', 1],
      ['vault', 2],
    ]);
  });

  it('keep their label until they are stopped', () => {
    const next = '[qube.vault]\nlabel = "black"\n';
    const { config, changed, later, refusals } = plan(BASE, next, ['work']);
    expect([changed, later, refusals]).toEqual([[], ['qube.work: gone when it is stopped'], []]);
    expect(named(config, 'work')?.label.name).toBe('blue');
    expect(plan(BASE, next).changed).toEqual(['qube.work: gone']);
    expect(named(plan(BASE, next).config, 'work')).toBeUndefined();
  });
});

describe('what is refused as a whole', () => {
  it.each([
    [
      'a new domain of Xen',
      BASE,
      `${BASE}[qube.far]\nlabel = "red"\nbackend = "xen"\n`,
      'none → far',
    ],
    ['one that is gone', `${BASE}[qube.far]\nlabel = "red"\nbackend = "xen"\n`, BASE, 'far → none'],
    [
      'another domain',
      `${BASE}[qube.far]\nlabel = "red"\nbackend = "xen"\n`,
      `${BASE}[qube.far]\nlabel = "red"\nbackend = "xen"\ndomain = "away"\n`,
      'far → away',
    ],
  ])('%s, because the daemon looks for those it knew at its start', (_, before, next, words) => {
    const { refusals } = plan(before, next);
    expect(refusals).toHaveLength(1);
    expect(refusals[0]).toContain(`qube.far: the Xen domain ${words}; start the daemon again`);
  });

  it.each([
    [
      'another number of a qube that runs',
      BASE.replace('"blue"', '"blue"\nid = 9'),
      'work.id: 1 → 9',
    ],
    [
      'another backend of a qube that runs',
      BASE.replace('"blue"', '"blue"\nbackend = "qemu"'),
      'work.backend: sandbox → qemu',
    ],
    [
      'the number of a qube that goes and still runs',
      '[qube.new]\nlabel = "blue"\nid = 1\n[qube.vault]\nlabel = "black"\n',
      'new.id: 1 is that of work',
    ],
  ])('%s', (_what, next, words) => {
    const { refusals } = plan(BASE, next, ['work']);
    expect(refusals).toHaveLength(1);
    expect(refusals[0]).toContain(words);
    expect(refusals[0]).toContain('livery qube stop work');
    expect(plan(BASE, next).refusals).toEqual([]);
  });

  it('a label too like that of a qube that goes and still runs', () => {
    const next = `[labels.sky]\ncolor = "#3465a5"\npattern = "dots"\n[qube.vault]\nlabel = "sky"\n`;
    expect(plan(BASE, next).refusals).toEqual([]);
    const { refusals } = plan(BASE, next, ['work']);
    expect(refusals).toHaveLength(1);
    expect(refusals[0]).toMatch(/labels .*sky.* too alike while work runs/);
  });
});

it('knows of every key of the configuration when it holds', () => {
  const everything = parseConfig(
    `[clipboard]
policy = "/p"
audit_dir = "/a"
audit_head = "/h"
[labels.mail]
color = "#ff00ff"
pattern = "dots"
[qube.work]
label = "blue"
home = "/home/w"
pool_mib = 64
[qube.vm]
label = "red"
backend = "qemu"
memory_mib = 512
[qube.other]
label = "green"
backend = "attach"
id = 9
channel_dir = "/c"
pool_dir = "/d"
`,
    'l.toml',
  );
  const UNKNOWN = new Set<string>();
  const visit = (document: Document, path: readonly string[]): void => {
    for (const [key, value] of Object.entries(document)) {
      const at = [...path, key];
      if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
        visit(value as Document, at);
        continue;
      }
      const ofQube = at[0] === 'qube';
      const words = (ofQube ? at.slice(2) : at).join('.');
      const known = takesEffect(words, ofQube);
      // What nobody thought of is said to hold later.
      if (known === 'daemon' && !DAEMON.has(words)) UNKNOWN.add(words);
    }
  };
  const DAEMON = new Set([
    ...[
      'frame.thickness',
      'frame.name',
      'clipboard.policy',
      'clipboard.audit_dir',
      'clipboard.audit_head',
    ],
    ...['channel_dir', 'pool_dir'],
  ]);
  visit(effectiveDocument(everything), []);
  expect([...UNKNOWN]).toEqual([]);
});

it('is one thing for whoever holds the qube, before and after', () => {
  const [one, two] = [read(BASE), read(BASE.replace('"blue"', '"red"\nfullscreen = true'))];
  const live = new LiveQube(named(one, 'work') as never);
  const copy = (): object => {
    const keys = Object.keys(named(two, 'work') as object) as (keyof LiveQube)[];
    return Object.fromEntries(keys.map((key) => [key, live[key]]));
  };
  expect(copy()).toEqual({ ...named(one, 'work') });
  live.become(named(two, 'work') as never);
  expect(copy()).toEqual({ ...named(two, 'work') });
  expect(stringify(effectiveDocument(two))).toContain('fullscreen = true');
});
