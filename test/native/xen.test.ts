/**
 * Vchans, grants and xenstore over a double of Xen's libraries: both ends in one
 * process, and a peer that does to the shared pages what it likes.
 */
import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { native, PAGE_BYTES } from '../../src/native/addon.ts';
import { RING_CORRUPT, type Vchan, type Xen } from '../../src/native/xen.ts';
import { FIVE, XenDouble } from '../rig/xen/xen-double.ts';
import { expectNoLeaks, turns } from './support.ts';

const double = new XenDouble();
afterAll(() => double[Symbol.dispose]());
const open = (side: 'dom0' | 'domain'): Xen => native().openXen(side, double.libraries);
// The first load of the libraries opens nothing that stays.
beforeAll(() => open('dom0')[Symbol.dispose]());

/** A test may end inside a call from the loop, during which the devices are held. */
function leavesNothing(): void {
  expectNoLeaks();
  afterEach(() => turns(1));
}

describe('what is absent', () => {
  it('is a library, by name', () => {
    expect(() => native().openXen('dom0', '/nowhere')).toThrow(
      /ENOTSUP: libxengnttab\.so\.1 cannot be used: .*No such file/,
    );
    expect(() => native().openXenstore('/nowhere')).toThrow(/libxengnttab\.so\.1/);
  });

  it('is a device, by path', () => {
    const kept = process.env.XEN_DOUBLE;
    process.env.XEN_DOUBLE = '/nowhere';
    try {
      expect(() => open('dom0')).toThrow(/ENOENT.*\/dev\/xen\/evtchn/);
      expect(() => native().openXenstore(double.libraries)).toThrow(/xenstored is not reached/);
    } finally {
      process.env.XEN_DOUBLE = kept;
    }
  });
});

/** One end that reads all that comes. */
class End {
  readonly vchan: Vchan;
  readonly parts: Uint8Array[] = [];
  bytes = 0;
  last = 0;
  drains = 0;
  connects = 0;
  #waiting: { condition: () => boolean; done: () => void }[] = [];

  constructor(vchan: Vchan, readBytes = 8192) {
    this.vchan = vchan;
    const into = new Uint8Array(readBytes);
    vchan.start({
      connected: () => {
        this.connects++;
        this.#check();
      },
      readable: () => {
        this.last = vchan.readPlain(into);
        if (this.last > 0) {
          this.bytes += this.last;
          this.parts.push(into.slice(0, this.last));
        }
        this.#check();
      },
      drained: () => {
        this.drains++;
        this.#check();
      },
    });
  }

  until(condition: () => boolean): Promise<void> {
    if (condition()) return Promise.resolve();
    return new Promise((done) => this.#waiting.push({ condition, done }));
  }

  all(): Buffer {
    return Buffer.concat(this.parts);
  }

  #check(): void {
    const due = this.#waiting.filter(({ condition }) => condition());
    this.#waiting = this.#waiting.filter((one) => !due.includes(one));
    for (const { done } of due) done();
  }
}

class Pair implements Disposable {
  readonly dom0 = open('dom0');
  readonly domain = open('domain');
  readonly server: End;
  readonly client: End;
  readonly ringRef: number;

  constructor(ringBytes = 65536) {
    const served = this.domain.serveVchan(0, ringBytes, ringBytes);
    this.ringRef = served.ringRef;
    this.server = new End(served);
    expect(served.state).toBe('waiting');
    this.client = new End(this.dom0.connectVchan(FIVE, served.ringRef, served.eventChannel));
  }

  [Symbol.dispose](): void {
    this.client.vchan[Symbol.dispose]();
    this.server.vchan[Symbol.dispose]();
    this.dom0[Symbol.dispose]();
    this.domain[Symbol.dispose]();
  }
}

