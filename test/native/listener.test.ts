/** Listening sockets: who may connect, what a stale name is, and who connected. */

import { once } from 'node:events';
import { existsSync, lstatSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Listener, native, type Stream } from '../../src/native/addon.ts';
import {
  expectNoLeaks,
  Reader,
  start,
  startLimited,
  temporaryFolder,
  text,
  turns,
} from './support.ts';

expectNoLeaks();

const folder = temporaryFolder();
let counter = 0;
let oldMask = 0;

function freshPath(): string {
  counter += 1;
  return `${folder.path}/socket-${counter}`;
}

function nextStream(listener: Listener): Promise<Stream> {
  return new Promise((done) => listener.start(done));
}

/** The error's code and message, for what must throw. */
function refusal(action: () => unknown): { code: unknown; message: string } {
  try {
    action();
  } catch (error) {
    if (error instanceof Error && 'code' in error)
      return { code: error.code, message: error.message };
    throw error;
  }
  throw new Error('nothing was thrown');
}

beforeAll(() => {
  // The narrow mode must not depend on the mask.
  oldMask = process.umask(0);
});
afterAll(() => {
  process.umask(oldMask);
  folder[Symbol.dispose]();
});

describe('accepting', () => {
  it('makes a stream of each connection', async () => {
    const path = freshPath();
    using listener = native().listenUnix(path);
    const streams: Stream[] = [];
    const three = new Promise<void>((done) => {
      listener.start((stream) => {
        streams.push(stream);
        if (streams.length === 3) done();
      });
    });
    const clients = [1, 2, 3].map(() => native().connectUnix(path));
    clients.forEach((client, i) => {
      client.write(Buffer.from(`client ${i}`));
    });
    await three;
    for (const [i, stream] of streams.entries()) {
      const reader = new Reader(stream);
      await reader.untilBytes(8);
      expect(text(reader.collected())).toBe(`client ${i}`);
      stream[Symbol.dispose]();
      clients[i]?.[Symbol.dispose]();
    }
  });

  it('takes more connections than it accepts in one turn', async () => {
    const path = freshPath();
    using listener = native().listenUnix(path);
    const clients = Array.from({ length: 100 }, () => native().connectUnix(path));
    let accepted = 0;
    await new Promise<void>((done) => {
      listener.start((stream) => {
        stream[Symbol.dispose]();
        accepted += 1;
        if (accepted === 100) done();
      });
    });
    for (const client of clients) client[Symbol.dispose]();
  });

  it('knows the process that connected', async () => {
    const path = freshPath();
    using listener = native().listenUnix(path);
    const script = `require('net').connect(${JSON.stringify(path)}).resume()`;
    const { child, finished } = start(process.execPath, ['-e', script]);
    using stream = await nextStream(listener);
    expect(stream.peerCredentials()).toEqual({
      pid: child.pid,
      uid: process.getuid?.(),
      gid: process.getgid?.(),
    });
    stream[Symbol.dispose]();
    expect((await finished).code).toBe(0);
  });

  it('can be disposed of inside onConnection', async () => {
    const path = freshPath();
    const listener = native().listenUnix(path);
    const clients = [native().connectUnix(path), native().connectUnix(path)];
    let calls = 0;
    await new Promise<void>((done) => {
      listener.start((stream) => {
        calls += 1;
        stream[Symbol.dispose]();
        listener[Symbol.dispose]();
        done();
      });
    });
    await turns(5);
    expect(calls).toBe(1);
    for (const client of clients) client[Symbol.dispose]();
  });

  it('hands out a descriptor that another listener can be made of', async () => {
    const path = freshPath();
    using listener = native().listenUnix(path);
    expect(listener.fd).toBe(listener.fd);
    using second = native().adoptListener(listener.fd.dup());
    using client = native().connectUnix(path);
    using stream = await nextStream(second);
    client.write(Buffer.from('hello'));
    const reader = new Reader(stream);
    await reader.untilBytes(5);
  });

  it('closes its descriptor and throws after dispose', () => {
    const listener = native().listenUnix(freshPath());
    const { fd } = listener;
    listener[Symbol.dispose]();
    listener[Symbol.dispose]();
    expect([listener.disposed, fd.disposed]).toEqual([true, true]);
    expect(() => listener.fd).toThrow('the listener is closed');
    expect(() => listener.start(() => undefined)).toThrow('the listener is closed');
  });

  it('starts only once', () => {
    using listener = native().listenUnix(freshPath());
    listener.start(() => undefined);
    expect(() => listener.start(() => undefined)).toThrow('the listener has already been started');
  });

  it('turns connections away while the process has no descriptor left', async () => {
    const path = freshPath();
    const { child, finished } = startLimited(64, 'full-listener.mjs', [path]);
    const lines = child.stdout ? once(child.stdout, 'data') : Promise.reject(new Error('no pipe'));
    expect(String((await lines)[0])).toBe('full\n');
    for (let i = 0; i < 3; i += 1) {
      using refused = native().connectUnix(path);
      await new Reader(refused).untilEnd();
    }
    const room = child.stdout ? once(child.stdout, 'data') : Promise.reject(new Error('no pipe'));
    child.stdin?.write('make room\n');
    expect(String((await room)[0])).toBe('room\n');
    using served = native().connectUnix(path);
    const reader = new Reader(served);
    await reader.untilEnd();
    expect(text(reader.collected())).toBe('welcome');
    expect((await finished).stderr).toBe('');
  });
});

