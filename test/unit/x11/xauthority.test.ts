import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { localDisplay } from '../../../src/x11/display.ts';
import {
  chooseCookie,
  findCookie,
  NO_COOKIE,
  parseXauthority,
  writeCookieFile,
} from '../../../src/x11/xauthority.ts';

function field(text: string | Buffer): Buffer {
  const bytes = Buffer.from(text as string, 'latin1');
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 255]), bytes]);
}

function entry(
  family: number,
  address: string,
  number: string,
  name: string,
  data: Buffer,
): Buffer {
  return Buffer.concat([
    Buffer.from([family >> 8, family & 255]),
    field(address),
    field(number),
    field(name),
    Buffer.concat([Buffer.from([0, data.length]), data]),
  ]);
}

const MIT = 'MIT-MAGIC-COOKIE-1';
const A = Buffer.alloc(16, 0xa1);
const B = Buffer.alloc(16, 0xb2);

describe('Xauthority', () => {
  it('chooses by host, display and kind', () => {
    const file = Buffer.concat([
      entry(0, '\x7f\x00\x00\x01', '5', MIT, A),
      entry(256, 'other', '5', MIT, A),
      entry(256, 'here', '4', MIT, A),
      entry(256, 'here', '5', 'XDM-AUTHORIZATION-1', A),
      entry(256, 'here', '5', MIT, B),
      entry(65535, '', '', MIT, A),
    ]);
    const entries = parseXauthority(file);
    expect(entries).toHaveLength(6);
    expect(chooseCookie(entries, 5, 'here')?.data).toEqual(B);
    expect(chooseCookie(entries, 9, 'here')?.data).toEqual(A);
    expect(chooseCookie(entries.slice(0, 5), 9, 'here')).toBeUndefined();
  });

  it('reads every prefix of a file without failing, and never makes an entry up', () => {
    const file = Buffer.concat([entry(256, 'here', '5', MIT, B), entry(65535, '', '', MIT, A)]);
    const whole = entry(256, 'here', '5', MIT, B).length;
    for (let length = 0; length < file.length; length++) {
      expect(parseXauthority(file.subarray(0, length))).toHaveLength(length >= whole ? 1 : 0);
    }
  });

  it('writes a file of its own that only its owner can read', () => {
    const directory = mkdtempSync(join(tmpdir(), 'livery-xauth-'));
    try {
      const path = join(directory, 'cookie');
      const cookie = writeCookieFile(path);
      expect(statSync(path).mode & 0o777).toBe(0o600);
      expect(parseXauthority(readFileSync(path))).toHaveLength(1);
      expect(findCookie(localDisplay(77), path)).toEqual(cookie);
      expect(writeCookieFile(path).data).not.toEqual(cookie.data);
      expect(findCookie(localDisplay(77), join(directory, 'none'))).toBe(NO_COOKIE);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