describe('a vchan', () => {
  leavesNothing();

  it.each([1024, 4096, 65536])('carries bytes both ways through rings of %i', async (ringBytes) => {
    using pair = new Pair(ringBytes);
    const { client, server } = pair;
    await server.until(() => server.connects === 1);
    expect([server.vchan.state, client.vchan.state]).toEqual(['open', 'open']);
    const [there, back] = [randomBytes(700_001), randomBytes(300_003)];
    expect(client.vchan.write(there)).toBeGreaterThan(0);
    server.vchan.write(back.subarray(0, 5));
    server.vchan.write(back.subarray(5));
    await server.until(() => server.bytes === there.length);
    await client.until(() => client.bytes === back.length && client.drains > 0);
    expect(server.all().equals(there)).toBe(true);
    expect(client.all().equals(back)).toBe(true);
    expect(client.vchan.pendingBytes).toBe(0);
  });

  it('waits for whoever does not read, and goes on afterwards', async () => {
    using pair = new Pair(4096);
    const { client, server } = pair;
    await server.until(() => server.connects === 1);
    server.vchan.pause();
    const sent = randomBytes(50_000);
    client.vchan.write(sent);
    await turns(5);
    expect(server.bytes).toBe(0);
    expect(client.vchan.pendingBytes).toBe(50_000 - 4096);
    server.vchan.resume();
    await server.until(() => server.bytes === sent.length);
    expect(server.all().equals(sent)).toBe(true);
  });

  it('sends a secret after its header', async () => {
    using pair = new Pair(4096);
    using vault = native().createVault(100_000);
    const secret = randomBytes(100_000);
    vault.store(secret);
    pair.client.vchan.writeSecret(new Uint8Array([1, 2, 3]), vault);
    await pair.server.until(() => pair.server.bytes === 100_003);
    expect(pair.server.all().subarray(3).equals(secret)).toBe(true);
  });

  it('gives what was written before the end, then the end', async () => {
    using pair = new Pair();
    const { client, server } = pair;
    await server.until(() => server.connects === 1);
    client.vchan.write(new Uint8Array(10));
    client.vchan[Symbol.dispose]();
    await server.until(() => server.last === -1);
    expect(server.bytes).toBe(10);
    expect(server.vchan.state).toBe('closed');
    expect(server.vchan.write(new Uint8Array(10))).toBe(0);
  });

  it('is corrupt when indices cannot be true, and says so', async () => {
    using pair = new Pair(4096);
    const { client, server } = pair;
    await server.until(() => server.connects === 1);
    // right.prod, which the server writes: 5000 bytes in a ring of 4096.
    double.poke(pair.ringRef, 12, new Uint8Array(new Uint32Array([5000]).buffer));
    client.vchan.pause();
    client.vchan.resume();
    await client.until(() => client.last === RING_CORRUPT);
    expect(client.vchan.state).toBe('corrupt');
  });

  it('is refused when its page is none', () => {
    using dom0 = open('dom0');
    using domain = open('domain');
    using served = domain.serveVchan(0, 4096, 4096);
    const { ringRef, eventChannel } = served;
    expect(() => dom0.connectVchan(FIVE, 3, eventChannel)).toThrow(/EINVAL/);
    expect(() => dom0.connectVchan(FIVE, ringRef, 999_999)).toThrow(/EINVAL/);
    double.poke(ringRef, 16, new Uint8Array([31, 0, 31, 0]));
    expect(() => dom0.connectVchan(FIVE, ringRef, eventChannel)).toThrow(/EPROTO.*order/);
    // Nothing of the attempts stays mapped.
    expect(double.mapped().filter((rights) => !rights.includes('w'))).toEqual([]);
  });

  it('is refused when its server is gone', () => {
    using dom0 = open('dom0');
    using domain = open('domain');
    using served = domain.serveVchan(0, 4096, 4096);
    double.poke(served.ringRef, 21, new Uint8Array([0]));
    expect(() => dom0.connectVchan(FIVE, served.ringRef, served.eventChannel)).toThrow(
      /ECONNREFUSED.*gone/,
    );
  });
});

