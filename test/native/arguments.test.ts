/** Wrong arguments: each is refused by the addon itself, whatever the types say. */
import { describe, expect, it } from 'vitest';
import { type Fd, native } from '../../src/native/addon.ts';
import { expectNoLeaks, numbered } from './support.ts';

expectNoLeaks();

/** A value whose type is a lie. */
function lie<T>(value: unknown): T {
  return value as T;
}

const notFds: unknown[] = [undefined, null, 3, 'fd', {}, [], () => undefined, Symbol.iterator];

describe('a descriptor', () => {
  it('must be one of ours', () => {
    const [left, right] = native().streamPair();
    using _left = left;
    using _right = right;
    using fd = numbered(1);
    const imitation = Object.create(fd);
    const relative = Object.setPrototypeOf({}, Object.getPrototypeOf(fd));
    for (const wrong of [...notFds, left, imitation, relative, new Proxy(fd, {})]) {
      const message = 'fd must be an Fd';
      expect(() => native().memoryFacts(lie(wrong))).toThrow(message);
      expect(() => native().readAt(lie(wrong), new Uint8Array(1), 0)).toThrow(message);
      expect(() => native().writeAt(lie(wrong), new Uint8Array(1), 0)).toThrow(message);
      expect(() => native().allocateFile(lie(wrong), 1)).toThrow(message);
      expect(() => native().adoptStream(lie(wrong))).toThrow(message);
      expect(() => native().adoptListener(lie(wrong))).toThrow(message);
      expect(() => left.write(Buffer.from('x'), [lie(wrong)])).toThrow('each of fds must be an Fd');
    }
    expect(right.read(new Uint8Array(1))).toBe(0);
  });

  it('must be open, also when another element of the list closes it', () => {
    const [left, right] = native().streamPair();
    using _left = left;
    using _right = right;
    const first = numbered(1);
    using second = numbered(1);
    const fds: Fd[] = [first, second];
    Object.defineProperty(fds, 1, {
      get() {
        first[Symbol.dispose]();
        return second;
      },
    });
    expect(() => left.write(Buffer.from('x'), fds)).toThrow('the descriptor is closed');
    expect(right.read(new Uint8Array(1))).toBe(0);
  });

  it('comes in a list', () => {
    const [left, right] = native().streamPair();
    using _left = left;
    using _right = right;
    using fd = numbered(1);
    for (const wrong of [fd, null, {}, 'fds', { length: 1, 0: fd }]) {
      expect(() => left.write(Buffer.from('x'), lie(wrong))).toThrow('fds must be an array of Fd');
    }
  });
});

describe('a class', () => {
  it('cannot be constructed, called or borrowed from', () => {
    const [left, right] = native().streamPair();
    using _left = left;
    using _right = right;
    using fd = numbered(1);
    using staging = native().createStaging('staging', 1);
    using vault = native().createVault(1);
    using listener = native().listenUnix(`\0livery-arguments-${process.pid}`);
    for (const one of [left, fd, staging, vault, listener]) {
      const type = lie<new (...args: unknown[]) => object>(one.constructor);
      expect(() => new type()).toThrow('Illegal constructor');
      expect(() => new type(3)).toThrow('Illegal constructor');
      expect(() => Reflect.construct(type, [], Object)).toThrow('Illegal constructor');
      expect(() => new (class extends type {})()).toThrow('Illegal constructor');
    }
    expect(() => fd.dup.call(lie({}))).toThrow('Illegal invocation');
    expect(() => fd.dup.call(lie(left))).toThrow('Illegal invocation');
    expect(() => left.pause.call(lie(Object.create(left)))).toThrow('Illegal invocation');
    expect(() => left[Symbol.dispose].call(lie(fd))).toThrow('Illegal invocation');
  });
});

describe('bytes', () => {
  it('are a Uint8Array', () => {
    const [left, right] = native().streamPair();
    using _left = left;
    using _right = right;
    using fd = numbered(1);
    const wrong = [
      undefined,
      'text',
      [1, 2],
      new ArrayBuffer(4),
      new Uint16Array(2),
      new Int8Array(2),
      new DataView(new ArrayBuffer(2)),
    ];
    for (const one of wrong) {
      expect(() => left.read(lie(one))).toThrow('into must be a Uint8Array');
      expect(() => left.readPlain(lie(one))).toThrow('into must be a Uint8Array');
      expect(() => left.write(lie(one))).toThrow('bytes must be a Uint8Array');
      expect(() => native().readAt(fd, lie(one), 0)).toThrow('into must be a Uint8Array');
      expect(() => native().writeAt(fd, lie(one), 0)).toThrow('bytes must be a Uint8Array');
    }
    expect(() => left.read(new Uint8Array(0))).toThrow(RangeError);
    expect(() => left.readPlain(new Uint8Array(0))).toThrow(RangeError);
  });

  it('may be a part of a larger buffer, and only that part is touched', () => {
    const [left, right] = native().streamPair();
    using _left = left;
    using _right = right;
    left.write(Buffer.from('abcdef').subarray(2, 4));
    left.write(Buffer.from('gh'));
    const whole = new Uint8Array(8).fill(0x2e);
    expect(right.read(whole.subarray(3, 6))).toBe(3);
    expect(Buffer.from(whole).toString()).toBe('...cdg..');
  });

  it('may have been detached', () => {
    const [left, right] = native().streamPair();
    using _left = left;
    using _right = right;
    const gone = new Uint8Array(8);
    structuredClone(gone, { transfer: [gone.buffer] });
    expect(() => right.read(gone)).toThrow('into must hold at least one byte');
    expect(left.write(gone)).toBe(0);
  });
});

describe('events', () => {
  it('are functions', () => {
    const [left, right] = native().streamPair();
    using _left = left;
    using _right = right;
    const readable = () => undefined;
    expect(() => left.start(lie(undefined))).toThrow('events must be an object');
    expect(() => left.start(lie({}))).toThrow('readable must be a function');
    expect(() => left.start(lie({ readable: 1 }))).toThrow('readable must be a function');
    expect(() => left.start(lie({ readable, drained: 1 }))).toThrow('drained must be a function');
    expect(() => left.start(lie({ readable, failed: null }))).toThrow('failed must be a function');
    left.start({ readable });
    expect(() => left.start({ readable })).toThrow('the stream has already been started');
  });

  it('are asked for before the stream is looked at', () => {
    const [left, right] = native().streamPair();
    using _right = right;
    const events = {
      get readable() {
        left[Symbol.dispose]();
        return () => undefined;
      },
    };
    expect(() => left.start(events)).toThrow('the stream is closed');
  });
});

describe('paths', () => {
  it('are text without an inner NUL', () => {
    for (const open of [native().connectUnix, native().listenUnix]) {
      expect(() => open(lie(undefined))).toThrow('path must be a string');
      expect(() => open(lie(7))).toThrow(TypeError);
      expect(() => open('')).toThrow(RangeError);
      expect(() => open('/tmp/a\0b')).toThrow(RangeError);
      expect(() => open('\0a\0b')).toThrow(RangeError);
    }
  });
});

describe('numbers', () => {
  it('are whole and in range', () => {
    using fd = numbered(1);
    for (const wrong of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
      expect(() => native().readAt(fd, new Uint8Array(1), wrong)).toThrow(RangeError);
      expect(() => native().writeAt(fd, new Uint8Array(1), wrong)).toThrow(RangeError);
    }
    for (const wrong of [undefined, '1', null, {}, 1n]) {
      expect(() => native().readAt(fd, new Uint8Array(1), lie(wrong))).toThrow(TypeError);
    }
  });
});
