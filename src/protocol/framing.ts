/**
 * Bytes to messages, under any split of the bytes. The reader decides from the
 * header alone whether a body is wanted, so that no peer can make it hold more
 * than one message of legal length and one chunk. It trusts nothing it reads;
 * what a body means is the decoder's business.
 */
import { readU32 } from './bytes.ts';
import { violation } from './rules.ts';
import type { Row, Table } from './table.ts';
import { features, type Version } from './version.ts';

const NO_BYTES = new Uint8Array(0);
/** So few bytes are copied without making a view of them. */
const COPIED_SINGLY = 128;
/** First size of a buffer; holds any burst of input or damage messages. */
const INITIAL_BYTES = 4096;

/**
 * The message that was read last. There is one object per reader: it and its
 * body are valid until the next call of `next`, `push` or `wipe`.
 */
export class Frame<R extends Row = Row> {
  /** Type number; `row` is undefined only in a table that delivers unknown types. */
  type = 0;
  row: R | undefined;
  /** The window field of the header, any u32; 0 on a wire without one. */
  window = 0;
  /** Bytes of the body that were taken. */
  length = 0;
  /** Where the body lies: `buffer[offset .. offset + length)`. */
  buffer: Uint8Array = NO_BYTES;
  offset = 0;

  /** The body as a view. Makes an object: the hot path reads `buffer` at `offset`. */
  get body(): Uint8Array {
    return this.buffer.subarray(this.offset, this.offset + this.length);
  }
}

/** Incremental reader of one direction of one connection. */
export class FrameReader<R extends Row = Row> {
  readonly #table: Table<readonly R[]>;
  readonly #strict: boolean;
  readonly #minor: number;
  readonly #frame = new Frame<R>();
  #buffer: Uint8Array = new Uint8Array(INITIAL_BYTES);
  #start = 0;
  #end = 0;
  /** Bytes before this are zero already, as are those from `#dirtyEnd` on. */
  #dirtyStart = 0;
  #dirtyEnd = 0;
  /** Bytes of a skipped body that have not come yet. */
  #toSkip = 0;
  #skipped = 0;

  /** `version` is the one negotiated; it decides about lengths. */
  constructor(table: Table<readonly R[]>, options: { readonly version: Version }) {
    this.#table = table;
    this.#minor = options.version.minor;
    this.#strict = features(options.version).strictLengths;
  }

  /** Messages that were stepped over because their type or length is unknown here. */
  get skipped(): number {
    return this.#skipped;
  }

  /** Bytes that came and were not read yet; 0 between messages. */
  get pending(): number {
    return this.#end - this.#start;
  }

  /** What comes next is the beginning of a message. */
  get isBetween(): boolean {
    return this.#start === this.#end && this.#toSkip === 0;
  }

  /** Bytes of memory held. */
  get capacity(): number {
    return this.#buffer.length;
  }

