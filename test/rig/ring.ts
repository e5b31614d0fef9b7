/**
 * The memory of a Xen ring as the other side sees it: everything in it can be read
 * and rewritten at will, which is what a hostile peer does.
 */
import { native } from '../../src/native/addon.ts';
import type { RingDouble, RingMemory } from '../../src/native/ring.ts';

/** Where the page has what. */
export const RING = {
  leftRead: 0,
  leftWritten: 4,
  rightRead: 8,
  rightWritten: 12,
  leftOrder: 16,
  rightOrder: 18,
  clientLive: 20,
  serverLive: 21,
  clientNotify: 22,
  serverNotify: 23,
  refs: 24,
} as const;

const PAGE_BYTES = 4096;
/** "Tell me when you have written", "… read". */
export const ON_WRITE = 1;
export const ON_READ = 2;

function shared(size: number): Uint8Array {
  return new Uint8Array(new SharedArrayBuffer(size));
}

function pagesOf(bytes: number): number {
  return bytes < PAGE_BYTES ? 0 : bytes / PAGE_BYTES;
}

export class RingPages implements RingMemory {
  readonly page = shared(PAGE_BYTES);
  readonly leftBytes: number;
  readonly rightBytes: number;
  readonly left: Uint8Array;
  readonly right: Uint8Array;
  readonly #view = new DataView(this.page.buffer);

  /** Memory for rings of these sizes; below 4096 they lie within the page. */
  constructor(leftBytes = PAGE_BYTES, rightBytes = PAGE_BYTES) {
    this.leftBytes = leftBytes;
    this.rightBytes = rightBytes;
    this.left = shared(pagesOf(leftBytes) * PAGE_BYTES);
    this.right = shared(pagesOf(rightBytes) * PAGE_BYTES);
  }

  serve(leftBytes = this.leftBytes, rightBytes = this.rightBytes): RingDouble {
    const count = pagesOf(this.leftBytes) + pagesOf(this.rightBytes);
    const refs = Uint32Array.from({ length: count }, (_, i) => 1000 + i);
    return new (native().RingDouble)(this, { leftBytes, rightBytes, refs });
  }

  attach(): RingDouble {
    return new (native().RingDouble)(this);
  }

  /** The header of a server that waits, with these orders and nothing else in it. */
  pretend(leftOrder: number, rightOrder: number): this {
    this.page.fill(0);
    this.#view.setUint16(RING.leftOrder, leftOrder, true);
    this.#view.setUint16(RING.rightOrder, rightOrder, true);
    this.page.set([2, 1, 1, 0], RING.clientLive);
    return this;
  }

  word(offset: number): number {
    return this.#view.getUint32(offset, true);
  }

  setWord(offset: number, value: number): void {
    this.#view.setUint32(offset, value, true);
  }

  order(offset: number): number {
    return this.#view.getUint16(offset, true);
  }

  byte(offset: number): number {
    return this.#view.getUint8(offset);
  }

  setByte(offset: number, value: number): void {
    this.#view.setUint8(offset, value);
  }
}
