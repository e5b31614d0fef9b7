/**
 * The processes of a sandbox, as dom0's kernel knows them: the first process of
 * its pid namespace and everything below. A process whose parent ended becomes
 * a child of the first one, so the tree is the whole namespace. Only numbers
 * and states are read; names, which a qube chooses, are skipped.
 */
import { readdirSync, readFileSync } from 'node:fs';

export interface TreeProcess {
  readonly pid: number;
  /** One letter of proc(5): R, S, D, T (stopped), t (traced), Z, X, … */
  readonly state: string;
}

/** Those that exist now, the first one first; none when it is gone. */
export function processesBelow(first: number): TreeProcess[] {
  const children = new Map<number, TreeProcess[]>();
  let top: TreeProcess | undefined;
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    const stat = Number.isInteger(pid) ? readStat(pid) : undefined;
    if (!stat) continue;
    const one = { pid, state: stat.state };
    if (pid === first) top = one;
    const siblings = children.get(stat.parent);
    if (siblings) siblings.push(one);
    else children.set(stat.parent, [one]);
  }
  if (!top) return [];
  const found = [top];
  // It grows while it is walked.
  for (const { pid } of found) found.push(...(children.get(pid) ?? []));
  return found;
}

function readStat(pid: number): { state: string; parent: number } | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    // It has just ended.
    return undefined;
  }
  // The name stands in brackets and may have brackets in it.
  const [state = '', parent] = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { state, parent: Number(parent) };
}
