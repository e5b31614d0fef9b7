/**
 * The declarations themselves: struct and table, limits that depend on each
 * other, versions.
 */

import { describe, expect, it } from 'vitest';
import { BugError } from '../../../src/base/errors.ts';
import { GUI_HEADER } from '../../../src/protocol/bodies.ts';
import { fromVm, HINT, WINDOW_FLAG } from '../../../src/protocol/from-vm.ts';
import { LIMITS, SERVICE_LIMITS } from '../../../src/protocol/limits.ts';
import { fromQube, toQube } from '../../../src/protocol/service.ts';
import { bytes, i32, rest, struct, u32, u64, type Wire } from '../../../src/protocol/struct.ts';
import { exactly, type Row, table } from '../../../src/protocol/table.ts';
import { toVm } from '../../../src/protocol/to-vm.ts';
import {
  compareVersions,
  features,
  negotiate,
  parseVersionWord,
  versionWord,
} from '../../../src/protocol/version.ts';
import { fromHex, toHex } from './golden.ts';
import { v } from './support.ts';

const Sample = struct({ a: u32, b: i32, c: u64, d: bytes(2), e: rest });
const value: Wire<typeof Sample> = {
  a: 0xffff_fffe,
  b: -2,
  c: 0xffee_ddcc_bbaa_9988n,
  d: Uint8Array.of(1, 2),
  e: Uint8Array.of(3, 4, 5),
};
const HEX = 'feffffff feffffff 8899aabbccddeeff 0102 030405'.replaceAll(' ', '');

describe('struct', () => {
  it('is little-endian without padding', () => {
    const out = new Uint8Array(Sample.sizeOf(value));
    expect([Sample.size, Sample.open, out.length]).toEqual([18, true, 21]);
    expect(Sample.write(value, out, 0)).toBe(21);
    expect(toHex(out)).toBe(HEX);
  });
  it('reads what it wrote, at any offset', () => {
    const from = fromHex(`eeeeee${HEX}ee`);
    expect(Sample.read(from, 3, 21)).toEqual(value);
    expect(Sample.read(from, 3, 18).e.length).toBe(0);
  });
  it('does not read beyond its bytes or another length', () => {
    const Fixed = struct({ a: u32 });
    expect(() => Fixed.read(new Uint8Array(4), 1, 4)).toThrow(BugError);
    expect(() => Fixed.read(new Uint8Array(8), 0, 5)).toThrow(BugError);
    expect(() => Sample.read(new Uint8Array(17), 0, 17)).toThrow(BugError);
  });
  it('does not write raw bytes of another size', () => {
    const out = new Uint8Array(40);
    expect(() => Sample.write({ ...value, d: Uint8Array.of(1) }, out, 0)).toThrow(BugError);
  });
  it('has nothing after the rest', () => {
    expect(() => struct({ a: rest, b: u32 })).toThrow(BugError);
  });
});

describe('tables', () => {
  const all: readonly [string, readonly Row[]][] = [
    ['fromVm', fromVm.rows],
    ['toVm', toVm.rows],
    ['fromQube', fromQube.rows],
    ['toQube', toQube.rows],
  ];
  it('cover the GUI protocol: 15 types of an agent and 16 of a daemon, 124 to 149', () => {
    const types = (rows: readonly Row[]) => rows.map((row) => row.type);
    expect(types(fromVm.rows)).toEqual([
      130, 131, 132, 133, 134, 135, 136, 140, 141, 143, 144, 145, 146, 147, 148,
    ]);
    expect(types(toVm.rows)).toEqual([
      124, 125, 126, 127, 128, 129, 131, 132, 134, 137, 138, 139, 140, 142, 145, 149,
    ]);
    const both = new Set([...types(fromVm.rows), ...types(toVm.rows)]);
    expect([...both].sort()).toEqual(Array.from({ length: 26 }, (_, i) => 124 + i));
  });
  it('have the fixed lengths of the protocol', () => {
    const sizes = (rows: readonly Row[]) =>
      Object.fromEntries(
        rows.flatMap((row) =>
          row.length.kind === 'exact' ? [[row.wireName, row.length.bytes]] : [],
        ),
      );
    expect(sizes(fromVm.rows)).toEqual({
      CREATE: 24,
      DESTROY: 0,
      MAP: 8,
      UNMAP: 0,
      CONFIGURE: 20,
      SHMIMAGE: 16,
      WMNAME: 128,
      DOCK: 0,
      WINDOW_HINTS: 36,
      WINDOW_FLAGS: 8,
      WMCLASS: 128,
      CURSOR: 4,
    });
    expect(sizes(toVm.rows)).toEqual({
      KEYPRESS: 20,
      BUTTON: 20,
      MOTION: 16,
      CROSSING: 28,
      FOCUS: 12,
      RESIZE: 8,
      DESTROY: 0,
      MAP: 8,
      CONFIGURE: 20,
      CLOSE: 0,
      EXECUTE: 255,
      CLIPBOARD_REQ: 0,
      KEYMAP_NOTIFY: 32,
      WINDOW_FLAGS: 8,
      WINDOW_DUMP_ACK: 0,
    });
  });
  for (const [name, rows] of all) {
    it(`${name}: the fixed part of every open body is its shortest length`, () => {
      for (const row of rows) {
        const { length, body } = row;
        if (length.kind === 'exact') expect([length.bytes, body.open]).toEqual([body.size, false]);
        else expect(body.open).toBe(true);
        if (length.kind === 'range') expect(length.min).toBeGreaterThanOrEqual(body.size);
        if (length.kind === 'counted') expect(length.base).toBe(body.size);
      }
    });
  }
  it('no type of a qube on the service channel is one of dom0', () => {
    const dom0 = new Set<number>(toQube.rows.map((row) => row.type));
    expect(fromQube.rows.filter((row) => dom0.has(row.type))).toEqual([]);
  });
  it('refuse a type or a name that is declared twice', () => {
    const body = struct({});
    const row = {
      type: 1,
      name: 'a',
      wireName: 'A',
      since: 0,
      body,
      length: exactly(body),
      window: 'any',
      doc: '',
    } as const;
    const codes = { type: 'GUI_TYPE', length: 'GUI_LENGTH' } as const;
    const spec = { header: GUI_HEADER, unknown: 'violation', codes } as const;
    expect(() => table(spec, [row, { ...row, name: 'b' }])).toThrow(BugError);
    expect(() => table(spec, [row, { ...row, type: 2 }])).toThrow(BugError);
  });
});

