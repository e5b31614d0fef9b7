/**
 * What a daemon gives up once it is up, for good and in all of its threads:
 * more rights by starting a program (no_new_privs), files (Landlock), system
 * calls (seccomp). What the kernel cannot do is said in one line each, and the
 * daemon goes on: it is weaker then, and no weaker than without all this.
 */
import { readdirSync, readlinkSync } from 'node:fs';
import { messageOf, UserError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import type { ConfinementListing } from '../../control/messages.ts';
import { type FileAccess, native } from '../../native/addon.ts';
import { machineOf } from '../../native/bpf.ts';
import { type AllowedSignal, daemonFilter } from './calls.ts';

/** For debugging: `off` gives nothing up. */
export const SWITCH = 'LIVERY_CONFINE';

/** Before that. */
export const NOT_CONFINED: ConfinementListing = {
  wanted: false,
  noNewPrivileges: false,
  systemCalls: false,
  landlock: 0,
  lacks: ['nothing was given up yet'],
};

export interface ConfineOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly files: FileAccess;
  readonly signal?: AllowedSignal | undefined;
  /** It has Xen's devices open. */
  readonly xen?: boolean | undefined;
  readonly log: Log;
}

/** Throws UserError CONFINE for a word that is neither; to be called before anything is started. */
export function confinementWanted(env: NodeJS.ProcessEnv): boolean {
  const word = env[SWITCH] || 'on';
  if (word === 'on' || word === 'off') return word === 'on';
  throw new UserError('CONFINE', `${SWITCH} is "${word}"; expected on or off`);
}

/**
 * Gives everything up that can be. Never throws. Whatever the process has open
 * stays usable; every process that it needs must have been started.
 */
export function confine({ env, files, signal, xen, log }: ConfineOptions): ConfinementListing {
  if (!confinementWanted(env)) {
    const lack = `nothing is given up: ${SWITCH}=off`;
    log.warn({}, lack);
    return { ...NOT_CONFINED, lacks: [lack] };
  }
  // Node.js would open its debugger, a network socket that whoever connects to it commands.
  process.on('SIGUSR1', () => {});
  const lacks: string[] = [];
  // While it can be looked at.
  const ring = hasRing();
  const noNewPrivileges = attempt('no_new_privs', lacks, () => native().setNoNewPrivileges());
  let landlock = 0;
  attempt('files can still be opened', lacks, () => {
    const restriction = native().restrictFileAccess(files);
    if (!restriction) throw new Error('the kernel has no Landlock, or it is switched off');
    landlock = restriction.abi;
    if (!restriction.allThreads) lacks.push('files are kept from the main thread only');
    if (restriction.abi < FIRST_WITH_TRUNCATION) {
      lacks.push('files that can be seen can be cut to nothing: the kernel has an old Landlock');
    }
  });
  const systemCalls = attempt('system calls are not filtered', lacks, () => {
    const machine = machineOf(process.arch);
    if (!machine) throw new Error(`there is no filter for ${process.arch}`);
    if (ring) lacks.push('Node.js holds an io_uring, by which sockets can be made all the same');
    native().installSeccompFilter(daemonFilter(machine, { pid: process.pid, ring, signal, xen }));
  });
  for (const lack of lacks) log.warn({}, `confinement: ${lack}`);
  log.info({ seccomp: systemCalls, landlock }, 'what is not needed any more was given up');
  return { wanted: true, noNewPrivileges, systemCalls, landlock, lacks };
}

const FIRST_WITH_TRUNCATION = 3;

function attempt(otherwise: string, lacks: string[], act: () => void): boolean {
  try {
    act();
    return true;
  } catch (error) {
    lacks.push(`${otherwise}: ${messageOf(error)}`);
    return false;
  }
}

function descriptors(): string[] {
  try {
    return readdirSync('/proc/self/fd');
  } catch {
    return [];
  }
}

/** Newer Node.js makes one when it starts, whatever it is told. */
function hasRing(): boolean {
  return descriptors().some((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) === 'anon_inode:[io_uring]';
    } catch {
      return false;
    }
  });
}
