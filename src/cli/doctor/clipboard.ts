/**
 * What the clipboard between qubes needs besides the screen: a policy that
 * holds, an audit log that can be written, memory that is never swapped out.
 */
import { accessSync, constants, existsSync, lstatSync } from 'node:fs';
import { dirname } from 'node:path';
import { messageOf } from '../../base/errors.ts';
import { DEFAULT_CLIPBOARD } from '../../config/clipboard.ts';
import type { Config } from '../../config/config.ts';
import { auditPlaces } from '../../daemon/audit/places.ts';
import { verifyAuditLog } from '../../daemon/audit/verify.ts';
import { knownNames, loadPolicy, policyPlace } from '../../daemon/clipboard/load-policy.ts';
import { native } from '../../native/addon.ts';
import { type Finding, ok, problem, warning } from './finding.ts';

/** What a daemon locks. */
const VAULT_BYTES = 256_001;

export function checkPolicy(config: Config): Finding[] {
  const { origin, mistakes, warnings } = loadPolicy(policyPlace(config), knownNames(config));
  if (mistakes.length > 0) {
    return mistakes.map((mistake) =>
      warning('policy', `${mistake}; nothing can be pasted between qubes`, 'livery policy check'),
    );
  }
  if (warnings.length > 0)
    return warnings.map((one) =>
      warning('policy', one, `edit ${origin}, then: livery policy check`),
    );
  return [ok('policy', `${origin} holds`)];
}

/** The directories of the audit log as a daemon would use them, and what is in them. */
export async function checkAudit(
  config: Config | undefined,
  env: NodeJS.ProcessEnv,
): Promise<Finding[]> {
  const places = auditPlaces(config?.clipboard ?? DEFAULT_CLIPBOARD, env);
  const fix = 'set audit_dir and audit_head in [clipboard] of livery.toml';
  const faults = [places.directory, dirname(places.headFile)].flatMap((path) => {
    const fault = faultOf(path);
    return fault === undefined ? [] : [warning('audit log', fault, fix)];
  });
  if (faults.length > 0) return faults;
  if (!existsSync(places.directory)) return [ok('audit log', `${places.directory} will be made`)];
  try {
    const { records, findings } = await verifyAuditLog(places.directory, places.headFile);
    if (findings.length === 0) return [ok('audit log', `${records} records, as written`)];
    const text = `${findings.length} things in ${places.directory} are not as they were written`;
    return [warning('audit log', text, 'livery log verify')];
  } catch {
    return [ok('audit log', `${places.directory} has no records yet`)];
  }
}

/** Undefined = this user can have the directory, or make it. */
function faultOf(path: string): string | undefined {
  try {
    const stat = lstatSync(path);
    if (!stat.isDirectory()) return `${path} is not a directory`;
    if (stat.uid !== process.getuid?.()) return `${path} belongs to uid ${stat.uid}`;
    accessSync(path, constants.W_OK);
    return undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return messageOf(error);
  }
  let above = dirname(path);
  while (!existsSync(above)) above = dirname(above);
  try {
    accessSync(above, constants.W_OK);
    return undefined;
  } catch {
    return `${path} cannot be made`;
  }
}

export function checkLockedMemory(): Finding {
  try {
    native().createVault(VAULT_BYTES)[Symbol.dispose]();
    return ok('memory', 'what is copied can be kept out of the swap');
  } catch (error) {
    return problem(
      'memory',
      `what is copied cannot be kept out of the swap: ${messageOf(error)}`,
      'ulimit -l 1024 (LimitMEMLOCK=1M in a systemd unit)',
    );
  }
}
