/**
 * A channel without a socket, for fuzzing at speed: the peer's bytes are handed in
 * and what is said to the peer is handed out, in the turn in which it happens.
 */
import type { Channel, ChannelEvents, Secret } from '../../../src/channel/channel.ts';

export class MemoryChannel implements Channel {
  isOpen = false;
  /** What the peer seems to have left unread: holds motion back. */
  queuedBytes = 0;
  /** Everything that was written, as it is written. */
  readonly #onWrite: (bytes: Uint8Array) => void;
  #events: ChannelEvents | undefined;
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  #paused = false;
  #wanted = false;

  constructor(onWrite: (bytes: Uint8Array) => void) {
    this.#onWrite = onWrite;
  }

  start(events: ChannelEvents): void {
    this.#events = events;
    this.#wanted = true;
  }

  /** The peer connects; false when nobody waits for it. */
  connect(): boolean {
    if (!this.#wanted || this.isOpen) return false;
    this.isOpen = true;
    this.#paused = false;
    this.#at = 0;
    this.#bytes = this.#bytes.subarray(0, 0);
    this.queuedBytes = 0;
    this.#events?.opened();
    return true;
  }

  /** Bytes of the peer, all of which were read before. */
  feed(bytes: Uint8Array): void {
    this.#bytes = bytes;
    this.#at = 0;
    this.turn();
  }

  /** Lets what is there be read; true when all of it was. */
  turn(): boolean {
    while (this.isOpen && !this.#paused && this.#at < this.#bytes.length) this.#events?.readable();
    return !this.isOpen || (!this.#paused && this.#at === this.#bytes.length);
  }

  /** The peer has read everything. */
  drain(): void {
    this.queuedBytes = 0;
    if (this.isOpen) this.#events?.drained?.();
  }

  /** The peer goes. */
  leave(): void {
    this.#over('the other side closed the channel');
  }

  read(into: Uint8Array): number {
    if (!this.isOpen) return -1;
    const part = this.#bytes.subarray(this.#at, this.#at + into.length);
    into.set(part);
    this.#at += part.length;
    return part.length;
  }

  write(bytes: Uint8Array): void {
    if (this.isOpen) this.#onWrite(bytes);
  }

  writeSecret(header: Uint8Array, _secret: Secret): void {
    this.write(header);
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
  }

  hangUp(retry: boolean): void {
    this.#wanted = retry;
    this.#over('this side closed the channel');
  }

  [Symbol.dispose](): void {
    this.isOpen = false;
    this.#events = undefined;
    this.#wanted = false;
  }

  #over(reason: string): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.#events?.closed(reason);
  }
}
