/**
 * The guest's end of a channel over a virtio-serial port: the agent's side. The
 * port is a descriptor that stays open for ever; whether a host is at the other
 * end is seen by reading, and while there is none it is looked for now and then,
 * since poll() says POLLHUP all that time. One conversation after the other,
 * each begun by a greeting; what is left over of one never reaches the next.
 */
import { randomBytes } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import { LimitExceeded } from '../base/errors.ts';
import { type Fd, native, type Stream } from '../native/addon.ts';
import type { Channel, ChannelEvents, Secret } from './channel.ts';
import { MAX_RECORD_BYTES, RECORD_HEADER_BYTES } from './port-channel.ts';
import { GuestGreeting } from './port-greeting.ts';
import { DEFAULT_QUEUE_BYTES } from './socket-channel.ts';

/** How often a host is looked for: a person who starts the daemon does not notice. */
const LOOK_MS = 50;
const NONCE_BYTES = 16;
/** Longest word of the greeting. */
const GREETING_BYTES = 64;
const BYE = new Uint8Array(RECORD_HEADER_BYTES);

export interface PortListenerOptions {
  /** The open port. Owned from now on. */
  readonly port: Fd;
  readonly clock: Clock;
  /** Bound of the write queue in bytes; DEFAULT_QUEUE_BYTES if not given. */
  readonly maxQueueBytes?: number;
}

export class PortListener implements Channel {
  readonly #port: Fd;
  readonly #clock: Clock;
  readonly #maxQueueBytes: number;
  readonly #in = new Uint8Array(GREETING_BYTES);
  readonly #out = Buffer.alloc(RECORD_HEADER_BYTES + MAX_RECORD_BYTES);
  #events: ChannelEvents | undefined;
  #timer: Disposable | undefined;
  /** While a host is there: over a duplicate of the port, which is closed when it leaves. */
  #stream: Stream | undefined;
  #greeting: GuestGreeting | undefined;
  #open = false;
  #accepting = false;

  constructor({ port, clock, maxQueueBytes }: PortListenerOptions) {
    this.#port = port;
    this.#clock = clock;
    this.#maxQueueBytes = maxQueueBytes ?? DEFAULT_QUEUE_BYTES;
  }

  get isOpen(): boolean {
    return this.#open;
  }

  get queuedBytes(): number {
    return this.#open && this.#stream ? this.#stream.pendingBytes : 0;
  }

  start(events: ChannelEvents): void {
    this.#events = events;
    this.#accepting = true;
    if (!this.#stream) this.#lookAfter(0);
  }

  read(into: Uint8Array): number {
    if (!this.#open || !this.#stream) return -1;
    const count = this.#stream.read(into);
    if (count < 0) this.#left('the host left the port');
    return count;
  }

  write(bytes: Uint8Array): void {
    if (!this.#open || !this.#stream) return;
    this.#takeRoom(bytes.length);
    for (let at = 0; at < bytes.length; at += MAX_RECORD_BYTES) {
      const piece = bytes.subarray(at, at + MAX_RECORD_BYTES);
      // In one write: each is an interrupt of the machine.
      this.#out.writeUInt32LE(piece.length);
      this.#out.set(piece, RECORD_HEADER_BYTES);
      this.#stream.write(this.#out.subarray(0, RECORD_HEADER_BYTES + piece.length));
    }
  }

  writeSecret(header: Uint8Array, secret: Secret): void {
    if (!this.#open || !this.#stream) return;
    const length = header.length + secret.size;
    this.#takeRoom(length);
    if (length > MAX_RECORD_BYTES) {
      throw new LimitExceeded('CHANNEL_QUEUE', `a secret of ${length} bytes for one record`);
    }
    const start = Buffer.alloc(RECORD_HEADER_BYTES);
    start.writeUInt32LE(length);
    this.#stream.writeSecret(Buffer.concat([start, header]), secret);
  }

  pause(): void {
    if (this.#open) this.#stream?.pause();
  }

  resume(): void {
    if (this.#open) this.#stream?.resume();
  }

  /** The host is told after what waits, so that it never reads half a record. */
  hangUp(retry: boolean): void {
    this.#accepting = retry;
    if (!this.#open || !this.#stream) return;
    this.#stream.write(BYE);
    this.#stream.resume();
    this.#close('this side closed the channel');
    this.#greeting = new GuestGreeting(() => randomBytes(NONCE_BYTES));
  }

  [Symbol.dispose](): void {
    this.#events = undefined;
    this.#accepting = false;
    this.#open = false;
    this.#timer?.[Symbol.dispose]();
    this.#stream?.[Symbol.dispose]();
    this.#stream = undefined;
    this.#port[Symbol.dispose]();
  }

  #lookAfter(ms: number): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = this.#clock.after(ms, () => {
      this.#timer = undefined;
      this.#look();
    });
  }

  #look(): void {
    const stream = native().adoptPort(this.#port.dup());
    this.#stream = stream;
    this.#greeting = new GuestGreeting(() => randomBytes(NONCE_BYTES));
    if (!this.#greet(stream, this.#greeting)) return;
    stream.start({
      readable: () => this.#readable(),
      drained: () => {
        if (this.#open) this.#events?.drained?.();
      },
      failed: (error) => this.#left(error.message),
    });
  }

  #readable(): void {
    if (this.#open) this.#events?.readable();
    else if (this.#stream && this.#greeting) this.#greet(this.#stream, this.#greeting);
  }

  /** Reads a part of the greeting. False when there is no host any more. */
  #greet(stream: Stream, greeting: GuestGreeting): boolean {
    const count = stream.read(this.#in.subarray(0, greeting.wantedBytes));
    if (count < 0) {
      this.#left('the host left the port');
      return false;
    }
    if (count === 0) return true;
    const step = greeting.push(this.#in.subarray(0, count));
    if (step.kind === 'hello') stream.write(step.send);
    if (step.kind !== 'begun' || !this.#accepting) return true;
    this.#greeting = undefined;
    this.#open = true;
    this.#events?.opened();
    return true;
  }

  /** There is no host: what it left unread, and what waits for it, is gone. */
  #left(reason: string): void {
    this.#stream?.[Symbol.dispose]();
    this.#stream = undefined;
    this.#greeting = undefined;
    this.#close(reason);
    if (this.#events) this.#lookAfter(LOOK_MS);
  }

  /** `closed` never comes from inside a call. */
  #close(reason: string): void {
    if (!this.#open) return;
    this.#open = false;
    queueMicrotask(() => this.#events?.closed(reason));
  }

  #takeRoom(count: number): void {
    const queued = (this.#stream?.pendingBytes ?? 0) + count;
    if (queued <= this.#maxQueueBytes) return;
    throw new LimitExceeded('CHANNEL_QUEUE', `dom0 does not read: ${queued} bytes would wait`);
  }
}
