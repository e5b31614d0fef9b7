/** Streams: order, ends, turns, and what a write and a read promise. */
import { describe, expect, it } from 'vitest';
import { native } from '../../src/native/addon.ts';
import { expectNoLeaks, numbered, Reader, text, turns } from './support.ts';

expectNoLeaks();

describe('reading', () => {
  it('brings what was written, and then the end', async () => {
    const [left, right] = native().streamPair();
    using _left = left;
    using _right = right;
    const reader = new Reader(right);
    expect(left.write(Buffer.from('one '))).toBe(0);
    expect(left.write(Buffer.from('two'))).toBe(0);
    left.end();
    await reader.untilEnd();
    expect(text(reader.collected())).toBe('one two');
    expect(right.read(new Uint8Array(1))).toBe(-1);
  });

  it('calls readable once per turn while anything is unread', async () => {
    const [left, right] = native().streamPair();
    using _left = left;
    using _right = right;
    const reader = new Reader(right, 1);
    left.write(Buffer.from('abcdef'));
    await reader.untilBytes(6);
    await turns(3);
    expect(reader.calls).toBe(6);
    expect(text(reader.collected())).toBe('abcdef');
  });

  it('says 0 when nothing is there, before start as well', () => {
    const [left, right] = native().streamPair();
    using _left = left;
    using _right = right;
    expect(right.read(new Uint8Array(4))).toBe(0);
    left.write(Buffer.from('ab'));
    const into = new Uint8Array(4);
    expect(right.read(into)).toBe(2);
    expect(text(into)).toBe('ab\0\0');
    expect(right.read(into)).toBe(0);
  });

  it('is not called any more after the end', async () => {
    const [left, right] = native().streamPair();
    using _right = right;
    const reader = new Reader(right);
    left[Symbol.dispose]();
    await reader.untilEnd();
    const { calls } = reader;
    await turns(20);
    expect(reader.calls).toBe(calls);
  });

  it('waits while paused and goes on when resumed', async () => {
    const [left, right] = native().streamPair();
    using _left = left;
    using _right = right;
    const reader = new Reader(right);
    right.pause();
    left.write(Buffer.from('later'));
    await turns(20);
    expect(reader.calls).toBe(0);
    right.resume();
    await reader.untilBytes(5);
    expect(text(reader.collected())).toBe('later');
  });

  it('can be paused from inside readable', async () => {
    const [left, right] = native().streamPair();
    using _left = left;
    using _right = right;
    let calls = 0;
    const first = new Promise<void>((done) => {
      right.start({
        readable() {
          calls += 1;
          right.pause();
          done();
        },
      });
    });
    left.write(Buffer.from('unread'));
    await first;
    await turns(20);
    expect(calls).toBe(1);
  });

  it('runs microtasks after each call and passes the events object as this', async () => {
    const [left, right] = native().streamPair();
    using _left = left;
    using _right = right;
    const log: string[] = [];
    await new Promise<void>((done) => {
      const events = {
        name: 'events',
        readable(this: { name: string }) {
          right.read(new Uint8Array(1));
          log.push(`read ${this.name}`);
          queueMicrotask(() => {
            log.push('microtask');
            if (log.length === 4) done();
          });
        },
      };
      right.start(events);
      left.write(Buffer.from('ab'));
    });
    expect(log).toEqual(['read events', 'microtask', 'read events', 'microtask']);
  });
});

