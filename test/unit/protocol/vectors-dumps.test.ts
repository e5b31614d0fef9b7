/**
 * Vectors A27 to A56 as far as they need no window state: what a dump has to
 * cover, and which damage is dropped.
 */
import { describe, expect, it } from 'vitest';
import { decodeFromVm, readShmImage } from '../../../src/protocol/decode.ts';
import { encodeToVm } from '../../../src/protocol/encode.ts';
import { FrameReader } from '../../../src/protocol/framing.ts';
import { fromVm } from '../../../src/protocol/from-vm.ts';
import { features } from '../../../src/protocol/version.ts';
import { writeShmImage } from '../../../src/protocol/writers.ts';
import { fromHex, toHex, vectorBytes } from './golden.ts';
import { codeOf, concat, decodeAgent, pieces, readPlain, v, W } from './support.ts';

function only(id: string, minor = 8) {
  return decodeAgent(vectorBytes(id), minor).at(-1);
}

/** What the hot path reads of a vector, or false when it drops it. */
function damage(id: string) {
  const reader = new FrameReader(fromVm, { version: v(8) });
  reader.push(vectorBytes(id));
  const frame = reader.next();
  const out = { x: 0, y: 0, width: 0, height: 0 };
  return frame !== undefined && readShmImage(frame, out) ? out : false;
}

describe('WINDOW_DUMP', () => {
  it('A27 one pixel with one reference; its answer is 95000000 07004000 00000000 from 1.7 on', () => {
    expect(only('A27')).toMatchObject({ name: 'dump', width: 1, height: 1, bpp: 32 });
    expect(only('A27')).toHaveProperty('refs', Uint32Array.of(8));
    const ack = { name: 'dumpAck', window: W } as const;
    expect(toHex(encodeToVm(ack, v(8)))).toBe('950000000700400000000000');
    expect([features(v(7)).dumpAck, features(v(6)).dumpAck]).toEqual([true, false]);
    expect(encodeToVm(ack, v(6)).length).toBe(0);
  });
  it('A28 exactly one page needs one reference', () => {
    expect(only('A28')).toMatchObject({ name: 'dump', width: 1024, height: 1 });
  });
  it('A29 4100 bytes need 2 refs: the session ends', () => {
    expect(codeOf(() => only('A29'))).toBe('GUI_DUMP_COVER');
    expect(codeOf(() => only('A29', 2))).toBe('GUI_DUMP_COVER');
  });
  it('A30 4100 bytes with two references are accepted', () => {
    expect(only('A30')).toHaveProperty('refs', Uint32Array.of(8, 9));
  });
  it('A31 surplus references are accepted', () => {
    expect(only('A31')).toHaveProperty('refs', Uint32Array.of(8, 9, 10));
  });
  it('A32 640x480 needs 300 references', () => {
    const dump = only('A32');
    expect(dump).toMatchObject({ width: 640, height: 480 });
    expect(dump?.name === 'dump' && [...dump.refs]).toEqual(
      Array.from({ length: 300 }, (_, i) => i + 8),
    );
  });
  it('A33 0x0 without references is a dump without a buffer', () => {
    expect(only('A33')).toMatchObject({ width: 0, height: 0, refs: new Uint32Array(0) });
  });
  it('A34 an unknown dump type ends the session', () => {
    expect(codeOf(() => only('A34'))).toBe('GUI_DUMP_TYPE');
  });
  it('A35 a width of 16385 ends the session', () => {
    expect(codeOf(() => only('A35'))).toBe('GUI_DUMP_SIZE');
  });
  it('A36 a height of 6145 ends the session', () => {
    expect(codeOf(() => only('A36'))).toBe('GUI_DUMP_SIZE');
  });
  it('A37 the maximum of 98304 references is taken whole, in pieces', () => {
    const all = concat([vectorBytes('A37'), new Uint8Array(4 * 98_304).fill(7)]);
    const { messages, left, capacity } = readPlain(fromVm, pieces(all, 4096));
    expect([messages.length, left]).toEqual([1, 0]);
    expect(messages[0]?.body.length).toBe(393_232);
    expect(capacity).toBeLessThanOrEqual(1 << 19);
    const [dump] = decodeAgent(all);
    expect(dump?.name === 'dump' && dump.refs.length).toBe(98_304);
  });
  it('A38 one reference more ends the session before its body is kept', () => {
    expect(codeOf(() => only('A38'))).toBe('GUI_DUMP_LENGTH');
    expect(codeOf(() => decodeAgent(vectorBytes('A38').subarray(0, 12)))).toBe('GUI_DUMP_LENGTH');
  });
  it('A39 a body that is not 16 + 4n ends the session, also at 1.5', () => {
    expect(codeOf(() => only('A39'))).toBe('GUI_DUMP_LENGTH');
    expect(codeOf(() => only('A39', 5))).toBe('GUI_DUMP_LENGTH');
  });
  it('A40 a body shorter than the dump header ends the session, also at 1.5', () => {
    expect(codeOf(() => only('A40'))).toBe('GUI_DUMP_LENGTH');
    expect(codeOf(() => only('A40', 5))).toBe('GUI_DUMP_LENGTH');
  });
  it('A41 a length of 2^32 - 1 ends the session from the header alone', () => {
    expect(codeOf(() => decodeAgent(vectorBytes('A41').subarray(0, 12)))).toBe('GUI_DUMP_LENGTH');
  });
  it('A42 bpp 24 and 0 are the same as 32', () => {
    expect(decodeAgent(vectorBytes('A42'))).toMatchObject([
      { name: 'dump', width: 2, bpp: 24 },
      { name: 'dump', width: 2, bpp: 0 },
    ]);
  });
  it('the largest dump that is legal is covered by exactly 98304 references', () => {
    const header = vectorBytes('A37');
    const short = concat([header, new Uint8Array(4 * 98_304)]);
    // One reference less in the header and in the body.
    short.set([0x0c, 0x00, 0x06, 0x00], 8);
    expect(codeOf(() => decodeAgent(short.subarray(0, short.length - 4)))).toBe('GUI_DUMP_COVER');
  });
});

