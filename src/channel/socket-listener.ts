/**
 * The server's end of a channel over a unix socket: the agent's side. Holds one
 * conversation at a time; a second connection while one lives is closed. After
 * an end it waits for the next. The listening socket is inherited or bound.
 */
import { type Fd, type Listener, native, type Stream } from '../native/addon.ts';
import type { Channel, ChannelEvents, Secret, Socket } from './channel.ts';
import { Conversation } from './conversation.ts';
import { DEFAULT_QUEUE_BYTES } from './socket-channel.ts';

export interface SocketListenerOptions {
  /** An inherited listening descriptor (owned from now on), or the path to bind (mode 0600). */
  readonly at: { readonly fd: Fd } | { readonly path: string };
  /** Bound of the write queue in bytes; DEFAULT_QUEUE_BYTES if not given. */
  readonly maxQueueBytes?: number;
}

export class SocketListener implements Channel {
  readonly #listener: Listener;
  readonly #maxQueueBytes: number;
  #events: ChannelEvents | undefined;
  #conversation: Conversation | undefined;
  #listening = false;
  #accepting = false;

  /** Throws with errno when the path cannot be bound. */
  constructor(options: SocketListenerOptions) {
    const { at } = options;
    this.#listener = 'fd' in at ? native().adoptListener(at.fd) : native().listenUnix(at.path);
    this.#maxQueueBytes = options.maxQueueBytes ?? DEFAULT_QUEUE_BYTES;
  }

  get isOpen(): boolean {
    return this.#conversation !== undefined;
  }

  get socket(): Socket | undefined {
    return this.#conversation?.socket;
  }

  get queuedBytes(): number {
    return this.#conversation?.queuedBytes ?? 0;
  }

  start(events: ChannelEvents): void {
    this.#events = events;
    this.#accepting = true;
    if (this.#listening) return;
    this.#listening = true;
    this.#listener.start((stream) => this.#accepted(stream));
  }

  read(into: Uint8Array): number {
    return this.#conversation?.read(into) ?? -1;
  }

  write(bytes: Uint8Array): void {
    this.#conversation?.write(bytes);
  }

  writeSecret(header: Uint8Array, secret: Secret): void {
    this.#conversation?.writeSecret(header, secret);
  }

  pause(): void {
    this.#conversation?.pause();
  }

  resume(): void {
    this.#conversation?.resume();
  }

  /** With `retry` false later connections are closed until `start` is called again. */
  hangUp(retry: boolean): void {
    this.#accepting = retry;
    this.#conversation?.end('this side closed the channel');
  }

  [Symbol.dispose](): void {
    this.#events = undefined;
    this.#accepting = false;
    this.#conversation?.[Symbol.dispose]();
    this.#conversation = undefined;
    this.#listener[Symbol.dispose]();
  }

  #accepted(stream: Stream): void {
    if (!this.#accepting || this.#conversation) {
      stream[Symbol.dispose]();
      return;
    }
    const conversation = new Conversation(stream, this.#maxQueueBytes);
    this.#conversation = conversation;
    conversation.start({
      readable: () => this.#events?.readable(),
      drained: () => this.#events?.drained?.(),
      ended: (reason) => {
        this.#conversation = undefined;
        this.#events?.closed(reason);
      },
    });
    this.#events?.opened();
  }
}
