/**
 * Descriptors that the keeper inherited without knowing. Node closes the low
 * ones for its children; one with a high number, or after a gap, would go into
 * every sandbox and be somebody's open file there.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { native } from '../native/addon.ts';

/** O_CLOEXEC as fdinfo shows it, in octal. */
const CLOSE_ON_EXEC = 0o2000000;

function survivesExec(fd: number): boolean {
  try {
    const flags = /^flags:\s*([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1];
    return flags !== undefined && (Number.parseInt(flags, 8) & CLOSE_ON_EXEC) === 0;
  } catch {
    // The one by which the directory was read.
    return false;
  }
}

/**
 * Closes every descriptor above standard error that a child would inherit, but
 * not `kept`. Only for a process that has not opened any of its own that way.
 */
export function closeInherited(kept: number | undefined): void {
  for (const name of readdirSync('/proc/self/fd')) {
    const fd = Number(name);
    if (fd > 2 && fd !== kept && survivesExec(fd)) native().adoptFd(fd)[Symbol.dispose]();
  }
}
