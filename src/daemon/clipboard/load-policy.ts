/**
 * The policy that holds: from a file that is to be trusted, or the shipped one
 * when there is no file and none was asked for. Whatever is wrong with the
 * file, the outcome allows nothing and says where the mistake is.
 */
import { dirname, join } from 'node:path';
import { BROKEN_POLICY, type PolicyState, SHIPPED_POLICY } from '../../clipboard/policy.ts';
import { type KnownNames, type PolicyMistake, parsePolicy } from '../../clipboard/policy-file.ts';
import type { Config } from '../../config/config.ts';
import { readPolicyFile } from './policy-file.ts';

const FILE_NAME = 'clipboard.policy';

/** Where the policy is looked for. */
export interface PolicyPlace {
  /** Undefined = there is nowhere to look, the shipped one holds. */
  readonly path: string | undefined;
  /** It was asked for: without it nothing is allowed. */
  readonly required: boolean;
}

export interface LoadedPolicy {
  readonly state: PolicyState;
  /** A path, or that it is the shipped one; for people. */
  readonly origin: string;
  /** `file:line:column: what was expected`; empty when the policy holds. */
  readonly mistakes: readonly string[];
  /** Rules that can never match, told in the same way. */
  readonly warnings: readonly string[];
}

export const SHIPPED_ORIGIN = 'the shipped policy';

/** @param named a file named on a command line; comes first */
export function policyPlace(config: Config, named?: string): PolicyPlace {
  const path = named ?? config.clipboard.policyFile;
  if (path !== undefined) return { path, required: true };
  if (config.file === undefined) return { path: undefined, required: false };
  return { path: join(dirname(config.file), FILE_NAME), required: false };
}

export function knownNames(config: Config): KnownNames {
  return { qubes: [...config.qubes.keys()], labels: [...config.labels.keys()] };
}

/** Reads and judges it now. Never throws. */
export function loadPolicy({ path, required }: PolicyPlace, known: KnownNames): LoadedPolicy {
  const read = path === undefined ? ({ kind: 'absent' } as const) : readPolicyFile(path);
  if (path === undefined || (read.kind === 'absent' && !required)) {
    return judge(SHIPPED_POLICY, SHIPPED_ORIGIN, known);
  }
  if (read.kind === 'absent') return broken(path, [`${path}: it does not exist`]);
  if (read.kind === 'refused') return broken(path, [`${path}: ${read.reason}`]);
  return judge(read.text, path, known);
}

function judge(text: string, origin: string, known: KnownNames): LoadedPolicy {
  // A file that is being written may end in the middle of a rule that then allows more.
  if (text !== '' && !text.endsWith('\n')) {
    const line = text.split('\n').length;
    return broken(origin, [
      `${origin}:${line}: the last line does not end; expected a newline, the file may be cut off`,
    ]);
  }
  const parsed = parsePolicy(text, known);
  const place = ({ line, column, text: what }: PolicyMistake): string =>
    `${origin}:${line}:${column}: ${what}`;
  if (!parsed.ok) return broken(origin, parsed.mistakes.map(place));
  return { state: parsed.policy, origin, mistakes: [], warnings: parsed.warnings.map(place) };
}

function broken(origin: string, mistakes: readonly string[]): LoadedPolicy {
  return { state: BROKEN_POLICY, origin, mistakes, warnings: [] };
}
