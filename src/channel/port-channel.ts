/**
 * dom0's end of a channel over a port of a virtual machine: the socket of the
 * machine's program is there before the guest is and stays when its agent hangs
 * up, so it is not believed to be a conversation until the greeting says so
 * (port-greeting.ts). From the guest come records: a length (u32, little
 * endian), then so many bytes; a length of 0 is its way to hang up, which the
 * port itself does not have. Nothing of this is trusted.
 */
import { randomBytes } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import { ProtocolViolation } from '../base/errors.ts';
import type { Channel, ChannelEvents, Secret } from './channel.ts';
import { HostGreeting } from './port-greeting.ts';

/** Longest record. The guest cuts what it writes into such pieces. */
export const MAX_RECORD_BYTES = 256 * 1024;
export const RECORD_HEADER_BYTES = 4;
/** A guest that is there answers within milliseconds, in software emulation on a busy host too. */
const GREETING_MS = 5000;
const READ_BYTES = 64 * 1024;
const NONCE_BYTES = 16;

export const SILENT =
  'it does not answer on its port: it is paused, still starts, or serves another daemon';

export interface PortChannelOptions {
  /** Usually a SocketChannel. Owned from now on. */
  readonly inner: Channel;
  readonly clock: Clock;
  /** A conversation did not begin, and why; it is tried again. */
  failed(reason: string): void;
}

export class PortChannel implements Channel {
  readonly #inner: Channel;
  readonly #clock: Clock;
  readonly #failed: (reason: string) => void;
  readonly #in = new Uint8Array(READ_BYTES);
  readonly #header = Buffer.alloc(RECORD_HEADER_BYTES);
  #events: ChannelEvents | undefined;
  /** While there is a socket but no conversation. */
  #greeting: HostGreeting | undefined;
  #timer: Disposable | undefined;
  #open = false;
  #headerBytes = 0;
  /** Of the record that is being read. */
  #left = 0;

  constructor({ inner, clock, failed }: PortChannelOptions) {
    this.#inner = inner;
    this.#clock = clock;
    this.#failed = failed;
  }

  get isOpen(): boolean {
    return this.#open;
  }

  get queuedBytes(): number {
    return this.#open ? this.#inner.queuedBytes : 0;
  }

  start(events: ChannelEvents): void {
    this.#events = events;
    this.#inner.start({
      opened: () => this.#greet(),
      readable: () => (this.#open ? this.#events?.readable() : this.#greeted()),
      drained: () => {
        if (this.#open) this.#events?.drained?.();
      },
      closed: (reason) => this.#closed(reason),
    });
  }

  /** Throws ProtocolViolation CHANNEL_RECORD for a record that is longer than any. */
  read(into: Uint8Array): number {
    if (!this.#open) return -1;
    if (this.#left === 0) {
      const state = this.#readHeader();
      if (state !== 'record') return state === 'ended' ? -1 : 0;
    }
    const count = this.#inner.read(into.subarray(0, Math.min(this.#left, into.length)));
    if (count > 0) this.#left -= count;
    return count;
  }

  write(bytes: Uint8Array): void {
    if (this.#open) this.#inner.write(bytes);
  }

  writeSecret(header: Uint8Array, secret: Secret): void {
    if (this.#open) this.#inner.writeSecret(header, secret);
  }

  pause(): void {
    if (this.#open) this.#inner.pause();
  }

  resume(): void {
    if (this.#open) this.#inner.resume();
  }

  hangUp(retry: boolean): void {
    this.#inner.hangUp(retry);
  }

  [Symbol.dispose](): void {
    this.#events = undefined;
    this.#stopGreeting();
    this.#open = false;
    this.#inner[Symbol.dispose]();
  }

  #greet(): void {
    const greeting = new HostGreeting(() => randomBytes(NONCE_BYTES));
    this.#greeting = greeting;
    this.#timer = this.#clock.after(GREETING_MS, () => this.#giveUp(SILENT));
    this.#inner.write(greeting.hello);
  }

  #greeted(): void {
    const count = this.#inner.read(this.#in);
    if (count <= 0 || !this.#greeting) return;
    const step = this.#greeting.push(this.#in.subarray(0, count));
    if (step.kind === 'failed') this.#giveUp(step.reason);
    if (step.kind !== 'begun') return;
    this.#stopGreeting();
    this.#headerBytes = 0;
    this.#left = 0;
    this.#open = true;
    this.#inner.write(step.send);
    this.#events?.opened();
  }

  #giveUp(reason: string): void {
    this.#stopGreeting();
    this.#failed(reason);
    // The guest sees that we left, and is in no conversation when we come again.
    this.#inner.hangUp(true);
  }

  #stopGreeting(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    this.#greeting = undefined;
  }

  #closed(reason: string): void {
    this.#stopGreeting();
    if (!this.#open) return;
    this.#open = false;
    this.#events?.closed(reason);
  }

  #readHeader(): 'record' | 'later' | 'ended' {
    const count = this.#inner.read(this.#header.subarray(this.#headerBytes));
    if (count < 0) return 'ended';
    this.#headerBytes += count;
    if (this.#headerBytes < RECORD_HEADER_BYTES) return 'later';
    this.#headerBytes = 0;
    const length = this.#header.readUInt32LE();
    if (length > MAX_RECORD_BYTES) {
      const message = `a record of ${length} bytes on a port, at most ${MAX_RECORD_BYTES}`;
      throw new ProtocolViolation('CHANNEL_RECORD', message);
    }
    this.#left = length;
    if (length > 0) return 'record';
    this.#inner.hangUp(true);
    return 'ended';
  }
}
