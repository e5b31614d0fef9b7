/** Pools, files and adopted descriptors: sizes, seals, and who owns what. */
import { once } from 'node:events';
import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  statfsSync,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { connect, createServer } from 'node:net';
import { afterAll, describe, expect, it } from 'vitest';
import { native, SEAL } from '../../src/native/addon.ts';
import { expectNoLeaks, numbered, openFdCount, start, temporaryFolder, text } from './support.ts';

expectNoLeaks();

const folder = temporaryFolder();
let counter = 0;
afterAll(() => folder[Symbol.dispose]());

function freshPath(): string {
  counter += 1;
  return `${folder.path}/file-${counter}`;
}

describe('createPool', () => {
  it.each([1, 4095, 4096, 256 * 2 ** 20, 4 * 2 ** 30 - 4096])('makes one of %i bytes', (size) => {
    using pool = native().createPool('livery-test', size);
    expect(pool.size()).toBe(size);
    expect(native().memoryFacts(pool)).toEqual({
      regular: true,
      sizeBytes: size,
      seals: SEAL.seal | SEAL.shrink | SEAL.grow,
    });
  });

  it('is empty and takes no memory before it is used', () => {
    using pool = native().createPool('livery-test', 1 << 20);
    expect(fstatSync(pool.number).blocks).toBe(0);
    const into = new Uint8Array(4096).fill(1);
    expect(native().readAt(pool, into, 0)).toBe(4096);
    expect(into.every((value) => value === 0)).toBe(true);
  });

  it('cannot be resized by anybody who has it', async () => {
    using pool = native().createPool('livery-test', 8192);
    for (const size of [0, 4096, 8191, 8193, 1 << 20]) {
      expect(() => ftruncateSync(pool.number, size)).toThrow('EPERM');
      expect(() => truncateSync(`/proc/self/fd/${pool.number}`, size)).toThrow('EPERM');
    }
    const script =
      "try { require('fs').ftruncateSync(3, 0) } catch (error) { console.log(error.code) }";
    const { finished } = start(process.execPath, ['-e', script], [pool.number]);
    expect((await finished).stdout).toBe('EPERM\n');
    expect(pool.size()).toBe(8192);
  });

  it('cannot be written past its end', () => {
    using pool = native().createPool('livery-test', 8192);
    expect(() => native().writeAt(pool, new Uint8Array(2), 8191)).toThrow('EPERM');
    expect(pool.size()).toBe(8192);
  });

  it('refuses sizes and names that are none', () => {
    for (const size of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
      expect(() => native().createPool('pool', size)).toThrow(RangeError);
    }
    for (const name of ['', 'a\0b', 'n'.repeat(250)]) {
      expect(() => native().createPool(name, 1)).toThrow(RangeError);
    }
    using _longest = native().createPool('n'.repeat(249), 1);
  });
});

describe('memoryFacts', () => {
  it('tells a plain file, a directory and unsealed memory from a pool', () => {
    const path = freshPath();
    writeFileSync(path, '123');
    using file = native().openFile(path, constants.O_RDONLY);
    expect(native().memoryFacts(file)).toMatchObject({ regular: true, sizeBytes: 3 });
    expect(native().memoryFacts(file).seals & (SEAL.shrink | SEAL.grow)).toBe(0);
    using directory = native().openFile(folder.path, constants.O_RDONLY);
    expect(native().memoryFacts(directory).regular).toBe(false);
    const [left, right] = native().fdPair();
    using _right = right;
    using socket = left;
    expect(native().memoryFacts(socket)).toMatchObject({ regular: false, seals: 0 });
  });
});

describe('an Fd', () => {
  it('is duplicated as the same file, close-on-exec', () => {
    using one = numbered(10);
    using two = one.dup();
    expect(two.number).not.toBe(one.number);
    expect(fstatSync(two.number).ino).toBe(fstatSync(one.number).ino);
    expect(readFileSync(`/proc/self/fdinfo/${two.number}`, 'latin1')).toMatch(/flags:\s+02\d{6}/);
    one[Symbol.dispose]();
    expect(two.size()).toBe(10);
  });

  it('closes once and throws afterwards', () => {
    const fd = numbered(10);
    const { number } = fd;
    fd[Symbol.dispose]();
    // The number may be somebody else's by now: a second dispose must not close it.
    const other = openSync('/dev/null', 'r');
    expect(other).toBe(number);
    fd[Symbol.dispose]();
    expect(fstatSync(other).isCharacterDevice()).toBe(true);
    closeSync(other);
    expect(fd.disposed).toBe(true);
    for (const use of [() => fd.number, () => fd.dup(), () => fd.size()]) {
      expect(use).toThrow(/^the descriptor is closed$/);
    }
    expect(() => native().memoryFacts(fd)).toThrow(/^the descriptor is closed$/);
  });
});

describe('adoptFd', () => {
  it('owns the number and makes it close-on-exec', () => {
    const number = openSync('/dev/null', 'r');
    const before = openFdCount();
    const fd = native().adoptFd(number);
    expect(fd.number).toBe(number);
    expect(readFileSync(`/proc/self/fdinfo/${number}`, 'latin1')).toMatch(/flags:\s+02\d{6}/);
    fd[Symbol.dispose]();
    expect(openFdCount()).toBe(before - 1);
  });

  it('refuses a number that is not open or has an owner', () => {
    expect(() => native().adoptFd(1_000_000)).toThrow('EBADF');
    expect(() => native().adoptFd(-1)).toThrow(RangeError);
    using fd = numbered(1);
    expect(() => native().adoptFd(fd.number)).toThrow(
      `EBUSY: descriptor ${fd.number} already has an owner`,
    );
  });
});