  /**
   * Takes the first `length` bytes of `chunk` (copied; default: all); read them
   * with `next` until it gives undefined.
   */
  push(chunk: Uint8Array, length = chunk.length): void {
    let from = 0;
    if (this.#toSkip > 0) {
      from = Math.min(this.#toSkip, length);
      this.#toSkip -= from;
    }
    const count = length - from;
    if (count === 0) return;
    this.#makeRoom(count);
    if (count <= COPIED_SINGLY) {
      const buffer = this.#buffer;
      for (let i = 0, to = this.#end; i < count; i++) buffer[to++] = chunk[from++] as number;
    } else {
      this.#buffer.set(chunk.subarray(from, length), this.#end);
    }
    this.#end += count;
    this.#dirtyEnd = Math.max(this.#dirtyEnd, this.#end);
  }

  /**
   * The next whole message, or undefined when more bytes are needed. Throws
   * ProtocolViolation as soon as a header cannot be legal; after that the
   * reader must not be used again.
   */
  next(): Frame<R> | undefined {
    const { header } = this.#table;
    for (;;) {
      const available = this.#end - this.#start;
      if (available < header.bytes) return undefined;
      const type = readU32(this.#buffer, this.#start);
      const length = readU32(this.#buffer, this.#start + header.lengthAt);
      const row = this.#table.byType[type];
      const size = this.#bodySize(type, row, length, available - header.bytes);
      if (size === 'more') return undefined;
      if (size === 'skip') {
        this.#skip(header.bytes, length);
        continue;
      }
      if (available < header.bytes + size) return undefined;
      const frame = this.#frame;
      frame.type = type;
      frame.row = row;
      frame.window =
        header.windowAt === undefined ? 0 : readU32(this.#buffer, this.#start + header.windowAt);
      frame.length = size;
      frame.buffer = this.#buffer;
      frame.offset = this.#start + header.bytes;
      this.#start += header.bytes + size;
      return frame;
    }
  }

  /**
   * Overwrites everything that was read already (a clipboard body among it)
   * with zeros; the frame given last is empty after that. No byte is overwritten
   * twice: a peer that sends nothing but texts must not cost more than others.
   */
  wipe(): void {
    this.#buffer.fill(0, this.#dirtyStart, this.#start);
    this.#buffer.fill(0, this.#end, this.#dirtyEnd);
    this.#dirtyStart = this.#start;
    this.#dirtyEnd = this.#end;
    this.#frame.length = 0;
  }

  /** Overwrites everything, read or not: no more comes of this connection. */
  clear(): void {
    this.#start = this.#end;
    this.wipe();
  }

  /** How many bytes of body to take, from the header and, if counted, the count. */
  #bodySize(
    type: number,
    row: R | undefined,
    length: number,
    available: number,
  ): number | 'more' | 'skip' {
    if (row === undefined) return this.#unknownSize(type, length);
    const rule = row.length;
    switch (rule.kind) {
      case 'exact':
        // Before 1.6 a wrong length was a common fault of agents: the size that
        // belongs to the type is taken, whatever the header says.
        if (length === rule.bytes) return length;
        if (this.#table.unknown === 'skip' && row.obsolete) return 'skip';
        if (!this.#strict) return rule.bytes;
        throw violation(this.#table.codes.length, `type ${type}, ${length} bytes`);
      case 'range': {
        const max =
          rule.older !== undefined && this.#minor < rule.older.minor ? rule.older.max : rule.max;
        if (length >= rule.min && length <= max && (length - rule.min) % rule.step === 0) {
          return length;
        }
        if (this.#table.unknown === 'skip') return 'skip';
        throw violation(rule.code, `type ${type}, ${length} bytes`);
      }
      case 'counted': {
        const largest = rule.base + rule.unit * rule.maxCount;
        if (this.#strict && (length < rule.base || length > largest)) {
          throw violation(rule.code, `type ${type}, ${length} bytes`);
        }
        if (available < rule.base) return 'more';
        const at = this.#start + this.#table.header.bytes + rule.countAt;
        const count = readU32(this.#buffer, at);
        if (count > rule.maxCount) throw violation(rule.countCode, `${count}`);
        const size = rule.base + rule.unit * count;
        if (this.#strict && length !== size) {
          throw violation(rule.code, `${length} bytes, ${count} numbers`);
        }
        return size;
      }
    }
  }

  #unknownSize(type: number, length: number): number | 'skip' {
    const { unknown, codes, maxUnknown } = this.#table;
    if (unknown === 'violation') throw violation(codes.type, `type ${type}`);
    if (unknown === 'skip') return 'skip';
    if (length > maxUnknown) throw violation(codes.length, `type ${type}, ${length} bytes`);
    return length;
  }

  /** Steps over a message; what of its body has not come yet is never stored. */
  #skip(headerBytes: number, length: number): void {
    const total = headerBytes + length;
    const here = Math.min(total, this.#end - this.#start);
    this.#start += here;
    this.#toSkip = total - here;
    this.#skipped++;
  }

  #makeRoom(count: number): void {
    const kept = this.#end - this.#start;
    if (kept === 0) {
      this.#start = 0;
      this.#end = 0;
      this.#dirtyStart = 0;
    }
    if (this.#end + count <= this.#buffer.length) return;
    const needed = kept + count;
    if (needed <= this.#buffer.length) {
      this.#buffer.copyWithin(0, this.#start, this.#end);
    } else {
      let size = this.#buffer.length;
      while (size < needed) size *= 2;
      const grown = new Uint8Array(size);
      grown.set(this.#buffer.subarray(this.#start, this.#end));
      // The old memory may hold clipboard text and is not ours to overwrite later.
      this.#buffer.fill(0);
      this.#buffer = grown;
      this.#dirtyEnd = kept;
    }
    this.#dirtyStart = 0;
    this.#start = 0;
    this.#end = kept;
  }
}
