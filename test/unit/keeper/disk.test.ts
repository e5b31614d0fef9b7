/** The file that the home of a virtual machine is kept on, in a real directory. */
import {
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { QubeName } from '../../../src/base/ids.ts';
import { keepDisk, openDisk } from '../../../src/keeper/qemu/disk.ts';

const MIB = 1024 * 1024;
const OWN = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0, separate: false };
const qube = { name: 'work' as QubeName, homeBytes: 64 * MIB };
let folder = '';
let disk = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'livery-disk-'));
  disk = join(folder, 'home.disk');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const refused = { code: 'HOME_REFUSED', message: expect.stringContaining('not a file of its own') };

function failure(identity = OWN): unknown {
  try {
    return openDisk(qube, folder, identity);
  } catch (error) {
    return error;
  }
}

describe('the disk of a home', () => {
  it('is a file of the size that is wanted, which takes no room, for its owner alone', () => {
    const { path, blank } = openDisk(qube, folder, OWN);
    expect(blank).toBe(true);
    const { size, blocks, mode } = statSync(path);
    expect({ size, blocks, mode: mode & 0o777 }).toEqual({
      size: 64 * MIB,
      blocks: 0,
      mode: 0o600,
    });
    const { path: usual } = openDisk({ ...qube, homeBytes: undefined }, folder, OWN);
    expect(statSync(usual).size).toBe(4096 * MIB);
  });

  it('is made anew until a guest was ready with it, and then never again', () => {
    const first = openDisk(qube, folder, OWN);
    writeFileSync(first.path, 'half of a file system');
    const second = openDisk(qube, folder, OWN);
    expect(second.blank).toBe(true);
    expect(statSync(second.path)).toMatchObject({ size: 64 * MIB, blocks: 0 });

    writeFileSync(second.path, 'a home');
    keepDisk(second);
    const third = openDisk(qube, folder, OWN);
    expect(third).toEqual({ path: disk, blank: false });
    keepDisk(third);
    expect(readFileSync(disk, 'utf8')).toBe('a home');
  });

  it('keeps its size', () => {
    keepDisk(openDisk(qube, folder, OWN));
    openDisk({ ...qube, homeBytes: 128 * MIB }, folder, OWN);
    expect(statSync(disk).size).toBe(64 * MIB);
  });

  it('is no link to something else, by either kind of link', () => {
    const other = join(folder, 'other');
    writeFileSync(other, 'of dom0');
    symlinkSync(other, disk);
    expect(failure()).toMatchObject(refused);
    rmSync(disk);
    linkSync(other, disk);
    expect(failure()).toMatchObject(refused);
    expect(readFileSync(other, 'utf8')).toBe('of dom0');
  });

  it('replaces a link in the place of a new one, and follows none', () => {
    const other = join(folder, 'other');
    symlinkSync(other, join(folder, 'home.disk.new'));
    expect(openDisk(qube, folder, OWN).blank).toBe(true);
    expect(existsSync(other)).toBe(false);
  });

  it('is a file, and of the qube itself', () => {
    keepDisk(openDisk(qube, folder, OWN));
    expect(failure({ ...OWN, uid: OWN.uid + 1 })).toMatchObject(refused);
    rmSync(disk);
    mkdirSync(disk);
    expect(failure()).toMatchObject(refused);
  });

  it('is not used where it cannot be made', () => {
    rmSync(folder, { recursive: true });
    writeFileSync(folder, 'no directory');
    expect(failure()).toMatchObject({ code: 'HOME_REFUSED' });
  });
});