describe('SHMIMAGE', () => {
  it('A46 has the numbers of its bytes', () => {
    expect(only('A46')).toEqual({
      name: 'shmImage',
      window: W,
      x: 0,
      y: 0,
      width: 1,
      height: 1,
    });
    expect(damage('A46')).toEqual({ x: 0, y: 0, width: 1, height: 1 });
  });
  it('A47 a negative position is dropped', () => {
    expect(only('A47')).toMatchObject({ name: 'ignored', rule: 'GUI_SHMIMAGE_NEGATIVE' });
    expect(damage('A47')).toBe(false);
  });
  it('A48 an empty rectangle is no damage', () => {
    expect(only('A48')).toMatchObject({ name: 'shmImage', width: 0, height: 0 });
    expect(damage('A48')).toBe(false);
  });
  it('A49 reaches beyond a 640x480 dump as sent; clipping is not done here', () => {
    expect(damage('A49')).toEqual({ x: 630, y: 470, width: 100, height: 100 });
  });
  it('A50 the largest numbers do not wrap when added', () => {
    const rect = damage('A50');
    expect(rect && rect.x + rect.width).toBe(2 * 0x7fff_ffff);
  });
  it('A51 a width that is negative as a signed number is dropped', () => {
    expect(only('A51')).toMatchObject({ name: 'ignored', rule: 'GUI_SHMIMAGE_NEGATIVE' });
    expect(damage('A51')).toBe(false);
  });
  it('A53 ten thousand in one burst: every one is read, from a buffer that grew once to hold them', () => {
    const burst = new Uint8Array(28 * 10_000);
    for (let at = 0, n = 0; at < burst.length; n++) at = writeShmImage(burst, at, W, n, 0, 1, 1);
    const reader = new FrameReader(fromVm, { version: v(8) });
    reader.push(burst);
    const grown = reader.capacity;
    const out = { x: 0, y: 0, width: 0, height: 0 };
    let count = 0;
    for (let frame = reader.next(); frame; frame = reader.next()) {
      if (readShmImage(frame, out) && out.x === count) count++;
    }
    expect(count).toBe(10_000);
    reader.push(burst.subarray(0, 28));
    expect(reader.capacity).toBe(grown);
  });
});

