/**
 * Whether this host's processor runs virtual machines itself (KVM), found out by
 * making one that does nothing, with the rights that a qube's machine has. A
 * device file alone says little: it may not be ours to open, or the processor
 * may be one of a machine in which no others run.
 */
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { escapeText } from '../../base/escape.ts';
import type { Identity } from '../sandbox/identity.ts';

export const KVM_DEVICE = '/dev/kvm';
/** Making one takes some milliseconds. */
const LIMIT_MS = 5000;

export interface Acceleration {
  readonly kvm: boolean;
  /** One line for people. */
  readonly words: string;
  /** A group without which the device cannot be opened. */
  readonly group: number | undefined;
}

function emulation(why: string): Acceleration {
  return { kvm: false, words: `software emulation (slow): ${why}`, group: undefined };
}

/** A group that may open the device where others may not. */
function neededGroup(): number | undefined {
  const { mode, gid } = statSync(KVM_DEVICE);
  return (mode & 0o006) === 0o006 ? undefined : gid;
}

/** @param qemu where the program is */
export function findAcceleration(
  qemu: string,
  setpriv: string,
  { uid, gid, separate }: Identity,
): Acceleration {
  if (!statSync(KVM_DEVICE, { throwIfNoEntry: false })) {
    return emulation(`this system has no ${KVM_DEVICE}`);
  }
  const group = neededGroup();
  const groups = group === undefined ? ['--clear-groups'] : ['--groups', `${group}`];
  const drop = separate ? [setpriv, '--reuid', `${uid}`, '--regid', `${gid}`, ...groups, '--'] : [];
  const probe = ['-accel', 'kvm', '-machine', 'none', '-nodefaults', '-display', 'none'];
  const [file = qemu, ...args] = [...drop, qemu, ...probe, '-monitor', 'stdio'];
  const result = spawnSync(file, args, {
    cwd: '/',
    env: { PATH: process.env.PATH },
    input: 'quit\n',
    encoding: 'utf8',
    timeout: LIMIT_MS,
    killSignal: 'SIGKILL',
  });
  if (result.status === 0) return { kvm: true, words: 'KVM', group: separate ? group : undefined };
  const last = result.stderr?.trim().split('\n').at(-1) ?? '';
  return emulation(escapeText(last, 200) || `${KVM_DEVICE} cannot be used`);
}