describe('limits', () => {
  it('the references of the largest window are exactly as many as a dump may have', () => {
    const pixels = LIMITS.windowWidth.value * LIMITS.windowHeight.value;
    expect(LIMITS.dumpRefs.value).toBe((pixels * 4) / LIMITS.pageBytes.value);
  });
  it('no message of the service channel is longer than what an unknown one may be', () => {
    const longest = [...toQube.rows, ...fromQube.rows].map(({ length }) =>
      length.kind === 'range' ? length.max : 0,
    );
    expect(Math.max(...longest)).toBe(SERVICE_LIMITS.bodyBytes.value);
  });
  it('the masks are the bits that have a name', () => {
    const { fullscreen, demandsAttention, minimize } = WINDOW_FLAG;
    expect(LIMITS.flagsSet.value).toBe(fullscreen | demandsAttention | minimize);
    expect(LIMITS.flagsUnset.value).toBe(fullscreen | demandsAttention);
    const hints = Object.values(HINT).reduce<number>((all, bit) => all | bit, 0);
    expect(LIMITS.hintFlags.value).toBe(hints);
  });
  it('all have a reason', () => {
    for (const limit of [...Object.values(LIMITS), ...Object.values(SERVICE_LIMITS)]) {
      expect(limit.reason.length).toBeGreaterThan(10);
    }
  });
});

describe('versions', () => {
  it('are words of major and minor', () => {
    expect(versionWord({ major: 1, minor: 8 })).toBe(0x0001_0008);
    expect(versionWord({ major: 0xffff, minor: 0xffff })).toBe(0xffff_ffff);
    expect(parseVersionWord(0xffff_fffe)).toEqual({ major: 0xffff, minor: 0xfffe });
  });
  it('are ordered by major and then minor', () => {
    expect(compareVersions(v(3), v(8))).toBeLessThan(0);
    expect(compareVersions({ major: 2, minor: 0 }, v(8))).toBeGreaterThan(0);
    expect(compareVersions(v(8), v(8))).toBe(0);
  });
  it('negotiate to the smaller minor of major 1', () => {
    expect(negotiate(v(3))).toEqual(v(3));
    expect(negotiate(v(65_535))).toEqual(v(8));
    expect(negotiate({ major: 0, minor: 8 })).toBeUndefined();
  });
  it('switch each feature on at its minor', () => {
    const first = (holds: (minor: number) => boolean) =>
      [0, 1, 2, 3, 4, 5, 6, 7, 8].findIndex(holds);
    expect(first((minor) => !features(v(minor)).clipboardLengthInWindow)).toBe(2);
    expect(first((minor) => features(v(minor)).versionReply)).toBe(4);
    expect(first((minor) => features(v(minor)).destroyAck)).toBe(5);
    expect(first((minor) => features(v(minor)).strictLengths)).toBe(6);
    expect(first((minor) => features(v(minor)).dumpAck)).toBe(7);
    expect(first((minor) => features(v(minor)).clipboardMax === 256_001)).toBe(8);
    expect(first((minor) => features(v(minor)).clipboardSendMax === 256_000)).toBe(8);
  });
});
