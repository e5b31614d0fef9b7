import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { UserError } from '../../../src/base/errors.ts';
import { openRuntimeDir, runtimeDirPath } from '../../../src/config/runtime-dir.ts';

const dir = mkdtempSync(join(tmpdir(), 'livery-rt-'));
afterAll(() => rmSync(dir, { recursive: true }));
const uid = process.getuid?.() ?? 0;

describe('runtimeDirPath', () => {
  it('follows the documented order', () => {
    expect(runtimeDirPath({ LIVERY_RUNTIME_DIR: '/a', XDG_RUNTIME_DIR: '/b' })).toBe('/a');
    expect(runtimeDirPath({ XDG_RUNTIME_DIR: '/b' })).toBe('/b/livery');
    expect(runtimeDirPath({ XDG_RUNTIME_DIR: 'relative' })).toMatch(new RegExp(`livery-${uid}$`));
    expect(() => runtimeDirPath({ LIVERY_RUNTIME_DIR: 'relative' })).toThrow(UserError);
  });
});

describe('openRuntimeDir', () => {
  it('makes it for us alone, and closes one of ours that stood open', () => {
    const fresh = join(dir, 'a', 'b');
    openRuntimeDir(fresh);
    expect(statSync(fresh).mode & 0o777).toBe(0o700);
    chmodSync(fresh, 0o755);
    openRuntimeDir(fresh);
    expect(statSync(fresh).mode & 0o777).toBe(0o700);
  });

  it('refuses a symbolic link, a file, and a path too long for a socket', () => {
    mkdirSync(join(dir, 'real'));
    symlinkSync(join(dir, 'real'), join(dir, 'link'));
    expect(() => openRuntimeDir(join(dir, 'link'))).toThrow(/is not a directory/);
    writeFileSync(join(dir, 'file'), '');
    expect(() => openRuntimeDir(join(dir, 'file'))).toThrow();
    expect(() => openRuntimeDir(join(dir, 'x'.repeat(60)))).toThrow(/too long/);
  });

  it.runIf(uid === 0)('refuses a directory of somebody else', async () => {
    const { chownSync } = await import('node:fs');
    const theirs = join(dir, 'theirs');
    mkdirSync(theirs);
    chownSync(theirs, 1234, 1234);
    expect(() => openRuntimeDir(theirs)).toThrow(/belongs to uid 1234/);
  });
});
