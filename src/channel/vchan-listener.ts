/**
 * The server's end of a channel over a vchan of Xen: the agent's side, in a
 * domain. One vchan for each conversation: published in xenstore, taken back
 * when its client came (so that no second one finds it), and a new one after
 * its end. While there is none it is tried again.
 */
import type { Clock } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { DomainId } from '../base/ids.ts';
import type { Log } from '../base/log.ts';
import type { Vchan, Xen, Xenstore } from '../native/xen.ts';
import type { Channel, ChannelEvents, Secret } from './channel.ts';
import { DEFAULT_QUEUE_BYTES } from './client-channel.ts';
import { Conversation } from './conversation.ts';
import { vchanNode } from './vchan.ts';

/** Of each direction; a GUI agent's whole turn fits. */
const RING_BYTES = 64 * 1024;
/** After a vchan that could not be made or published. */
const RETRY_MS = 500;

export interface VchanListenerOptions {
  readonly xen: Pick<Xen, 'serveVchan'>;
  readonly store: Pick<Xenstore, 'publish' | 'remove'>;
  /** The domain of the daemon. */
  readonly client: DomainId;
  readonly port: number;
  readonly clock: Clock;
  readonly log: Log;
}

export class VchanListener implements Channel {
  readonly #options: VchanListenerOptions;
  readonly #node: string;
  #events: ChannelEvents | undefined;
  /** From the moment that its vchan is published. */
  #conversation: Conversation | undefined;
  #open = false;
  #accepting = false;
  #timer: Disposable | undefined;
  #said = '';

  constructor(options: VchanListenerOptions) {
    this.#options = options;
    this.#node = vchanNode(options.client, options.port);
  }

  get isOpen(): boolean {
    return this.#open;
  }

  get queuedBytes(): number {
    return this.#open ? (this.#conversation?.queuedBytes ?? 0) : 0;
  }

  start(events: ChannelEvents): void {
    this.#events = events;
    this.#accepting = true;
    if (!this.#conversation && !this.#timer) this.#serve();
  }

  read(into: Uint8Array): number {
    return this.#open ? (this.#conversation?.read(into) ?? -1) : -1;
  }

  write(bytes: Uint8Array): void {
    if (this.#open) this.#conversation?.write(bytes);
  }

  writeSecret(header: Uint8Array, secret: Secret): void {
    if (this.#open) this.#conversation?.writeSecret(header, secret);
  }

  pause(): void {
    if (this.#open) this.#conversation?.pause();
  }

  resume(): void {
    if (this.#open) this.#conversation?.resume();
  }

  /** With `retry` false no vchan is there until `start` is called again. */
  hangUp(retry: boolean): void {
    this.#accepting = retry;
    if (this.#open || !retry) this.#conversation?.end('this side closed the channel');
  }

  [Symbol.dispose](): void {
    this.#events = undefined;
    this.#accepting = false;
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    if (this.#conversation && !this.#open) this.#takeBack();
    this.#open = false;
    this.#conversation?.[Symbol.dispose]();
    this.#conversation = undefined;
  }

  #serve(): void {
    const { xen, store, client, log } = this.#options;
    let vchan: Vchan | undefined;
    try {
      vchan = xen.serveVchan(client, RING_BYTES, RING_BYTES);
      store.publish(client, [
        [`${this.#node}/ring-ref`, String(vchan.ringRef)],
        [`${this.#node}/event-channel`, String(vchan.eventChannel)],
      ]);
    } catch (error) {
      vchan?.[Symbol.dispose]();
      const reason = messageOf(error);
      if (reason !== this.#said) log.warn({ reason, node: this.#node }, 'there is no vchan yet');
      this.#said = reason;
      this.#serveLater(RETRY_MS);
      return;
    }
    this.#said = '';
    const conversation = new Conversation(vchan, DEFAULT_QUEUE_BYTES);
    this.#conversation = conversation;
    conversation.start({
      connected: () => this.#connected(),
      readable: () => {
        if (this.#open) this.#events?.readable();
      },
      drained: () => {
        if (this.#open) this.#events?.drained?.();
      },
      ended: (reason) => this.#ended(reason),
    });
  }

  #connected(): void {
    this.#takeBack();
    this.#open = true;
    this.#events?.opened();
  }

  #ended(reason: string): void {
    if (!this.#open) this.#takeBack();
    this.#conversation = undefined;
    const wasOpen = this.#open;
    this.#open = false;
    if (wasOpen) this.#events?.closed(reason);
    if (this.#accepting && !this.#conversation) this.#serveLater(0);
  }

  #serveLater(ms: number): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = this.#options.clock.after(ms, () => {
      this.#timer = undefined;
      if (this.#accepting && !this.#conversation) this.#serve();
    });
  }

  #takeBack(): void {
    try {
      this.#options.store.remove(this.#node);
    } catch (error) {
      this.#options.log.warn({ reason: messageOf(error) }, 'xenstore keeps a vchan that is gone');
    }
  }
}
