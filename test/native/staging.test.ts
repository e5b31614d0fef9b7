/** copyRows: the right pixels, nothing but them, and no harm from a file that is short. */
import { constants, ftruncateSync, truncateSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { type Fd, native, PAGE_BYTES, type RowCopy, type Staging } from '../../src/native/addon.ts';
import { addonPath, expectNoLeaks, fixture, temporaryFolder } from './support.ts';

expectNoLeaks();

const folder = temporaryFolder();
let counter = 0;
afterAll(() => folder[Symbol.dispose]());

/** A file whose every 4 bytes say where they are. */
function sourceFile(sizeBytes: number): Fd {
  counter += 1;
  const flags = constants.O_RDWR | constants.O_CREAT;
  const file = native().openFile(`${folder.path}/source-${counter}`, flags);
  native().writeAt(file, contents(sizeBytes), 0);
  return file;
}

function contents(sizeBytes: number): Uint8Array {
  const words = new Uint32Array(Math.ceil(sizeBytes / 4)).map((_, i) => i * 7 + 1);
  return new Uint8Array(words.buffer).subarray(0, sizeBytes);
}

function bytesOf(staging: Staging): Uint8Array {
  const all = new Uint8Array(staging.sizeBytes);
  expect(native().readAt(staging.fd, all, 0)).toBe(all.length);
  return all;
}

function consecutive(count: number, first = 0): Uint32Array {
  return new Uint32Array(count).map((_, i) => first + i);
}

/** The whole 1024x8 image of 8 pages, to begin with. */
function copyOf(source: Fd, change: Partial<RowCopy> = {}): RowCopy {
  return {
    source,
    refs: consecutive(8),
    stride: 4096,
    x: 0,
    y: 0,
    width: 1024,
    height: 8,
    destinationOffset: 0,
    fill: 0,
    ...change,
  };
}

/** The same in a few lines of JavaScript: pixel by pixel, from what the file holds. */
function model(
  file: Uint8Array,
  copy: RowCopy,
  before: Uint8Array,
): { after: Uint8Array; copied: number } {
  const after = before.slice();
  const view = new DataView(after.buffer);
  let copied = 0;
  for (let row = copy.y; row < copy.y + copy.height; row += 1) {
    for (let column = copy.x; column < copy.x + copy.width; column += 1) {
      const at = row * copy.stride + column * 4;
      const page = copy.refs[Math.floor(at / PAGE_BYTES)] ?? Number.NaN;
      const from = page * PAGE_BYTES + (at % PAGE_BYTES);
      if (from + 4 <= file.length) {
        after.set(file.subarray(from, from + 4), copy.destinationOffset + at);
        copied += 4;
      } else {
        view.setUint32(copy.destinationOffset + at, copy.fill, true);
      }
    }
  }
  return { after, copied };
}

function expectModel(staging: Staging, file: Uint8Array, copy: RowCopy): void {
  const { after, copied } = model(file, copy, bytesOf(staging));
  expect(staging.copyRows(copy)).toBe(copied);
  expect(Buffer.compare(bytesOf(staging), after)).toBe(0);
}

describe('copyRows', () => {
  it('copies contiguous pages', () => {
    using source = sourceFile(8 * 4096);
    using staging = native().createStaging('staging', 8 * 4096);
    expectModel(staging, contents(8 * 4096), copyOf(source));
    expect(bytesOf(staging)).toEqual(contents(8 * 4096));
  });

  it('copies scattered pages, the same one twice as well', () => {
    using source = sourceFile(12 * 4096);
    using staging = native().createStaging('staging', 8 * 4096);
    const refs = new Uint32Array([11, 3, 4, 5, 0, 0, 7, 6]);
    expectModel(staging, contents(12 * 4096), copyOf(source, { refs }));
  });

  it('touches only the rectangle', () => {
    using source = sourceFile(12 * 4096);
    using staging = native().createStaging('staging', 9 * 4096);
    native().writeAt(staging.fd, new Uint8Array(9 * 4096).fill(0xee), 0);
    const change = {
      stride: 1000 * 4,
      width: 100,
      x: 900,
      y: 2,
      height: 5,
      destinationOffset: 400,
    };
    expectModel(staging, contents(12 * 4096), copyOf(source, change));
  });

  it('fills what a short file does not have', () => {
    const sizeBytes = 2 * 4096 + 1001;
    using source = sourceFile(sizeBytes);
    using staging = native().createStaging('staging', 8 * 4096);
    const refs = new Uint32Array([0, 1, 2, 3, 1, 0xffffffff, 2, 0]);
    const copy = copyOf(source, { refs, fill: 0xff112233 });
    expectModel(staging, contents(sizeBytes), copy);
    expect(bytesOf(staging).subarray(3 * 4096, 3 * 4096 + 4)).toEqual(
      new Uint8Array([0x33, 0x22, 0x11, 0xff]),
    );
  });

  it('fills everything when the file was cut to nothing', () => {
    using source = sourceFile(8 * 4096);
    using staging = native().createStaging('staging', 8 * 4096);
    ftruncateSync(source.number, 0);
    expect(staging.copyRows(copyOf(source, { fill: 0x01020304 }))).toBe(0);
    expect(new Set(bytesOf(staging))).toEqual(new Set([1, 2, 3, 4]));
  });

  it('survives a file that is cut and grown while it is copied', async () => {
    using source = sourceFile(8 * 4096);
    using staging = native().createStaging('staging', 8 * 4096);
    const path = `${folder.path}/source-${counter}`;
    const stop = new Int32Array(new SharedArrayBuffer(8));
    const worker = new Worker(fixture('truncate-worker.mjs'), { workerData: { path, stop } });
    await new Promise((done) => worker.once('message', done));
    let short = 0;
    let whole = 0;
    for (let i = 0; i < 200_000 && (short < 50 || whole < 50); i += 1) {
      if (staging.copyRows(copyOf(source)) === 8 * 4096) whole += 1;
      else short += 1;
    }
    Atomics.store(stop, 0, 1);
    await new Promise((done) => worker.once('exit', done));
    expect(short).toBeGreaterThan(0);
    expect(whole).toBeGreaterThan(0);
  });

  it('reads sealed pools and unsealed files alike', () => {
    using pool = native().createPool('pool', 8 * 4096);
    native().writeAt(pool, contents(8 * 4096), 0);
    using staging = native().createStaging('staging', 8 * 4096);
    expectModel(staging, contents(8 * 4096), copyOf(pool));
  });

  it('copies nothing of an empty rectangle', () => {
    using source = sourceFile(4096);
    using staging = native().createStaging('staging', 4096);
    const refs = new Uint32Array(0);
    expect(staging.copyRows(copyOf(source, { refs, width: 0 }))).toBe(0);
    expect(staging.copyRows(copyOf(source, { refs, height: 0 }))).toBe(0);
  });

  it('agrees with the model for any geometry and any pages', () => {
    const filePages = 6;
    const stagingBytes = 24 * 4096;
    const geometry = fc.record({
      fileBytes: fc.integer({ min: 0, max: filePages * PAGE_BYTES }),
      strideWords: fc.integer({ min: 1, max: 2500 }),
      x: fc.nat(1200),
      y: fc.nat(5),
      width: fc.nat(2500),
      height: fc.nat(12),
      offsetWords: fc.nat(6200),
      // Few different pages, so that runs, repeats and pages beyond the end are all common.
      refs: fc.array(fc.oneof(fc.nat(filePages + 1), fc.constant(0xffffffff)), { maxLength: 24 }),
      run: fc.option(fc.nat(filePages)),
      fill: fc.nat(0xffffffff),
    });
    let carriedOut = 0;
    let refused = 0;
    const file = sourceFile(filePages * PAGE_BYTES);
    const full = contents(filePages * PAGE_BYTES);
    using _file = file;
    using staging = native().createStaging('staging', stagingBytes);
    fc.assert(
      fc.property(geometry, (g) => {
        ftruncateSync(file.number, 0);
        native().writeAt(file, full.subarray(0, g.fileBytes), 0);
        const refs = g.run === null ? Uint32Array.from(g.refs) : consecutive(g.refs.length, g.run);
        const copy: RowCopy = {
          source: file,
          refs,
          stride: g.strideWords * 4,
          x: g.x,
          y: g.y,
          width: g.width,
          height: g.height,
          destinationOffset: g.offsetWords * 4,
          fill: g.fill,
        };
        const end = (copy.y + copy.height - 1) * copy.stride + (copy.x + copy.width) * 4;
        const empty = copy.width === 0 || copy.height === 0;
        const legal =
          (copy.x + copy.width) * 4 <= copy.stride &&
          (empty ||
            (end <= refs.length * PAGE_BYTES && copy.destinationOffset + end <= stagingBytes));
        if (legal) {
          carriedOut += 1;
          expectModel(staging, full.subarray(0, g.fileBytes), copy);
        } else {
          refused += 1;
          expect(() => staging.copyRows(copy)).toThrow(RangeError);
        }
      }),
      { numRuns: 1500 },
    );
    expect(Math.min(carriedOut, refused)).toBeGreaterThan(50);
  });
});

describe('bounds', () => {
  const reach = 2 ** 31 - 1;
  const faults: [string, Partial<RowCopy>, string][] = [
    ['a row that is too short', { stride: 4092 }, 'the rectangle is wider than a row'],
    ['x that moves it out of the row', { x: 1 }, 'the rectangle is wider than a row'],
    ['x and width that overflow', { x: reach, width: reach }, 'the rectangle is wider than a row'],
    [
      'x and width whose bytes are 2^32',
      { x: 2 ** 30 - 1024 },
      'the rectangle is wider than a row',
    ],
    ['no stride', { stride: 0, width: 0 }, 'stride must be a positive multiple of 4'],
    ['an uneven stride', { stride: 4098 }, 'stride must be a positive multiple of 4'],
    ['an uneven offset', { destinationOffset: 2 }, 'destinationOffset must be a multiple of 4'],
    ['too few refs', { refs: consecutive(7) }, 'refs do not cover the rectangle'],
    ['no refs', { refs: consecutive(0) }, 'refs do not cover the rectangle'],
    ['a row below the last', { y: 1 }, 'refs do not cover the rectangle'],
    ['a far row', { y: reach, height: reach }, 'refs do not cover the rectangle'],
    [
      'a far row of a wide image',
      { y: reach, height: reach, stride: 2 ** 31 - 4 },
      'refs do not cover the rectangle',
    ],
    ['an offset at which it does not fit', { destinationOffset: 4 }, 'does not fit'],
    ['an offset at the end', { destinationOffset: 8 * 4096 }, 'does not fit'],
    ['an offset far away', { destinationOffset: 2 ** 53 - 8 }, 'does not fit'],
    ['negative x', { x: -1 }, 'x must be an integer from 0 to 2147483647'],
    ['a fraction', { height: 0.5 }, 'height must be an integer'],
    ['NaN', { y: Number.NaN }, 'y must be an integer'],
    ['a huge width', { width: 2 ** 31 }, 'width must be an integer'],
    ['a fill that is no pixel', { fill: 2 ** 32 }, 'fill must be an integer'],
    [
      'an offset that is none',
      { destinationOffset: 2 ** 53 },
      'destinationOffset must be an integer',
    ],
  ];

  it.each(faults)('refuses %s', (_, change, message) => {
    using source = sourceFile(8 * 4096);
    using staging = native().createStaging('staging', 8 * 4096);
    const copy = copyOf(source, change);
    expect(() => staging.copyRows(copy)).toThrow(RangeError);
    expect(() => staging.copyRows(copy)).toThrow(message);
    expect(bytesOf(staging).every((value) => value === 0)).toBe(true);
  });

  it('refuses what cannot be read at all', () => {
    using staging = native().createStaging('staging', 8 * 4096);
    using directory = native().openFile(folder.path, constants.O_RDONLY);
    expect(() => staging.copyRows(copyOf(directory))).toThrow('EISDIR');
    const [left, right] = native().fdPair();
    using _right = right;
    using socket = left;
    expect(() => staging.copyRows(copyOf(socket))).toThrow('ESPIPE');
  });

  it('looks at everything only after the last getter has run', () => {
    using source = sourceFile(8 * 4096);
    const staging = native().createStaging('staging', 8 * 4096);
    const memory = new ArrayBuffer(32);
    const refs = new Uint32Array(memory);
    const detaching = {
      ...copyOf(source, { refs }),
      get fill() {
        structuredClone(memory, { transfer: [memory] });
        return 0;
      },
    };
    expect(() => staging.copyRows(detaching)).toThrow('refs do not cover the rectangle');
    const disposing = {
      ...copyOf(source),
      get fill() {
        staging[Symbol.dispose]();
        return 0;
      },
    };
    expect(() => staging.copyRows(disposing)).toThrow('the staging area is closed');
    const closing = sourceFile(4096);
    using other = native().createStaging('staging', 8 * 4096);
    const losing = {
      ...copyOf(closing),
      get fill() {
        closing[Symbol.dispose]();
        return 0;
      },
    };
    expect(() => other.copyRows(losing)).toThrow('the descriptor is closed');
  });
});

describe('a staging area', () => {
  it('is sealed memory, for X servers to attach', () => {
    using staging = native().createStaging('staging', 12_345);
    expect(staging.sizeBytes).toBe(12_345);
    expect(native().memoryFacts(staging.fd)).toEqual({
      regular: true,
      sizeBytes: 12_345,
      seals: 7,
    });
    expect(() => truncateSync(`/proc/self/fd/${staging.fd.number}`, 0)).toThrow('EPERM');
  });

  it('goes with its descriptor and its memory', () => {
    const staging = native().createStaging('staging', 4096);
    const { fd } = staging;
    staging[Symbol.dispose]();
    staging[Symbol.dispose]();
    expect([staging.disposed, fd.disposed]).toEqual([true, true]);
    using source = sourceFile(1);
    for (const use of [
      () => staging.fd,
      () => staging.sizeBytes,
      () => staging.copyRows(copyOf(source)),
    ]) {
      expect(use).toThrow(/^the staging area is closed$/);
    }
  });

  it('shows JavaScript no memory', () => {
    using staging = native().createStaging('staging', 4096);
    const names = Object.getOwnPropertyNames(Object.getPrototypeOf(staging)).sort();
    expect(names).toEqual(['constructor', 'copyRows', 'disposed', 'fd', 'sizeBytes']);
  });

  it('is refused when there is no room for it', () => {
    expect(() => native().createStaging('staging', 2 ** 52)).toThrow(/ENOMEM|EFBIG|EINVAL/);
    expect(addonPath).toMatch(/livery\.node$/);
  });
});
