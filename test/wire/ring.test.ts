/**
 * V9 to V17: the shared ring of a Xen vchan. There is no Xen here; the ring works
 * over memory of which the test is the other side.
 */
import { expect } from 'vitest';
import { ON_READ, ON_WRITE, RING, RingPages } from '../rig/ring.ts';
import { vector } from './vector.ts';

const some = (length: number) => Uint8Array.from({ length }, (_, i) => (i * 31 + 7) & 0xff);

vector('V9', async () => {
  const pages = new RingPages();
  const server = pages.serve();
  expect([pages.order(RING.leftOrder), pages.order(RING.rightOrder)]).toEqual([12, 12]);
  expect([...pages.page.subarray(20, 24)]).toEqual([2, 1, 1, 0]);
  expect([pages.word(24), pages.word(28), pages.word(32)]).toEqual([1000, 1001, 0]);
  expect([0, 4, 8, 12].map((offset) => pages.word(offset))).toEqual([0, 0, 0, 0]);
  expect(server.state).toBe('waiting');
});

vector('V10', async () => {
  const pages = new RingPages().pretend(12, 12);
  const client = pages.attach();
  expect(pages.byte(RING.clientLive)).toBe(1);
  expect(pages.byte(RING.serverNotify) & ON_WRITE).toBe(ON_WRITE);
  expect(client.events).toBe(1);
  expect(client.state).toBe('open');
});

vector('V11', async () => {
  const pages = new RingPages().pretend(12, 12);
  // Both directions stand shortly before the indices begin again at 0.
  pages.setWord(RING.rightRead, 0xfffffff0);
  pages.setWord(RING.rightWritten, 0xfffffffe);
  pages.setWord(RING.leftRead, 0xfffffff0);
  pages.setWord(RING.leftWritten, 0xfffffff0);
  pages.right.set(some(16), 0xff0);
  pages.right.set([91, 92, 93], 0);
  const client = pages.attach();
  expect(client.readable).toBe(14);
  const into = new Uint8Array(100);
  expect(client.read(into)).toBe(14);
  expect(into.subarray(0, 14)).toEqual(some(14));
  expect(pages.word(RING.rightRead)).toBe(0xfffffffe);
  pages.setWord(RING.rightWritten, 3);
  expect(client.read(into)).toBe(5);
  expect([...into.subarray(0, 5)]).toEqual([...some(16).subarray(14), 91, 92, 93]);
  expect(pages.word(RING.rightRead)).toBe(3);
  // Writing past it.
  expect(client.write(some(40))).toBe(40);
  expect(pages.word(RING.leftWritten)).toBe(24);
  expect([...pages.left.subarray(0xff0), ...pages.left.subarray(0, 24)]).toEqual([...some(40)]);
  expect(client.writable).toBe(4096 - 40);
  expect(client.state).toBe('open');
});

vector('V12', async () => {
  const full = new RingPages().pretend(12, 12);
  full.setWord(RING.rightWritten, 4096);
  full.right.set(some(4096));
  const client = full.attach();
  const into = new Uint8Array(5000);
  expect(client.readable).toBe(4096);
  expect(client.read(into)).toBe(4096);
  expect(into.subarray(0, 4096)).toEqual(some(4096));
  expect(into.subarray(4096).every((byte) => byte === 0)).toBe(true);

  for (const [read, written] of [
    [0, 4097],
    [5, 4],
    [0xffffffff, 4096],
    [0, 0x80000000],
  ] as const) {
    const before = new RingPages().pretend(12, 12);
    before.setWord(RING.rightRead, read);
    before.setWord(RING.rightWritten, written);
    expect(before.attach().state).toBe('corrupt');
    // The same after a while, on both sides.
    const later = new RingPages();
    const server = later.serve();
    const peer = later.attach();
    for (const [ring, offset] of [
      [server, RING.leftWritten],
      [peer, RING.rightWritten],
    ] as const) {
      later.setWord(offset, written - read);
      expect(ring.read(into)).toBe(-1);
      expect(ring.state).toBe('corrupt');
      // For good, also when the number becomes a possible one.
      later.setWord(offset, 10);
      expect([ring.readable, ring.read(into), ring.write(some(1))]).toEqual([0, -1, -1]);
    }
  }
});

