/**
 * Where the audit log lies: its directory, and the file that also knows its
 * end, in another directory, so that who cuts the one has to know of the other.
 * Both belong to this user alone, or are refused.
 */
import { chmodSync, lstatSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { EXIT, messageOf, UserError } from '../../base/errors.ts';
import type { ClipboardConfig } from '../../config/config.ts';

export interface AuditPlaces {
  readonly directory: string;
  readonly headFile: string;
}

/** As configured, else by the XDG base directory specification. */
export function auditPlaces(
  { auditDir, auditHead }: Pick<ClipboardConfig, 'auditDir' | 'auditHead'>,
  env: NodeJS.ProcessEnv = process.env,
): AuditPlaces {
  const state = xdg(env.XDG_STATE_HOME, '.local/state');
  const data = xdg(env.XDG_DATA_HOME, '.local/share');
  return {
    directory: auditDir ?? join(state, 'livery', 'audit'),
    headFile: auditHead ?? join(data, 'livery', 'audit-head', 'head.json'),
  };
}

/** A relative path is ignored, as the specification says. */
function xdg(named: string | undefined, otherwise: string): string {
  return named && isAbsolute(named) ? named : join(homedir(), otherwise);
}

/** Both directories, made if absent (0700). Throws UserError AUDIT. */
export function openAuditPlaces(places: AuditPlaces): void {
  for (const path of [places.directory, dirname(places.headFile)]) {
    try {
      mkdirSync(path, { recursive: true, mode: 0o700 });
      const stat = lstatSync(path);
      if (!stat.isDirectory()) throw new Error(`${path} is not a directory`);
      const uid = process.getuid?.() ?? 0;
      if (stat.uid !== uid) throw new Error(`${path} belongs to uid ${stat.uid}, not to ${uid}`);
      if ((stat.mode & 0o077) !== 0) chmodSync(path, 0o700);
    } catch (error) {
      throw unusable(messageOf(error));
    }
  }
}

export function unusable(reason: string): UserError {
  return new UserError('AUDIT', `the audit log cannot be used: ${reason}`, {
    exitCode: EXIT.unavailable,
    hint: 'name directories of your own with audit_dir and audit_head in livery.toml',
  });
}
