/**
 * What a qube's virtual machine is made of: QEMU as the one program of an
 * ordinary sandbox, which has the guest's two files, the sockets, the pool, the
 * disk with the home if one is kept, and nothing else of the host. What breaks out
 * of the machine is in a sandbox without other files and without rights, under the
 * qube's own user, and without network unless the qube has one, which is then that
 * of the sandbox.
 */
import { EXIT, UserError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import type { Config, QubeConfig } from '../../config/config.ts';
import { homeOf } from '../sandbox/home.ts';
import type { Mount } from '../sandbox/host-files.ts';
import { type Identity, identityOf } from '../sandbox/identity.ts';
import { requireStack } from '../sandbox/network.ts';
import { INHERITED, type SandboxSpec } from '../sandbox/spawn.ts';
import { findProgram, type Tools } from '../sandbox/tools.ts';
import { findAcceleration, KVM_DEVICE } from './acceleration.ts';
import { type HomeDisk, openDisk } from './disk.ts';
import { findImage, type GuestImage, guestCacheDir, hasImages, ownKey } from './image/cache.ts';
import { machineCommand } from './machine.ts';
import { memoryBytesOf } from './memory.ts';

/** Where the guest's files are in QEMU's sandbox. */
const INSIDE = '/opt/livery-guest';
const DISK_INSIDE = '/opt/livery-home.disk';
const QEMU = 'qemu-system-x86_64';

type Place = Pick<
  SandboxSpec,
  'name' | 'domainId' | 'identity' | 'mounts' | 'disposable' | 'network' | 'command' | 'runs'
>;

export interface PreparedMachine {
  readonly place: Place;
  /** What its home is kept on, if it is. */
  readonly disk: HomeDisk | undefined;
  /** What runs it, for people. */
  readonly machine: string;
}

/** What a machine is prepared with. */
export interface MachineHost {
  readonly poolBytes: number;
  readonly tools: Tools;
  readonly env: NodeJS.ProcessEnv;
  readonly log: Log;
}

/**
 * Throws UserError MISSING_PACKAGE, NO_NETWORK_STACK, HOME_REFUSED, GUEST_ABSENT when no guest
 * was built, GUEST_OLD for another version.
 * @param kept directories of dom0 that no home may hold
 */
export function prepareMachine(
  qube: QubeConfig,
  config: Config,
  kept: readonly string[],
  { poolBytes, tools, env, log }: MachineHost,
): PreparedMachine {
  const { name, domainId } = qube;
  const qemu = requireQemu();
  requireStack(qube, tools);
  const image = requireImage(name, env);
  const own = identityOf(domainId);
  const { kvm, words, group } = findAcceleration(qemu, tools.setpriv, own);
  log.info({ qube: name, image: image.name }, `its machine runs by ${words}`);
  const identity = { ...own, group };
  const home = homeOf(qube, config, kept, own);
  const disk = home === undefined ? undefined : openDisk(qube, home, own);
  const parts = { qemu, kvm, identity, image: image.directory, disk, poolBytes };
  return { place: machinePlace(qube, parts), disk, machine: words };
}

export interface MachineParts {
  /** Of the program. */
  readonly qemu: string;
  readonly kvm: boolean;
  /** The qube's own, never the keeper's. */
  readonly identity: Identity;
  /** The directory of the guest. */
  readonly image: string;
  readonly disk: HomeDisk | undefined;
  readonly poolBytes: number;
}

/** The sandbox that QEMU runs in, and QEMU in it. */
export function machinePlace(
  qube: Pick<QubeConfig, 'name' | 'domainId' | 'memoryBytes' | 'network'>,
  { qemu, kvm, identity, image, disk, poolBytes }: MachineParts,
): Place {
  const { name, domainId, network } = qube;
  const mounts: Mount[] = [{ host: image, inside: INSIDE, writable: false }];
  if (kvm) mounts.push({ host: KVM_DEVICE, inside: KVM_DEVICE, writable: true, device: true });
  if (disk) mounts.push({ host: disk.path, inside: DISK_INSIDE, writable: true });
  const command = machineCommand({
    ...{ qemu, name, kvm, network, poolBytes, descriptors: INHERITED },
    disk: disk && { path: DISK_INSIDE, blank: disk.blank },
    kernel: `${INSIDE}/kernel`,
    initrd: `${INSIDE}/initrd`,
    memoryBytes: memoryBytesOf(qube),
  });
  return {
    ...{ name, domainId, command, identity, mounts },
    ...{ disposable: true, network, runs: 'machine' },
  };
}

function requireQemu(): string {
  const path = findProgram(QEMU);
  if (path !== undefined) return path;
  throw new UserError('MISSING_PACKAGE', `the program ${QEMU} is not installed`, {
    exitCode: EXIT.unavailable,
    hint: 'apt-get install --no-install-recommends qemu-system-x86',
  });
}

function requireImage(name: string, env: NodeJS.ProcessEnv): GuestImage {
  const cacheDir = guestCacheDir(env);
  const image = findImage(cacheDir, ownKey());
  if (image) return image;
  const options = {
    exitCode: EXIT.unavailable,
    hint: `build it: livery qube create ${name} --backend qemu`,
  };
  if (hasImages(cacheDir)) {
    const message = 'the guest was built for another version of Livery than this';
    throw new UserError('GUEST_OLD', message, options);
  }
  throw new UserError('GUEST_ABSENT', `there is no guest for the qube ${name} yet`, options);
}
