/**
 * Vectors A1 to A26 as far as they need no window state: sizes, clamping,
 * lengths below and above 1.6.
 */
import { describe, expect, it } from 'vitest';
import { encodeToVm } from '../../../src/protocol/encode.ts';
import { features } from '../../../src/protocol/version.ts';
import { toHex, vectorBytes } from './golden.ts';
import { codeOf, concat, decodeAgent, v, W } from './support.ts';

const create = vectorBytes('A1');

/** The message that vector `id` is about: the last one of its bytes. */
function lastOf(id: string, minor = 8) {
  return decodeAgent(vectorBytes(id), minor).at(-1);
}

describe('CREATE', () => {
  it('A1 has the numbers of its bytes', () => {
    expect(lastOf('A1')).toEqual({
      name: 'create',
      window: W,
      x: 10,
      y: 20,
      width: 640,
      height: 480,
      parent: 0x1e7,
      overrideRedirect: false,
    });
  });
  it('A3 a size of 0x0 ends the session', () => {
    expect(codeOf(() => lastOf('A3'))).toBe('GUI_CREATE_SIZE');
  });
  it('A3 a single side of 0 ends the session, also at 1.1', () => {
    for (const at of [20, 24]) {
      const bytes = create.slice();
      bytes.fill(0, at, at + 4);
      expect(codeOf(() => decodeAgent(bytes))).toBe('GUI_CREATE_SIZE');
      expect(codeOf(() => decodeAgent(bytes, 1))).toBe('GUI_CREATE_SIZE');
    }
  });
  it('A4 a side of 2^31 ends the session', () => {
    expect(codeOf(() => lastOf('A4'))).toBe('GUI_CREATE_SIZE');
  });
  it('A5 a large size is clamped to 16384 x 6144', () => {
    expect(lastOf('A5')).toMatchObject({ width: 16384, height: 6144 });
  });
  it('A6 a far position is clamped to -16384, 6144', () => {
    expect(lastOf('A6')).toMatchObject({ x: -16384, y: 6144, width: 640, height: 480 });
  });
  it('A7 any override_redirect but 0 is true', () => {
    expect(lastOf('A7')).toMatchObject({ overrideRedirect: true, parent: 0xffff_ffff });
  });
  it('A8 window 0 is a window', () => {
    expect(lastOf('A8')).toMatchObject({ name: 'create', window: 0 });
  });
  it('A9 window 0xffffffff is a window', () => {
    expect(lastOf('A9')).toMatchObject({ name: 'create', window: 0xffff_ffff });
  });
  it('A10 a length of 23 ends the session at 1.6, 1.7 and 1.8', () => {
    for (const minor of [6, 7, 8]) expect(codeOf(() => lastOf('A10', minor))).toBe('GUI_LENGTH');
  });
  it('A10 a length of 23 is 24 bytes up to 1.5, and the stream stays in step', () => {
    for (const minor of [0, 1, 3, 4, 5]) {
      const messages = decodeAgent(concat([vectorBytes('A10'), create]), minor);
      expect(messages).toMatchObject([{ name: 'create' }, { name: 'create', x: 10, y: 20 }]);
    }
  });
});

describe('DESTROY', () => {
  it('A12 is read after CREATE, and its answer is 83000000 07004000 00000000 from 1.5 on', () => {
    expect(lastOf('A12')).toEqual({ name: 'destroy', window: W });
    const ack = { name: 'destroyAck', window: W } as const;
    for (const minor of [5, 7, 8]) {
      expect(features(v(minor)).destroyAck).toBe(true);
      expect(toHex(encodeToVm(ack, v(minor)))).toBe('830000000700400000000000');
    }
    for (const minor of [1, 4]) {
      expect(features(v(minor)).destroyAck).toBe(false);
      expect(encodeToVm(ack, v(minor)).length).toBe(0);
    }
  });
  it('A13 the number can be used again at once', () => {
    const names = decodeAgent(vectorBytes('A13')).map((message) => message.name);
    expect(names).toEqual(['create', 'destroy', 'create']);
  });
  it('A15 a body ends the session from 1.6 on', () => {
    expect(codeOf(() => lastOf('A15', 6))).toBe('GUI_LENGTH');
  });
  it('A15 up to 1.5 the body is the start of the next header', () => {
    const tail = vectorBytes('A15');
    const read = decodeAgent(tail, 5);
    expect(read.map((message) => message.name)).toEqual(['create', 'destroy']);
    // Four zeros and the first eight bytes of what follows: a header of type 0.
    expect(codeOf(() => decodeAgent(concat([tail, create]), 5))).toBe('GUI_TYPE');
  });
});

describe('MAP', () => {
  it('A16 transient_for is a number that may be unknown', () => {
    expect(lastOf('A16')).toMatchObject({ name: 'map', transientFor: 0x777 });
  });
  it('A17 transient_for may be the window itself', () => {
    expect(lastOf('A17')).toMatchObject({ name: 'map', window: W, transientFor: W });
  });
  it('A18 transient_for 0xffffffff is a number like any other', () => {
    expect(lastOf('A18')).toMatchObject({ transientFor: 0xffff_ffff });
  });
  it('A19 transient_for 0 is none', () => {
    expect(lastOf('A19')).toEqual({
      name: 'map',
      window: W,
      transientFor: undefined,
      overrideRedirect: false,
    });
  });
});

describe('CONFIGURE', () => {
  it('A21 a width of 0 is dropped', () => {
    expect(lastOf('A21')).toEqual({ name: 'ignored', window: W, rule: 'GUI_CONFIGURE_SIZE' });
  });
  it('A21 a height of 0 is dropped', () => {
    const bytes = vectorBytes('A22');
    bytes.fill(0, 36 + 12 + 12, 36 + 12 + 16);
    expect(decodeAgent(bytes).at(-1)).toMatchObject({ rule: 'GUI_CONFIGURE_SIZE' });
  });
  it('A21 a side of 2^31 and more is clamped, unlike that of CREATE', () => {
    const bytes = vectorBytes('A21');
    bytes.set([0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0x80], 36 + 12 + 8);
    expect(decodeAgent(bytes).at(-1)).toMatchObject({ width: 16384, height: 6144 });
  });
  it('A22 is clamped to -16384, -6144, 16384 x 6144', () => {
    expect(lastOf('A22')).toMatchObject({ x: -16384, y: -6144, width: 16384, height: 6144 });
  });
});
