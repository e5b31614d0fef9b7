/**
 * The agent's ends in a Xen domain: two vchans that the domain of the daemon
 * finds in xenstore, and pages that it may read.
 */
import { existsSync, openSync } from 'node:fs';
import type { Clock } from '../base/clock.ts';
import { EXIT, messageOf, UserError } from '../base/errors.ts';
import type { DomainId } from '../base/ids.ts';
import type { Log } from '../base/log.ts';
import type { Channel } from '../channel/channel.ts';
import { PORT } from '../channel/path.ts';
import { VchanListener } from '../channel/vchan-listener.ts';
import { type Fd, native } from '../native/addon.ts';
import type { Xen, Xenstore } from '../native/xen.ts';
import { GrantPages, type SharedPages } from './shared-pages.ts';

/** What an agent opens in any case, and locks: a lock of the kernel goes with its process. */
const DEVICE = '/dev/xen/gntalloc';

export interface XenSideOptions {
  /** The domain of the daemon. */
  readonly guiDomain: DomainId;
  /** Of the memory that the X server draws into; a page of it exists when it is drawn into. */
  readonly poolBytes: number;
  readonly clock: Clock;
  readonly log: Log;
}

export interface XenSide {
  readonly gui: Channel;
  readonly service: Channel;
  readonly pages: SharedPages;
  /** Closes the devices, after all else is closed. */
  readonly devices: Disposable;
}

/** Throws UserError XEN_ABSENT with what is missing, AGENT_RUNNING for a second agent. */
export function openXenSide({ guiDomain, poolBytes, clock, log }: XenSideOptions): XenSide {
  const lock = lockDevice();
  let xen: Xen | undefined;
  let store: Xenstore;
  try {
    xen = native().openXen('domain');
    store = native().openXenstore();
  } catch (error) {
    xen?.[Symbol.dispose]();
    lock?.[Symbol.dispose]();
    throw new UserError('XEN_ABSENT', `Xen cannot be used: ${messageOf(error)}`, {
      exitCode: EXIT.unavailable,
      hint: 'run this as root in a Xen domain, with xen-evtchn and xen-gntalloc loaded and libxengnttab1, libxenevtchn1, libxenstore4 installed',
    });
  }
  const open = xen;
  const listen = (port: number): Channel =>
    new VchanListener({ xen: open, store, client: guiDomain, port, clock, log });
  return {
    gui: listen(PORT.gui),
    service: listen(PORT.service),
    pages: new GrantPages(native().createPool('livery-agent', poolBytes), xen, guiDomain, log),
    devices: {
      [Symbol.dispose]: () => {
        store[Symbol.dispose]();
        open[Symbol.dispose]();
        lock?.[Symbol.dispose]();
      },
    },
  };
}

/** Two agents of a domain would take each other's channels away. Undefined without the device. */
function lockDevice(): Fd | undefined {
  if (!existsSync(DEVICE)) return undefined;
  const device = native().adoptFd(openSync(DEVICE, 'r+'));
  if (native().lockFile(device)) return device;
  device[Symbol.dispose]();
  throw new UserError('AGENT_RUNNING', 'an agent runs in this domain already', {
    hint: 'end that one first',
  });
}
