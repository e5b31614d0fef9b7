/**
 * Looks for a secret in the memory of another process: every page that it has
 * in memory or in swap, by /proc/PID. Any 16 bytes of the secret that follow
 * each other are found, at whatever address they begin. The kernel hands the
 * pages over, so nothing of the secret comes into the process that is looked at.
 */
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';

/** The shortest piece that is found. */
const PIECE_BYTES = 16;

/** One piece of the secret as it lies in memory, as long as it goes on. */
export interface Finding {
  readonly address: number;
  readonly length: number;
  /** Where in the secret it begins. */
  readonly at: number;
  /** The line of /proc/PID/smaps. */
  readonly mapping: string;
}

export interface MemoryScan {
  readonly findings: readonly Finding[];
  /** What was looked at, so that a scan of nothing is not taken for a good one. */
  readonly bytes: number;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

interface Range {
  readonly from: number;
  readonly to: number;
  readonly line: string;
}

const PAGE = 4096;
const WORD = 8;
/** Pages looked at together. */
const BATCH_PAGES = 256;
/** Nothing has so much memory: what AddressSanitizer keeps of all addresses, not their bytes. */
const ABSURD_BYTES = 2 ** 40;
/** Bits 63 and 62 of an entry of pagemap, of its upper half: present, swapped. */
const HERE = 0xc000_0000;

/** Throws when `pid` is this process, may not be looked at, or has gone. `secret`: 16 bytes or more. */
export function scanMemory(pid: number, secret: Uint8Array): MemoryScan {
  if (pid === process.pid) throw new Error('a process that looks into itself finds what it seeks');
  const needle = new Needle(secret);
  const memory = openSync(`/proc/${pid}/mem`, 'r');
  const pages = openSync(`/proc/${pid}/pagemap`, 'r');
  try {
    const findings: Mutable<Finding>[] = [];
    let bytes = 0;
    for (const range of rangesOf(pid)) {
      for (const [from, to] of residentRuns(pages, range)) {
        bytes += to - from;
        const around = { before: isHere(pages, from - PAGE), after: isHere(pages, to) };
        for (const found of look(memory, from, to, around, needle)) {
          if (!goesOn(findings.at(-1), found)) findings.push({ ...found, mapping: range.line });
        }
      }
    }
    return { findings, bytes };
  } finally {
    closeSync(memory);
    closeSync(pages);
  }
}

function rangesOf(pid: number): Range[] {
  const ranges: Range[] = [];
  for (const entry of readFileSync(`/proc/${pid}/smaps`, 'utf8').split(/^(?=[0-9a-f]+-)/m)) {
    const match = /^(([0-9a-f]+)-([0-9a-f]+) \S+ \S+ \S+ \S+ *(.*))$/m.exec(entry);
    if (!match || !/^(Rss|Swap): +[1-9]/m.test(entry)) continue;
    const [, line, first, last, name] = match as unknown as [
      string,
      string,
      string,
      string,
      string,
    ];
    const from = Number.parseInt(first, 16);
    const to = Number.parseInt(last, 16);
    if (!Number.isSafeInteger(to) || to - from > ABSURD_BYTES || isDevice(name)) continue;
    // Pages that are as they are in the file: programs and libraries, most of a process.
    if (name.startsWith('/') && !/^(\w+_Dirty|Swap): +[1-9]/m.test(entry)) continue;
    ranges.push({ from, to, line });
  }
  return ranges;
}

/** Reading a device may do something; the kernel's own pages hold no bytes of the process. */
function isDevice(name: string): boolean {
  if (/^\/dev\/(shm\/|zero)/.test(name)) return false;
  return name.startsWith('/dev/') || name.startsWith('[vvar') || name === '[vsyscall]';
}

/** The parts of `range` that are in memory or in swap, at most BATCH_PAGES each. */
function* residentRuns(pages: number, range: Range): Generator<[number, number]> {
  const entries = new Uint32Array(2 * 65_536);
  const raw = new Uint8Array(entries.buffer);
  for (let at = range.from; at < range.to; ) {
    const count = Math.min(65_536, (range.to - at) / PAGE);
    const got = readSync(pages, raw, 0, count * WORD, (at / PAGE) * WORD) / WORD;
    if (got === 0) return;
    let start = -1;
    for (let i = 0; i <= got; i++) {
      const here = i < got && ((entries[2 * i + 1] as number) & HERE) !== 0;
      if (start >= 0 && (!here || i - start === BATCH_PAGES)) {
        yield [at + start * PAGE, at + i * PAGE];
        start = -1;
      }
      if (here && start < 0) start = i;
    }
    at += got * PAGE;
  }
}

/** Whether the page at this address is in memory or in swap. */
function isHere(pages: number, address: number): boolean {
  const entry = new Uint32Array(2);
  const got = readSync(pages, new Uint8Array(entry.buffer), 0, WORD, (address / PAGE) * WORD);
  return got === WORD && ((entry[1] as number) & HERE) !== 0;
}

/** Whether `found` is of the same piece as `last`, as batches see them; lengthens that one then. */
function goesOn(last: Mutable<Finding> | undefined, found: Omit<Finding, 'mapping'>): boolean {
  if (!last || found.address > last.address + last.length) return false;
  if (found.at - last.at !== found.address - last.address) return false;
  last.length = Math.max(last.length, found.address + found.length - last.address);
  return true;
}

/** A piece may go on in the next batch or begin in the last one. */
const OVERLAP = PIECE_BYTES * 2;
const haystack = new Uint8Array(BATCH_PAGES * PAGE + 2 * OVERLAP);

function* look(
  memory: number,
  from: number,
  to: number,
  around: { readonly before: boolean; readonly after: boolean },
  needle: Needle,
): Generator<Omit<Finding, 'mapping'>> {
  // Reading where no page is makes one: what is looked at would grow with each look.
  const hasBefore = around.before && readAround(memory, from - OVERLAP, 0, OVERLAP) === OVERLAP;
  const begin = hasBefore ? OVERLAP : 0;
  const inside = readAround(memory, from, begin, to - from);
  if (inside <= 0) return;
  const after =
    around.after && inside === to - from
      ? Math.max(0, readAround(memory, to, begin + inside, OVERLAP))
      : 0;
  const base = from - begin;
  for (const { offset, length, at } of needle.in(haystack, begin + inside + after)) {
    yield { address: base + offset, length, at };
  }
}

/** Bytes read, -1 where there is nothing to read (any more). */
function readAround(memory: number, address: number, into: number, count: number): number {
  try {
    return readSync(memory, haystack, into, count, address);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EIO' || code === 'EFAULT') return -1;
    throw error;
  }
}

/** 20 bits. */
function hashOf(half: number): number {
  return Math.imul(half, 0x9e37_79b1) >>> 12;
}

/**
 * The secret made ready for looking. Any 16 bytes in memory hold one aligned
 * word of 8 whole: it is enough to look at those.
 */
class Needle {
  readonly #secret: Uint8Array;
  /** Offsets in the secret by the first half of the word there. */
  readonly #byHalf = new Map<number, number[]>();
  /** One bit for each hash that a half in the map has: most words end here. */
  readonly #filter = new Uint32Array(2 ** 15);

