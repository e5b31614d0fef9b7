/**
 * Encoders: the agent's side, versions, texts that are too long, and the
 * writers of the hot paths, which write what the table writes.
 */
import { describe, expect, it } from 'vitest';
import { encodeFromVm, encodeToVm } from '../../../src/protocol/encode.ts';
import type { FromVmDraft } from '../../../src/protocol/from-vm-draft.ts';
import { features } from '../../../src/protocol/version.ts';
import {
  WRITER_BYTES,
  writeConfigure,
  writeDumpAck,
  writeKey,
  writeMotion,
  writeShmImage,
} from '../../../src/protocol/writers.ts';
import { toHex, vectorBytes } from './golden.ts';
import { decodeAgent, textOf, v, W } from './support.ts';

function titleOf(text: string): Buffer {
  const bytes = encodeFromVm({ name: 'title', window: W, text: Buffer.from(text) }, v(8));
  expect(bytes.length).toBe(140);
  const [message] = decodeAgent(bytes);
  if (message?.name !== 'title') throw new Error('not a title');
  return Buffer.from(textOf(message.text), 'latin1');
}

describe('titles', () => {
  it('of 127 bytes are sent whole', () => {
    expect(titleOf('x'.repeat(127)).toString()).toBe('x'.repeat(127));
  });
  it('of 128 bytes end in an ellipsis after 124', () => {
    expect(titleOf('x'.repeat(128)).toString()).toBe(`${'x'.repeat(124)}…`);
  });
  it('are cut at a whole character, whatever its length', () => {
    for (const char of ['é', '€', '🂡']) {
      for (let lead = 0; lead < 4; lead++) {
        const out = titleOf(`${'a'.repeat(lead)}${char.repeat(130)}`);
        expect(out.length).toBeLessThanOrEqual(127);
        expect(out.toString()).toMatch(new RegExp(`^a{${lead}}(?:${char})+…$`, 'u'));
      }
    }
  });
  it('of tail bytes only do not hang', () => {
    const text = new Uint8Array(200).fill(0x80);
    const bytes = encodeFromVm({ name: 'title', window: W, text }, v(8));
    expect(toHex(bytes.subarray(12, 16))).toBe('e280a600');
  });
});

it('class names are cut to 63 bytes each', () => {
  const long = Buffer.from('y'.repeat(100));
  const bytes = encodeFromVm({ name: 'wmClass', window: W, resClass: long, resName: long }, v(8));
  const [message] = decodeAgent(bytes);
  if (message?.name !== 'wmClass') throw new Error('not a class');
  expect([textOf(message.resClass).length, textOf(message.resName).length]).toEqual([63, 63]);
});

describe('versions of the agent', () => {
  const first: readonly [number, FromVmDraft][] = [
    [1, { name: 'wmClass', window: W, resClass: Buffer.from('a'), resName: Buffer.from('b') }],
    [2, { name: 'dump', window: W, width: 1, height: 1, refs: Uint32Array.of(8) }],
    [3, { name: 'cursor', window: W, glyph: 68 }],
  ];
  for (const [minor, message] of first) {
    it(`${message.name} is sent from 1.${minor} on`, () => {
      expect(encodeFromVm(message, v(minor - 1)).length).toBe(0);
      expect(encodeFromVm(message, v(minor)).length).toBeGreaterThan(12);
    });
  }
  it('clipboard data is never longer than a daemon takes', () => {
    const send = (length: number, minor: number) =>
      encodeFromVm({ name: 'clipboardData', window: W, data: new Uint8Array(length) }, v(minor));
    expect(features(v(7)).clipboardMax).toBe(65_000);
    expect(() => send(65_001, 7)).toThrow(/65001/);
    expect(features(v(8)).clipboardMax).toBe(256_001);
    expect(send(256_001, 8).length).toBe(256_013);
    expect(() => send(256_002, 8)).toThrow(/256002/);
  });
});

it('a dump has as many references as fit, and no more', () => {
  const dump = (n: number) =>
    encodeFromVm({ name: 'dump', window: W, width: 1, height: 1, refs: new Uint32Array(n) }, v(8));
  expect(dump(98_304).length).toBe(393_244);
  expect(() => dump(98_305)).toThrow(/98305/);
});

it('a dump is 32 bits per pixel unless told otherwise', () => {
  const dump = { name: 'dump', window: W, width: 1, height: 1, refs: Uint32Array.of(8) } as const;
  expect(toHex(encodeFromVm(dump, v(8)))).toBe(toHex(vectorBytes('A27')));
  expect(encodeFromVm({ ...dump, bpp: 24 }, v(8))[24]).toBe(24);
});

it('the writers of the hot paths write what the table writes, at any offset', () => {
  const at = { x: -5, y: 0x7fff_ffff, state: 0x1234 };
  const rect = { x: 1, y: -2, width: 300, height: 200 };
  const cases = [
    [
      encodeToVm({ name: 'motion', window: W, ...at }, v(8)),
      (to: Uint8Array, from: number) => writeMotion(to, from, W, at.x, at.y, at.state),
    ],
    [
      encodeToVm({ name: 'key', window: W, pressed: true, ...at, keycode: 38 }, v(8)),
      (to: Uint8Array, from: number) => writeKey(to, from, W, true, at.x, at.y, at.state, 38),
    ],
    [
      encodeToVm({ name: 'key', window: W, pressed: false, ...at, keycode: 255 }, v(8)),
      (to: Uint8Array, from: number) => writeKey(to, from, W, false, at.x, at.y, at.state, 255),
    ],
    [
      encodeToVm({ name: 'configure', window: W, ...rect }, v(8)),
      (to: Uint8Array, from: number) => writeConfigure(to, from, W, 1, -2, 300, 200),
    ],
    [
      encodeToVm({ name: 'dumpAck', window: W }, v(8)),
      (to: Uint8Array, from: number) => writeDumpAck(to, from, W),
    ],
    [
      encodeFromVm({ name: 'shmImage', window: W, ...rect, y: 2 }, v(8)),
      (to: Uint8Array, from: number) => writeShmImage(to, from, W, 1, 2, 300, 200),
    ],
  ] as const;
  for (const [expected, write] of cases) {
    // Old bytes must not show through.
    const to = new Uint8Array(7 + WRITER_BYTES).fill(0xee);
    const end = write(to, 7);
    expect(end - 7).toBeLessThanOrEqual(WRITER_BYTES);
    expect(toHex(to.subarray(7, end))).toBe(toHex(expected));
    expect(new Set(to.subarray(end))).toEqual(new Set(end < to.length ? [0xee] : []));
  }
});
