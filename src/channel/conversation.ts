/**
 * One stream as a conversation: bounded writes, descriptors from the peer
 * refused, one end. Shared by both sides of every channel. The peer is
 * not trusted: it may stop reading, end at any byte, or send descriptors.
 */
import { LimitExceeded, messageOf, ProtocolViolation } from '../base/errors.ts';
import { DESCRIPTORS_CAME, type Stream, type StreamEvents } from '../native/addon.ts';
import { RING_CORRUPT } from '../native/xen.ts';
import type { Secret } from './channel.ts';

/** Bytes both ways that have begun, or will: a stream without descriptors, or a vchan. */
export interface PlainStream
  extends Pick<
    Stream,
    'readPlain' | 'writeSecret' | 'pendingBytes' | 'pause' | 'resume' | typeof Symbol.dispose
  > {
  write(bytes: Uint8Array): number;
  /** Absent where what is read is not what a socket brings. */
  readonly putShortcut?: Stream['putShortcut'];
  start(events: StreamEvents & { connected(): void }): void;
}

export interface ConversationEvents {
  /** The other side came; only where a stream is there before it. */
  connected?(): void;
  readable(): void;
  drained(): void;
  /** Once, never from inside a call of this object. */
  ended(reason: string): void;
}

export class Conversation implements Disposable {
  readonly #stream: PlainStream;
  readonly #maxQueueBytes: number;
  #events: ConversationEvents | undefined;
  #over = false;
  #waiting = false;

  /** Takes ownership of `stream`. */
  constructor(stream: PlainStream, maxQueueBytes: number) {
    this.#stream = stream;
    this.#maxQueueBytes = maxQueueBytes;
  }

  /** A socket whose bytes are the conversation's, for shortcuts; reading and writing stay ours. */
  get socket(): Stream | undefined {
    return !this.#over && isSocket(this.#stream) ? this.#stream : undefined;
  }

  get queuedBytes(): number {
    // Asking the addon costs more than the rest of a small write.
    return this.#over || !this.#waiting ? 0 : this.#stream.pendingBytes;
  }

  start(events: ConversationEvents): void {
    this.#events = events;
    this.#stream.start({
      connected: () => {
        if (!this.#over) events.connected?.();
      },
      readable: () => {
        if (!this.#over) events.readable();
      },
      drained: () => {
        if (!this.#waiting || this.#over) return;
        this.#waiting = false;
        events.drained();
      },
      // What the peer wrote before it went is still to be read; the end of the
      // stream follows it. Only writing is pointless from now on.
      failed: () => {
        this.#waiting = false;
      },
    });
  }

  read(into: Uint8Array): number {
    if (this.#over) return -1;
    let count: number;
    try {
      count = this.#stream.readPlain(into);
    } catch (error) {
      this.end(messageOf(error));
      return -1;
    }
    if (count >= 0) return count;
    if (count === DESCRIPTORS_CAME) {
      // A peer that sends them could use up ours: its session ends.
      throw new ProtocolViolation('CHANNEL_DESCRIPTORS', 'file descriptors came over a channel');
    }
    if (count === RING_CORRUPT) {
      throw new ProtocolViolation('CHANNEL_RING', 'the indices of the ring cannot be true');
    }
    this.end('the other side closed the channel');
    return -1;
  }

  write(bytes: Uint8Array): void {
    if (this.#over) return;
    this.#takeRoom(bytes.length);
    if (this.#stream.write(bytes) > 0) this.#waiting = true;
  }

  writeSecret(header: Uint8Array, secret: Secret): void {
    if (this.#over) return;
    this.#takeRoom(header.length + secret.size);
    if (this.#stream.writeSecret(header, secret) > 0) this.#waiting = true;
  }

  pause(): void {
    if (!this.#over) this.#stream.pause();
  }

  resume(): void {
    if (!this.#over) this.#stream.resume();
  }

  /** Closes the stream; `ended` follows in a turn of its own. */
  end(reason: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#stream[Symbol.dispose]();
    queueMicrotask(() => this.#events?.ended(reason));
  }

  /** Closes the stream without a word. */
  [Symbol.dispose](): void {
    this.#events = undefined;
    if (this.#over) return;
    this.#over = true;
    this.#stream[Symbol.dispose]();
  }

  #takeRoom(count: number): void {
    const queued = this.queuedBytes + count;
    if (queued <= this.#maxQueueBytes) return;
    throw new LimitExceeded('CHANNEL_QUEUE', `the qube does not read: ${queued} bytes would wait`);
  }
}

/** A vchan has no shortcut. */
function isSocket(stream: PlainStream): stream is Stream {
  return stream.putShortcut !== undefined;
}
