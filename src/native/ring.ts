/**
 * A shared ring of Xen's libvchan over memory of JavaScript: the double by which
 * tests play a hostile peer. The class beneath it (native/src/ring.h) is the one
 * that works over mapped grants; only the memory and the events differ.
 */

/** All in SharedArrayBuffers, so that another thread can play the peer. */
export interface RingMemory {
  /** 4096 bytes: indices, orders, references, and rings of order 10 and 11. */
  readonly page: Uint8Array;
  /** The pages of what the client writes; exactly its size. */
  readonly left?: Uint8Array;
  /** The pages of what the server writes. */
  readonly right?: Uint8Array;
}

/** What a server wants; without it the double is a client of what the page says. */
export interface RingWish {
  /** Least sizes, in bytes. */
  readonly leftBytes: number;
  readonly rightBytes: number;
  /** One for each page of `left`, then of `right`. */
  readonly refs: Uint32Array;
}

export interface RingDouble {
  /** waiting: a server whose client has not come. corrupt: the peer's indices cannot be true. */
  readonly state: 'waiting' | 'open' | 'closed' | 'corrupt';
  /** Events that the peer would have got from us so far. */
  readonly events: number;
  readonly readable: number;
  readonly writable: number;
  /** As `readable` and `writable`, after asking the peer for an event when there is more. */
  askReadable(): number;
  askWritable(): number;
  /** Bytes read; 0 = nothing now, -1 = nothing any more. */
  read(into: Uint8Array): number;
  /** Bytes written; 0 = no room now, -1 = nobody will read them. */
  write(bytes: Uint8Array): number;
  close(): void;
}

/** Throws RangeError where the orders of the page are refused or the memory is not as they say. */
export type RingDoubleClass = new (memory: RingMemory, serve?: RingWish) => RingDouble;
