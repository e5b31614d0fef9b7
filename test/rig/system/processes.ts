/**
 * Processes as the kernel tells them: who descends from whom, and whether a
 * process that was seen once is still the same one. For tests that end
 * processes by their number and look for what they left.
 */
import { readdirSync, readFileSync } from 'node:fs';

/** A process that cannot be mistaken for a later one of the same number. */
export interface ProcessId {
  readonly pid: number;
  /** Clock ticks from the start of the system to its own. */
  readonly started: string;
  readonly name: string;
}

interface Stat extends ProcessId {
  readonly parent: number;
  readonly state: string;
}

/** /proc/PID/stat (proc(5)); undefined when there is no such process. */
function stat(pid: number): Stat | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return undefined;
  }
  // The name may hold anything, also parentheses.
  const end = text.lastIndexOf(')');
  const fields = text.slice(end + 2).split(' ');
  return {
    pid,
    name: text.slice(text.indexOf('(') + 1, end),
    state: fields[0] as string,
    parent: Number(fields[1]),
    started: fields[19] as string,
  };
}

export function processOf(pid: number): ProcessId | undefined {
  return stat(pid);
}

/** The process runs; what has ended and only waits for its parent does not. */
export function isAlive({ pid, started }: ProcessId): boolean {
  const now = stat(pid);
  return now !== undefined && now.started === started && now.state !== 'Z';
}

/** `pid` and every process below it, parents first. */
export function processTree(pid: number): ProcessId[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => stat(Number(name)) ?? []);
  const children = new Map<number, Stat[]>();
  for (const one of all) {
    children.set(one.parent, [...(children.get(one.parent) ?? []), one]);
  }
  const found = all.filter((one) => one.pid === pid);
  for (const one of found) found.push(...(children.get(one.pid) ?? []));
  return found;
}

/** The command line, words separated by spaces; empty when the process is gone. */
export function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return '';
  }
}
