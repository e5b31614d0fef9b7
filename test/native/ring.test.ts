/**
 * The Xen ring beyond its vectors: layouts, two sides that talk, and a peer that
 * rewrites everything while we read and write.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { native } from '../../src/native/addon.ts';
import type { RingDouble } from '../../src/native/ring.ts';
import { ON_READ, ON_WRITE, RING, RingPages } from '../rig/ring.ts';
import { fixture } from './support.ts';

/** How long the hostile peer is at it; 60 in a long run, under AddressSanitizer. */
const seconds = Number(process.env['LIVERY_RING_SECONDS'] ?? 2);

describe('the layout', () => {
  it.each([
    [0, 0, 10, 11],
    [1024, 2048, 10, 11],
    [1025, 1024, 11, 10],
    [2048, 1025, 11, 12],
    [2048, 4097, 11, 13],
    [2049, 2048, 12, 11],
    [4096, 4096, 12, 12],
    [65_536, 65_536, 16, 16],
    [1_048_576, 2049, 20, 12],
  ])('of at least %i and %i bytes is %i and %i', (leftBytes, rightBytes, left, right) => {
    const pages = new RingPages(2 ** left, 2 ** right);
    pages.serve(leftBytes, rightBytes);
    expect([pages.order(RING.leftOrder), pages.order(RING.rightOrder)]).toEqual([left, right]);
  });

  it('has no rings above 1 MiB', () => {
    const pages = new RingPages();
    expect(() => pages.serve(1_048_577, 4096)).toThrow('not between 10 and 20');
    expect(() => pages.serve(4096, 2 ** 52)).toThrow('not between 10 and 20');
  });
});

describe('the memory', () => {
  it('must be shared and exactly as large as the layout says', () => {
    const { page, left, right } = new RingPages().pretend(12, 12);
    const ring = (memory: object) => new (native().RingDouble)(memory as RingPages);
    expect(() => ring({ page, left, right })).not.toThrow();
    expect(() => ring({ page: new Uint8Array(4096), left, right })).toThrow(TypeError);
    expect(() => ring({ page, left: left.subarray(4), right })).toThrow('left must have 4096');
    expect(() => ring({ page, left, right: undefined })).toThrow(TypeError);
    const odd = new Uint8Array(new SharedArrayBuffer(4100)).subarray(1, 4097);
    expect(() => ring({ page: odd, left, right })).toThrow('multiple of 4');
    const refs = new Uint32Array(3);
    const serve = () =>
      new (native().RingDouble)({ page, left, right }, { leftBytes: 4096, rightBytes: 4096, refs });
    expect(serve).toThrow('refs must be 2');
  });
});

/** A side of a conversation, its bytes counted up. */
function sender(ring: RingDouble) {
  let next = 0;
  return (size: number) => {
    const bytes = Uint8Array.from({ length: size }, (_, i) => (next + i) & 0xff);
    const moved = ring.write(bytes);
    expect(moved).toBeGreaterThanOrEqual(0);
    next += moved;
    return moved;
  };
}

function receiver(ring: RingDouble) {
  let next = 0;
  return (size: number) => {
    const into = new Uint8Array(size + 8).fill(0xee);
    const moved = ring.read(into.subarray(0, size));
    expect(moved).toBeGreaterThanOrEqual(0);
    const wanted = Uint8Array.from({ length: moved }, (_, i) => (next + i) & 0xff);
    expect(Buffer.compare(into.subarray(0, moved), wanted)).toBe(0);
    expect(into.subarray(moved).every((byte) => byte === 0xee)).toBe(true);
    next += moved;
    return moved;
  };
}

