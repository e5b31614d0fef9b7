/**
 * What keeps a daemon that was taken over from the rest of the machine: what
 * this kernel can do, and what is in force in the daemon that runs.
 */
import { existsSync } from 'node:fs';
import { messageOf, UserError } from '../../base/errors.ts';
import { controlSocketPath, runtimeDirPath } from '../../config/runtime-dir.ts';
import { ControlClient } from '../../control/client.ts';
import type { ConfinementListing } from '../../control/messages.ts';
import { SWITCH } from '../../daemon/confine/confine.ts';
import { native } from '../../native/addon.ts';
import { machineOf } from '../../native/bpf.ts';
import { type Finding, ok, warning } from './finding.ts';

const CHECK = 'confinement';
const SECCOMP = '/proc/sys/kernel/seccomp/actions_avail';

/** What this kernel can do for a daemon that is started. */
export function checkKernel(env: NodeJS.ProcessEnv): Finding[] {
  const landlock = native().landlockVersion();
  const filters = existsSync(SECCOMP) && machineOf(process.arch) !== undefined;
  const findings: Finding[] = [];
  if (filters && landlock > 0) {
    const can = `this kernel can keep a daemon from system calls (seccomp) and files (Landlock ${landlock})`;
    findings.push(ok(CHECK, can));
  }
  if (!filters) {
    findings.push(
      warning(
        CHECK,
        'system calls cannot be filtered: no seccomp here',
        'use a kernel with CONFIG_SECCOMP_FILTER, on x86-64 or arm64',
      ),
    );
  }
  if (landlock === 0) {
    const lack = 'files cannot be kept from the daemon: the kernel has no Landlock';
    findings.push(warning(CHECK, lack, 'boot with landlock in the list of lsm='));
  }
  const word = env[SWITCH];
  if (word !== undefined && word !== '' && word !== 'on') {
    const text = `${SWITCH}=${word} is set: a daemon that is started here gives nothing up`;
    findings.push(warning(CHECK, text, `unset ${SWITCH}`));
  }
  return findings;
}

/** What is in force in the daemon that runs; nothing when none does. */
export async function checkRunningDaemon(env: NodeJS.ProcessEnv): Promise<Finding[]> {
  let client: ControlClient;
  try {
    client = ControlClient.connect(controlSocketPath(runtimeDirPath(env)));
  } catch {
    return [];
  }
  using connection = client;
  try {
    return findingsOf(await connection.ask('confinement', {}));
  } catch (error) {
    const hint = error instanceof UserError ? error.hint : undefined;
    return [warning(CHECK, `the daemon does not say what it gave up: ${messageOf(error)}`, hint)];
  }
}

/** One line of what holds, and one for each thing that does not. */
export function findingsOf(given: ConfinementListing): Finding[] {
  const held = [
    ...(given.noNewPrivileges ? ['no new privileges'] : []),
    ...(given.systemCalls ? ['system calls filtered (seccomp)'] : []),
    ...(given.landlock > 0 ? [`files kept away (Landlock ${given.landlock})`] : []),
  ];
  return [
    ...(held.length > 0 ? [ok(CHECK, `in force in the daemon: ${held.join(', ')}`)] : []),
    ...given.lacks.map((lack) => warning(CHECK, `the daemon: ${lack}`, remedy(given))),
  ];
}

function remedy({ wanted }: ConfinementListing): string {
  if (!wanted) return `start the daemon again with ${SWITCH}=on`;
  return 'run it on a newer kernel (6.2 or later, with landlock in the list of lsm=)';
}
