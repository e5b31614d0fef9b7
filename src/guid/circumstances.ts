/**
 * What `livery-guid` finds around it besides its settings: where the sockets of
 * qubes lie, which domain it runs in, and who wants to be told what.
 */
import type { Clock } from '../base/clock.ts';
import { UserError } from '../base/errors.ts';
import { DOM0, type DomainId } from '../base/ids.ts';
import type { Log } from '../base/log.ts';
import type { Display } from '../x11/display.ts';
import type { Settings } from './settings.ts';

const DEFAULT_SOCKET_DIR = '/var/run/vchan';

export interface ServeOptions {
  readonly settings: Settings;
  readonly display: Display;
  readonly env: NodeJS.ProcessEnv;
  readonly clock: Clock;
  readonly log: Log;
  /** The agent is connected; called for each conversation. */
  connected(): void;
  /** The conversation is over and the agent is waited for again. */
  disconnected(): void;
  /** Resolves when the process is told to end. */
  readonly told: Promise<string>;
  /** Calls `listener` when the screen is to be looked at again. */
  onReload(listener: () => void): Disposable;
}

export function socketDir(env: NodeJS.ProcessEnv): string {
  return env.VCHAN_SOCKET_DIR || DEFAULT_SOCKET_DIR;
}

/** The domain that this runs in. Throws UserError VCHAN_DOMAIN. */
export function ownDomain(env: NodeJS.ProcessEnv): DomainId {
  const own = env.VCHAN_DOMAIN ?? '0';
  if (!/^\d{1,5}$/.test(own)) {
    throw new UserError('VCHAN_DOMAIN', `VCHAN_DOMAIN is "${own}"; expected a domain id`);
  }
  return Number(own) === 0 ? DOM0 : (Number(own) as DomainId);
}

/** Throws UserError POOL_DIR. */
export function poolDirOf({ poolDir }: Settings): string {
  if (poolDir !== undefined) return poolDir;
  throw new UserError('POOL_DIR', 'where the memory of the qube lies is not known', {
    hint: 'name the directory of dom-ID.pool with --pool-dir or LIVERY_POOL_DIR',
  });
}
