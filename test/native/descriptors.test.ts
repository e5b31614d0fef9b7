/** Descriptors in streams: each arrives with its byte, once, and is closed in every case. */
import { fstatSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DESCRIPTORS_CAME, type Fd, native } from '../../src/native/addon.ts';
import {
  expectNoLeaks,
  numbered,
  openFdCount,
  Reader,
  runFixture,
  startLimited,
} from './support.ts';

expectNoLeaks();

function disposeAll(fds: readonly Fd[]): void {
  for (const fd of fds) fd[Symbol.dispose]();
}

describe('order', () => {
  it('keeps 400 descriptors at their bytes among 20,000 messages under back-pressure', async () => {
    const [left, right] = native().streamPair();
    using _left = left;
    using _right = right;
    const expected: { size: number; at: number }[] = [];
    const message = Buffer.alloc(160);
    let written = 0;
    for (let i = 0; i < 20_000; i += 1) {
      // Lengths that are no divisor of anything the kernel or the queue uses.
      const length = 24 + ((i * 37) % 131);
      message.writeUInt32LE(i, 0);
      if (i % 50 === 7) {
        using fd = numbered(expected.length + 1);
        expected.push({ size: expected.length + 1, at: written });
        left.write(message.subarray(0, length), [fd]);
      } else {
        left.write(message.subarray(0, length));
      }
      written += length;
    }
    expect(left.pendingBytes).toBeGreaterThan(1_000_000);
    const reader = new Reader(right, 1999);
    await reader.untilBytes(written);
    expect(reader.arrivals.map(({ size }) => size)).toEqual(expected.map(({ size }) => size));
    const misplaced = reader.arrivals.filter(({ from, to }, i) => {
      const at = expected[i]?.at ?? -1;
      return at < from || at >= to;
    });
    expect(misplaced).toEqual([]);
    const all = reader.collected();
    let position = 0;
    let wrong = 0;
    for (let i = 0; i < 20_000; i += 1) {
      if (all.readUInt32LE(position) !== i) wrong += 1;
      position += 24 + ((i * 37) % 131);
    }
    expect(wrong).toBe(0);
  });

  it('keeps several descriptors of one buffer in order, across a partial send', async () => {
    const [left, right] = native().streamPair();
    using _left = left;
    using _right = right;
    const fds = [5, 3, 9].map(numbered);
    left.write(new Uint8Array(3_000_000), fds);
    left.write(new Uint8Array(1_000_000), [...fds].reverse());
    disposeAll(fds);
    const reader = new Reader(right);
    await reader.untilBytes(4_000_000);
    expect(reader.arrivals.map(({ size }) => size)).toEqual([5, 3, 9, 9, 3, 5]);
    expect(reader.arrivals[0]?.from).toBe(0);
    expect(reader.arrivals[3]?.to).toBeGreaterThan(3_000_000);
    expect(reader.arrivals[3]?.from).toBeLessThanOrEqual(3_000_000);
  });
});

describe('a plain read', () => {
  it('brings bytes as any read does', async () => {
    const [left, right] = native().streamPair();
    using _right = right;
    const into = new Uint8Array(4);
    expect(right.readPlain(into)).toBe(0);
    left.write(Buffer.from('ab'));
    expect(right.readPlain(into)).toBe(2);
    expect([...into]).toEqual([97, 98, 0, 0]);
    left[Symbol.dispose]();
    expect(right.readPlain(into)).toBe(-1);
  });

  it('says that descriptors came, shows none of the bytes, and closes them', () => {
    const [left, right] = native().streamPair();
    using _left = left;
    using _right = right;
    const before = openFdCount();
    using one = numbered(1);
    using two = numbered(2);
    left.write(Buffer.from('secret'), [one, two]);
    const into = new Uint8Array(8);
    expect(right.readPlain(into)).toBe(DESCRIPTORS_CAME);
    expect([...into]).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
    expect(right.takeFds()).toEqual([]);
    expect(openFdCount()).toBe(before + 2);
    left.write(Buffer.from('on'));
    expect(right.readPlain(into)).toBe(2);
  });
});

