/**
 * One life of a qube as the daemon's link sees it: where its channels are and
 * how its memory is had. The keeper's qubes have memory with a sealed size;
 * those that somebody else runs have a file, which is only ever copied from.
 */
import type { DomainId } from '../base/ids.ts';
import { channelPath, PORT } from '../channel/path.ts';
import { MAX_POOL_BYTES, PoolHandle } from '../channel/pool.ts';
import type { PoolFile } from '../channel/pool-file.ts';
import type { QubePlace } from '../config/config.ts';
import type { AttachedQube } from '../keeper/client.ts';
import type { QubeStatus } from '../keeper/messages.ts';
import { PAGE_BYTES } from '../native/addon.ts';

/** A qube's memory for one link. */
export interface LifePool {
  readonly pool: PoolHandle | PoolFile;
  /** References 0 to pages - 1 may exist. */
  readonly pages: number;
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

export interface QubeLife {
  /** Tells one life of a qube from the next. */
  readonly key: unknown;
  readonly guiSocket: string;
  readonly serviceSocket: string;
  /** Its channels are ports of a virtual machine. */
  readonly ports: boolean;
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
    guiSocket: status.guiSocket,
    serviceSocket: status.serviceSocket,
    ports: status.backend === 'qemu',
    openPool: async () => {
      const pool = PoolHandle.take((await attach()).pool, status.poolBytes);
      return { pool, pages: pool.pages };
    },
  };
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
  return {
    key: options,
    guiSocket: channelPath(place.channelDir, domain, client, PORT.gui),
    serviceSocket: channelPath(place.channelDir, domain, client, PORT.service),
    ports: false,
    // How many pages there are is known when an image is drawn: the file may change.
    openPool: async () => ({ pool: options.openPool(), pages: MAX_POOL_BYTES / PAGE_BYTES }),
    events,
  };
}
