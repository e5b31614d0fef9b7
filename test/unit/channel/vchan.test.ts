/**
 * Both ends of a vchan channel against each other, over a double of Xen's
 * libraries; and what a qube may write where dom0 looks for its vchan.
 */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Clock, systemClock } from '../../../src/base/clock.ts';
import { LimitExceeded, ProtocolViolation } from '../../../src/base/errors.ts';
import { DOM0 } from '../../../src/base/ids.ts';
import { type Log, silentLog } from '../../../src/base/log.ts';
import type { Channel } from '../../../src/channel/channel.ts';
import { readVchanKeys, vchanPath } from '../../../src/channel/vchan.ts';
import { ABSENT, VchanChannel } from '../../../src/channel/vchan-channel.ts';
import { VchanListener } from '../../../src/channel/vchan-listener.ts';
import { native } from '../../../src/native/addon.ts';
import type { Xen, Xenstore } from '../../../src/native/xen.ts';
import { eventually } from '../../rig/eventually.ts';
import { ManualClock } from '../../rig/manual-clock.ts';
import { FIVE, XenDouble } from '../../rig/xen/xen-double.ts';

const PORT = 6000;
const NODE = vchanPath(FIVE, DOM0, PORT);

let double: XenDouble;
let dom0: Xen;
let domain: Xen;
let store: Xenstore;
const opened: Disposable[] = [];

beforeEach(() => {
  double = new XenDouble();
  dom0 = native().openXen('dom0', double.libraries);
  domain = native().openXen('domain', double.libraries);
  store = native().openXenstore(double.libraries);
});

afterEach(() => {
  for (const thing of opened.splice(0).reverse()) thing[Symbol.dispose]();
  for (const thing of [store, domain, dom0, double]) thing[Symbol.dispose]();
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

  async bytes(count: number): Promise<void> {
    await eventually(
      () => (this.received.length === count ? true : undefined),
      `${count} bytes, have ${this.received.length}`,
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

const said: string[] = [];
const log: Log = { ...silentLog, warn: (fields) => void said.push(String(fields.reason)) };
const client = (maxQueueBytes = 1 << 20, clock: Clock = systemClock) =>
  new End(
    new VchanChannel({
      ...{ xen: dom0, store, domain: FIVE, port: PORT, clock, maxQueueBytes, log },
    }),
  );
const server = () =>
  new End(
    new VchanListener({
      ...{ xen: domain, store, client: DOM0, port: PORT, clock: systemClock, log: silentLog },
    }),
  );
const published = () => double.read(`${NODE}/ring-ref`) !== undefined;

describe('two ends', () => {
  it('carry bytes both ways, in either order of starting', async () => {
    const qube = server();
    const host = client();
    await Promise.all([qube.has('opened'), host.has('opened')]);
    const large = Buffer.alloc(300_000, 7);
    host.channel.write(large);
    qube.channel.write(Buffer.from('from the qube'));
    await Promise.all([qube.bytes(large.length), host.bytes(13), host.has('drained')]);
    expect(qube.received.equals(large)).toBe(true);
    expect(host.received.toString()).toBe('from the qube');

    host[Symbol.dispose]();
    await qube.has('closed');
    const next = client();
    await Promise.all([qube.has('opened', 2), next.has('opened')]);
    qube[Symbol.dispose]();
    await next.has('closed');
    server();
    await next.has('opened', 2);
  });

  it('leave no vchan for a second client', async () => {
    const qube = server();
    const host = client();
    await Promise.all([qube.has('opened'), host.has('opened')]);
    expect(published()).toBe(false);
    const second = client();
    qube.channel.write(Buffer.from('for one'));
    await host.bytes(7);
    expect(second.events).toEqual([]);
    // It has its turn when the first one is gone.
    host[Symbol.dispose]();
    await Promise.all([second.has('opened'), qube.has('opened', 2)]);
    expect(qube.events).toEqual(['opened', 'closed', 'opened']);
  });

  it('are told apart by a second client that waits: it says so once, until its turn', async () => {
    const qube = server();
    const host = client();
    await Promise.all([qube.has('opened'), host.has('opened')]);
    said.length = 0;
    const clock = new ManualClock();
    const second = client(1 << 20, clock);
    clock.advance(4999);
    expect(said).toEqual([]);
    clock.advance(20_000);
    expect(said).toEqual([ABSENT]);
    expect([host.events, qube.events, second.events]).toEqual([['opened'], ['opened'], []]);
    // The first one does not notice, and its end is the second's beginning.
    host[Symbol.dispose]();
    await eventually(() => (published() ? true : undefined), 'there is a vchan again');
    clock.advance(500);
    await second.has('opened');
    expect(said).toEqual([ABSENT]);
  });

  it('take the vchan back that nobody came for', async () => {
    const qube = server();
    expect(published()).toBe(true);
    qube.channel.hangUp(false);
    await eventually(() => (published() ? undefined : true), 'nothing is published');
    qube.channel.start({ opened() {}, readable() {}, closed() {} });
    expect(published()).toBe(true);
    qube[Symbol.dispose]();
    expect(published()).toBe(false);
  });

  it('end at the bound of what waits for a qube that does not read', async () => {
    const qube = server();
    qube.reading = false;
    const host = client(100_000);
    await Promise.all([qube.has('opened'), host.has('opened')]);
    expect(() => {
      for (let i = 0; i < 10; i++) host.channel.write(new Uint8Array(50_000));
    }).toThrow(LimitExceeded);
  });

  it('end with a violation when the ring cannot be true', async () => {
    const qube = server();
    const host = client();
    await Promise.all([qube.has('opened'), host.has('opened')]);
    double.corruptRings();
    host.channel.write(new Uint8Array(10));
    await host.has('closed');
    expect(host.failure).toBeInstanceOf(ProtocolViolation);
    expect(host.failure).toMatchObject({ code: 'CHANNEL_RING' });
  });

  it('try again when what was published is no vchan', async () => {
    double.write(`${NODE}/ring-ref`, '12');
    double.write(`${NODE}/event-channel`, '77');
    said.length = 0;
    const host = client();
    await eventually(() => (said.length > 0 ? true : undefined), 'it is said');
    const qube = server();
    await Promise.all([qube.has('opened'), host.has('opened')]);
    expect(said).toEqual([expect.stringContaining('EINVAL')]);
  });
});

describe('where a vchan is', () => {
  const keys = (ringRef: string | undefined, eventChannel: string | undefined) =>
    readVchanKeys({ read: (path) => (path.endsWith('ref') ? ringRef : eventChannel) }, NODE);

  it('is two numbers of 32 bits in decimal digits', () => {
    expect(keys('8', '3')).toEqual({ ringRef: 8, eventChannel: 3 });
    expect(keys('4294967295', '0')).toEqual({ ringRef: 0xffffffff, eventChannel: 0 });
    for (const text of [undefined, '', ' 1', '-1', '1e3', '0x10', '4294967296', '99999999999']) {
      expect(keys(text, '3')).toBeUndefined();
      expect(keys('8', text)).toBeUndefined();
    }
  });

  it('is never anything else, whatever a qube writes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (one, other) => {
        const found = keys(one, other);
        for (const number of found ? [found.ringRef, found.eventChannel] : []) {
          expect(Number.isInteger(number) && number >= 0 && number <= 0xffffffff).toBe(true);
        }
        if (found) expect([/^\d+$/.test(one), /^\d+$/.test(other)]).toEqual([true, true]);
      }),
    );
  });
});
