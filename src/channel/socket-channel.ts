/**
 * dom0's end of a channel over a unix socket. The path lies in a directory of
 * dom0; it is absent, or nobody listens there, until the qube has begun.
 */
import type { Clock } from '../base/clock.ts';
import { native } from '../native/addon.ts';
import { ClientChannel } from './client-channel.ts';

export { DEFAULT_QUEUE_BYTES } from './client-channel.ts';

export interface SocketChannelOptions {
  readonly path: string;
  readonly clock: Clock;
  /** Bound of the write queue in bytes; DEFAULT_QUEUE_BYTES if not given. */
  readonly maxQueueBytes?: number | undefined;
}

export class SocketChannel extends ClientChannel {
  constructor({ path, clock, maxQueueBytes }: SocketChannelOptions) {
    super({ connect: () => native().connectUnix(path), clock, maxQueueBytes });
  }
}
