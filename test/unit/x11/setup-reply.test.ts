import { describe, expect, test } from 'vitest';
import { setupLength, thinSetup } from '../../../src/x11/setup-reply.ts';

const PSEUDO_COLOR = 3;
const TRUE_COLOR = 4;

interface Visual {
  readonly id: number;
  readonly kind: number;
}

interface Screen {
  readonly rootVisual: number;
  readonly depths: readonly { readonly depth: number; readonly visuals: readonly Visual[] }[];
}

function visualBytes({ id, kind }: Visual): Buffer {
  const bytes = Buffer.alloc(24, 7);
  bytes.writeUInt32LE(id, 0);
  bytes[4] = kind;
  return bytes;
}

function screenBytes({ rootVisual, depths }: Screen): Buffer {
  const head = Buffer.alloc(40);
  head.writeUInt32LE(rootVisual, 32);
  head[39] = depths.length;
  const lists = depths.map(({ depth, visuals }) => {
    const one = Buffer.alloc(8);
    one[0] = depth;
    one.writeUInt16LE(visuals.length, 2);
    return Buffer.concat([one, ...visuals.map(visualBytes)]);
  });
  return Buffer.concat([head, ...lists]);
}

function reply(...screens: Screen[]): Buffer {
  const head = Buffer.alloc(40);
  head[0] = 1;
  head.writeUInt16LE(5, 24);
  head[28] = screens.length;
  head[29] = 2;
  const vendorAndFormats = Buffer.alloc(8 + 2 * 8, 9);
  const bytes = Buffer.concat([head, vendorAndFormats, ...screens.map(screenBytes)]);
  bytes.writeUInt16LE((bytes.length - 8) / 4, 6);
  return bytes;
}

const visuals = (...ids: readonly number[]): Visual[] =>
  ids.map((id) => ({ id, kind: TRUE_COLOR }));

describe('the answer of an X server', () => {
  test('keeps the root’s visual and the first TrueColor one of each depth', () => {
    const full = reply(
      {
        rootVisual: 0x21,
        depths: [
          { depth: 24, visuals: [{ id: 0x20, kind: PSEUDO_COLOR }, ...visuals(0x30, 0x21, 0x22)] },
          { depth: 1, visuals: [] },
          { depth: 32, visuals: visuals(0x52, 0x51, 0x53) },
        ],
      },
      { rootVisual: 0x70, depths: [{ depth: 8, visuals: [{ id: 0x70, kind: PSEUDO_COLOR }] }] },
    );
    expect(thinSetup(full)).toEqual(
      reply(
        {
          rootVisual: 0x21,
          depths: [
            { depth: 24, visuals: visuals(0x21) },
            { depth: 1, visuals: [] },
            { depth: 32, visuals: visuals(0x51) },
          ],
        },
        { rootVisual: 0x70, depths: [{ depth: 8, visuals: [{ id: 0x70, kind: PSEUDO_COLOR }] }] },
      ),
    );
  });

  test('of which the root’s visual is not the first keeps both', () => {
    const both = visuals(0x21, 0x20);
    const full = reply({ rootVisual: 0x21, depths: [{ depth: 24, visuals: both }] });
    expect(thinSetup(full)).toEqual(full);
  });

  test('says how long it is as soon as that is known', () => {
    const full = reply({ rootVisual: 1, depths: [] });
    expect(setupLength(full.subarray(0, 7))).toBeUndefined();
    expect(setupLength(full.subarray(0, 8))).toBe(full.length);
  });

  test('is left alone when it refuses us, or is cut short', () => {
    const full = reply({ rootVisual: 1, depths: [{ depth: 24, visuals: visuals(1, 2, 3) }] });
    const refusal = Buffer.from(full);
    refusal[0] = 0;
    expect(thinSetup(refusal)).toEqual(refusal);
    for (const length of [0, 8, 39, 70, 100, full.length - 1]) {
      expect(thinSetup(full.subarray(0, length))).toEqual(full.subarray(0, length));
    }
  });
});
