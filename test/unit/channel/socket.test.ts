/**
 * Both ends of a socket channel against each other and against plain sockets.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { LimitExceeded, ProtocolViolation } from '../../../src/base/errors.ts';
import type { Channel } from '../../../src/channel/channel.ts';
import { SocketChannel } from '../../../src/channel/socket-channel.ts';
import { SocketListener } from '../../../src/channel/socket-listener.ts';
import { native } from '../../../src/native/addon.ts';
import { eventually, turns } from '../../rig/eventually.ts';

let directory: string;
let path: string;
const opened: Disposable[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'livery-channel-'));
  path = join(directory, 'c.sock');
});

afterEach(() => {
  for (const thing of opened.splice(0).reverse()) thing[Symbol.dispose]();
  rmSync(directory, { recursive: true, force: true });
});

/** One end with what happened at it. */
class End implements Disposable {
  readonly channel: Channel;
  readonly events: string[] = [];
  received = Buffer.alloc(0);
  failure: unknown;
  reading = true;

  constructor(channel: Channel) {
    this.channel = channel;
    opened.push(this);
    channel.start({
      opened: () => this.events.push('opened'),
      readable: () => this.#read(),
      drained: () => this.events.push('drained'),
      closed: () => this.events.push('closed'),
    });
  }

  has(event: string, count = 1): Promise<true> {
    return eventually(
      () => (this.events.filter((name) => name === event).length >= count ? true : undefined),
      `${count} ${event}; so far: ${this.events.join(' ')}`,
    );
  }

  text(expected: string): Promise<true> {
    return eventually(
      () => (this.received.toString() === expected ? true : undefined),
      `'${expected}', have '${this.received}'`,
    );
  }

  #read(): void {
    if (!this.reading) {
      this.channel.pause();
      return;
    }
    const into = new Uint8Array(65_536);
    try {
      const count = this.channel.read(into);
      if (count > 0) this.received = Buffer.concat([this.received, into.subarray(0, count)]);
    } catch (error) {
      this.failure = error;
      this.channel.hangUp(false);
    }
  }

  [Symbol.dispose](): void {
    this.channel[Symbol.dispose]();
  }
}

const client = (maxQueueBytes = 1 << 20) =>
  new End(new SocketChannel({ path, clock: systemClock, maxQueueBytes }));
const server = () => new End(new SocketListener({ at: { path } }));
const bytes = (text: string) => Buffer.from(text);

