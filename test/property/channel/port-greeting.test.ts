/**
 * The greeting of a port under any stale bytes in any pieces: it begins in the
 * right place or not at all, whatever lies before.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GuestGreeting, HostGreeting } from '../../../src/channel/port-greeting.ts';

const nonce = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes));
/** Words as either side says them, with numbers of other conversations. */
const word = fc
  .tuple(
    fc.constantFrom('hello  ', 'welcome', 'start  '),
    fc.constantFrom('1', '2', '0'),
    nonce,
    nonce,
  )
  .map(([text, version, one, two]) =>
    Buffer.concat([
      Buffer.from(`livery/${version} ${text}`),
      one,
      text === 'welcome' ? two : new Uint8Array(),
    ]),
  );
const part = fc.oneof(
  word,
  word.chain((bytes) => fc.nat(bytes.length).map((end) => bytes.subarray(0, end))),
  fc.uint8Array({ maxLength: 80 }).map((bytes) => Buffer.from(bytes)),
  fc
    .constantFrom('l', 'livery/', 'livery/1', 'livery/1 ', 'livery/1 hello')
    .map((words) => Buffer.from(words)),
);
const stale = fc.array(part, { maxLength: 8 }).map((parts) => Buffer.concat(parts));
const cuts = fc.infiniteStream(fc.integer({ min: 1, max: 60 }));

/** `bytes` in pieces of the sizes of `sizes`, at most `most` each. */
function* pieces(
  bytes: Buffer,
  sizes: Iterable<number>,
  most: () => number,
): Generator<Buffer, void, void> {
  const iterator = sizes[Symbol.iterator]();
  for (let at = 0; at < bytes.length; ) {
    const size = Math.min(iterator.next().value as number, most());
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

describe('the greeting of a port', () => {
  it('begins at the host behind any stale bytes, in any pieces', () => {
    fc.assert(
      fc.property(stale, nonce, nonce, cuts, (before, own, theirs, sizes) => {
        const host = new HostGreeting(() => own);
        fc.pre(!before.includes(own));
        const welcome = Buffer.concat([Buffer.from('livery/1 welcome'), own, theirs]);
        const all = Buffer.concat([before, welcome]);
        let last = host.push(Buffer.alloc(0));
        for (const piece of pieces(all, sizes, () => 60)) {
          expect(last).toEqual({ kind: 'more' });
          last = host.push(piece);
        }
        const send = Buffer.concat([Buffer.from('livery/1 start  '), theirs]);
        expect(last).toEqual({ kind: 'begun', send });
      }),
    );
  });

  it('never begins at the host on bytes of other conversations, or on an echo', () => {
    fc.assert(
      fc.property(stale, nonce, cuts, (before, own, sizes) => {
        const host = new HostGreeting(() => own);
        fc.pre(!before.includes(own));
        const all = Buffer.concat([before, host.hello, before]);
        for (const piece of pieces(all, sizes, () => 60)) {
          expect(host.push(piece)).toEqual({ kind: 'more' });
        }
      }),
    );
  });

  it('begins in the guest behind any stale bytes, and takes nothing past it', () => {
    fc.assert(
      fc.property(stale, stale, nonce, cuts, (before, between, theirs, sizes) => {
        let made = 0;
        const nonces: Buffer[] = [];
        const guest = new GuestGreeting(() => {
          const own = Buffer.alloc(16, `nonce ${made++} of the guest`);
          nonces.push(own);
          return own;
        });
        const hello = Buffer.concat([Buffer.from('livery/1 hello  '), theirs]);
        // A whole word of the stale ones may end inside ours: the host then says hello once more.
        let answer: Uint8Array | undefined;
        for (let tries = 0; tries < 3 && !answer; tries++) {
          const all = tries === 0 ? Buffer.concat([before, hello]) : hello;
          for (const piece of pieces(all, sizes, () => guest.wantedBytes)) {
            const step = guest.push(piece);
            expect(step.kind).not.toBe('begun');
            answer = step.kind === 'hello' ? step.send : undefined;
          }
        }
        const own = nonces.at(-1) as Buffer;
        const welcome = Buffer.concat([Buffer.from('livery/1 welcome'), theirs, own]);
        expect(answer).toEqual(welcome);
        fc.pre(!between.includes('livery/'));
        const start = Buffer.concat([Buffer.from('livery/1 start  '), own]);
        // The host goes on at once: what it says next is the conversation's.
        const all = Buffer.concat([between, start, Buffer.alloc(64, 'conversation ')]);
        let seen = 0;
        for (const piece of pieces(all, sizes, () => guest.wantedBytes)) {
          seen += piece.length;
          if (guest.push(piece).kind === 'begun') break;
        }
        expect(seen).toBe(between.length + start.length);
      }),
    );
  });

  it('never begins in the guest without its own newest number', () => {
    fc.assert(
      fc.property(stale, cuts, (before, sizes) => {
        const own = Buffer.alloc(16, 'a number nobody knows');
        const guest = new GuestGreeting(() => own);
        fc.pre(!before.includes(own));
        for (const piece of pieces(before, sizes, () => guest.wantedBytes)) {
          expect(guest.push(piece).kind).not.toBe('begun');
        }
      }),
    );
  });
});
