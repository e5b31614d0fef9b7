/**
 * A Xen ring under fuzzing through its double: the peer writes messages of the GUI
 * wire, or anything into any place of the shared memory, at any moment between two
 * calls of ours. What comes back lies in the ring, nothing else is touched, our
 * indices are ours alone, and a peer whose indices cannot be true is done for good.
 * A conversation is a program of steps, so that one that ended badly can be kept.
 */
import { ProtocolViolation } from '../../../src/base/errors.ts';
import type { RingDouble } from '../../../src/native/ring.ts';
import { decodeFromVm } from '../../../src/protocol/decode.ts';
import { FrameReader } from '../../../src/protocol/framing.ts';
import { fromVm } from '../../../src/protocol/from-vm.ts';
import { NEWEST } from '../../../src/protocol/version.ts';
import { RING, RingPages } from '../ring.ts';
import { promised } from './checking-desktop.ts';
import { MessageMaker } from './messages.ts';
import type { Random } from './random.ts';

const HEADER_BYTES = 24;
const LAYOUTS = [
  [1024, 2048],
  [2048, 1024],
  [2048, 4096],
  [4096, 4096],
  [8192, 2048],
] as const;
/** What a step is; the first byte of it. */
const STEP = {
  begin: 0,
  peerSays: 1,
  read: 2,
  write: 3,
  peerReads: 4,
  index: 5,
  header: 6,
  data: 7,
  ask: 8,
  close: 9,
  foreignHeader: 10,
} as const;

/** One direction: where its bytes are, and our own index of it. */
interface Way {
  readonly data: Uint8Array;
  readonly own: number;
  readonly peer: number;
  at: number;
}

export class RingFuzz implements Disposable {
  messages = 0;
  said: Uint8Array[] = [];
  readonly seen = { read: 0, written: 0, corrupt: 0, closed: 0, frames: 0, broken: 0, refused: 0 };
  readonly #random: Random;
  readonly #maker: MessageMaker;
  #pages = new RingPages();
  #ring: RingDouble | undefined;
  #reading!: Way;
  #writing!: Way;
  #ears: FrameReader | undefined;
  #wasCorrupt = false;

  constructor(random: Random) {
    this.#random = random;
    this.#maker = new MessageMaker(fromVm, random, []);
  }

  [Symbol.dispose](): void {}

  connect(): void {
    this.said = [];
    this.#ring = undefined;
  }

  async converse(): Promise<void> {
    this.connect();
    const random = this.#random;
    this.#maker.begin();
    const hostile = 2 + (1 << random.below(8));
    await this.say(step(STEP.begin, random.below(256), random.word()));
    for (let i = 5 + random.below(60); i > 0; i--) {
      await this.say(random.oneIn(hostile) ? this.#hostile() : this.#honest());
    }
    if (random.oneIn(8)) await this.say(this.#foreignHeader());
    if (random.oneIn(64)) await new Promise((done) => setImmediate(done));
  }

  /** One step after the other; a program that was kept is several of them. */
  async say(program: Uint8Array): Promise<void> {
    this.said.push(program.slice());
    const view = new DataView(program.buffer, program.byteOffset, program.byteLength);
    for (let at = 0; at + 9 <= program.length; ) {
      const [kind, small, number] = [
        program[at],
        program[at + 1] ?? 0,
        view.getUint32(at + 2, true),
      ];
      const size = view.getUint16(at + 6, true);
      const bytes = program.subarray(at + 9, at + 9 + size);
      at += 9 + size;
      this.messages++;
      this.#perform(kind as number, small, number, bytes);
      this.#check();
    }
  }

  #honest(): Uint8Array {
    const random = this.#random;
    switch (random.below(6)) {
      case 0:
      case 1: {
        const spoiling = { body: 200, header: 400 };
        const bytes = this.#maker.make(1 + random.below(12), spoiling).subarray(0, 8000);
        return step(STEP.peerSays, 0, 0, bytes);
      }
      case 2:
      case 3:
        return step(STEP.read, 0, random.below(9000));
      case 4:
        return step(STEP.write, random.below(256), random.below(9000));
      default:
        return random.oneIn(4) ? step(STEP.ask) : step(STEP.peerReads, 0, random.below(9000));
    }
  }

  #hostile(): Uint8Array {
    const random = this.#random;
    switch (random.below(8)) {
      case 0:
      case 1:
        return step(STEP.index, random.below(4), random.oneIn(2) ? random.word() : random.field());
      case 2:
        return step(STEP.header, random.below(HEADER_BYTES), random.below(256));
      case 3:
        return random.oneIn(10) ? step(STEP.close) : step(STEP.ask);
      default:
        return step(STEP.data, random.below(256), random.below(8192));
    }
  }