describe('adoptStream and adoptListener', () => {
  it('take what is a unix stream socket of the right kind, and nothing else', () => {
    const [left, right] = native().fdPair();
    using _right = right;
    using pool = numbered(1);
    expect(() => native().adoptStream(pool)).toThrow('ENOTSOCK');
    expect(() => native().adoptListener(pool)).toThrow('ENOTSOCK');
    expect(() => native().adoptListener(left)).toThrow('the socket does not listen');
    expect([pool.disposed, left.disposed]).toEqual([false, false]);
    using stream = native().adoptStream(left);
    expect(left.disposed).toBe(true);
    expect(stream.disposed).toBe(false);
    expect(() => native().adoptStream(left)).toThrow('the descriptor is closed');
    using listener = native().listenUnix(freshPath());
    using copy = listener.fd.dup();
    expect(() => native().adoptStream(copy)).toThrow('the socket listens');
  });

  it('refuse a socket of another family', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const socket = connect(address.port, '127.0.0.1');
    await once(socket, 'connect');
    const script = `const n = require(process.env.LIVERY_ADDON);
      try { n.adoptStream(n.adoptFd(3)) } catch (error) { console.log(error.message) }`;
    const { finished } = start(process.execPath, ['-e', script], [socket]);
    expect((await finished).stdout).toBe(
      'EPROTOTYPE: the descriptor is not a unix stream socket\n',
    );
    socket.destroy();
    server.close();
    await once(server, 'close');
  });
});

describe('files', () => {
  it('are opened without following a link at the end', () => {
    const target = freshPath();
    writeFileSync(target, 'secret');
    const link = freshPath();
    symlinkSync(target, link);
    expect(() => native().openFile(link, constants.O_RDONLY)).toThrow('ELOOP');
  });

  it('are made for their owner only, or with the mode given', () => {
    const old = process.umask(0);
    const path = freshPath();
    const other = freshPath();
    const flags = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL;
    using _file = native().openFile(path, flags);
    using _other = native().openFile(other, flags, 0o640);
    process.umask(old);
    expect(statSync(path).mode & 0o7777).toBe(0o600);
    expect(statSync(other).mode & 0o7777).toBe(0o640);
    expect(() => native().openFile(path, flags)).toThrow('EEXIST');
  });

  it('say which path failed', () => {
    const path = `${folder.path}/missing/file`;
    let thrown: unknown;
    try {
      native().openFile(path, constants.O_RDONLY);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ code: 'ENOENT', syscall: 'open', path });
    expect(() => native().openFile('a\0b', constants.O_RDONLY)).toThrow(RangeError);
  });

  it('are read and written at an offset, short at the end', () => {
    using file = native().openFile(freshPath(), constants.O_RDWR | constants.O_CREAT);
    native().writeAt(file, Buffer.from('0123456789'), 5);
    const into = new Uint8Array(8);
    expect(native().readAt(file, into, 10)).toBe(5);
    expect(text(into)).toBe('56789\0\0\0');
    expect(native().readAt(file, into, 100)).toBe(0);
    native().writeAt(file, Buffer.from('!'), 5 * 2 ** 30);
    expect(file.size()).toBe(5 * 2 ** 30 + 1);
    using readOnly = native().openFile('/dev/null', constants.O_RDONLY);
    expect(() => native().writeAt(readOnly, new Uint8Array(1), 0)).toThrow('EBADF');
  });

  it('get their blocks when they are allocated', () => {
    const path = freshPath();
    using file = native().openFile(path, constants.O_RDWR | constants.O_CREAT);
    native().allocateFile(file, 1 << 20);
    expect(statSync(path).size).toBe(1 << 20);
    expect(statSync(path).blocks * 512).toBeGreaterThanOrEqual(1 << 20);
    native().allocateFile(file, 4096);
    expect(file.size()).toBe(4096);
  });

  it('are refused when the file system is full', () => {
    const { blocks, bsize } = statfsSync('/dev/shm');
    const path = `/dev/shm/livery-test-${process.pid}`;
    using file = native().openFile(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL);
    unlinkSync(path);
    expect(() => native().allocateFile(file, (blocks + 1) * bsize)).toThrow(
      'ENOSPC: no space left on device, posix_fallocate',
    );
  });

  it('are directories only to look at', () => {
    const path = freshPath();
    mkdirSync(path);
    using directory = native().openFile(path, constants.O_RDONLY | constants.O_DIRECTORY);
    expect(() => native().readAt(directory, new Uint8Array(1), 0)).toThrow('EISDIR');
  });
});

describe('process', () => {
  it('takes and drops a parent death signal', async () => {
    native().setParentDeathSignal(0);
    expect(() => native().setParentDeathSignal(65)).toThrow(RangeError);
    const { finished } = start(process.execPath, [
      '-e',
      `const n = require(process.env.LIVERY_ADDON);
       n.setParentDeathSignal(9); n.setNoNewPrivileges(); n.setChildSubreaper();
       console.log(/NoNewPrivs:\\t1/.test(require('fs').readFileSync('/proc/thread-self/status', 'latin1')))`,
    ]);
    expect((await finished).stdout).toBe('true\n');
  });

  it('gets the signal when its parent is killed', async () => {
    const { child, finished } = start(process.execPath, [
      '-e',
      `const { spawn } = require('child_process');
       spawn(process.execPath, ['-e', \`
         require(process.env.LIVERY_ADDON).setParentDeathSignal(15);
         process.on('SIGTERM', () => { process.stdout.write('orphaned'); process.exit() });
         setInterval(() => {}, 1000);
         process.stdout.write('ready ');
       \`], { stdio: 'inherit' });`,
    ]);
    child.stdout?.once('data', () => child.kill('SIGKILL'));
    expect((await finished).stdout).toBe('ready orphaned');
  });
});
