/**
 * dom0's end of a channel over a vchan of Xen: the qube's domain is the server.
 * Its keys appear in xenstore when its agent listens, and again for each
 * conversation. That the domain died is not to be seen here (a vchan stays open
 * then): whoever owns the channel disposes of it. Nor is why there is no vchan: an
 * agent that serves somebody has none to offer, as one that does not run; after a
 * while that is said.
 */
import type { Clock } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import { DOM0, type DomainId } from '../base/ids.ts';
import type { Log } from '../base/log.ts';
import type { Xen, Xenstore } from '../native/xen.ts';
import { ClientChannel } from './client-channel.ts';
import type { PlainStream } from './conversation.ts';
import { readVchanKeys, vchanPath } from './vchan.ts';

/** An agent of a daemon that went offers its vchan anew within milliseconds, in emulation too. */
const ABSENT_MS = 5000;
export const ABSENT = 'it offers no vchan: its agent does not run yet, or serves another daemon';

export interface VchanChannelOptions {
  readonly xen: Pick<Xen, 'connectVchan'>;
  readonly store: Pick<Xenstore, 'read'>;
  readonly domain: DomainId;
  readonly port: number;
  readonly clock: Clock;
  readonly log: Log;
  /** Bound of the write queue in bytes; DEFAULT_QUEUE_BYTES if not given. */
  readonly maxQueueBytes?: number | undefined;
}

export class VchanChannel extends ClientChannel {
  constructor({ xen, store, domain, port, clock, log, maxQueueBytes }: VchanChannelOptions) {
    const path = vchanPath(domain, DOM0, port);
    let said: string | undefined;
    let absentSinceMs: number | undefined;
    let absenceSaid = false;
    const absent = (): Error => {
      absentSinceMs ??= clock.nowMs();
      if (!absenceSaid && clock.nowMs() - absentSinceMs >= ABSENT_MS) {
        absenceSaid = true;
        log.warn({ port, reason: ABSENT }, 'the domain is not reached');
      }
      return new Error(`there is no vchan at ${path}`);
    };
    const connect = (): PlainStream => {
      const keys = readVchanKeys(store, path);
      if (!keys) throw absent();
      absentSinceMs = undefined;
      absenceSaid = false;
      try {
        return xen.connectVchan(domain, keys.ringRef, keys.eventChannel);
      } catch (error) {
        // It may be just going; what stays as it is, is said once.
        const reason = messageOf(error);
        if (reason !== said) log.warn({ port, reason }, 'the vchan of the domain cannot be used');
        said = reason;
        throw error;
      }
    };
    super({ connect, clock, maxQueueBytes });
  }
}
