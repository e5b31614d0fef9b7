/** What set-up remembers of its steps, and when it takes node_modules for installed. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isInstalled } from '../../../scripts/setup/npm.mjs';
import { filesUnder, hashFiles, Stamps } from '../../../scripts/setup/stamps.mjs';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'livery-steps-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string): string {
  const path = join(folder, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, text);
  return path;
}

describe('the stamps', () => {
  it('are there for the next run, until forgotten', () => {
    const stamps = new Stamps(join(folder, 'stamp'));
    stamps.record('addon', 'one');
    stamps.record('npm', 'two');
    stamps.forget('addon');
    const later = new Stamps(join(folder, 'stamp'));
    expect(later.get('addon')).toBeUndefined();
    expect(later.get('npm')).toBe('two');
  });

  it('count for nothing when torn', () => {
    write('stamp/setup.json', '{"npm": "tw');
    const stamps = new Stamps(join(folder, 'stamp'));
    expect(stamps.get('npm')).toBeUndefined();
    stamps.record('npm', 'three');
    expect(JSON.parse(readFileSync(join(folder, 'stamp/setup.json'), 'utf8'))).toEqual({
      npm: 'three',
    });
  });
});

describe('the hash of sources', () => {
  it('changes with a byte, a name and the place of a boundary', () => {
    const seen = new Set<string>();
    for (const [a, b] of [
      ['xy', 'z'],
      ['x', 'yz'],
      ['xy', 'Z'],
    ] as const) {
      seen.add(hashFiles([write('a', a), write('b', b)]));
    }
    seen.add(hashFiles([write('c', 'x'), write('b', 'yz')]));
    expect(seen.size).toBe(4);
  });

  it('leaves out what was built', () => {
    write('native/src/one.cc', '');
    write('native/build/Release/one.o', '');
    write('native/node_modules/x/index.js', '');
    expect(filesUnder(join(folder, 'native'))).toEqual([join(folder, 'native/src/one.cc')]);
    expect(filesUnder(join(folder, 'nowhere'))).toEqual([]);
  });
});

describe('node_modules', () => {
  const root = { '': { name: 'livery' } };
  const one = { 'node_modules/one': { version: '1.0.0', integrity: 'sha512-a' } };
  const other = {
    'node_modules/other': { version: '2.0.0', integrity: 'sha512-b', optional: true },
  };

  function installed(wanted: object, found: object | undefined): boolean {
    const lock = write('lock.json', JSON.stringify({ packages: { ...root, ...wanted } }));
    const list = join(folder, 'list.json');
    if (found) writeFileSync(list, JSON.stringify({ packages: found }));
    return isInstalled(lock, list);
  }

  it('is taken for installed when it is what the lock file says', () => {
    expect(installed({ ...one, ...other }, { ...one, ...other })).toBe(true);
  });

  it('may lack a package for another platform', () => {
    expect(installed({ ...one, ...other }, one)).toBe(true);
  });

  it('may not lack an optional package for this one', () => {
    const { platform, arch } = process;
    const binding = {
      'node_modules/binding': { version: '1.0.0', optional: true, os: [platform] },
    };
    expect(installed({ ...one, ...binding }, one)).toBe(false);
    const foreign = { os: [platform], cpu: [`${arch}-not`] };
    const away = { 'node_modules/away': { version: '1.0.0', optional: true, ...foreign } };
    expect(installed({ ...one, ...away }, one)).toBe(true);
  });

  it.each([
    ['was never installed', undefined],
    ['lacks a package', other],
    ['has another version', { 'node_modules/one': { version: '1.0.1', integrity: 'sha512-a' } }],
    ['has other bytes', { 'node_modules/one': { version: '1.0.0', integrity: 'sha512-c' } }],
    ['has a package too many', { ...one, 'node_modules/third': { version: '3.0.0' } }],
  ])('is installed again when it %s', (_case, found) => {
    expect(installed({ ...one, ...other }, found)).toBe(false);
  });
});
