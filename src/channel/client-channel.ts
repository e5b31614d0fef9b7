/**
 * The client's end of a channel, dom0's side, whatever it goes over: waits for
 * the other side to appear, connects, and connects again when the conversation
 * ended. What comes over it is not trusted.
 */
import type { Clock } from '../base/clock.ts';
import type { Channel, ChannelEvents, Secret, Socket } from './channel.ts';
import { Conversation, type PlainStream } from './conversation.ts';

/** Bytes that may wait for a qube that does not read. */
export const DEFAULT_QUEUE_BYTES = 8 * 1024 * 1024;

/** The first attempt after an end or a failure; doubled with each further one. */
const FIRST_RETRY_MS = 40;
/** What is absent is looked for this often in the end. */
const LAST_RETRY_MS = 500;
/** A conversation of this length is no failure; a peer that hangs up sooner is one. */
const GOOD_CONVERSATION_MS = 1000;

export interface ClientChannelOptions {
  /** Tries once. Throws while nobody is there; whatever it throws may change. */
  connect(): PlainStream;
  readonly clock: Clock;
  /** Bound of the write queue in bytes; DEFAULT_QUEUE_BYTES if not given. */
  readonly maxQueueBytes?: number | undefined;
}

export class ClientChannel implements Channel {
  readonly #connectOnce: () => PlainStream;
  readonly #clock: Clock;
  readonly #maxQueueBytes: number;
  #events: ChannelEvents | undefined;
  #conversation: Conversation | undefined;
  #timer: Disposable | undefined;
  #retryMs = FIRST_RETRY_MS;
  #openedAtMs = 0;
  #retry = true;
  #disposed = false;

  constructor(options: ClientChannelOptions) {
    this.#connectOnce = () => options.connect();
    this.#clock = options.clock;
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

  /** Returns before the first attempt: `opened` never comes from inside. */
  start(events: ChannelEvents): void {
    if (this.#disposed) return;
    this.#events = events;
    this.#retry = true;
    this.#retryMs = FIRST_RETRY_MS;
    if (this.#conversation === undefined) this.#tryAfter(0);
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

  hangUp(retry: boolean): void {
    this.#retry = retry;
    if (this.#conversation) {
      this.#conversation.end('this side closed the channel');
      return;
    }
    if (!retry) this.#stopTimer();
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    this.#events = undefined;
    this.#stopTimer();
    this.#conversation?.[Symbol.dispose]();
    this.#conversation = undefined;
  }

  #tryAfter(ms: number): void {
    this.#stopTimer();
    this.#timer = this.#clock.after(ms, () => {
      this.#timer = undefined;
      this.#connect();
    });
  }

  #stopTimer(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
  }

  #connect(): void {
    let stream: PlainStream;
    try {
      stream = this.#connectOnce();
    } catch {
      this.#tryAgain();
      return;
    }
    const conversation = new Conversation(stream, this.#maxQueueBytes);
    this.#conversation = conversation;
    this.#openedAtMs = this.#clock.nowMs();
    conversation.start({
      readable: () => this.#events?.readable(),
      drained: () => this.#events?.drained?.(),
      ended: (reason) => this.#ended(reason),
    });
    this.#events?.opened();
  }

  #ended(reason: string): void {
    this.#conversation = undefined;
    this.#events?.closed(reason);
    // The listener may have started, stopped or disposed this channel meanwhile.
    if (this.#disposed || this.#conversation || this.#timer || !this.#retry) return;
    if (this.#clock.nowMs() - this.#openedAtMs >= GOOD_CONVERSATION_MS) {
      this.#retryMs = FIRST_RETRY_MS;
    }
    this.#tryAgain();
  }

  #tryAgain(): void {
    this.#tryAfter(this.#retryMs);
    this.#retryMs = Math.min(this.#retryMs * 2, LAST_RETRY_MS);
  }
}
