/**
 * Shortcuts between streams: what is taken, what is written for it, and that everything
 * else comes to JavaScript as if there were none. The twin of both is the code of JavaScript:
 * the same request, byte for byte.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { native, type Stream } from '../../src/native/addon.ts';
import { COPY, GATE, PUT } from '../../src/native/shortcut.ts';
import { FACTS, Requests } from './shortcut-requests.ts';
import { expectNoLeaks, numbered, Reader, turns } from './support.ts';

expectNoLeaks();

const SHM_IMAGE = 147;
const WINDOW = 0x0040_0007;
const DRAWABLE = 0x0060_0011;
const GC = 0x0060_0012;
const SEGMENT = 0x0060_0013;
const OFFSET = 0x5000;
const OWNER = 12;

interface Damage {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

function shmImage({ x, y, width, height }: Damage, window = WINDOW, type = SHM_IMAGE, length = 16) {
  const words = [type, window, length, x, y, width, height];
  return Buffer.from(Int32Array.from(words).buffer);
}

function put({ x, y, width, height }: Damage, across: number, down: number): Buffer {
  const requests = new Requests();
  const at = [x, y, width, height, x, y] as const;
  requests.putImage(DRAWABLE, GC, across, down, ...at, 24, SEGMENT, OFFSET);
  return requests.bytes;
}

class PutRig implements Disposable {
  readonly slot = new Int32Array(PUT.words);
  readonly gate = new Int32Array(GATE.words);
  readonly qube: Stream;
  readonly #ours: Stream;
  readonly #x: Stream;
  readonly #server: Stream;
  /** What came to JavaScript, and what the X server got. */
  readonly here: Reader;
  readonly server: Reader;

  constructor(across = 300, down = 200, width = across, height = down) {
    [this.qube, this.#ours] = native().streamPair();
    [this.#x, this.#server] = native().streamPair();
    this.#ours.putShortcut(this.slot, this.#x, this.gate);
    this.here = new Reader(this.#ours);
    this.server = new Reader(this.#server);
    const { slot, gate } = this;
    gate[GATE.owner] = OWNER;
    slot[PUT.credit] = 1000;
    slot[PUT.owner] = OWNER;
    slot[PUT.width] = width;
    slot[PUT.height] = height;
    slot[PUT.room] = 1 << 26;
    slot[PUT.least] = 4096;
    slot[PUT.type] = SHM_IMAGE;
    slot[PUT.window] = WINDOW;
    const requests = new Requests();
    requests.putTemplate(slot, PUT.request, DRAWABLE, GC, across, down, 24, SEGMENT, OFFSET);
  }

  get x(): Stream {
    return this.#x;
  }

  get ours(): Stream {
    return this.#ours;
  }

  /** Each is read alone. */
  async say(...messages: readonly Uint8Array[]): Promise<void> {
    for (const message of messages) {
      this.qube.write(message);
      await turns(3);
    }
  }

  [Symbol.dispose](): void {
    for (const one of [this.qube, this.#ours, this.#x, this.#server]) one[Symbol.dispose]();
  }
}

describe('a put without JavaScript', () => {
  it('is the one that JavaScript would make, wherever the rectangle lies', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 0x7fff }),
        fc.integer({ min: 1, max: 0x7fff }),
        fc.array(fc.tuple(...Array.from({ length: 4 }, () => fc.nat(0xffff))), { maxLength: 4 }),
        async (across, down, picks) => {
          using rig = new PutRig(across, down);
          const inside = picks.map(([a = 0, b = 0, c = 0, d = 0]) => {
            const x = a % across;
            const y = b % down;
            return { x, y, width: 1 + (c % (across - x)), height: 1 + (d % (down - y)) };
          });
          rig.slot[PUT.room] = 0x7fff_ffff;
          for (const damage of inside) {
            rig.slot[PUT.room] = 1 << 30;
            rig.slot[PUT.flown] = 0;
            rig.slot[PUT.bytes] = 0;
            await rig.say(shmImage(damage));
          }
          const expected = Buffer.concat(inside.map((damage) => put(damage, across, down)));
          await rig.server.untilBytes(expected.length);
          expect(rig.server.collected().equals(expected)).toBe(true);
          expect(rig.here.calls).toBe(0);
          expect(rig.slot[PUT.taken]).toBe(inside.length);
          expect(rig.gate[GATE.added]).toBe(inside.length);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('counts what it has used up', async () => {
    using rig = new PutRig();
    await rig.say(shmImage({ x: 1, y: 2, width: 100, height: 100 }));
    await rig.say(shmImage({ x: 0, y: 0, width: 1, height: 1 }));
    expect(rig.slot[PUT.credit]).toBe(998);
    expect(rig.slot[PUT.bytes]).toBe(40_004);
    expect(rig.slot[PUT.flown]).toBe(40_000 + 4096);
    expect(rig.slot[PUT.room]).toBe((1 << 26) - 44_096);
  });

  const whole = { x: 0, y: 0, width: 300, height: 200 };
  it.each<[string, Uint8Array]>([
    ['of another window', shmImage(whole, WINDOW + 1)],
    ['of another type', shmImage(whole, WINDOW, SHM_IMAGE + 1)],
    ['of another length', shmImage(whole, WINDOW, SHM_IMAGE, 20)],
    ['a pixel too wide', shmImage({ ...whole, width: 301 })],
    ['a pixel too high', shmImage({ ...whole, height: 201 })],
    ['a pixel to the right', shmImage({ ...whole, x: 1 })],
    ['a pixel too low', shmImage({ ...whole, y: 1 })],
    ['left of it', shmImage({ ...whole, x: -1 })],
    ['above it', shmImage({ ...whole, y: -1 })],
    ['without width', shmImage({ ...whole, width: 0 })],
    ['without height', shmImage({ ...whole, height: 0 })],
    ['as wide as the negative', shmImage({ ...whole, width: -300 })],
    ['so large that sums overflow', shmImage({ x: 0x7fff_ffff, y: 0, width: 2, height: 2 })],
    ['as large as numbers go', shmImage({ ...whole, width: 0x7fff_ffff, height: 0x7fff_ffff })],
    ['that is not all there', shmImage(whole).subarray(0, 27)],
    ['with a byte of the next one', Buffer.concat([shmImage(whole), Buffer.of(7)])],
    ['with another one', Buffer.concat([shmImage(whole), shmImage(whole)])],
    ['longer than what is read at once', Buffer.alloc(10_000, shmImage(whole))],
  ])('is left to JavaScript for a message %s', async (_what, bytes) => {
    using rig = new PutRig();
    rig.qube.write(bytes);
    await rig.here.untilBytes(bytes.length);
    expect(rig.here.collected().equals(bytes)).toBe(true);
    expect(rig.server.position).toBe(0);
    expect(rig.slot[PUT.credit]).toBe(1000);
  });

  it.each<[string, (rig: PutRig) => void]>([
    ['there is no credit', (rig) => rig.slot.fill(0, PUT.credit, PUT.credit + 1)],
    ['there is no room', (rig) => rig.slot.fill(0, PUT.room, PUT.room + 1)],
    ['JavaScript has something to write', (rig) => rig.gate.fill(4, GATE.used, GATE.used + 1)],
    ['others wrote last', (rig) => rig.gate.fill(13, GATE.owner, GATE.owner + 1)],
    ['the window is larger than it may be', (rig) => rig.slot.fill(0x8000, PUT.width, PUT.height)],
    ['the X server is gone', (rig) => rig.x[Symbol.dispose]()],
    ['nothing more is to be written to it', (rig) => rig.x.end()],
  ])('is left to JavaScript when %s', async (_what, change) => {
    using rig = new PutRig();
    change(rig);
    rig.qube.write(shmImage(whole));
    await rig.here.untilBytes(28);
    expect(rig.here.collected().equals(shmImage(whole))).toBe(true);
    expect(rig.server.position).toBe(0);
  });

  it('never overtakes what waits for the X server', async () => {
    const [x, server] = native().streamPair();
    const [qube, ours] = native().streamPair();
    using _x = x;
    using _server = server;
    using _qube = qube;
    using _ours = ours;
    using model = new PutRig();
    ours.putShortcut(model.slot, x, model.gate);
    const here = new Reader(ours);
    while (x.write(Buffer.alloc(65_536)) === 0);
    qube.write(shmImage(whole));
    await here.untilBytes(28);
    expect(model.slot[PUT.taken]).toBe(0);
  });

  it('refuses descriptors as ever', async () => {
    using rig = new PutRig();
    using fd = numbered(4096);
    rig.qube.write(shmImage(whole), [fd]);
    await rig.here.until(() => rig.here.arrivals.length > 0);
    expect(rig.server.position).toBe(0);
    expect(rig.slot[PUT.taken]).toBe(0);
  });

  it('takes nothing while the stream is paused, and hears of the end', async () => {
    using rig = new PutRig();
    rig.ours.pause();
    await rig.say(shmImage(whole));
    expect(rig.slot[PUT.taken]).toBe(0);
    rig.ours.resume();
    await rig.server.untilBytes(40);
    rig.qube.end();
    await rig.here.untilEnd();
  });

  it('is made once for a stream, of numbers that are there', () => {
    using rig = new PutRig();
    const { ours, x, slot, gate } = rig;
    expect(() => ours.putShortcut(slot, x, gate)).toThrow('already');
    const [one, two] = native().streamPair();
    using _one = one;
    using _two = two;
    expect(() => one.putShortcut(new Int32Array(3), x, gate)).toThrow('slot');
    expect(() => one.putShortcut(slot, x, new Int32Array(1))).toThrow('gate');
    expect(() => one.putShortcut(slot, {} as Stream, gate)).toThrow('to must be a Stream');
  });
});

describe('a copy without JavaScript', () => {
  const SURFACE = 5;
  const DAMAGE = 0x0080_0001;

  class CopyRig implements Disposable {
    readonly slot = new Int32Array(COPY.words);
    readonly gate = new Int32Array(GATE.words);
    readonly toGate = new Int32Array(GATE.words);
    readonly server: Stream;
    readonly lane: Stream;
    readonly link: Stream;
    readonly daemon: Stream;
    readonly here: Reader;
    readonly asked: Reader;
    readonly told: Reader;

    constructor() {
      [this.server, this.lane] = native().streamPair();
      [this.link, this.daemon] = native().streamPair();
      const { slot, gate } = this;
      gate[GATE.owner] = SURFACE;
      gate[GATE.sequence] = 0x2_fffe;
      slot[COPY.credit] = 8;
      slot[COPY.owner] = SURFACE;
      slot[COPY.width] = 300;
      slot[COPY.height] = 200;
      slot[COPY.event] = FACTS.damageEvent;
      slot[COPY.damage] = DAMAGE;
      slot[COPY.drawable] = WINDOW;
      slot[COPY.type] = SHM_IMAGE;
      slot[COPY.window] = WINDOW;
      new Requests().copyTemplate(slot, COPY.requests, DAMAGE, DRAWABLE, SEGMENT, GC);
      this.lane.copyShortcut(slot, gate, this.link, this.toGate);
      this.here = new Reader(this.lane);
      this.asked = new Reader(this.server);
      this.told = new Reader(this.daemon);
    }

    [Symbol.dispose](): void {
      for (const one of [this.server, this.lane, this.link, this.daemon]) one[Symbol.dispose]();
    }
  }

  function notify({ x, y, width, height }: Damage, damage = DAMAGE): Buffer {
    const packet = Buffer.alloc(32);
    packet.writeUInt8(FACTS.damageEvent, 0);
    packet.writeUInt32LE(WINDOW, 4);
    packet.writeUInt32LE(damage, 8);
    packet.writeInt16LE(x, 16);
    packet.writeInt16LE(y, 18);
    packet.writeUInt16LE(width, 20);
    packet.writeUInt16LE(height, 22);
    return packet;
  }

  function reply(sequence: number): Buffer {
    const packet = Buffer.alloc(32);
    packet.writeUInt8(1, 0);
    packet.writeUInt16LE(sequence & 0xffff, 2);
    return packet;
  }

  function copy({ x, y, width, height }: Damage): Buffer {
    const requests = new Requests();
    requests.damageSubtract(DAMAGE);
    requests.copyArea(DRAWABLE, SEGMENT, GC, x, y, x, y, width, height);
    requests.question();
    return requests.bytes;
  }

  it('is what JavaScript would ask for and say, clipped to the buffer', async () => {
    using rig = new CopyRig();
    rig.server.write(notify({ x: -5, y: 190, width: 400, height: 20 }));
    await rig.asked.untilBytes(48);
    const clipped = { x: 0, y: 190, width: 300, height: 10 };
    expect(rig.asked.collected().equals(copy(clipped))).toBe(true);
    expect(rig.told.position).toBe(0);
    // Its number is the third one after the last, of which sixteen bits come back.
    rig.server.write(reply(0x3_0001));
    await rig.told.untilBytes(28);
    expect(rig.told.collected().equals(shmImage(clipped))).toBe(true);
    expect(rig.here.calls).toBe(0);
    expect(rig.slot[COPY.taken]).toBe(1);
    expect(rig.gate[GATE.added]).toBe(3);
  });

  it.each<[string, (rig: CopyRig) => Buffer]>([
    ['damage of another window', () => notify({ x: 0, y: 0, width: 5, height: 5 }, DAMAGE + 1)],
    ['damage outside of the buffer', () => notify({ x: 300, y: 0, width: 5, height: 5 })],
    ['another packet', () => reply(3)],
    [
      'damage that JavaScript has to write before',
      (rig) => {
        rig.gate[GATE.used] = 4;
        return notify({ x: 0, y: 0, width: 5, height: 5 });
      },
    ],
    [
      'damage beyond the credit',
      (rig) => {
        rig.slot[COPY.credit] = 0;
        return notify({ x: 0, y: 0, width: 5, height: 5 });
      },
    ],
    [
      'damage while the daemon is gone',
      (rig) => {
        rig.link[Symbol.dispose]();
        return notify({ x: 0, y: 0, width: 5, height: 5 });
      },
    ],
  ])('is left to JavaScript for %s', async (_what, packet) => {
    using rig = new CopyRig();
    const bytes = packet(rig);
    rig.server.write(bytes);
    await rig.here.untilBytes(32);
    expect(rig.here.collected().equals(bytes)).toBe(true);
    expect(rig.asked.position).toBe(0);
  });

  it('leaves the answer to JavaScript when that has something to say to the daemon first', async () => {
    using rig = new CopyRig();
    rig.server.write(notify({ x: 0, y: 0, width: 5, height: 5 }));
    await rig.asked.untilBytes(48);
    rig.toGate[GATE.used] = 28;
    rig.server.write(reply(0x3_0001));
    await rig.here.untilBytes(32);
    expect(rig.told.position).toBe(0);
    expect(rig.slot[COPY.fence]).not.toBe(0);
  });

  it('leaves the answer to JavaScript when it does not come alone, or is another', async () => {
    for (const packets of [
      [reply(0x3_0001), notify({ x: 0, y: 0, width: 5, height: 5 })],
      [reply(0x3_0000)],
    ]) {
      using rig = new CopyRig();
      rig.server.write(notify({ x: 0, y: 0, width: 5, height: 5 }));
      await rig.asked.untilBytes(48);
      const bytes = Buffer.concat(packets);
      rig.server.write(bytes);
      await rig.here.untilBytes(bytes.length);
      expect(rig.here.collected().equals(bytes)).toBe(true);
      expect(rig.told.position).toBe(0);
      expect(rig.slot[COPY.fence]).not.toBe(0);
    }
  });
});
