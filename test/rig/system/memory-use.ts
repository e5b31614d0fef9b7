/** What memory a process takes, as the kernel counts it: shared pages in parts (PSS). */
import { readFileSync } from 'node:fs';

/** Bytes; throws when the process has gone. */
export function pssOf(pid: number): number {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const kib = /^Pss:\s+(\d+) kB$/m.exec(text)?.[1];
  if (kib === undefined) throw new Error(`process ${pid} does not say what it takes`);
  return Number(kib) * 1024;
}

/** The words that a process was started with. */
export function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return '';
  }
}