describe('counts', () => {
  it.each([0, 1, 2, 252, 253])('passes %i descriptors in one message', async (count) => {
    const [left, right] = native().streamPair();
    using _left = left;
    using _right = right;
    using fd = numbered(77);
    left.write(Buffer.from('x'), new Array<Fd>(count).fill(fd));
    const reader = new Reader(right);
    await reader.untilBytes(1);
    expect(reader.arrivals.length).toBe(count);
    expect(reader.arrivals.every(({ size }) => size === 77)).toBe(true);
  });

  it('refuses 254, and descriptors without a byte', () => {
    const [left, right] = native().streamPair();
    using _left = left;
    using _right = right;
    using fd = numbered(1);
    const many = new Array<Fd>(254).fill(fd);
    expect(() => left.write(Buffer.from('x'), many)).toThrow(RangeError);
    expect(() => left.write(new Uint8Array(0), [fd])).toThrow(
      'descriptors need at least one byte to travel with',
    );
    expect(right.read(new Uint8Array(1))).toBe(0);
  });

  it('ends the stream when more wait than anybody takes', async () => {
    const [left, right] = native().streamPair();
    using _left = left;
    using fd = numbered(1);
    const into = new Uint8Array(1);
    const four = new Array<Fd>(253).fill(fd);
    for (let i = 0; i < 4; i += 1) left.write(Buffer.from('x'), four);
    for (let i = 0; i < 4; i += 1) expect(right.read(into)).toBe(1);
    left.write(Buffer.from('x'), [fd]);
    expect(right.read(into)).toBe(-1);
    expect(right.takeFds()).toEqual([]);
    const error = await new Promise<NodeJS.ErrnoException>((failed) => {
      right.start({ readable: () => undefined, failed });
    });
    expect(error.code).toBe('EMSGSIZE');
    // The other side sees the end although this one was not disposed of.
    const reader = new Reader(left);
    await reader.untilEnd();
    right[Symbol.dispose]();
  });
});

describe('ownership', () => {
  it('leaves the sender its own and marks what arrives close-on-exec', async () => {
    const [left, right] = native().streamPair();
    using _left = left;
    using _right = right;
    using fd = numbered(12);
    left.write(Buffer.from('x'), [fd]);
    expect(fd.disposed).toBe(false);
    expect(right.read(new Uint8Array(1))).toBe(1);
    const [got] = right.takeFds();
    if (!got) throw new Error('no descriptor came');
    using _got = got;
    expect(fstatSync(got.number).ino).toBe(fstatSync(fd.number).ino);
    expect(got.number).not.toBe(fd.number);
    const seen = await runFixture('show-fds.mjs', [String(fstatSync(fd.number).ino)]);
    expect(seen.stdout).toBe('not inherited\n');
  });

  it('closes queued and untaken descriptors with the stream', () => {
    const before = openFdCount();
    const [left, right] = native().streamPair();
    using fd = numbered(3);
    left.write(Buffer.from('x'), [fd, fd, fd]);
    expect(right.read(new Uint8Array(1))).toBe(1);
    left.write(new Uint8Array(2_000_000));
    left.write(Buffer.from('y'), [fd, fd]);
    expect(openFdCount()).toBe(before + 2 + 1 + 3 + 2);
    expect(native().openHandleCount()).toBe(openFdCount() - before);
    left[Symbol.dispose]();
    right[Symbol.dispose]();
    expect(openFdCount()).toBe(before + 1);
  });

  it('duplicates a queued descriptor, so that the sender may close it', async () => {
    const [left, right] = native().streamPair();
    using _left = left;
    using _right = right;
    left.write(new Uint8Array(1_000_000));
    {
      using fd = numbered(41);
      left.write(Buffer.from('z'), [fd]);
    }
    const reader = new Reader(right);
    await reader.untilBytes(1_000_001);
    expect(reader.arrivals.map(({ size }) => size)).toEqual([41]);
  });
});

describe('a table that is full', () => {
  it('loses no descriptor and ends the stream when the control message is truncated', async () => {
    const [ours, theirs] = native().fdPair();
    using _ours = ours;
    using stream = native().adoptStream(ours);
    const { child, finished } = startLimited(64, 'truncated.mjs', [], [theirs.number]);
    theirs[Symbol.dispose]();
    using fd = numbered(1);
    stream.write(Buffer.from('first'), [fd]);
    stream.write(Buffer.from('hundred'), new Array<Fd>(100).fill(fd));
    stream.write(Buffer.from('after'));
    const reader = new Reader(stream);
    await reader.untilEnd();
    child.stdin?.end();
    const { stdout, stderr } = await finished;
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({
      reads: [5, -1],
      taken: [1, 0],
      failed: ['EMSGSIZE'],
      leaked: 0,
    });
  });

  it('leaves nothing half queued when a descriptor cannot be duplicated', async () => {
    const { stdout, stderr } = await startLimited(64, 'no-room-to-queue.mjs').finished;
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({ code: 'EMFILE', pendingChanged: false, leaked: 0 });
  });
});
