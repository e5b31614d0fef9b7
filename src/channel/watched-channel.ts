/**
 * A channel that also tells when a conversation begins and ends; everything
 * else is the channel's own.
 */
import type { Channel, ChannelEvents } from './channel.ts';

export interface ChannelWatcher {
  opened(): void;
  /** After the session was told. */
  closed(): void;
}

export function watched(channel: Channel, watcher: ChannelWatcher): Channel {
  const start = (events: ChannelEvents): void =>
    channel.start({
      opened: () => {
        watcher.opened();
        events.opened();
      },
      readable: () => events.readable(),
      drained: () => events.drained?.(),
      closed: (reason) => {
        events.closed(reason);
        watcher.closed();
      },
    });
  return {
    get isOpen() {
      return channel.isOpen;
    },
    get socket() {
      return channel.socket;
    },
    get queuedBytes() {
      return channel.queuedBytes;
    },
    start,
    read: (into) => channel.read(into),
    write: (bytes) => channel.write(bytes),
    writeSecret: (header, secret) => channel.writeSecret(header, secret),
    pause: () => channel.pause(),
    resume: () => channel.resume(),
    hangUp: (retry) => channel.hangUp(retry),
    [Symbol.dispose]: () => channel[Symbol.dispose](),
  };
}