describe('MFNDUMP', () => {
  const header = '870000000700400020000000';
  const mfnDump = (width: number, height: number, off: number, count: number, n = 1) => {
    const body = new Uint8Array(28 + 4 * n);
    const view = new DataView(body.buffer);
    view.setUint32(4, width, true);
    view.setUint32(8, height, true);
    view.setUint32(16, off, true);
    view.setUint32(20, count, true);
    view.setUint32(28, 0x4d, true);
    return concat([fromHex(header), body]);
  };
  it('A56 an offset of 4096 ends the session', () => {
    expect(codeOf(() => only('A56'))).toBe('GUI_MFNDUMP_OFFSET');
  });
  it('is decoded without its obsolete fields', () => {
    expect(decodeAgent(mfnDump(1, 1, 4092, 1))).toEqual([
      { name: 'mfnDump', window: W, width: 1, height: 1, offset: 4092, mfns: Uint32Array.of(0x4d) },
    ]);
  });
  it('has to cover the image from its offset on', () => {
    expect(codeOf(() => decodeAgent(mfnDump(1, 1, 4093, 1)))).toBe('GUI_MFNDUMP_COVER');
  });
  it('is limited to 16384 x 6144', () => {
    expect(codeOf(() => decodeAgent(mfnDump(16_385, 0, 0, 1)))).toBe('GUI_MFNDUMP_SIZE');
    expect(codeOf(() => decodeAgent(mfnDump(0, 6_145, 0, 1)))).toBe('GUI_MFNDUMP_SIZE');
  });
  it('has the length that its count says, from 1.6 on', () => {
    expect(codeOf(() => decodeAgent(mfnDump(1, 1, 0, 2)))).toBe('GUI_MFNDUMP_LENGTH');
    const long = mfnDump(1, 1, 0, 1);
    long.set([0x1b, 0, 0, 0], 8);
    expect(codeOf(() => decodeAgent(long.subarray(0, 12)))).toBe('GUI_MFNDUMP_LENGTH');
    long.set([0xff, 0xff, 0xff, 0xff], 8);
    expect(codeOf(() => decodeAgent(long.subarray(0, 12)))).toBe('GUI_MFNDUMP_LENGTH');
  });
  it('takes 28 + 4n bytes whatever the length says, up to 1.5', () => {
    const wrong = mfnDump(1, 1, 0, 1);
    wrong.set([0xff, 0xff, 0xff, 0xff], 8);
    const messages = decodeAgent(concat([wrong, vectorBytes('A46')]), 5);
    expect(messages.map((message) => message.name)).toEqual(['mfnDump', 'shmImage']);
  });
  it('of more than 98304 frame numbers ends the session at every version', () => {
    for (const minor of [0, 5, 8]) {
      expect(codeOf(() => decodeAgent(mfnDump(1, 1, 0, 98_305), minor))).toBe('GUI_MFNDUMP_COUNT');
    }
  });
});

it('a frame of another table is not decoded', () => {
  const reader = new FrameReader(fromVm, { version: v(8) });
  reader.push(vectorBytes('A46'));
  const frame = reader.next();
  if (frame === undefined) throw new Error('no frame');
  frame.type = 124;
  expect(codeOf(() => decodeFromVm(frame))).toBe('GUI_TYPE');
});
