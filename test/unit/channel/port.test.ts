/**
 * Both ends of a channel over a port: the real ones at a port without a machine
 * (test/rig/port), which keeps bytes and has no sessions.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { LimitExceeded, ProtocolViolation } from '../../../src/base/errors.ts';
import type { Channel } from '../../../src/channel/channel.ts';
import { MAX_RECORD_BYTES, PortChannel, SILENT } from '../../../src/channel/port-channel.ts';
import { GuestGreeting } from '../../../src/channel/port-greeting.ts';
import { PortListener } from '../../../src/channel/port-listener.ts';
import { SocketChannel } from '../../../src/channel/socket-channel.ts';
import { native } from '../../../src/native/addon.ts';
import { eventually, turns } from '../../rig/eventually.ts';
import { ManualClock } from '../../rig/manual-clock.ts';
import { Port } from '../../rig/port/port.ts';

let directory: string;
let port: Port;
let clock: ManualClock;
const opened: Disposable[] = [];

function own<T extends Disposable>(thing: T): T {
  opened.push(thing);
  return thing;
}

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'livery-port-'));
  port = own(new Port(join(directory, 'p.sock')));
  clock = new ManualClock();
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
      `'${expected}', have '${this.received.toString('latin1', 0, 200)}'`,
    );
  }

  #read(): void {
    const into = new Uint8Array(4096);
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

const failures: string[] = [];
beforeEach(() => {
  failures.length = 0;
});

function dom0(): End {
  const inner = new SocketChannel({ path: join(directory, 'p.sock'), clock });
  const end = new End(new PortChannel({ inner, clock, failed: (reason) => failures.push(reason) }));
  clock.advance(0);
  return end;
}

/** The real guest's end, joined to the port. */
function guest(maxQueueBytes = 1 << 20): End {
  const [inside, outside] = native().fdPair();
  const link = own(native().adoptStream(outside));
  link.start({
    readable: () => {
      const into = new Uint8Array(65_536);
      const count = link.read(into);
      if (count > 0) port.write(into.subarray(0, count));
    },
  });
  const give = (): void => {
    const bytes = port.take();
    if (bytes.length > 0) link.write(bytes);
  };
  port.onHost(give);
  give();
  return new End(new PortListener({ port: inside, clock: systemClock, maxQueueBytes }));
}

/** A guest that says what it likes after a good greeting. */
async function hostile(says: Uint8Array): Promise<End> {
  const greeting = new GuestGreeting(() => Buffer.alloc(16, 'g'));
  const end = dom0();
  let begun = false;
  port.onHost(() => {
    while (!begun && port.toGuest.length > 0) {
      const step = greeting.push(port.take(greeting.wantedBytes));
      if (step.kind === 'hello') port.write(step.send);
      begun = step.kind === 'begun';
    }
  });
  await end.has('opened');
  await eventually(() => (begun ? true : undefined), 'the guest is told to start');
  port.write(says);
  return end;
}

const bytes = (text: string) => Buffer.from(text);

describe('two ends of a port', () => {
  it('carry bytes both ways, whoever comes first', async () => {
    const host = dom0();
    await eventually(() => (port.toGuest.length > 0 ? true : undefined), 'the hello waits');
    expect(host.channel.isOpen).toBe(false);
    const qube = guest();
    await host.has('opened');
    await qube.has('opened');
    host.channel.write(bytes('to the qube'));
    qube.channel.write(bytes('to dom0'));
    await qube.text('to the qube');
    await host.text('to dom0');
    using vault = native().createVault(16);
    vault.store(bytes('secret'));
    host.channel.writeSecret(bytes(' a '), vault);
    await qube.text('to the qube a secret');
    qube.channel.writeSecret(bytes(' our '), vault);
    await host.text('to dom0 our secret');
  });

  it('carry more than a record holds', async () => {
    const host = dom0();
    const qube = guest(1 << 22);
    await qube.has('opened');
    const much = Buffer.alloc(3 * MAX_RECORD_BYTES + 17, 'abcdefg');
    qube.channel.write(much);
    await eventually(() => (host.received.length >= much.length ? true : undefined), 'all of it');
    expect(host.received.equals(much)).toBe(true);
  });

  it('hand nothing of one conversation to the next', async () => {
    const first = dom0();
    const qube = guest();
    await qube.has('opened');
    await first.has('opened');
    // Half a record is on its way when the host leaves, and half a message of the host.
    first.channel.write(bytes('half a mess'));
    await qube.text('half a mess');
    first[Symbol.dispose]();
    await eventually(() => (port.hosts === 0 ? true : undefined), 'the host left');
    qube.channel.write(bytes('for the first'));
    await eventually(() => (port.toHost.length > 0 ? true : undefined), 'it waits in the port');
    port.toHost = port.toHost.subarray(7);
    const second = dom0();
    // This port tells the guest nothing of hosts: it takes the hello for a message, and hangs up.
    await eventually(() => (qube.received.includes('hello') ? true : undefined), 'the hello');
    qube.channel.hangUp(true);
    await qube.has('closed');
    qube.received = Buffer.alloc(0);
    clock.advance(5000);
    await eventually(() => (port.hosts === 0 ? true : undefined), 'the second tries again');
    expect(failures).toEqual([SILENT]);
    clock.advance(1000);
    await second.has('opened');
    await qube.has('opened', 2);
    qube.channel.write(bytes('fresh'));
    second.channel.write(bytes('clean'));
    await second.text('fresh');
    await qube.text('clean');
  });

  it('begin anew when the guest hung up, with its last words read', async () => {
    const host = dom0();
    const qube = guest();
    await qube.has('opened');
    qube.channel.write(bytes('last words'));
    qube.channel.hangUp(true);
    await qube.has('closed');
    await host.has('closed');
    expect(host.received.toString()).toBe('last words');
    clock.advance(1000);
    await host.has('opened', 2);
    await qube.has('opened', 2);
  });

  it('bound what waits for a host that does not read', async () => {
    dom0();
    const qube = guest(100_000);
    await qube.has('opened');
    const write = () => {
      for (let i = 0; i < 100; i++) qube.channel.write(Buffer.alloc(64 * 1024));
    };
    expect(write).toThrow(LimitExceeded);
  });

  it('serve one host at a time; another is told, and the first does not notice', async () => {
    const qube = guest();
    const first = dom0();
    await qube.has('opened');
    const second = dom0();
    await eventually(() => (port.hosts === 2 ? true : undefined), 'two hosts');
    await turns(3);
    clock.advance(5000);
    expect(failures).toEqual([SILENT]);
    expect(second.events).toEqual([]);
    first.channel.write(bytes('still here'));
    await qube.text('still here');
    expect(qube.events).toEqual(['opened']);
  });
});

