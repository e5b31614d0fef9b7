/**
 * The icon stream: what is a record, what ends the stream, and that no split
 * of the bytes makes a difference.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProtocolViolation } from '../../../src/base/errors.ts';
import { IconStreamReader } from '../../../src/protocol/icon-stream.ts';
import { vectorBytes } from './golden.ts';

interface Record {
  readonly window: number | undefined;
  readonly width: number;
  readonly height: number;
  readonly pixels: Buffer;
}

/** The whole records of `chunks`, and the code that ended the stream. */
function read(...chunks: Uint8Array[]): { records: Record[]; code: string | undefined } {
  const records: Record[] = [];
  let open: Record | undefined;
  const reader = new IconStreamReader({
    begin(window, width, height) {
      open = { window, width, height, pixels: Buffer.alloc(0) };
    },
    pixels(bytes) {
      if (!open) throw new Error('pixels of no record');
      open = { ...open, pixels: Buffer.concat([open.pixels, bytes]) };
    },
    end() {
      if (open) records.push(open);
      open = undefined;
    },
  });
  try {
    for (const chunk of chunks) reader.push(chunk);
  } catch (error) {
    if (!(error instanceof ProtocolViolation)) throw error;
    return { records, code: error.code };
  }
  return { records, code: undefined };
}

const text = (line: string): Buffer => Buffer.from(line, 'latin1');
const one = Buffer.concat([text('7\n1 1\n'), Buffer.from([1, 2, 3, 4])]);

describe('records', () => {
  it('I1: a window and its pixels', () => {
    const { records, code } = read(vectorBytes('I1'));
    expect(code).toBeUndefined();
    expect(records).toEqual([
      { window: 0x400007, width: 2, height: 1, pixels: Buffer.from('010203ff00000000', 'hex') },
    ]);
  });

  it('back to back, and one that is not whole is none', () => {
    expect(read(one, one, one.subarray(0, -1)).records).toHaveLength(2);
  });

  it('pixels may hold anything, newlines too', () => {
    const pixels = Buffer.from('\n\n\n\n');
    expect(read(text('7\n1 1\n'), pixels, one).records).toHaveLength(2);
  });

  it('the largest size; nothing is stored for it', () => {
    const chunk = Buffer.alloc(1 << 20);
    const chunks = Array.from({ length: 16 }, () => chunk);
    const begun: number[] = [];
    let bytes = 0;
    const reader = new IconStreamReader({
      begin: (_window, width, height) => begun.push(width, height),
      pixels: (view) => {
        bytes += view.length;
      },
      end() {},
    });
    reader.push(text('7\n2048 2048\n'));
    for (const part of chunks) reader.push(part);
    expect(begun).toEqual([2048, 2048]);
    expect(bytes).toBe(2048 * 2048 * 4);
  });

  it.each(['4294967296', '9'.repeat(31), `${'0'.repeat(30)}x`.replace('x', '')])(
    'a number that no window has (%s) names nothing, and the stream goes on',
    (id) => {
      const { records, code } = read(text(`${id}\n1 1\n`), Buffer.alloc(4), one);
      expect(code).toBeUndefined();
      expect(records.map(({ window }) => window)).toEqual(
        [Number(id) || undefined, 7].map((n) =>
          n !== undefined && n > 0xffffffff ? undefined : (n ?? 0),
        ),
      );
    },
  );
});

describe('what ends the stream', () => {
  it.each([
    ['\n', 'ICON_ID_LINE'],
    ['-1\n', 'ICON_ID_LINE'],
    ['+1\n', 'ICON_ID_LINE'],
    [' 1\n', 'ICON_ID_LINE'],
    ['1 \n', 'ICON_ID_LINE'],
    ['1\r\n', 'ICON_ID_LINE'],
    ['0x1\n', 'ICON_ID_LINE'],
    ['1_0\n', 'ICON_ID_LINE'],
    ['\u00b2\n', 'ICON_ID_LINE'],
    [`${'1'.repeat(40)}\n`, 'ICON_ID_LINE'],
    // Without a newline nobody waits for one.
    ['1'.repeat(32), 'ICON_ID_LINE'],
    ['7\n\n', 'ICON_SIZE_LINE'],
    ['7\n1\n', 'ICON_SIZE_LINE'],
    ['7\n1 \n', 'ICON_SIZE_LINE'],
    ['7\n 1\n', 'ICON_SIZE_LINE'],
    ['7\n1  1\n', 'ICON_SIZE_LINE'],
    ['7\n1 1 1\n', 'ICON_SIZE_LINE'],
    ['7\n1\t1\n', 'ICON_SIZE_LINE'],
    ['7\n1 -1\n', 'ICON_SIZE_LINE'],
    ['7\n1 1\r\n', 'ICON_SIZE_LINE'],
    ['7\n00001 0001\n', 'ICON_SIZE_LINE'],
    ['7\n10000 10000', 'ICON_SIZE_LINE'],
    ['7\n0 1\n', 'ICON_SIDE'],
    ['7\n1 0\n', 'ICON_SIDE'],
    ['7\n2049 1\n', 'ICON_SIDE'],
    ['7\n1 9999\n', 'ICON_SIDE'],
  ])('%j: %s', (line, code) => {
    expect(read(one, text(line))).toMatchObject({ code, records: [{ window: 7 }] });
  });

  it.each(['I2', 'I3', 'I4'])('%s', (id) => {
    expect(read(vectorBytes(id)).code).toMatch(/^ICON_SI[DZ]E/);
  });
});

it('no split of the bytes makes a difference', () => {
  const record = fc
    .tuple(fc.nat(0xffffffff), fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 }))
    .chain(([window, width, height]) =>
      fc
        .uint8Array({ minLength: width * height * 4, maxLength: width * height * 4 })
        .map((pixels) => Buffer.concat([text(`${window}\n${width} ${height}\n`), pixels])),
    );
  const garbage = fc.uint8Array({ maxLength: 60 });
  fc.assert(
    fc.property(
      fc.array(record, { maxLength: 4 }),
      garbage,
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
      (records, end, steps) => {
        const whole = Buffer.concat([...records, end]);
        const chunks: Buffer[] = [];
        for (let at = 0, step = 0; at < whole.length; step++) {
          const size = steps[step % steps.length] as number;
          chunks.push(whole.subarray(at, at + size));
          at += size;
        }
        expect(read(...chunks)).toEqual(read(whole));
      },
    ),
    { numRuns: 300 },
  );
});
