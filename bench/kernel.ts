/** What the kernel says of processes: memory, wake-ups, descendants. */
import { readdirSync, readFileSync } from 'node:fs';
import { pssOf } from '../test/rig/system/memory-use.ts';
import { commandOf, processTree } from '../test/rig/system/processes.ts';

const MB = 1_000_000;

/** PSS in MB (10⁶ bytes). */
export function memoryMb(pid: number): number {
  return pssOf(pid) / MB;
}

/** Wake-ups of all threads so far: how often one gave up the processor by itself. */
export function wakeUps(pid: number): number {
  let sum = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const status = readFileSync(`/proc/${pid}/task/${thread}/status`, 'utf8');
    sum += Number(/^voluntary_ctxt_switches:\s+(\d+)$/m.exec(status)?.[1] ?? 0);
  }
  return sum;
}

/** Processor time of all threads so far, in ns. */
export function cpuNanos(pid: number): number {
  let sum = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    sum += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]);
  }
  return sum;
}

/** The process below `root` of that name whose words fit; undefined when there is none. */
export function findBelow(root: number, name: string, words = /(?:)/): number | undefined {
  return processTree(root).find((one) => one.name === name && words.test(commandOf(one.pid)))?.pid;
}

/** Processes that are running or want to, on average of the last minute. */
export function load(): number {
  return Number(readFileSync('/proc/loadavg', 'utf8').split(' ')[0]);
}
