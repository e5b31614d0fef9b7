import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { parse, stringify } from 'smol-toml';
import { describe, expect, it } from 'vitest';
import { schemaFile, schemaText } from '../../../scripts/schema.mjs';
import { parseKey, parseValue, setKey } from '../../../src/config/edit.ts';
import { effectiveDocument } from '../../../src/config/effective.ts';
import { FileTable, keysOf } from '../../../src/config/file-table.ts';
import { parseConfig } from '../../../src/config/read.ts';

const EXAMPLE = readFileSync('docs/examples/livery.toml', 'utf8');

describe('setKey', () => {
  it.each([
    [
      'a value that is there',
      '# a\n[frame] # b\nthickness = 6   # c\n',
      'frame.thickness',
      8,
      '# a\n[frame] # b\nthickness = 8   # c\n',
    ],
    [
      'beside the comment of its default',
      '[frame]\n# thickness = 6   # pixels\n\n[limits]\n',
      'frame.thickness',
      8,
      '[frame]\n# thickness = 6   # pixels\nthickness = 8\n\n[limits]\n',
    ],
    [
      'behind the last of its table',
      '[qube.a]\nlabel = "red"  # r\n\n# about b\n[qube.b]\nlabel = "blue"\n',
      'qube.a.network',
      true,
      '[qube.a]\nlabel = "red"  # r\nnetwork = true\n\n# about b\n[qube.b]\nlabel = "blue"\n',
    ],
    [
      'not beside the comment of another table',
      '[qube.a]\nlabel = "red"\n[qube.b]\n# network = false\nlabel = "blue"\n',
      'qube.a.network',
      true,
      '[qube.a]\nlabel = "red"\nnetwork = true\n[qube.b]\n# network = false\nlabel = "blue"\n',
    ],
    [
      'a table that is not there',
      '[frame]\nthickness = 6',
      'qube."a.b".label',
      'red',
      '[frame]\nthickness = 6\n\n[qube."a.b"]\nlabel = "red"\n',
    ],
    [
      'a list over some lines',
      '[qube.a]\nprograms = [\n  ["xterm"], # one\n]\nlabel = "red"\n',
      'qube.a.programs',
      [['xcalc']],
      '[qube.a]\nprograms = [ [ "xcalc" ] ]\nlabel = "red"\n',
    ],
    [
      'inside a table in one line',
      '[qube]\na = { label = "red", id = 4 }\n',
      'qube.a.id',
      5,
      '[qube]\na = { label = "red", id = 5 }\n',
    ],
  ] as const)('%s', (_what, text, key, value, wanted) => {
    expect(setKey(text, parseKey(key), value)).toBe(wanted);
  });

  it('refuses what it cannot do without writing the file anew', () => {
    const text = '[qube]\na = { label = "red" }\n';
    expect(() => setKey(text, ['qube', 'a', 'id'], 5)).toThrow('qube.a.id cannot be changed');
  });

  it('changes that key of the example and nothing else, whatever key it is', () => {
    const keys = keysOf({ labels: ['mail'], qube: ['work', 'vault', 'new'] });
    const values = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.array(fc.string()));
    fc.assert(
      fc.property(fc.constantFrom(...keys), values, (key, value) => {
        const before = EXAMPLE.split('\n');
        const path = parseKey(key);
        const after = setKey(EXAMPLE, path, value);
        const found = path.reduce<unknown>(
          (table, part) => (table as Record<string, unknown>)[part],
          parse(after),
        );
        expect(found).toEqual(value);
        // Every comment and every other line is still there.
        const lost = before.filter((line) => !after.includes(line));
        expect(lost.length).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe('what is said', () => {
  it.each([
    ['true', true],
    ['6', 6],
    ['"blue"', 'blue'],
    ['blue', 'blue'],
    ['#00a0a0', '#00a0a0'],
    ['/srv/work', '/srv/work'],
    ['[["xterm", "-e"]]', [['xterm', '-e']]],
    ['1\nother = 2', '1\nother = 2'],
    ['', ''],
  ])('%j is a value', (text, value) => expect(parseValue(text)).toEqual(value));

  it.each(['', 'frame', 'a b.c', 'frame.thickness = 3\nx', '.', 'frame.', '#'])(
    '%j is no key',
    (text) => {
      expect(() => parseKey(text)).toThrow('is no key');
    },
  );
});

describe('what holds', () => {
  it.each([
    ['the example', EXAMPLE],
    ['the demo', readFileSync('docs/examples/demo.toml', 'utf8')],
    [
      'everything said otherwise',
      `[frame]\nthickness = 9\n[limits]\nmax_queue_mib = 3\nflood_seconds = 0\n[clipboard]\nkeep_seconds = 0\ncopy = "none"\npaste = "Alt+F5"\naudit_dir = "/a"\n[labels.mail]\ncolor = "#00a0a0"\npattern = "dashes"\n[qube.a]\nlabel = "mail"\nid = 7\nhome = "/srv/a"\nnetwork = true\npool_mib = 64\nfullscreen = true\ntitles = "ascii"\nprograms = [["xterm", "-e", "sh"]]\n[qube.m]\nlabel = "green"\nbackend = "qemu"\nmemory_mib = 512\nhome = "/srv/m"\nhome_mib = 128\n[panel]\nenabled = true\nedge = "bottom"\noverlay = "none"\n[qube.b]\nlabel = "red"\nbackend = "attach"\nid = 9\nchannel_dir = "/c"\npool_dir = "/p"\n[qube.x]\nlabel = "blue"\nbackend = "xen"\ndomain = "work-vm"\n`,
    ],
  ])('is the same when it is read again: %s', (_what, text) => {
    const config = parseConfig(text, 'l.toml');
    expect(parseConfig(stringify(effectiveDocument(config)), 'l.toml')).toEqual(config);
  });

  it('has every key that there is, but for those that have no value', () => {
    const config = parseConfig(EXAMPLE, 'l.toml');
    const shown = effectiveDocument(config);
    const absent = keysOf({ labels: [], qube: ['work'] }).filter(
      (key) =>
        key
          .split('.')
          .reduce<unknown>(
            (table, part) => (table as Record<string, unknown> | undefined)?.[part],
            shown,
          ) === undefined,
    );
    // Those of all qubes are shown with each qube.
    const ofAll = absent.filter(
      (key) =>
        !/^(limits|clipboard)\.(copy|paste|max_bytes|[a-z_]+_per_|max_|turn_|flood)/.test(key) &&
        !key.startsWith('limits.'),
    );
    expect(ofAll.sort()).toEqual([
      ...[
        'clipboard.audit_dir',
        'clipboard.audit_head',
        'clipboard.policy',
        'qube.work.channel_dir',
        'qube.work.domain',
        'qube.work.home',
        'qube.work.home_mib',
      ],
      ...['qube.work.memory_mib', 'qube.work.pool_dir', 'qube.work.pool_mib'],
    ]);
  });
});

describe('the JSON Schema', () => {
  it('is that of the schema by which the file is read', () => {
    expect(readFileSync(schemaFile, 'utf8')).toBe(schemaText(FileTable));
  });

  it('has the tables that the reader knows', () => {
    const known = Object.keys(FileTable.entries).join(', ');
    expect(() => parseConfig('[zzzzzzzzzzzzzz]\n', 'l.toml')).toThrow(`known here: ${known}`);
  });

  it('closes every table', () => {
    const text = readFileSync(schemaFile, 'utf8');
    expect(text.match(/"properties": /g)?.length).toBe(
      text.match(/"additionalProperties": false/g)?.length,
    );
  });
});