describe('two sides', () => {
  it('hand over every byte once and in order, and never more than fits', () => {
    const layouts = [
      [1024, 2048],
      [2048, 1024],
      [2048, 4096],
      [4096, 4096],
      [8192, 2048],
    ] as const;
    const size = fc.oneof(fc.nat(40), fc.nat(5000));
    const steps = fc.array(fc.tuple(fc.nat(3), size), { maxLength: 80 });
    fc.assert(
      fc.property(fc.constantFrom(...layouts), steps, ([leftBytes, rightBytes], list) => {
        const pages = new RingPages(leftBytes, rightBytes);
        const server = pages.serve();
        const client = pages.attach();
        const up = { send: sender(client), take: receiver(server), held: 0, size: leftBytes };
        const down = { send: sender(server), take: receiver(client), held: 0, size: rightBytes };
        for (const [what, count] of list) {
          const way = what < 2 ? up : down;
          if (what % 2 === 0) {
            const moved = way.send(count);
            expect(moved).toBe(Math.min(count, way.size - way.held));
            way.held += moved;
          } else {
            const moved = way.take(count);
            expect(moved).toBe(Math.min(count, way.held));
            way.held -= moved;
          }
        }
        expect([server.readable, client.readable]).toEqual([up.held, down.held]);
        expect([server.state, client.state]).toEqual(['open', 'open']);
      }),
      { numRuns: 300 },
    );
  });

  it('never both sleep: who asks first and looks again misses nothing', () => {
    const pages = new RingPages();
    const server = pages.serve();
    const client = pages.attach();
    const into = new Uint8Array(5000);
    // The server asked for an event when it began: the first write brings one.
    const events = client.events;
    client.write(new Uint8Array(10));
    expect(client.events).toBe(events + 1);
    expect(server.askReadable()).toBe(10);
    client.write(new Uint8Array(10));
    expect(client.events).toBe(events + 2);
    server.read(into);
    expect(client.write(new Uint8Array(5000))).toBe(4096);
    expect(client.askWritable()).toBe(0);
    const before = server.events;
    server.read(into.subarray(0, 1));
    expect(server.events).toBe(before + 1);
    expect(client.writable).toBe(1);
  });

  it('believe only themselves where they stand', () => {
    const pages = new RingPages();
    const server = pages.serve();
    const client = pages.attach();
    client.write(new Uint8Array(100).fill(1));
    expect(server.read(new Uint8Array(40))).toBe(40);
    // The peer moves what is not its own; the next step puts it right.
    pages.setWord(RING.leftRead, 7);
    expect(server.readable).toBe(60);
    expect(server.read(new Uint8Array(10))).toBe(10);
    expect(pages.word(RING.leftRead)).toBe(50);
    pages.setWord(RING.rightWritten, 0xffffffff);
    expect(server.write(new Uint8Array(3))).toBe(3);
    expect(pages.word(RING.rightWritten)).toBe(3);
  });

  it('end when the peer goes back on what it did', () => {
    for (const offset of [RING.leftWritten, RING.rightRead]) {
      const pages = new RingPages();
      const server = pages.serve();
      const client = pages.attach();
      server.write(new Uint8Array(50));
      client.write(new Uint8Array(50));
      client.read(new Uint8Array(20));
      expect([server.readable, server.writable]).toEqual([50, 4096 - 30]);
      // Both are numbers that a ring can have, but not after the last ones.
      pages.setWord(offset, 10);
      expect([server.readable, server.writable]).toContain(0);
      expect(server.state).toBe('corrupt');
    }
  });

  it('take the bits of others for nothing', () => {
    const pages = new RingPages();
    const server = pages.serve();
    pages.attach();
    pages.setByte(RING.serverNotify, 0xff & ~(ON_WRITE | ON_READ));
    const before = server.events;
    expect(server.write(new Uint8Array(1))).toBe(1);
    expect(server.events).toBe(before);
  });
});

describe('a peer that rewrites everything from another thread', () => {
  const sizes = [
    { name: 'server', leftBytes: 4096, rightBytes: 4096 },
    { name: 'client', leftBytes: 4096, rightBytes: 4096 },
    { name: 'server', leftBytes: 1024, rightBytes: 2048 },
    { name: 'client', leftBytes: 2048, rightBytes: 8192 },
  ];
  const shareMs = (seconds * 1000) / sizes.length;

  it.each(sizes)(
    'moves nothing out of bounds ($name, $leftBytes and $rightBytes)',
    async ({ name, leftBytes, rightBytes }) => {
      const pages = new RingPages(leftBytes, rightBytes);
      const server = name === 'server';
      pages.serve();
      const stop = new Int32Array(new SharedArrayBuffer(4));
      const { page, left, right } = pages;
      // It plays the other side.
      const workerData = { page, left, right, stop, server: !server };
      const worker = new Worker(fixture('hostile-ring.mjs'), { workerData });
      await once(worker, 'message');
      const begin = () => (server ? pages.serve() : pages.attach());
      const seen = { rings: 0, refused: 0, corrupt: 0, closed: 0, reads: 0, writes: 0, bytes: 0 };
      const bytes = new Uint8Array(9000);
      // How much comes about depends on how the two threads share the processors.
      const enough = () => Object.entries(seen).every(([what, n]) => what === 'refused' || n > 0);
      const endMs = performance.now() + shareMs;
      const lastMs = endMs + 20_000;
      while (performance.now() < endMs || (!enough() && performance.now() < lastMs)) {
        // The reporter of the tests wants to be heard now and then.
        await new Promise((done) => setImmediate(done));
        const turnMs = performance.now() + 20;
        while (performance.now() < turnMs) {
          let ring: RingDouble;
          try {
            ring = begin();
          } catch (error) {
            if (!(error instanceof RangeError)) throw error;
            seen.refused++;
            continue;
          }
          seen.rings++;
          // Long enough that the other thread gets its turn also where both share a processor.
          for (let step = 0; step < 20_000; step++) {
            const size = (step * 977) % 9000;
            const part = bytes.subarray(0, size);
            const moved = step % 2 === 0 ? ring.read(part) : ring.write(part);
            if (moved < -1 || moved > size || moved > 8192) throw new Error(`moved ${moved}`);
            if (moved > 0) {
              seen.bytes += moved;
              if (step % 2 === 0) seen.reads++;
              else seen.writes++;
            }
            const { state } = ring;
            if (state === 'corrupt') seen.corrupt++;
            if (state === 'closed') seen.closed++;
            if (state === 'corrupt' || state === 'closed') break;
          }
        }
      }
      const told = once(worker, 'message');
      const exited = once(worker, 'exit');
      Atomics.store(stop, 0, 1);
      const [deeds] = await told;
      await exited;
      if (process.env['LIVERY_RING_SECONDS']) {
        process.stderr.write(`${name}: ${deeds} deeds, ${JSON.stringify(seen)}\n`);
      }
      // A peer that did nothing, or let nothing through, would show nothing.
      expect(deeds).toBeGreaterThan(1000);
      expect({ ...seen, enough: enough() }).toMatchObject({ enough: true });
    },
    seconds * 1000 + 30_000,
  );
});
