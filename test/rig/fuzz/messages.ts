/**
 * Messages for fuzzing, made from the tables of the wires and from recorded
 * sessions: mostly legal, about windows that mostly exist, now and then spoiled in
 * one place. A stream that is over at its first message would show nothing.
 */
import { readU32, writeU32 } from '../../../src/protocol/bytes.ts';
import { fromVm } from '../../../src/protocol/from-vm.ts';
import type { Row, Table } from '../../../src/protocol/table.ts';
import type { Random } from './random.ts';

const ROOM = 1 << 19;
/** Few numbers, so that they come again. */
const MAX_WINDOWS = 10;
const POOL_PAGES = 64;

/** How often each message comes, as a session has them; what ends a session always is rare. */
const WEIGHTS: Readonly<Record<string, number>> = {
  shmImage: 24,
  dump: 8,
  configure: 8,
  map: 5,
  unmap: 4,
  create: 5,
  destroy: 4,
  mfnDump: 0.01,
  // To what nobody asked; those to a question come from elsewhere.
  answer: 0.01,
  programExited: 0.01,
};

/** Fields of which few values are legal: what they mostly have. */
const LEGAL: Readonly<Record<string, (random: Random) => number>> = {
  type: () => 0,
  width: (random) => 1 + random.below(900),
  height: (random) => 1 + random.below(900),
  cursor: (random) => (random.oneIn(3) ? 0 : 0x100 + random.below(154)),
  fresh: (random) => random.below(2),
  kind: (random) => random.below(2),
  code: (random) => random.below(128),
  status: (random) => random.pick([0, 2, 5, 13, 16, 22]),
};
/** One field in so many has any number all the same. */
const ANY_FIELD = 500;

export interface Spoiling {
  /** One message in so many has a spoiled body, header. */
  readonly body: number;
  readonly header: number;
}

export class MessageMaker {
  readonly #table: Table;
  readonly #random: Random;
  readonly #rows: readonly Row[];
  /** Whole messages of recorded sessions. */
  readonly #recorded: readonly Uint8Array[];
  readonly #windows = new Set<number>();
  readonly #buffer = new Uint8Array(ROOM);
  #end = 0;