describe('a hostile guest', () => {
  it('gets no memory for a long record', async () => {
    const record = Buffer.alloc(8);
    record.writeUInt32LE(MAX_RECORD_BYTES + 1);
    const end = await hostile(record);
    await end.has('closed');
    expect(end.failure).toBeInstanceOf(ProtocolViolation);
    expect((end.failure as ProtocolViolation).code).toBe('CHANNEL_RECORD');
  });

  it('cannot begin with the welcome that it gave an earlier host', async () => {
    const first = dom0();
    const greeting = new GuestGreeting(() => Buffer.alloc(16, 'g'));
    await eventually(() => (port.toGuest.length >= 32 ? true : undefined), 'a hello');
    const step = greeting.push(port.take(greeting.wantedBytes));
    if (step.kind !== 'hello') throw new Error(step.kind);
    port.write(step.send);
    await first.has('opened');
    first[Symbol.dispose]();
    await eventually(() => (port.hosts === 0 ? true : undefined), 'it left');
    const second = dom0();
    await eventually(() => (port.hosts === 1 ? true : undefined), 'another host');
    port.write(step.send);
    await turns(3);
    clock.advance(5000);
    expect(failures).toEqual([SILENT]);
    expect(second.events).toEqual([]);
  });

  it('leaves nothing of half a record to the next conversation', async () => {
    const record = Buffer.concat([Buffer.from([100, 0, 0, 0]), bytes('half')]);
    const end = await hostile(record);
    await end.text('half');
    port.dropHost();
    await end.has('closed');
    const greeting = new GuestGreeting(() => Buffer.alloc(16, 'h'));
    port.take();
    port.onHost(() => {
      while (port.toGuest.length > 0) {
        const step = greeting.push(port.take(greeting.wantedBytes));
        if (step.kind === 'hello') port.write(step.send);
        if (step.kind === 'begun')
          port.write(Buffer.concat([Buffer.from([5, 0, 0, 0]), bytes(' more')]));
      }
    });
    clock.advance(1000);
    await end.has('opened', 2);
    await end.text('half more');
  });

  it('can split records at any byte', async () => {
    const record = Buffer.concat([Buffer.from([5, 0, 0, 0]), bytes('hello')]);
    const end = await hostile(new Uint8Array(0));
    for (const byte of record) {
      port.write(Uint8Array.of(byte));
      await turns(1);
    }
    await end.text('hello');
  });

  it('is told of when it never answers, and tried again', async () => {
    const end = dom0();
    await eventually(() => (port.hosts === 1 ? true : undefined), 'a host');
    port.write(Buffer.alloc(100_000, 'noise '));
    clock.advance(5000);
    await eventually(() => (port.hosts === 0 ? true : undefined), 'it left');
    expect(failures).toEqual([SILENT]);
    clock.advance(1000);
    await eventually(() => (port.hosts === 1 ? true : undefined), 'it came again');
    expect(end.events).toEqual([]);
  });

  it('is told of when it speaks another version', async () => {
    dom0();
    port.onHost(() => {
      if (port.toGuest.length < 32) return;
      port.write(Buffer.concat([bytes('livery/2 welcome'), port.take().subarray(16)]));
    });
    await eventually(() => failures[0], 'a failure');
    expect(failures[0]).toMatch(/version 2 of the port's greeting/);
  });
});