describe('the name', () => {
  it('is for its owner only, whatever the mask', () => {
    const path = freshPath();
    using _listener = native().listenUnix(path);
    expect((lstatSync(path).mode & 0o7777).toString(8)).toBe('600');
  });

  it('is taken over from a listener that has gone', async () => {
    const path = freshPath();
    native().listenUnix(path)[Symbol.dispose]();
    expect(existsSync(path)).toBe(true);
    using listener = native().listenUnix(path);
    using client = native().connectUnix(path);
    using _stream = await nextStream(listener);
    expect(client.disposed).toBe(false);
  });

  it('is not taken from a living listener', async () => {
    const path = freshPath();
    using listener = native().listenUnix(path);
    const { code, message } = refusal(() => native().listenUnix(path));
    expect(code).toBe('EADDRINUSE');
    expect(message).toBe(`EADDRINUSE: another process is listening on '${path}'`);
    // The probe is a connection as well; the next one is ours.
    const streams: Stream[] = [];
    const two = new Promise<void>((done) => {
      listener.start((stream) => {
        streams.push(stream);
        if (streams.length === 2) done();
      });
    });
    using _client = native().connectUnix(path);
    await two;
    for (const stream of streams) stream[Symbol.dispose]();
  });

  it("is not taken from another program's living listener", async () => {
    const path = freshPath();
    const server = createServer().listen(path);
    await once(server, 'listening');
    expect(refusal(() => native().listenUnix(path)).code).toBe('EADDRINUSE');
    expect(existsSync(path)).toBe(true);
    server.close();
    await once(server, 'close');
  });

  it('is not taken from another kind of socket', async () => {
    const path = freshPath();
    const script = `import socket, sys
one = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
one.bind(sys.argv[1])
print('bound', flush=True)
sys.stdin.read()`;
    const { child, finished } = start('python3', ['-c', script, path]);
    if (child.stdout) await once(child.stdout, 'data');
    expect(refusal(() => native().listenUnix(path)).code).toBe('EPROTOTYPE');
    expect(existsSync(path)).toBe(true);
    child.stdin?.end();
    await finished;
  });

  it('is not taken from another kind of file', () => {
    const path = freshPath();
    writeFileSync(path, 'precious');
    expect(refusal(() => native().listenUnix(path))).toEqual({
      code: 'EADDRINUSE',
      message: `EADDRINUSE: '${path}' exists and is not a socket`,
    });
    const link = freshPath();
    symlinkSync(freshPath(), link);
    expect(refusal(() => native().listenUnix(link)).code).toBe('EADDRINUSE');
    const directory = freshPath();
    mkdirSync(directory);
    expect(refusal(() => native().listenUnix(directory)).code).toBe('EADDRINUSE');
    expect([existsSync(path), lstatSync(link).isSymbolicLink()]).toEqual([true, true]);
  });

  it('has at most 107 bytes', async () => {
    const longest = `${folder.path}/`.padEnd(107, 'n');
    using listener = native().listenUnix(longest);
    using _client = native().connectUnix(longest);
    using _stream = await nextStream(listener);
    for (const open of [native().listenUnix, native().connectUnix]) {
      const { code, message } = refusal(() => open(`${longest}n`));
      expect(code).toBe('ENAMETOOLONG');
      expect(message).toContain("the socket's path has 108 bytes, at most 107 are possible");
    }
  });

  it('may be abstract', async () => {
    const path = `\0livery-test-${process.pid}-${counter}`;
    using listener = native().listenUnix(path);
    expect(refusal(() => native().listenUnix(path)).code).toBe('EADDRINUSE');
    using client = native().connectUnix(path);
    using stream = await nextStream(listener);
    expect([client.disposed, stream.disposed]).toEqual([false, false]);
    expect(refusal(() => native().connectUnix(`${path}-not`))).toEqual({
      code: 'ECONNREFUSED',
      message: `ECONNREFUSED: connection refused, connect '@${path.slice(1)}-not'`,
    });
  });

  it('is named when it cannot be used', () => {
    const path = `${folder.path}/missing/socket`;
    for (const [open, syscall] of [
      [native().listenUnix, 'bind'],
      [native().connectUnix, 'connect'],
    ] as const) {
      let thrown: unknown;
      try {
        open(path);
      } catch (error) {
        thrown = error;
      }
      expect(thrown).toMatchObject({ code: 'ENOENT', errno: -2, syscall, path });
      expect(String(thrown)).toBe(`Error: ENOENT: no such file or directory, ${syscall} '${path}'`);
    }
  });
});

describe('connecting', () => {
  it('does not wait for a listener whose queue is full', () => {
    const path = freshPath();
    using _listener = native().listenUnix(path);
    const clients: Stream[] = [];
    const { code } = refusal(() => {
      for (let i = 0; i < 1000; i += 1) clients.push(native().connectUnix(path));
    });
    expect(code).toBe('EAGAIN');
    for (const client of clients) client[Symbol.dispose]();
  });

  it("talks to node's own servers", async () => {
    const path = freshPath();
    const server = createServer((socket) => socket.end('from node')).listen(path);
    await once(server, 'listening');
    const client = native().connectUnix(path);
    const reader = new Reader(client);
    await reader.untilEnd();
    expect(text(reader.collected())).toBe('from node');
    client[Symbol.dispose]();
    server.close();
    await once(server, 'close');
  });

  it("serves node's own clients", async () => {
    const path = freshPath();
    using listener = native().listenUnix(path);
    const socket = connect(path);
    using stream = await nextStream(listener);
    stream.write(Buffer.from('from us'));
    stream.end();
    const [data] = await once(socket, 'data');
    expect(String(data)).toBe('from us');
    socket.destroy();
    await once(socket, 'close');
  });
});