  constructor(table: Table, random: Random, recorded: readonly Uint8Array[]) {
    this.#table = table;
    this.#random = random;
    this.#recorded = recorded;
    this.#rows = table.rows.flatMap((row) => {
      const times = Math.round((WEIGHTS[row.name] ?? 1) * 100);
      return Array.from({ length: times }, () => row);
    });
  }

  /** A new conversation: no window exists. */
  begin(): void {
    this.#windows.clear();
  }

  /** The bytes of `count` messages; a view that is good until the next call. */
  make(count: number, spoiling: Spoiling): Uint8Array {
    this.#end = 0;
    for (let i = 0; i < count && this.#end < ROOM / 4; i++) {
      const start = this.#end;
      if (this.#recorded.length > 0 && this.#random.oneIn(8)) this.#replay();
      else this.#write(this.#random.pick(this.#rows));
      if (this.#random.oneIn(spoiling.body)) this.#spoil(start + this.#table.header.bytes);
      if (this.#random.oneIn(spoiling.header)) this.#spoil(start);
    }
    return this.#buffer.subarray(0, this.#end);
  }

  #replay(): void {
    const random = this.#random;
    const bytes = random.pick(this.#recorded);
    const row = this.#table.byType[readU32(bytes, 0)];
    if (!row) return;
    this.#buffer.set(bytes, this.#end);
    if (this.#table.header.windowAt !== undefined) {
      const window = this.#windowFor(row);
      if (window === undefined) return;
      writeU32(this.#buffer, this.#end + this.#table.header.windowAt, window);
    }
    this.#end += bytes.length;
  }

  /** Which window such a message may name; undefined when none is left for it. */
  #windowFor(row: Row): number | undefined {
    const random = this.#random;
    if (row.window === 'any') return random.below(MAX_WINDOWS);
    if (row.window === 'must-not-exist') {
      const window = random.below(MAX_WINDOWS);
      if (this.#windows.has(window)) return undefined;
      this.#windows.add(window);
      return window;
    }
    if (this.#windows.size === 0) return undefined;
    const window = [...this.#windows][random.below(this.#windows.size)] as number;
    if (row.type === fromVm.type.destroy && this.#table === fromVm) this.#windows.delete(window);
    return window;
  }

  #write(row: Row): void {
    const { header } = this.#table;
    const start = this.#end;
    const window = header.windowAt === undefined ? 0 : this.#windowFor(row);
    if (window === undefined) return;
    writeU32(this.#buffer, start, row.type);
    if (header.windowAt !== undefined) writeU32(this.#buffer, start + header.windowAt, window);
    const length = this.#body(row, start + header.bytes);
    writeU32(this.#buffer, start + header.lengthAt, length);
    this.#end = start + header.bytes + length;
  }

  #body(row: Row, at: number): number {
    const random = this.#random;
    for (const place of row.body.places) {
      if (place.kind === 'bytes') this.#text(at + place.at, place.bytes);
      const legal = random.oneIn(ANY_FIELD) ? undefined : LEGAL[place.name];
      for (let i = 0; place.kind !== 'bytes' && i < place.bytes; i += 4) {
        writeU32(this.#buffer, at + place.at + i, legal ? legal(random) : random.field());
      }
      // Sizes of 64 bits that are numbers.
      if (place.kind === 'u64') writeU32(this.#buffer, at + place.at + 4, random.below(1 << 20));
    }
    if (row.name === 'dump') return this.#dump(at);
    const rule = row.length;
    const size = row.body.size;
    if (rule.kind === 'exact') return size;
    if (rule.kind === 'counted') {
      const count = random.below(20);
      writeU32(this.#buffer, at + rule.countAt, count);
      return rule.base + rule.unit * count;
    }
    if (row.name === 'iconRecord') return this.#icon(at);
    const steps = Math.floor((rule.max - rule.min) / rule.step);
    const length = rule.min + rule.step * random.below(Math.min(steps, 60) + 1);
    for (let i = at + size; i < at + length; i++) this.#buffer[i] = 0x30 + random.below(64);
    return length;
  }

  /** An image that fits, with pages that mostly exist. */
  #dump(at: number): number {
    const random = this.#random;
    const width = 1 + random.below(96);
    const height = 1 + random.below(64);
    const first = random.below(POOL_PAGES);
    const scattered = random.oneIn(3);
    const count = Math.ceil((width * height * 4) / 4096) + (random.oneIn(9) ? 1 : 0);
    writeU32(this.#buffer, at + 4, width);
    writeU32(this.#buffer, at + 8, height);
    for (let i = 0; i < count; i++) {
      const ref = scattered ? random.below(POOL_PAGES + 1) : first + i;
      writeU32(this.#buffer, at + 16 + 4 * i, ref);
    }
    return 16 + 4 * count;
  }

  #icon(at: number): number {
    const width = 1 + this.#random.below(24);
    const height = 1 + this.#random.below(24);
    writeU32(this.#buffer, at + 4, width);
    writeU32(this.#buffer, at + 8, height);
    return 12 + 4 * width * height;
  }

  #text(at: number, size: number): void {
    const random = this.#random;
    const used = random.below(size + 1);
    for (let i = 0; i < size; i++) {
      this.#buffer[at + i] = i < used ? 1 + random.below(255) : 0;
    }
  }

  /** One word, byte or bit from `from` on is another. */
  #spoil(from: number): void {
    const random = this.#random;
    const room = this.#end - from;
    if (room <= 0) return;
    const at = from + random.below(Math.min(room, 40));
    switch (random.below(3)) {
      case 0:
        if (at + 4 <= this.#end) writeU32(this.#buffer, at, random.field());
        return;
      case 1:
        this.#buffer[at] = random.word() & 0xff;
        return;
      default:
        this.#buffer[at] = (this.#buffer[at] as number) ^ (1 << random.below(8));
    }
  }
}
