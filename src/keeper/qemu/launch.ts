/**
 * A virtual machine started: a sandbox as others, and for one whose home is kept
 * the moments that matter to its disk, when it is first ready and when it ends.
 */
import { messageOf } from '../../base/errors.ts';
import type { Launched } from '../qube.ts';
import { Sandbox, type SandboxHost } from '../sandbox/sandbox.ts';
import type { SandboxSpec } from '../sandbox/spawn.ts';
import { keepDisk } from './disk.ts';
import type { PreparedMachine } from './prepare.ts';

/**
 * From asking a machine to end to making it: in software emulation its programs end
 * and its file system is written out in some seconds. Less than systemd gives the keeper.
 */
const KEPT_GRACE_MS = 15_000;

/** Throws UserError. */
export function launchMachine(
  spec: SandboxSpec,
  { disk, machine }: Pick<PreparedMachine, 'disk' | 'machine'>,
  host: SandboxHost,
  onReady: () => void,
): Launched {
  if (!disk) return { sandbox: new Sandbox(spec, host, onReady), machine };
  const ready = (): void => {
    try {
      // What could not be made is made again the next time.
      if (!sandbox.homeLost) keepDisk(disk);
      onReady();
    } catch (error) {
      sandbox.kill(`its home cannot be kept: ${messageOf(error)}`);
    }
  };
  const sandbox: Sandbox = new Sandbox(spec, { ...host, graceMs: KEPT_GRACE_MS }, ready);
  return { sandbox, machine };
}
