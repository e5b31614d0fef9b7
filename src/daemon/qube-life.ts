/**
 * One life of a qube as the daemon's link sees it: where its channels are and
 * how its memory is had. The keeper's qubes have memory with a sealed size;
 * those that somebody else runs have a file, which is only ever copied from.
 */
import type { Clock } from '../base/clock.ts';
import type { DomainId } from '../base/ids.ts';
import type { Log } from '../base/log.ts';
import type { Channel } from '../channel/channel.ts';
import type { GrantPool } from '../channel/grant-pool.ts';
import { channelPath, PORT } from '../channel/path.ts';
import { MAX_POOL_BYTES, PoolHandle } from '../channel/pool.ts';
import type { PoolFile } from '../channel/pool-file.ts';
import { PortChannel } from '../channel/port-channel.ts';
import { SocketChannel } from '../channel/socket-channel.ts';
import type { QubePlace } from '../config/config.ts';
import type { AttachedQube } from '../keeper/client.ts';
import type { QubeStatus } from '../keeper/messages.ts';
import { PAGE_BYTES } from '../native/addon.ts';

/** A qube's memory for one link. */
export interface LifePool {
  readonly pool: PoolHandle | PoolFile | GrantPool;
  /** What all its images may take, in pages. */
  readonly pages: number;
  /** References 0 to one less than this may exist; `pages` if not given. */
  readonly references?: number;
}

/** What somebody who handed a qube over is told. */
export interface LifeEvents {
  /** Its agent is there; called for each conversation. */
  connected(): void;
  /** Its agent went away and is waited for. */
  waiting(): void;
  /** A rule was broken; the link goes on only if nobody ends it. */
  broken(code: string, reason: string): void;
}

export interface ChannelWish {
  readonly clock: Clock;
  readonly log: Log;
  /** Bound of the write queue in bytes; the channel's own if not given. */
  readonly maxQueueBytes?: number | undefined;
}

export interface QubeLife {
  /** Tells one life of a qube from the next. */
  readonly key: unknown;
  /** For the log. */
  readonly place: string;
  /** One of its channels, owned by the caller. */
  openChannel(which: keyof typeof PORT, options: ChannelWish): Channel;
  /** Owned by the caller. Rejects with UserError. */
  openPool(): Promise<LifePool>;
  readonly events?: LifeEvents | undefined;
}

/** A qube that the keeper runs. @param attach takes its memory from the keeper */
export function keptLife(
  status: QubeStatus,
  attach: () => Promise<Pick<AttachedQube, 'pool'>>,
): QubeLife {
  return {
    key: status.pid,
    place: status.guiSocket,
    openChannel: (which, wish) => {
      const path = which === 'gui' ? status.guiSocket : status.serviceSocket;
      return status.backend === 'qemu'
        ? openPort(path, wish)
        : new SocketChannel({ path, ...wish });
    },
    openPool: async () => {
      const pool = PoolHandle.take((await attach()).pool, status.poolBytes);
      return { pool, pages: pool.pages };
    },
  };
}

/** A machine has ports, whose beginnings must be told from what came before. */
function openPort(path: string, wish: ChannelWish): Channel {
  const { clock, log } = wish;
  const inner = new SocketChannel({ path, ...wish });
  const failed = (reason: string): void => log.warn({ reason }, 'the machine is not reached');
  return new PortChannel({ inner, clock, failed });
}

export interface SharedLifeOptions {
  readonly place: QubePlace;
  readonly domain: DomainId;
  /** Whom the channel's socket is for. */
  readonly client: DomainId;
  openPool(): PoolFile;
  readonly events?: LifeEvents | undefined;
}

/** A qube that somebody else runs. Throws UserError PATH_TOO_LONG. */
export function sharedLife(options: SharedLifeOptions): QubeLife {
  const { place, domain, client, events } = options;
  const paths = {
    gui: channelPath(place.channelDir, domain, client, PORT.gui),
    service: channelPath(place.channelDir, domain, client, PORT.service),
  };
  return {
    key: options,
    place: paths.gui,
    openChannel: (which, wish) => new SocketChannel({ path: paths[which], ...wish }),
    // How many pages there are is known when an image is drawn: the file may change.
    openPool: async () => ({ pool: options.openPool(), pages: MAX_POOL_BYTES / PAGE_BYTES }),
    events,
  };
}