describe('writing', () => {
  it('queues what the kernel does not take and says when it is all gone', async () => {
    const [left, right] = native().streamPair();
    using _left = left;
    using _right = right;
    const writer = new Reader(left);
    const block = new Uint8Array(100_000).map((_, i) => i % 251);
    let written = 0;
    while (left.pendingBytes < 1_000_000) {
      const queued = left.write(block);
      written += block.length;
      expect(queued).toBe(left.pendingBytes);
    }
    expect(writer.drains).toBe(0);
    const reader = new Reader(right);
    await Promise.all([reader.untilBytes(written), writer.until(() => writer.drains > 0)]);
    expect(left.pendingBytes).toBe(0);
    const all = reader.collected();
    expect(all.length).toBe(written);
    expect(all.every((value, i) => value === (i % block.length) % 251)).toBe(true);
    await turns(5);
    expect(writer.drains).toBe(1);
  });

  it('says nothing when everything left at once', async () => {
    const [left, right] = native().streamPair();
    using _left = left;
    using _right = right;
    const writer = new Reader(left);
    left.write(Buffer.from('x'));
    right.write(Buffer.from('y'));
    await writer.untilBytes(1);
    await turns(10);
    expect(writer.drains).toBe(0);
  });

  it('empties its queue although it was never started', async () => {
    const [left, right] = native().streamPair();
    using _left = left;
    using _right = right;
    left.write(new Uint8Array(2_000_000));
    expect(left.pendingBytes).toBeGreaterThan(0);
    await new Reader(right).untilBytes(2_000_000);
    expect(left.pendingBytes).toBe(0);
  });

  it('copies: the caller may reuse its buffer at once', async () => {
    const [left, right] = native().streamPair();
    using _left = left;
    using _right = right;
    const block = new Uint8Array(700_000).fill(7);
    left.write(block);
    block.fill(8);
    const reader = new Reader(right);
    await reader.untilBytes(block.length);
    expect(reader.collected().every((value) => value === 7)).toBe(true);
  });

  it('sends the end only after what is queued', async () => {
    const [left, right] = native().streamPair();
    using _left = left;
    using _right = right;
    left.write(new Uint8Array(1_500_000));
    left.end();
    expect(() => left.write(Buffer.from('x'))).toThrow("the stream's write side has ended");
    const reader = new Reader(right);
    await reader.untilEnd();
    expect(reader.position).toBe(1_500_000);
    left.end();
  });

  it('still reads after its own end', async () => {
    const [left, right] = native().streamPair();
    using _left = left;
    using _right = right;
    const reader = new Reader(left);
    left.end();
    right.write(Buffer.from('answer'));
    await reader.untilBytes(6);
    expect(text(reader.collected())).toBe('answer');
    expect(reader.failures).toEqual([]);
  });

  it('takes 200,000 small buffers against a reader that does not read', async () => {
    const [left, right] = native().streamPair();
    using _left = left;
    using _right = right;
    const message = Buffer.alloc(28);
    for (let i = 0; i < 200_000; i += 1) {
      message.writeUInt32LE(i, 24);
      left.write(message);
    }
    const reader = new Reader(right, 1 << 20);
    await reader.untilBytes(200_000 * 28);
    const all = reader.collected();
    let wrong = 0;
    for (let i = 0; i < 200_000; i += 1) if (all.readUInt32LE(i * 28 + 24) !== i) wrong += 1;
    expect(wrong).toBe(0);
  });

  it('accepts an empty buffer as nothing', () => {
    const [left, right] = native().streamPair();
    using _left = left;
    using _right = right;
    expect(left.write(new Uint8Array(0))).toBe(0);
    expect(right.read(new Uint8Array(1))).toBe(0);
  });
});

describe('peer credentials', () => {
  it('are those of the process that made the pair', () => {
    const [left, right] = native().streamPair();
    using _left = left;
    using _right = right;
    expect(left.peerCredentials()).toEqual({
      pid: process.pid,
      uid: process.getuid?.(),
      gid: process.getgid?.(),
    });
  });
});

describe('turns', () => {
  it('serves every stream while one is flooded', async () => {
    const [flood, flooded] = native().streamPair();
    const [left, right] = native().streamPair();
    using _flood = flood;
    using _flooded = flooded;
    using _left = left;
    using _right = right;
    using extra = numbered(1);
    let floodCalls = 0;
    flooded.start({
      readable() {
        floodCalls += 1;
        flooded.read(new Uint8Array(16));
        flood.write(new Uint8Array(16));
      },
    });
    flood.write(new Uint8Array(4096));
    const reader = new Reader(right);
    left.write(Buffer.from('through'), [extra]);
    await reader.untilBytes(7);
    expect(floodCalls).toBeLessThan(100);
  });
});

describe('a write of a part', () => {
  it('sends and queues the first bytes of a buffer that is reused', async () => {
    const [left, right] = native().streamPair();
    using _left = left;
    using _right = right;
    const buffer = Buffer.from('abcdef');
    expect(left.write(buffer, undefined, 2)).toBe(0);
    expect(left.write(buffer, undefined, 0)).toBe(0);
    expect(left.write(buffer, undefined, 6)).toBe(0);
    const large = Buffer.alloc(4_000_000, 'x');
    expect(left.write(large, undefined, 3_000_000)).toBeGreaterThan(0);
    large.fill('y');
    left.end();
    const reader = new Reader(right);
    await reader.untilEnd();
    const all = reader.collected();
    expect(all.length).toBe(3_000_008);
    expect(text(all.subarray(0, 8))).toBe('ababcdef');
    expect(all.indexOf('y')).toBe(-1);
  });

  it('is refused beyond the buffer', () => {
    const [left, right] = native().streamPair();
    using _left = left;
    using _right = right;
    for (const count of [4, -1, 1.5, Number.NaN, 2 ** 40]) {
      expect(() => left.write(new Uint8Array(3), undefined, count)).toThrow(RangeError);
    }
    expect(() => left.write(new Uint8Array(3), undefined, '2' as unknown as number)).toThrow(
      TypeError,
    );
    expect(right.read(new Uint8Array(4))).toBe(0);
  });
});