  constructor(secret: Uint8Array) {
    if (secret.length < PIECE_BYTES) throw new RangeError(`${PIECE_BYTES} bytes at least`);
    this.#secret = secret;
    const view = new DataView(secret.buffer, secret.byteOffset, secret.length);
    for (let at = 0; at + WORD <= secret.length; at++) {
      const half = view.getUint32(at, true);
      const offsets = this.#byHalf.get(half);
      if (offsets) offsets.push(at);
      else this.#byHalf.set(half, [at]);
      const hash = hashOf(half);
      this.#filter[hash >>> 5] = (this.#filter[hash >>> 5] as number) | (1 << (hash & 31));
    }
  }

  /** Pieces in the first `size` bytes of `bytes`, whose memory is aligned. */
  *in(bytes: Uint8Array, size: number): Generator<{ offset: number; length: number; at: number }> {
    const words = new Uint32Array(bytes.buffer, bytes.byteOffset, size >>> 2);
    let done = 0;
    for (let i = 0; i < words.length; i += 2) {
      const half = words[i] as number;
      const hash = hashOf(half);
      if ((((this.#filter[hash >>> 5] as number) >>> (hash & 31)) & 1) === 0) continue;
      const offset = i * 4;
      if (offset < done) continue;
      for (const at of this.#byHalf.get(half) ?? []) {
        const piece = this.#longest(bytes, size, offset, at);
        if (piece.length < PIECE_BYTES) continue;
        yield piece;
        done = piece.offset + piece.length;
        break;
      }
    }
  }

  /** The piece that goes on to both sides of `bytes[offset]` and `secret[at]`. */
  #longest(bytes: Uint8Array, size: number, offset: number, at: number) {
    const secret = this.#secret;
    let back = 0;
    while (back < offset && back < at && bytes[offset - back - 1] === secret[at - back - 1]) back++;
    let on = 0;
    while (
      offset + on < size &&
      at + on < secret.length &&
      bytes[offset + on] === secret[at + on]
    ) {
      on++;
    }
    return { offset: offset - back, length: back + on, at: at - back };
  }
}
