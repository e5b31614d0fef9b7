/** Streams whose other side goes away, whose owner lets go, and callbacks that throw. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { native, type Stream } from '../../src/native/addon.ts';
import { expectNoLeaks, numbered, Reader, runFixture, text, turns } from './support.ts';

expectNoLeaks();

describe('the other side goes away', () => {
  it('says EPIPE once, later, and drops what is written afterwards', async () => {
    const [left, right] = native().streamPair();
    using _left = left;
    const writer = new Reader(left);
    right[Symbol.dispose]();
    left.pause();
    expect(left.write(Buffer.from('into the void'))).toBe(0);
    expect(writer.failures).toEqual([]);
    expect(left.write(Buffer.from('more'))).toBe(0);
    await writer.until(() => writer.failures.length > 0);
    left.write(Buffer.from('and more'));
    await turns(10);
    expect(writer.failures.map(({ code, syscall }) => [code, syscall])).toEqual([
      ['EPIPE', 'sendmsg'],
    ]);
    expect(writer.drains).toBe(0);
  });

  it('tells of a failure that came before start', async () => {
    const [left, right] = native().streamPair();
    using _left = left;
    right[Symbol.dispose]();
    left.write(Buffer.from('x'));
    await turns(3);
    const writer = new Reader(left);
    await writer.until(() => writer.failures.length > 0);
    expect(writer.failures[0]?.code).toBe('EPIPE');
  });

  it('fails a full queue and forgets it, descriptors included', async () => {
    const [left, right] = native().streamPair();
    using _left = left;
    using fd = numbered(1);
    const writer = new Reader(left);
    left.write(new Uint8Array(2_000_000));
    left.write(Buffer.from('x'), [fd]);
    const before = native().openHandleCount();
    right[Symbol.dispose]();
    await writer.until(() => writer.failures.length > 0);
    expect(left.pendingBytes).toBe(0);
    expect(native().openHandleCount()).toBe(before - 2);
    await turns(5);
    expect(writer.failures.length).toBe(1);
    expect(writer.drains).toBe(0);
  });

  it('keeps its last words readable after a reset', async () => {
    const [left, right] = native().streamPair();
    using _left = left;
    const words = Buffer.alloc(50_000, 'last words ');
    left.write(Buffer.from('never read'));
    right.write(words);
    right[Symbol.dispose]();
    const reader = new Reader(left, 999);
    await reader.untilEnd();
    expect(text(reader.collected())).toBe(text(words));
    await reader.until(() => reader.failures.length > 0);
    await turns(5);
    expect(reader.failures.map(({ code }) => code)).toEqual(['ECONNRESET']);
  });

  it('keeps to the first reason', async () => {
    const [left, right] = native().streamPair();
    using _left = left;
    const reader = new Reader(left);
    left.write(Buffer.from('never read'));
    right[Symbol.dispose]();
    left.write(Buffer.from('x'));
    await reader.untilEnd();
    await reader.until(() => reader.failures.length > 0);
    await turns(5);
    expect(reader.failures.map(({ code }) => code)).toEqual(['EPIPE']);
  });

  it('reads the end of a reset stream without having been called', async () => {
    const [left, right] = native().streamPair();
    using _left = left;
    left.write(Buffer.from('never read'));
    right[Symbol.dispose]();
    expect(left.read(new Uint8Array(8))).toBe(-1);
    expect(left.read(new Uint8Array(8))).toBe(-1);
    const reader = new Reader(left);
    await reader.until(() => reader.failures.length > 0);
    expect(reader.failures[0]).toMatchObject({ code: 'ECONNRESET', syscall: 'recvmsg' });
    expect(reader.calls).toBe(0);
  });

  it('notices that the peer only stopped reading', async () => {
    const [left, right] = native().streamPair();
    using _left = left;
    using _right = right;
    const reader = new Reader(right);
    left.end();
    await reader.untilEnd();
    expect(right.write(Buffer.from('still open'))).toBe(0);
    const back = new Reader(left);
    await back.untilBytes(10);
    expect(reader.failures).toEqual([]);
  });

  it('ends when the process at the other side is killed', async () => {
    const [ours, theirs] = native().fdPair();
    const stream = native().adoptStream(ours);
    using _stream = stream;
    const child = spawn('sleep', ['1000'], {
      stdio: ['ignore', 'ignore', 'ignore', theirs.number],
    });
    await once(child, 'spawn');
    theirs[Symbol.dispose]();
    const reader = new Reader(stream);
    child.kill('SIGKILL');
    await Promise.all([reader.untilEnd(), once(child, 'close')]);
  });
});

describe('dispose', () => {
  it('makes every method throw, and itself harmless', () => {
    const [left, right] = native().streamPair();
    right[Symbol.dispose]();
    left[Symbol.dispose]();
    left[Symbol.dispose]();
    expect(left.disposed).toBe(true);
    const uses: (() => unknown)[] = [
      () => left.start({ readable: () => undefined }),
      () => left.pause(),
      () => left.resume(),
      () => left.read(new Uint8Array(1)),
      () => left.takeFds(),
      () => left.write(new Uint8Array(1)),
      () => left.pendingBytes,
      () => left.peerCredentials(),
      () => left.end(),
    ];
    for (const use of uses) expect(use).toThrow(/^the stream is closed$/);
  });

  it('lets no call come afterwards', async () => {
    const [left, right] = native().streamPair();
    using _right = right;
    const reader = new Reader(left);
    right.write(Buffer.from('unheard'));
    left.write(new Uint8Array(2_000_000));
    left[Symbol.dispose]();
    await turns(10);
    expect([reader.calls, reader.drains, reader.failures.length]).toEqual([0, 0, 0]);
  });

  it('is safe inside readable', async () => {
    const [left, right] = native().streamPair();
    using _left = left;
    let calls = 0;
    await new Promise<void>((done) => {
      right.start({
        readable() {
          calls += 1;
          right[Symbol.dispose]();
          done();
        },
      });
      left.write(Buffer.from('x'));
    });
    await turns(10);
    expect(calls).toBe(1);
  });

  it('is safe inside drained and inside failed', async () => {
    const [left, right] = native().streamPair();
    const [third, fourth] = native().streamPair();
    const log: string[] = [];
    const drained = new Promise<void>((done) => {
      left.start({
        readable: () => undefined,
        drained() {
          log.push('drained');
          left[Symbol.dispose]();
          done();
        },
      });
    });
    left.write(new Uint8Array(1_000_000));
    await Promise.all([new Reader(right).untilBytes(1_000_000), drained]);
    right[Symbol.dispose]();
    const failed = new Promise<void>((done) => {
      third.start({
        readable: () => third.read(new Uint8Array(1)),
        failed() {
          log.push('failed');
          third[Symbol.dispose]();
          done();
        },
      });
    });
    fourth[Symbol.dispose]();
    third.write(Buffer.from('x'));
    await failed;
    await turns(5);
    expect(log).toEqual(['drained', 'failed']);
  });

  it('is safe for another stream whose event of the same turn is still to come', async () => {
    const pairs = Array.from({ length: 10 }, () => native().streamPair());
    const disposed: Stream[] = [];
    let calls = 0;
    await new Promise<void>((done) => {
      for (const [, right] of pairs) {
        right.start({
          readable() {
            calls += 1;
            for (const [left, other] of pairs) {
              left[Symbol.dispose]();
              other[Symbol.dispose]();
              disposed.push(other);
            }
            done();
          },
        });
      }
      for (const [left] of pairs) left.write(Buffer.from('x'));
    });
    await turns(10);
    expect(calls).toBe(1);
    expect(disposed.length).toBe(10);
  });

  it('frees the number for the next stream, whose events are its own', async () => {
    for (let i = 0; i < 200; i += 1) {
      const [left, right] = native().streamPair();
      const reader = new Reader(right);
      left.write(Buffer.from(String(i)));
      if (i % 2 === 0) await reader.untilBytes(String(i).length);
      left[Symbol.dispose]();
      right[Symbol.dispose]();
      if (i % 2 === 0) expect(text(reader.collected())).toBe(String(i));
    }
  });
});

describe('callbacks that throw', () => {
  it('are uncaught exceptions, and the stream goes on', async () => {
    const { stdout, stderr, code } = await runFixture('throwing.mjs');
    expect({ stdout, stderr, code }).toEqual({
      stdout: 'uncaught: first\nuncaught: second\nread: ab\n',
      stderr: '',
      code: 0,
    });
  });

  it('end the process when nobody listens', async () => {
    const { stderr, code } = await runFixture('throwing.mjs', ['unheard']);
    expect(code).not.toBe(0);
    expect(stderr).toContain('Error: first');
  });
});

describe('the process', () => {
  it('ends by itself when streams are paused, at their end, or not started', async () => {
    const { stdout, stderr, code } = await runFixture('idle.mjs');
    expect({ stdout, stderr, code }).toEqual({ stdout: 'idle\n', stderr: '', code: 0 });
  });

  it('can exit inside a callback', async () => {
    const { stderr, code } = await runFixture('exiting.mjs');
    expect({ stderr, code }).toEqual({ stderr: '', code: 7 });
  });
});
