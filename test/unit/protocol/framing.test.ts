/**
 * The reader's own promises: bounded memory, early refusal, bytes that are
 * wiped when asked, one frame object.
 */
import { describe, expect, it } from 'vitest';
import { encodeFromVm } from '../../../src/protocol/encode.ts';
import { FrameReader } from '../../../src/protocol/framing.ts';
import { fromVm } from '../../../src/protocol/from-vm.ts';
import { toVm } from '../../../src/protocol/to-vm.ts';
import { fromHex, toHex, vectorBytes } from './golden.ts';
import { codeOf, concat, pieces, v, W } from './support.ts';

function reader(minor = 8) {
  return new FrameReader(fromVm, { version: v(minor) });
}

describe('refusal', () => {
  it('comes from the header alone, before a byte of the body', () => {
    for (const header of [
      '7b0000000700400000000000', // unknown type
      '820000000700400019000000', // CREATE of 25 bytes
      '930000000700400014000600', // dump of 98305 references
      '870000000700400018000000', // MFNDUMP shorter than its struct
      '8c0000000700400002e80300', // clipboard of 256002 bytes
    ]) {
      expect(codeOf(() => frames(reader(), fromHex(header)))).toMatch(/^GUI_/);
    }
  });

  it('comes only after the good messages before it', () => {
    const input = reader();
    input.push(concat([vectorBytes('A46'), vectorBytes('A82')]));
    expect(input.next()?.type).toBe(136);
    expect(codeOf(() => input.next())).toBe('GUI_TYPE');
  });
});

describe('memory', () => {
  it('is never more than a chunk and the largest message, doubled at most', () => {
    const input = reader();
    const dump = concat([vectorBytes('A37'), new Uint8Array(4 * 98_304)]);
    for (let round = 0; round < 3; round++) {
      for (const chunk of pieces(dump, 65_536)) frames(input, chunk);
    }
    expect(input.pending).toBe(0);
    expect(input.capacity).toBeLessThanOrEqual(2 * (dump.length + 65_536));
  });

  it('is not taken again for every message', () => {
    const input = reader();
    const burst = concat(Array.from({ length: 100 }, () => vectorBytes('A46')));
    frames(input, burst);
    const first = input.capacity;
    for (let round = 0; round < 100; round++) frames(input, burst);
    expect(input.capacity).toBe(first);
  });

  it('holds a message that straddles every boundary of the buffer', () => {
    const input = reader();
    // Every one is different, so that bytes left at a wrong place show.
    const titles = Array.from({ length: 200 }, (_, i) =>
      encodeFromVm({ name: 'title', window: W, text: Buffer.from(`${1000 + i}`) }, v(8)),
    );
    let count = 0;
    for (const chunk of pieces(concat(titles), 97)) {
      input.push(chunk);
      for (let frame = input.next(); frame; frame = input.next()) {
        expect(Buffer.from(frame.body.subarray(0, 5)).toString()).toBe(`${1000 + count}\0`);
        count++;
      }
    }
    expect([count, input.pending]).toEqual([200, 0]);
  });
});

describe('wipe', () => {
  const secret = Buffer.from('a password of some length');
  const clipboard = encodeFromVm({ name: 'clipboardData', window: W, data: secret }, v(8));

  it('leaves nothing of a body that was read', () => {
    const input = reader();
    input.push(clipboard);
    const frame = input.next();
    if (frame === undefined) throw new Error('no frame');
    const { buffer } = frame;
    expect(Buffer.from(buffer).includes(secret)).toBe(true);
    input.wipe();
    expect(Buffer.from(buffer).includes(secret)).toBe(false);
    expect(frame.body.length).toBe(0);
  });

  it('keeps what was not read yet', () => {
    const input = reader();
    input.push(concat([clipboard, vectorBytes('A46').subarray(0, 20)]));
    input.next();
    input.wipe();
    input.push(vectorBytes('A46').subarray(20));
    expect(toHex(input.next()?.body ?? new Uint8Array())).toBe(
      toHex(vectorBytes('A46').subarray(12)),
    );
  });

  it('reaches what was moved to the front before it was whole', () => {
    const input = reader();
    const titles = Array.from({ length: 29 }, () => vectorBytes('A57'));
    // 4 bytes short of the first buffer's end: what comes next does not fit behind.
    frames(input, concat([...titles, vectorBytes('A73'), clipboard.subarray(0, 20)]));
    input.push(clipboard.subarray(20));
    const frame = input.next();
    expect(frame?.offset).toBe(12);
    const { buffer } = frame ?? {};
    expect(
      Buffer.from(buffer ?? [])
        .toString('latin1')
        .split('a passwo').length,
    ).toBe(3);
    input.wipe();
    expect(Buffer.from(buffer ?? []).toString('latin1')).not.toContain('a passwo');
  });

  it('reaches memory that was given up for a larger one', () => {
    const input = reader();
    input.push(clipboard.subarray(0, 20));
    input.push(clipboard.subarray(20));
    const old = input.next()?.buffer;
    input.push(new Uint8Array(0));
    input.push(concat([vectorBytes('A37'), new Uint8Array(10_000)]));
    expect(old === undefined || Buffer.from(old).includes(secret)).toBe(false);
  });
});

it('gives the same frame object each time', () => {
  const input = reader();
  input.push(concat([vectorBytes('A46'), vectorBytes('A1')]));
  const first = input.next();
  expect(input.next()).toBe(first);
  expect(first?.row?.name).toBe('create');
});

it('an empty chunk changes nothing', () => {
  const input = reader();
  input.push(new Uint8Array(0));
  expect([input.next(), input.pending]).toEqual([undefined, 0]);
});

it('a skipped body in many chunks is never stored', () => {
  const input = new FrameReader(toVm, { version: v(8) });
  const message = concat([fromHex('c80000000000000000000100'), new Uint8Array(65_536).fill(1)]);
  for (const chunk of pieces(message, 1000)) {
    input.push(chunk);
    expect(input.next()).toBeUndefined();
    expect(input.pending).toBe(0);
  }
  expect(input.isBetween).toBe(true);
  input.push(vectorBytes('D16'));
  expect(input.next()?.type).toBe(137);
  expect([input.skipped, input.capacity]).toEqual([1, 4096]);
});

it('below 1.6 a wrong length is replaced by the size of the type, whatever it says', () => {
  for (const length of ['00000000', 'ffffffff', '19000000']) {
    const bytes = concat([vectorBytes('A1'), vectorBytes('A46')]);
    bytes.set(fromHex(length), 8);
    expect(frames(reader(5), bytes)).toEqual([130, 136]);
    expect(codeOf(() => frames(reader(6), bytes))).toBe('GUI_LENGTH');
  }
});

function frames(input: FrameReader, chunk: Uint8Array): number[] {
  input.push(chunk);
  const types: number[] = [];
  for (let frame = input.next(); frame; frame = input.next()) types.push(frame.type);
  return types;
}

it('knows where a message begins', () => {
  const input = reader();
  const message = vectorBytes('A1');
  expect(input.isBetween).toBe(true);
  input.push(message.subarray(0, 5));
  expect([input.next(), input.isBetween]).toEqual([undefined, false]);
  input.push(message.subarray(5));
  expect(input.isBetween).toBe(false);
  input.next();
  expect(input.isBetween).toBe(true);
  const skipping = new FrameReader(toVm, { version: v(8) });
  skipping.push(fromHex('c80000000000000000000100'));
  expect([skipping.next(), skipping.isBetween]).toEqual([undefined, false]);
});
