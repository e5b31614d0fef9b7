/**
 * Limits of the system that a day with many qubes could reach: descriptors of
 * one process, namespaces and processes of one user, watches of files.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../../config/config.ts';
import { type Finding, ok, warning } from './finding.ts';

/** What a daemon has open without any qube, renderer and watches included, with room. */
const DESCRIPTORS = 128;
/** Channels, memory, X connection of one qube, in the daemon or the keeper, with room. */
const DESCRIPTORS_EACH = 24;
/** The user namespaces of a sandbox: its own, and one below it. */
const NAMESPACES_EACH = 2;
/** X server, agent, bus and a few programs with their threads. */
const PROCESSES_EACH = 100;
/** The policy's directory, and one for Node.js. */
const WATCHES = 2;

/** @param root where the file system begins */
export function checkLimits(config: Config | undefined, root = '/'): Finding[] {
  const qubes = Math.max(1, config?.qubes.size ?? 1);
  const needs = [
    {
      what: 'open files of one process',
      need: DESCRIPTORS + DESCRIPTORS_EACH * qubes,
      have: limitOf(root, 'Max open files'),
      fix: (least: number) => `ulimit -n ${least} (LimitNOFILE=${least} in a systemd unit)`,
    },
    {
      what: 'processes of one user',
      need: PROCESSES_EACH * qubes,
      have: limitOf(root, 'Max processes'),
      fix: (least: number) => `ulimit -u ${least} (LimitNPROC=${least} in a systemd unit)`,
    },
    {
      what: 'user namespaces',
      need: NAMESPACES_EACH * qubes,
      have: settingOf(root, 'user/max_user_namespaces'),
      fix: (least: number) => `sudo sysctl -w user.max_user_namespaces=${least}`,
    },
    {
      what: 'inotify instances of one user',
      need: WATCHES,
      have: settingOf(root, 'fs/inotify/max_user_instances'),
      fix: () => 'sudo sysctl -w fs.inotify.max_user_instances=128',
    },
  ];
  const low = needs.filter(({ need, have }) => have !== undefined && have < need);
  if (low.length === 0) {
    return [ok('limits', `the system's limits are enough for ${qubes} qubes`)];
  }
  return low.map(({ what, need, have, fix }) =>
    warning(
      'limits',
      `${what}: ${have}, and ${qubes} qubes may need ${need}`,
      fix(2 ** Math.ceil(Math.log2(need))),
    ),
  );
}

/** The hard limit: Node.js raises the soft one itself. Infinity = none; undefined = not known. */
function limitOf(root: string, name: string): number | undefined {
  const line = read(join(root, 'proc/self/limits'))
    ?.split('\n')
    .find((one) => one.startsWith(name));
  const [, , hard] = line?.match(/(\d+|unlimited)\s+(\d+|unlimited)/) ?? [];
  if (hard === undefined) return undefined;
  return hard === 'unlimited' ? Number.POSITIVE_INFINITY : Number(hard);
}

function settingOf(root: string, name: string): number | undefined {
  const text = read(join(root, 'proc/sys', name))?.trim();
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
