/**
 * The beginning of the drawing connection: greeting with cookie, then the
 * numbers of the extensions that the lane speaks. Runs once, so it may
 * allocate; it ends with nothing left unread. The server is trusted, but its
 * lengths are checked all the same.
 */
import { Buffer } from 'node:buffer';
import type { Stream } from '../native/addon.ts';
import type { Cookie } from './xauthority.ts';

export interface LaneFacts {
  readonly resourceBase: number;
  readonly resourceMask: number;
  readonly root: number;
  readonly rootDepth: number;
  /** Requests sent so far: the lane counts on from here. */
  readonly sequence: number;
  readonly shm: number;
  readonly sharedPixmaps: boolean;
  /** 0 = the server has no such extension. */
  readonly composite: number;
  readonly damage: number;
  readonly damageEvent: number;
}

const SETUP_PREFIX_BYTES = 8;
const REPLY_BYTES = 32;
const SCREEN_BYTES = 40;

/** Hands out exact numbers of bytes of a stream as they come. */
export class SetupReader {
  readonly #stream: Stream;
  readonly #chunk = Buffer.alloc(16 * 1024);
  #have: Buffer = Buffer.alloc(0);
  #want = 0;
  #resolve: ((bytes: Buffer) => void) | undefined;
  #reject: ((error: Error) => void) | undefined;
  #failure: Error | undefined;

  constructor(stream: Stream) {
    this.#stream = stream;
  }

  readable(): void {
    for (;;) {
      const length = this.#stream.read(this.#chunk);
      if (length === 0) break;
      if (length < 0) {
        this.fail(new Error('the server closed the connection'));
        return;
      }
      this.#have = Buffer.concat([this.#have, this.#chunk.subarray(0, length)]);
    }
    this.#deliver();
  }

  take(count: number): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      if (this.#failure) {
        reject(this.#failure);
        return;
      }
      this.#want = count;
      this.#resolve = resolve;
      this.#reject = reject;
      this.#deliver();
    });
  }

  fail(error: Error): void {
    this.#failure ??= error;
    this.#reject?.(error);
    this.#resolve = undefined;
    this.#reject = undefined;
  }

  #deliver(): void {
    const resolve = this.#resolve;
    if (!resolve || this.#have.length < this.#want) return;
    const bytes = this.#have.subarray(0, this.#want);
    this.#have = this.#have.subarray(this.#want);
    this.#resolve = undefined;
    this.#reject = undefined;
    resolve(bytes);
  }
}

/** Greets the server and asks for the extensions; rejects with the server's reason. */
export async function setUpLane(
  stream: Stream,
  reader: SetupReader,
  cookie: Cookie,
): Promise<LaneFacts> {
  stream.write(greeting(cookie));
  const prefix = await reader.take(SETUP_PREFIX_BYTES);
  const body = await reader.take(4 * prefix.readUInt16LE(6));
  if (prefix[0] !== 1) {
    const length = prefix[0] === 0 ? (prefix[1] as number) : body.length;
    throw new Error(body.toString('latin1', 0, length).trim());
  }
  const vendorBytes = (body.readUInt16LE(16) + 3) & ~3;
  const screenAt = 32 + vendorBytes + 8 * (body[21] as number);
  if (body.length < screenAt + SCREEN_BYTES) throw new Error('the server has no screen');

  const shm = await queryExtension(stream, reader, 'MIT-SHM');
  if (!shm.present) throw new Error('the server has no MIT-SHM extension');
  const composite = await queryExtension(stream, reader, 'Composite');
  const damage = await queryExtension(stream, reader, 'DAMAGE');
  let sequence = 3;
  stream.write(Buffer.from([shm.major, 0, 1, 0]));
  const shmVersion = await reader.take(REPLY_BYTES);
  sequence++;
  if (shmVersion.readUInt16LE(8) === 1 && shmVersion.readUInt16LE(10) < 2) {
    throw new Error('the server has no MIT-SHM 1.2');
  }
  for (const [extension, major, minor] of [
    [composite, 0, 4],
    [damage, 1, 1],
  ] as const) {
    if (!extension.present) continue;
    const bytes = Buffer.alloc(12);
    bytes[0] = extension.major;
    bytes.writeUInt16LE(3, 2);
    bytes.writeUInt32LE(major, 4);
    bytes.writeUInt32LE(minor, 8);
    stream.write(bytes);
    await reader.take(REPLY_BYTES);
    sequence++;
  }
  return {
    resourceBase: body.readUInt32LE(4),
    resourceMask: body.readUInt32LE(8),
    root: body.readUInt32LE(screenAt),
    rootDepth: body[screenAt + 38] as number,
    sequence,
    shm: shm.major,
    sharedPixmaps: shmVersion[1] !== 0,
    composite: composite.present ? composite.major : 0,
    damage: damage.present ? damage.major : 0,
    damageEvent: damage.present ? damage.firstEvent : 0,
  };
}

function greeting(cookie: Cookie): Buffer {
  const padded = (length: number): number => (length + 3) & ~3;
  const nameBytes = padded(cookie.name.length);
  const bytes = Buffer.alloc(12 + nameBytes + padded(cookie.data.length));
  bytes[0] = 0x6c; // little-endian
  bytes.writeUInt16LE(11, 2);
  bytes.writeUInt16LE(cookie.name.length, 6);
  bytes.writeUInt16LE(cookie.data.length, 8);
  bytes.write(cookie.name, 12, 'latin1');
  cookie.data.copy(bytes, 12 + nameBytes);
  return bytes;
}

async function queryExtension(
  stream: Stream,
  reader: SetupReader,
  name: string,
): Promise<{ present: boolean; major: number; firstEvent: number }> {
  const padded = (name.length + 3) & ~3;
  const bytes = Buffer.alloc(8 + padded);
  bytes[0] = 98;
  bytes.writeUInt16LE(2 + padded / 4, 2);
  bytes.writeUInt16LE(name.length, 4);
  bytes.write(name, 8, 'latin1');
  stream.write(bytes);
  const reply = await reader.take(REPLY_BYTES);
  return {
    present: reply[8] === 1,
    major: reply[9] as number,
    firstEvent: reply[10] as number,
  };
}
