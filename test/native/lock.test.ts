/**
 * Exclusive locks on files: one holder at a time, and the lock goes with the
 * last descriptor of the open file.
 */
import { constants, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Fd, native } from '../../src/native/addon.ts';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'livery-lock-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function open(): Fd {
  return native().openFile(join(folder, 'lock'), constants.O_RDWR | constants.O_CREAT);
}

describe('lockFile', () => {
  it('has one holder', () => {
    using first = open();
    using second = open();
    expect(native().lockFile(first)).toBe(true);
    expect(native().lockFile(first)).toBe(true);
    expect(native().lockFile(second)).toBe(false);
  });

  it('lives as long as a duplicate of the descriptor', () => {
    const first = open();
    using second = open();
    native().lockFile(first);
    const duplicate = first.dup();
    first[Symbol.dispose]();
    expect(native().lockFile(second)).toBe(false);
    duplicate[Symbol.dispose]();
    expect(native().lockFile(second)).toBe(true);
  });

  it('refuses what is no descriptor', () => {
    const closed = open();
    closed[Symbol.dispose]();
    expect(() => native().lockFile(closed)).toThrow(/closed/);
  });
});
