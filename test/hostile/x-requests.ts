/**
 * Counts what other clients ask an X server, by the server's own word (its
 * RECORD extension): what a daemon does is judged by its requests, not by how
 * long they take. Speaks the few messages itself; the connection is for nothing
 * else, since it gets replies without end.
 */
import { connect, type Socket } from 'node:net';
import type { Screen } from '../rig/screen.ts';
import { waitUntil } from '../rig/wait.ts';

/** Core requests that a client waits for, by opcode. */
export const ASKS = {
  getWindowAttributes: 3,
  getGeometry: 14,
  queryTree: 15,
  getProperty: 20,
  translateCoordinates: 40,
  getInputFocus: 43,
  getImage: 73,
} as const;
const GET_SELECTION_OWNER = 23;
const LAST_CORE = 127;
const ALL_CLIENTS = 3;
const FROM_CLIENT = 1;
const X_REPLY = 1;

export class XRequests implements Disposable {
  readonly #screen: Screen;
  readonly #socket: Socket;
  readonly #counts = new Map<number, number>();
  #held = Buffer.alloc(0);
  #take: (() => boolean) | undefined;
  /** Marks of the test's own that were recorded. */
  #marks = 0;

  private constructor(screen: Screen, socket: Socket) {
    this.#screen = screen;
    this.#socket = socket;
    socket.on('data', (bytes) => {
      this.#held = Buffer.concat([this.#held, bytes]);
      while (this.#take?.());
    });
    socket.on('error', () => {});
  }

  /** Resolves when it records; the requests of the screen's own connection do not count. */
  static async watch(screen: Screen): Promise<XRequests> {
    const { server } = screen;
    const watch = new XRequests(screen, connect(server.display.path));
    const { data, name } = server.cookie;
    const setup = Buffer.alloc(12);
    setup.write('l');
    setup.writeUInt16LE(11, 2);
    setup.writeUInt16LE(name.length, 6);
    setup.writeUInt16LE(data.length, 8);
    watch.#socket.write(Buffer.concat([setup, padded(Buffer.from(name)), padded(data)]));
    const hello = await watch.#next((held) => (held.length < 8 ? 0 : 8 + 4 * held.readUInt16LE(6)));
    const base = hello.readUInt32LE(12);
    const extension = Buffer.from('RECORD');
    const query = Buffer.alloc(8);
    query[0] = 98;
    query.writeUInt16LE(4, 2);
    query.writeUInt16LE(extension.length, 4);
    watch.#socket.write(Buffer.concat([query, padded(extension)]));
    const found = await watch.#next(messageSize);
    const major = found[9] ?? 0;
    if (found[8] !== 1) throw new Error('the X server cannot record');
    const make = Buffer.alloc(20 + 4 + 24);
    make[0] = major;
    make[1] = 1;
    make.writeUInt16LE(make.length / 4, 2);
    make.writeUInt32LE(base, 4);
    make.writeUInt32LE(1, 12);
    make.writeUInt32LE(1, 16);
    make.writeUInt32LE(ALL_CLIENTS, 20);
    make[24] = 1;
    make[25] = LAST_CORE;
    const enable = Buffer.alloc(8);
    enable[0] = major;
    enable[1] = 5;
    enable.writeUInt16LE(2, 2);
    enable.writeUInt32LE(base, 4);
    watch.#socket.write(Buffer.concat([make, enable]));
    // What comes first says that it has begun.
    const begun = await watch.#next(messageSize);
    if (begun[0] !== X_REPLY) throw new Error(`it is refused: error ${begun[1]}`);
    watch.#take = () => watch.#record();
    watch.#take();
    await watch.mark();
    return watch;
  }

  /** Forgets what was counted. */
  reset(): void {
    this.#counts.clear();
  }

  count(opcode: number): number {
    return this.#counts.get(opcode) ?? 0;
  }

  /** Requests that whoever made them waits for. */
  get asks(): number {
    return Object.values(ASKS).reduce((sum, opcode) => sum + this.count(opcode), 0);
  }

  /** Everything that the server has carried out until now is counted. */
  async mark(): Promise<void> {
    const { x } = this.#screen;
    const wanted = this.#marks + 1;
    await x.request<number>((done) => x.X.GetSelectionOwner(1, done));
    await waitUntil(() => this.#marks >= wanted, 'the record has come');
  }

  [Symbol.dispose](): void {
    this.#take = undefined;
    this.#socket.destroy();
  }

  /** The next message of the size that `sizeOf` gives, 0 = not known yet. */
  #next(sizeOf: (held: Buffer) => number): Promise<Buffer> {
    return waitUntil(() => {
      const size = sizeOf(this.#held);
      if (size === 0 || this.#held.length < size) return undefined;
      const message = this.#held.subarray(0, size);
      this.#held = this.#held.subarray(size);
      return message;
    }, 'the X server answers');
  }

  #record(): boolean {
    const size = messageSize(this.#held);
    if (size === 0 || this.#held.length < size) return false;
    const message = this.#held.subarray(0, size);
    this.#held = this.#held.subarray(size);
    if (message[0] !== X_REPLY || message[1] !== FROM_CLIENT) return true;
    const own = message.readUInt32LE(12) === this.#screen.x.resourceBase;
    for (let at = 32; at + 4 <= message.length; ) {
      const opcode = message[at] ?? 0;
      if (!own) this.#counts.set(opcode, this.count(opcode) + 1);
      else if (opcode === GET_SELECTION_OWNER) this.#marks++;
      const units = message.readUInt16LE(at + 2);
      // Of a large request the length follows.
      at += 4 * (units === 0 ? message.readUInt32LE(at + 4) : units);
    }
    return true;
  }
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
}

function messageSize(held: Buffer): number {
  if (held.length < 32) return 0;
  return held[0] === X_REPLY ? 32 + 4 * held.readUInt32LE(4) : 32;
}
