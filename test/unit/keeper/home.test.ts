/**
 * Which directories a qube may have as its home.
 */
import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UserError } from '../../../src/base/errors.ts';
import type { QubeName } from '../../../src/base/ids.ts';
import { openHome } from '../../../src/keeper/sandbox/home.ts';
import { PROJECT_ROOT } from '../../../src/native/project.ts';

const OWN = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0, separate: false };
let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'livery-home-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const qube = (home: string, name = 'work') => ({ name: name as QubeName, home });

function refusal(...args: Parameters<typeof openHome>): string {
  try {
    openHome(...args);
  } catch (error) {
    if (error instanceof UserError && error.code === 'HOME_REFUSED') return error.message;
    throw error;
  }
  return 'taken';
}

describe('a home', () => {
  it('is made when it is missing, for its owner alone', () => {
    const home = join(folder, 'homes/work');
    expect(openHome(qube(home), [], [], OWN)).toBe(home);
    expect(statSync(home).mode & 0o777).toBe(0o700);
    expect(openHome(qube(home), [], [], OWN)).toBe(home);
  });

  it('is told by its real path', () => {
    mkdirSync(join(folder, 'real'));
    symlinkSync(join(folder, 'real'), join(folder, 'link'));
    expect(openHome(qube(join(folder, 'link')), [], [], OWN)).toBe(join(folder, 'real'));
  });

  it.each(['/', dirname(homedir()), homedir(), dirname(PROJECT_ROOT), PROJECT_ROOT])(
    'is not %s, where dom0 has something',
    (place) => {
      expect(refusal(qube(place), [], [], OWN)).toMatch(
        /^the home of qube work is not used: .* of dom0$/,
      );
    },
  );

  it('does not hold what is kept from qubes, also not by a link', () => {
    const kept = join(folder, 'run/livery');
    mkdirSync(kept, { recursive: true });
    symlinkSync(folder, join(folder, 'link'));
    for (const place of [folder, join(folder, 'run'), kept, join(folder, 'link/run')]) {
      expect(refusal(qube(place), [], [kept], OWN)).toContain(`holds ${kept} of dom0`);
    }
    expect(refusal(qube(join(folder, 'run-too')), [], [kept], OWN)).toBe('taken');
  });

  it('is not shared with another qube, above or below', () => {
    const theirs = { name: 'vault' as QubeName, home: join(folder, 'homes/vault') };
    mkdirSync(theirs.home, { recursive: true });
    const own = join(folder, 'homes/vault2');
    for (const place of [theirs.home, join(theirs.home, 'inner'), join(folder, 'homes')]) {
      expect(refusal(qube(place), [theirs], [], OWN)).toContain(
        'overlaps with the home of qube vault',
      );
    }
    expect(refusal(qube(own), [theirs, { name: 'work' as QubeName, home: own }], [], OWN)).toBe(
      'taken',
    );
  });

  it('belongs to the user that the qube runs as', () => {
    const home = join(folder, 'foreign');
    mkdirSync(home);
    const other = { uid: OWN.uid + 1, gid: OWN.gid + 1, separate: true };
    expect(refusal(qube(home), [], [], other)).toContain(
      `belongs to user ${OWN.uid}, the qube runs as ${other.uid}`,
    );
  });

  it('is a directory', () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    expect(refusal(qube(file), [], [], OWN)).toContain('EEXIST');
  });
});