describe('two ends', () => {
  it('carry bytes both ways, in either order of starting', async () => {
    const dom0 = client();
    await turns(3);
    expect(dom0.channel.isOpen).toBe(false);
    const qube = server();
    await dom0.has('opened');
    await qube.has('opened');
    dom0.channel.write(bytes('to the qube'));
    qube.channel.write(bytes('to dom0'));
    await qube.text('to the qube');
    await dom0.text('to dom0');
    using vault = native().createVault(16);
    vault.store(bytes('secret'));
    dom0.channel.writeSecret(bytes(' a '), vault);
    await qube.text('to the qube a secret');
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('find each other again after the server ended, with its last words read', async () => {
    const first = server();
    const dom0 = client();
    await dom0.has('opened');
    await first.has('opened');
    first.channel.write(bytes('last words'));
    first[Symbol.dispose]();
    await dom0.has('closed');
    expect(dom0.received.toString()).toBe('last words');
    expect(dom0.events).toEqual(['opened', 'closed']);
    server();
    await dom0.has('opened', 2);
  });

  it('the server takes the next client after the first ended', async () => {
    const qube = server();
    const first = client();
    await qube.has('opened');
    first[Symbol.dispose]();
    await qube.has('closed');
    client();
    await qube.has('opened', 2);
  });

  it('the server closes a second client while the first lives', async () => {
    const qube = server();
    const first = client();
    await qube.has('opened');
    const second = client();
    await second.has('closed');
    first.channel.write(bytes('still here'));
    await qube.text('still here');
    expect(qube.events).toEqual(['opened']);
  });

  it('an inherited listening descriptor serves as well', async () => {
    const listener = native().listenUnix(path);
    const inherited = listener.fd.dup();
    const qube = new End(new SocketListener({ at: { fd: inherited } }));
    const dom0 = client();
    await dom0.has('opened');
    await qube.has('opened');
    listener[Symbol.dispose]();
    expect(qube.channel.isOpen).toBe(true);
  });
});

describe('hanging up', () => {
  it('without trying again leaves the channel still until it is started again', async () => {
    const qube = server();
    const dom0 = client();
    await qube.has('opened');
    dom0.channel.hangUp(false);
    await qube.has('closed');
    await dom0.has('closed');
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(qube.events).toEqual(['opened', 'closed']);
    dom0.channel.start({ opened() {}, readable() {}, closed() {} });
    await qube.has('opened', 2);
  });

  it('with trying again begins a new conversation', async () => {
    const qube = server();
    const dom0 = client();
    await qube.has('opened');
    dom0.channel.hangUp(true);
    await qube.has('opened', 2);
  });

  it('while looking for the socket ends the search', async () => {
    const dom0 = client();
    await turns(3);
    dom0.channel.hangUp(false);
    const qube = server();
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(qube.events).toEqual([]);
  });

  it('bytes written without a conversation go nowhere', async () => {
    const dom0 = client();
    dom0.channel.write(bytes('lost'));
    expect(dom0.channel.queuedBytes).toBe(0);
    const qube = server();
    await dom0.has('opened');
    dom0.channel.write(bytes('found'));
    await qube.text('found');
  });
});

describe('a side that does not read', () => {
  it('is written to until the bound, then LimitExceeded; reading the other way goes on', async () => {
    const qube = server();
    const dom0 = client(100_000);
    await qube.has('opened');
    qube.reading = false;
    const block = new Uint8Array(10_000);
    let failure: unknown;
    for (let i = 0; i < 1000 && failure === undefined; i++) {
      try {
        dom0.channel.write(block);
      } catch (error) {
        failure = error;
      }
    }
    expect(failure).toBeInstanceOf(LimitExceeded);
    expect((failure as LimitExceeded).code).toBe('CHANNEL_QUEUE');
    expect(dom0.channel.queuedBytes).toBeLessThanOrEqual(100_000);
    qube.channel.write(bytes('I can still talk'));
    await dom0.text('I can still talk');
  });

  it('and is sent a secret ends at the same bound, with nothing of it queued', async () => {
    const qube = server();
    const dom0 = client(100_000);
    await qube.has('opened');
    qube.reading = false;
    using vault = native().createVault(64_000);
    vault.store(new Uint8Array(64_000).fill(1));
    const sendAll = () => {
      for (;;) dom0.channel.writeSecret(new Uint8Array(12), vault);
    };
    expect(sendAll).toThrow(LimitExceeded);
    const queued = dom0.channel.queuedBytes;
    expect(queued).toBeGreaterThan(100_000 - 64_012);
    expect(queued).toBeLessThanOrEqual(100_000);
    expect(sendAll).toThrow(expect.objectContaining({ code: 'CHANNEL_QUEUE' }));
    expect(dom0.channel.queuedBytes).toBe(queued);
  });

  it('gets everything, in order, when it reads again', async () => {
    const qube = server();
    const dom0 = client(4 << 20);
    await qube.has('opened');
    qube.reading = false;
    const total = 2 << 20;
    const all = Buffer.alloc(total, Buffer.from('0123456789abcdefg'));
    for (let at = 0; at < total; at += 4096) dom0.channel.write(all.subarray(at, at + 4096));
    expect(dom0.channel.queuedBytes).toBeGreaterThan(0);
    await turns(3);
    qube.reading = true;
    qube.channel.resume();
    await dom0.has('drained');
    await eventually(() => (qube.received.length === total ? true : undefined), 'all of it');
    expect(qube.received.equals(all)).toBe(true);
    expect(dom0.channel.queuedBytes).toBe(0);
  });
});

describe('descriptors from the other side', () => {
  it('are closed and end the conversation', async () => {
    const qube = native().listenUnix(path);
    opened.push(qube);
    qube.start((stream) => {
      opened.push(stream);
      stream.start({ readable() {} });
      using fd = native().createPool('gift', 4096);
      stream.write(bytes('x'), [fd, fd, fd]);
    });
    const dom0 = client();
    await dom0.has('opened');
    const before = native().openHandleCount();
    await eventually(() => dom0.failure, 'a refusal');
    expect(dom0.failure).toBeInstanceOf(ProtocolViolation);
    expect((dom0.failure as ProtocolViolation).code).toBe('CHANNEL_DESCRIPTORS');
    await dom0.has('closed');
    // The server's end came, ours went, and the three gifts are not there.
    expect(native().openHandleCount()).toBeLessThanOrEqual(before);
  });
});

describe('a stranger', () => {
  it('that connects and says nothing costs one conversation', async () => {
    const qube = server();
    const socket = connect(path);
    await qube.has('opened');
    socket.destroy();
    await qube.has('closed');
  });
});