  #foreignHeader(): Uint8Array {
    const random = this.#random;
    const bytes = Uint8Array.from({ length: 64 }, () => random.below(256));
    // Orders that are read at all, mostly.
    if (!random.oneIn(4))
      bytes.set([8 + random.below(6), 0, 8 + random.below(6), 0], RING.leftOrder);
    return step(STEP.foreignHeader, 0, 0, bytes);
  }

  #perform(kind: number, small: number, number: number, bytes: Uint8Array): void {
    if (kind === STEP.begin) {
      this.#begin(small, number);
      return;
    }
    const ring = this.#ring;
    if (kind === STEP.foreignHeader) this.#attachTo(bytes);
    if (!ring) return;
    const { page } = this.#pages;
    if (kind === STEP.peerSays) this.#peerSays(bytes);
    else if (kind === STEP.read) this.#read(ring, number % 9000);
    else if (kind === STEP.write) this.#write(ring, number % 9000, small);
    else if (kind === STEP.peerReads) this.#peerReads(number);
    else if (kind === STEP.index) this.#pages.setWord(4 * (small % 4), number);
    else if (kind === STEP.header) page[small % HEADER_BYTES] = number;
    else if (kind === STEP.data) this.#reading.data[number % this.#reading.data.length] = small;
    else if (kind === STEP.ask) this.#ask(ring);
    else if (kind === STEP.close) ring.close();
  }

  /** @param choice which layout, and which side is ours @param start where all indices stand */
  #begin(choice: number, start: number): void {
    const [leftBytes, rightBytes] = LAYOUTS[(choice >> 1) % LAYOUTS.length] as [number, number];
    const pages = new RingPages(leftBytes, rightBytes);
    const serves = (choice & 1) === 0;
    let ring = pages.serve();
    if (!serves) {
      for (let word = 0; word < 4; word++) pages.setWord(4 * word, start);
      ring = pages.attach();
    }
    pages.setByte(RING.clientLive, 1);
    const data = (pagesOfIt: Uint8Array, bytes: number) =>
      bytes < 4096 ? pages.page.subarray(bytes, 2 * bytes) : pagesOfIt;
    const way = (own: number, peer: number, bytes: Uint8Array): Way => {
      return { data: bytes, own, peer, at: pages.word(own) };
    };
    const left = data(pages.left, leftBytes);
    const right = data(pages.right, rightBytes);
    this.#reading = serves
      ? way(RING.leftRead, RING.leftWritten, left)
      : way(RING.rightRead, RING.rightWritten, right);
    this.#writing = serves
      ? way(RING.rightWritten, RING.rightRead, right)
      : way(RING.leftWritten, RING.leftRead, left);
    this.#pages = pages;
    this.#ring = ring;
    this.#wasCorrupt = false;
    this.#ears = new FrameReader(fromVm, { version: NEWEST });
  }

  /** As an honest peer writes: as much as it takes for free by what it sees. */
  #peerSays(bytes: Uint8Array): void {
    const { data, own, peer } = this.#reading;
    const written = this.#pages.word(peer);
    const room = data.length - ((written - this.#pages.word(own)) >>> 0);
    const count = Math.max(0, Math.min(room, bytes.length));
    for (let i = 0; i < count; i++) data[((written + i) >>> 0) % data.length] = bytes[i] as number;
    this.#pages.setWord(peer, (written + count) >>> 0);
  }

  #peerReads(most: number): void {
    const { own, peer } = this.#writing;
    const read = this.#pages.word(peer);
    const there = (this.#pages.word(own) - read) >>> 0;
    this.#pages.setWord(peer, (read + Math.min(most, there)) >>> 0);
  }

  #read(ring: RingDouble, size: number): void {
    const way = this.#reading;
    const into = new Uint8Array(size + 1).fill(0xaa);
    const before = this.#pages.page.slice();
    const count = ring.read(into.subarray(0, size));
    promised(count >= -1 && count <= Math.min(size, way.data.length), 'as much as there is');
    promised(into[size] === 0xaa, 'nothing behind the buffer');
    for (let i = 0; i < count; i++) {
      const lies = way.data[((way.at + i) >>> 0) % way.data.length];
      promised(into[i] === lies, 'the bytes that lie in the ring');
    }
    this.#moved(way, count, before);
    if (count <= 0) return;
    this.seen.read += count;
    this.#hear(into.subarray(0, count));
  }

  #write(ring: RingDouble, size: number, first: number): void {
    const way = this.#writing;
    const from = Uint8Array.from({ length: size }, (_, i) => first + i);
    const expected = way.data.slice();
    const before = this.#pages.page.slice();
    const count = ring.write(from);
    promised(count >= -1 && count <= Math.min(size, way.data.length), 'as much as there is room');
    for (let i = 0; i < count; i++) {
      expected[((way.at + i) >>> 0) % expected.length] = from[i] as number;
    }
    promised(Buffer.compare(expected, way.data) === 0, 'the bytes that were written and no other');
    this.#moved(way, count, before);
    if (count > 0) this.seen.written += count;
  }

  /** Our index is where it belongs, and of the header nothing else has changed but the notices. */
  #moved(way: Way, count: number, before: Uint8Array): void {
    if (count > 0) {
      way.at = (way.at + count) >>> 0;
      promised(this.#pages.word(way.own) === way.at, 'our index');
    }
    for (let i = 0; i < HEADER_BYTES; i++) {
      const ours = i >= way.own && i < way.own + 4;
      if (ours || i === RING.clientNotify || i === RING.serverNotify) continue;
      promised(this.#pages.page[i] === before[i], 'a header that is left alone');
    }
  }

  #ask(ring: RingDouble): void {
    promised(ring.askReadable() <= this.#reading.data.length, 'not more than the ring has');
    promised(ring.askWritable() <= this.#writing.data.length, 'not more room than the ring has');
  }

  /** What reads the ring: a broken rule of the wire, else frames, whatever the bytes are. */
  #hear(bytes: Uint8Array): void {
    if (!this.#ears) return;
    try {
      this.#ears.push(bytes);
      for (let frame = this.#ears.next(); frame; frame = this.#ears.next()) {
        this.seen.frames++;
        decodeFromVm(frame);
      }
    } catch (error) {
      if (!(error instanceof ProtocolViolation)) throw error;
      this.seen.broken++;
      this.#ears = undefined;
    }
  }

  /** A header of the peer's choice is taken or refused, never followed out of its memory. */
  #attachTo(bytes: Uint8Array): void {
    const pages = new RingPages(4096, 4096);
    pages.page.set(bytes);
    try {
      const ring = pages.attach();
      promised(ring.readable <= 4096 && ring.writable <= 4096, 'a ring within its memory');
      ring.read(new Uint8Array(5000));
    } catch (error) {
      if (!(error instanceof RangeError || error instanceof TypeError)) throw error;
      this.seen.refused++;
    }
  }

  #check(): void {
    const ring = this.#ring;
    if (!ring) return;
    const { state } = ring;
    if (this.#wasCorrupt) promised(state === 'corrupt', 'corrupt for good');
    promised(ring.readable <= this.#reading.data.length, 'not more than the ring has');
    promised(ring.writable <= this.#writing.data.length, 'not more room than the ring has');
    if (ring.state === 'corrupt' && !this.#wasCorrupt) {
      this.#wasCorrupt = true;
      this.seen.corrupt++;
      promised(ring.read(new Uint8Array(9)) === -1, 'nothing is read from a corrupt ring');
      promised(ring.write(new Uint8Array(9)) === -1, 'nor written into one');
    }
    if (state === 'closed') this.seen.closed++;
  }
}

/** kind, a byte, a number, the length of what follows, a spare byte, and that. */
function step(kind: number, small = 0, number = 0, bytes: Uint8Array = new Uint8Array(0)) {
  const out = new Uint8Array(9 + bytes.length);
  const view = new DataView(out.buffer);
  out[0] = kind;
  out[1] = small;
  view.setUint32(2, number, true);
  view.setUint16(6, bytes.length, true);
  out.set(bytes, 9);
  return out;
}
