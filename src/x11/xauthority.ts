/**
 * MIT-MAGIC-COOKIE-1 cookies: reading them from an Xauthority file, and making
 * such a file for an X server of ours. The file is the user's own, but it is
 * parsed as if it were not: a cut or garbled file is a file with fewer entries.
 */
import { randomBytes } from 'node:crypto';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir, hostname } from 'node:os';
import { join } from 'node:path';
import type { Display } from './display.ts';

export interface Cookie {
  readonly name: string;
  readonly data: Buffer;
}

/** What to send to a server that asks for nothing. */
export const NO_COOKIE: Cookie = { name: '', data: Buffer.alloc(0) };

const COOKIE_NAME = 'MIT-MAGIC-COOKIE-1';
const FAMILY_LOCAL = 256;
const FAMILY_WILD = 65535;
const COOKIE_BYTES = 16;
/** A file larger than this is not an Xauthority file. */
const MAX_FILE_BYTES = 1 << 20;

export interface XauthorityEntry {
  readonly family: number;
  readonly address: Buffer;
  /** The display's number in decimal; empty = any. */
  readonly number: string;
  readonly name: string;
  readonly data: Buffer;
}

/** Every whole entry of the file; a cut last one is left out. */
export function parseXauthority(bytes: Buffer): XauthorityEntry[] {
  const entries: XauthorityEntry[] = [];
  let at = 0;
  const field = (): Buffer | undefined => {
    if (at + 2 > bytes.length) return undefined;
    const length = bytes.readUInt16BE(at);
    if (at + 2 + length > bytes.length) return undefined;
    const value = bytes.subarray(at + 2, at + 2 + length);
    at += 2 + length;
    return value;
  };
  while (at + 2 <= bytes.length) {
    const family = bytes.readUInt16BE(at);
    at += 2;
    const address = field();
    const number = field();
    const name = field();
    const data = field();
    if (!address || !number || !name || !data) break;
    entries.push({
      family,
      address,
      number: number.toString('latin1'),
      name: name.toString('latin1'),
      data,
    });
  }
  return entries;
}

/** The first cookie that fits a local display on `host`. */
export function chooseCookie(
  entries: readonly XauthorityEntry[],
  displayNumber: number,
  host: string,
): Cookie | undefined {
  const entry = entries.find(
    (one) =>
      one.name === COOKIE_NAME &&
      (one.number === '' || one.number === String(displayNumber)) &&
      (one.family === FAMILY_WILD ||
        (one.family === FAMILY_LOCAL && one.address.toString('latin1') === host)),
  );
  return entry ? { name: entry.name, data: Buffer.from(entry.data) } : undefined;
}

/**
 * The cookie for `display` from `file`, else $XAUTHORITY, else ~/.Xauthority;
 * NO_COOKIE when there is none (some servers trust the local user).
 */
export function findCookie(display: Display, file?: string): Cookie {
  const path = file ?? process.env.XAUTHORITY ?? join(homedir(), '.Xauthority');
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch {
    return NO_COOKIE;
  }
  if (bytes.length > MAX_FILE_BYTES) return NO_COOKIE;
  return chooseCookie(parseXauthority(bytes), display.number, hostname()) ?? NO_COOKIE;
}

/** Writes a fresh random cookie, good for any display number, to `path` (mode 0600). */
export function writeCookieFile(path: string): Cookie {
  const data = randomBytes(COOKIE_BYTES);
  const field = (value: Buffer): Buffer => {
    const length = Buffer.alloc(2);
    length.writeUInt16BE(value.length);
    return Buffer.concat([length, value]);
  };
  const family = Buffer.alloc(2);
  family.writeUInt16BE(FAMILY_WILD);
  const empty = Buffer.alloc(0);
  const name = Buffer.from(COOKIE_NAME, 'latin1');
  writeFileSync(
    path,
    Buffer.concat([family, field(empty), field(empty), field(name), field(data)]),
    {
      mode: 0o600,
    },
  );
  chmodSync(path, 0o600);
  return { name: COOKIE_NAME, data };
}