describe('granted pages', () => {
  leavesNothing();
  const FILL = 0x11223344;
  const image = { stride: 1024 * 4, x: 0, y: 0, width: 1024, destinationOffset: 0, fill: FILL };

  it('are mapped for reading only, in their order, and copied', () => {
    using dom0 = open('dom0');
    using domain = open('domain');
    using shared = domain.shareGrants(0, 4);
    const { refs } = shared;
    expect([...refs].sort((a, b) => a - b)).not.toEqual([...refs]);
    refs.forEach((ref, i) => {
      double.poke(ref, 0, new Uint8Array(PAGE_BYTES).fill(i + 1));
    });
    const writable = double.mapped().length;
    using map = dom0.mapGrants(FIVE, refs);
    expect(map.pages).toBe(4);
    expect(double.mapped().slice().sort().slice(0, 4)).toEqual(Array(4).fill('r--s'));
    using staging = native().createStaging('xen-test', 4 * PAGE_BYTES);
    expect(staging.copyRows({ source: map, refs, ...image, height: 4 })).toBe(4 * PAGE_BYTES);
    const all = new Uint8Array(4 * PAGE_BYTES);
    native().readAt(staging.fd, all, 0);
    expect([0, 1, 2, 3].map((i) => all[i * PAGE_BYTES + 77])).toEqual([1, 2, 3, 4]);
    // Only the rectangle.
    double.poke(refs[2] as number, 0, new Uint8Array(PAGE_BYTES).fill(9));
    staging.copyRows({ source: map, refs, ...image, x: 8, width: 2, y: 2, height: 1 });
    native().readAt(staging.fd, all, 0);
    expect([...all.subarray(2 * PAGE_BYTES + 28, 2 * PAGE_BYTES + 44)]).toEqual([
      ...[3, 3, 3, 3, 9, 9, 9, 9, 9, 9, 9, 9, 3, 3, 3, 3],
    ]);
    map[Symbol.dispose]();
    expect(double.mapped().length).toBe(writable);
    expect(() => staging.copyRows({ source: map, refs, ...image, height: 4 })).toThrow(/closed/);
  });

  it('that were not granted are refused', () => {
    using dom0 = open('dom0');
    using domain = open('domain');
    using shared = domain.shareGrants(0, 2);
    const [first = 0] = shared.refs;
    expect(() => dom0.mapGrants(FIVE, new Uint32Array([first, 3]))).toThrow(/EINVAL/);
    expect(() => dom0.mapGrants(FIVE, new Uint32Array([0xffffffff]))).toThrow(/EINVAL/);
    expect(() => dom0.mapGrants(FIVE, new Uint32Array(0))).toThrow(RangeError);
    expect(() => dom0.mapGrants(FIVE, new Uint32Array(98_305))).toThrow(RangeError);
    const { refs } = shared;
    shared[Symbol.dispose]();
    expect(() => dom0.mapGrants(FIVE, refs)).toThrow(/EINVAL/);
    expect(() => domain.shareGrants(0, 90_000)).toThrow(/ENOSPC/);
    expect(() => domain.mapGrants(FIVE, refs)).toThrow(/a domain's/);
    expect(() => dom0.shareGrants(0, 1)).toThrow(/dom0's/);
  });

  it('that cannot be read any more are filled, and nobody dies of it', () => {
    using dom0 = open('dom0');
    using domain = open('domain');
    using shared = domain.shareGrants(0, 3);
    // The reference that is highest goes first.
    const refs = shared.refs;
    refs.forEach((ref) => {
      double.poke(ref, 0, new Uint8Array(PAGE_BYTES).fill(7));
    });
    using map = dom0.mapGrants(FIVE, refs);
    const highest = Math.max(...refs);
    double.takeAway(highest);
    using staging = native().createStaging('xen-test', 3 * PAGE_BYTES);
    const copied = staging.copyRows({ source: map, refs, ...image, height: 3 });
    const gone = refs.indexOf(highest);
    expect(copied).toBeLessThan(3 * PAGE_BYTES);
    const words = new Uint32Array(3 * 1024);
    native().readAt(staging.fd, new Uint8Array(words.buffer), 0);
    expect(words[gone * 1024 + 5]).toBe(FILL);
    expect([...new Set(words)].sort()).toEqual([0x07070707, FILL].sort());
  });

  it('take what the X server of a domain drew', () => {
    using domain = open('domain');
    using shared = domain.shareGrants(0, 2);
    using pool = native().createPool('xen-test', 16 * PAGE_BYTES);
    native().writeAt(pool, new Uint8Array(2 * PAGE_BYTES).fill(5), 4 * PAGE_BYTES);
    const own = new Uint32Array([4, 5]);
    shared.copyRows({ source: pool, refs: own, ...image, y: 1, height: 1 });
    using dom0 = open('dom0');
    using map = dom0.mapGrants(FIVE, shared.refs);
    using staging = native().createStaging('xen-test', 2 * PAGE_BYTES);
    staging.copyRows({ source: map, refs: own, ...image, height: 2 });
    const all = new Uint8Array(2 * PAGE_BYTES);
    native().readAt(staging.fd, all, 0);
    expect([all[0], all[PAGE_BYTES - 1], all[PAGE_BYTES], all[2 * PAGE_BYTES - 1]]).toEqual([
      ...[0, 0, 5, 5],
    ]);
    const tooLarge = { source: pool, refs: own, ...image, height: 3 };
    expect(() => shared.copyRows(tooLarge)).toThrow(RangeError);
  });
});

describe('xenstore', () => {
  leavesNothing();

  it('reads, lists, publishes and removes', () => {
    using store = native().openXenstore(double.libraries);
    expect(store.read('/nothing')).toBeUndefined();
    expect(store.list('/nothing')).toEqual([]);
    store.publish(0, [
      ['data/vchan/0/6000/ring-ref', '12'],
      ['data/vchan/0/6000/event-channel', '3'],
    ]);
    expect(store.read(`/local/domain/${FIVE}/data/vchan/0/6000/ring-ref`)).toBe('12');
    expect(store.list('data/vchan/0').sort()).toEqual(['6000']);
    store.remove('data/vchan/0/6000');
    expect(store.list('data/vchan/0')).toEqual([]);
    store.remove('data/vchan/0/6000');
    expect(store.introduced(9)).toBe(false);
  });

  it('tells of what is watched, at the beginning and then', async () => {
    using store = native().openXenstore(double.libraries);
    const told: string[] = [];
    let tell = (): void => {};
    const next = () => new Promise<void>((done) => (tell = done));
    store.start((path) => {
      told.push(path);
      tell();
    });
    const first = next();
    store.watch('@introduceDomain');
    await first;
    const second = next();
    double.introduce(9, 'nine');
    await second;
    expect(new Set(told)).toEqual(new Set(['@introduceDomain']));
    expect(store.introduced(9)).toBe(true);
  });
});