vector('V13', async () => {
  for (const read of [101, 4196, 0xffffffff, 0x80000000]) {
    const pages = new RingPages();
    const server = pages.serve();
    const client = pages.attach();
    for (const [ring, offset] of [
      [server, RING.rightRead],
      [client, RING.leftRead],
    ] as const) {
      expect(ring.write(some(100))).toBe(100);
      pages.setWord(offset, read);
      expect([ring.writable, ring.write(some(1)), ring.state]).toEqual([0, -1, 'corrupt']);
    }
  }
});

vector('V14', async () => {
  for (const [left, right] of [
    [10, 10],
    [11, 11],
    [9, 12],
    [21, 12],
    [12, 0],
    // References of 256 pages would run into the ring at 1024.
    [10, 20],
    [20, 10],
  ] as const) {
    const pages = new RingPages().pretend(left, right);
    const before = pages.page.slice();
    expect(() => pages.attach()).toThrow(RangeError);
    expect(pages.page).toEqual(before);
  }
  for (const [left, right] of [
    [10, 11],
    [11, 10],
    [11, 20],
    [20, 20],
    [10, 19],
  ] as const) {
    const pages = new RingPages(2 ** left, 2 ** right).pretend(left, right);
    expect(pages.attach().writable).toBe(2 ** left);
  }
});

vector('V15', async () => {
  const pages = new RingPages();
  const server = pages.serve();
  const client = pages.attach();
  const into = new Uint8Array(9000);
  for (const [left, right] of [
    [20, 20],
    [0, 0],
    [10, 10],
    [65535, 1],
  ] as const) {
    pages.page.set([left & 0xff, left >> 8, right & 0xff, right >> 8], RING.leftOrder);
    pages.page.fill(0xff, RING.refs);
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      expect(from.write(some(9000))).toBe(4096);
      expect(to.read(into)).toBe(4096);
      expect(into.subarray(0, 4096)).toEqual(some(4096));
    }
  }
  expect([server.state, client.state]).toEqual(['open', 'open']);
});

vector('V16', async () => {
  const into = new Uint8Array(100);
  for (const last of [0, 3, 255]) {
    const pages = new RingPages();
    const server = pages.serve();
    const client = pages.attach();
    expect(server.state).toBe('open');
    client.write(some(30));
    pages.setByte(RING.clientLive, last);
    expect(server.state).toBe('closed');
    // What was there before the end comes, then the end; a second life does not begin.
    expect(server.read(into.subarray(0, 20))).toBe(20);
    expect(server.write(some(1))).toBe(-1);
    pages.setByte(RING.clientLive, 1);
    expect(server.read(into.subarray(20))).toBe(10);
    expect(into.subarray(0, 30)).toEqual(some(30));
    expect([server.read(into), server.state]).toEqual([-1, 'closed']);
  }
  // The other way round, as it is really done.
  const pages = new RingPages();
  const server = pages.serve();
  const client = pages.attach();
  server.write(some(5));
  server.close();
  expect([pages.byte(RING.serverLive), server.events]).toEqual([0, 2]);
  expect([client.read(into), client.read(into), client.state]).toEqual([5, -1, 'closed']);
  expect([server.read(into), server.write(some(1))]).toEqual([-1, -1]);
});

vector('V17', async () => {
  const pages = new RingPages();
  const server = pages.serve();
  const into = new Uint8Array(10);
  // The client has asked for nothing.
  expect([server.write(some(1)), server.events]).toEqual([1, 0]);
  // It asks to be told of writes: one event, and the bit is gone.
  pages.setByte(RING.serverNotify, ON_WRITE | ON_READ);
  expect([server.write(some(1)), server.events]).toEqual([1, 1]);
  expect(pages.byte(RING.serverNotify)).toBe(ON_READ);
  expect([server.write(some(1)), server.events]).toEqual([1, 1]);
  // Of reads.
  pages.setWord(RING.leftWritten, 2);
  expect([server.read(into.subarray(0, 1)), server.events]).toEqual([1, 2]);
  expect(pages.byte(RING.serverNotify)).toBe(0);
  expect([server.read(into), server.events]).toEqual([1, 2]);
  // Nothing that happened is no event.
  pages.setByte(RING.serverNotify, ON_WRITE | ON_READ);
  expect([server.read(into), server.write(some(0)), server.events]).toEqual([0, 0, 2]);
  // Asking ourselves goes into the byte of the other side, whatever it holds besides.
  pages.setByte(RING.clientNotify, 0);
  expect(server.askReadable()).toBe(0);
  expect(server.askWritable()).toBe(4096 - 3);
  expect(pages.byte(RING.clientNotify)).toBe(ON_WRITE | ON_READ);
});
