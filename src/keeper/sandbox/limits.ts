/**
 * Resource limits of everything inside a sandbox. Set inside, where processes
 * are counted per user namespace and not together with those of dom0.
 */
import { readFileSync } from 'node:fs';

/** Processes and threads together: a browser has some 500. */
const MAX_PROCESSES = 4096;
const MAX_OPEN_FILES = 16_384;

/** The smaller of `wanted` and what `name` of /proc/self/limits allows: nobody may raise that. */
function within(limits: string, name: string, wanted: number): number {
  const hard = new RegExp(`^${name}\\s+\\S+\\s+(\\d+)`, 'm').exec(limits)?.[1];
  return hard === undefined ? wanted : Math.min(wanted, Number(hard));
}

/**
 * `command` under the limits of a sandbox.
 * @param prlimit where that program is, inside as outside
 * @param limits the keeper's own, as /proc/self/limits tells them
 */
export function limited(
  command: readonly string[],
  prlimit: string,
  limits = readFileSync('/proc/self/limits', 'utf8'),
): string[] {
  const files = within(limits, 'Max open files', MAX_OPEN_FILES);
  const processes = within(limits, 'Max processes', MAX_PROCESSES);
  const options = [`--nofile=${files}:${files}`, `--nproc=${processes}:${processes}`];
  return [prlimit, '--core=0:0', ...options, '--', ...command];
}
