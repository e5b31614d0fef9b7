/**
 * What the hypervisor itself says of pages that one domain lets another have.
 */

import type { Machine } from './machine.ts';
import { slowly } from './system.ts';

/** One line for each grant that is in use: its reference, by whom, the frame, and how. */
const LINE = /\(XEN\) +\[0x[0-9a-f]+\] +(\d+) 0x[0-9a-f]+ 0x([0-9a-f]+)/;
const HEADING = /\(XEN\) +grant-table for remote d(\d+)/;
const END = /gnttab_usage_print_all \] done/;
/**
 * Xen counts mappings by the processor that may write in the lowest byte, and those
 * that may only read in the next (GNTPIN_hstw_mask and GNTPIN_hstr_mask); above are
 * those of devices. A page that a program has mapped is counted for the kernel, too.
 */
const READS = 0xff00;

/** How many pages of the domain dom0 has mapped, and may only read. */
export async function mappedReadOnly(machine: Machine, domain: number): Promise<number> {
  const from = machine.lines.length;
  await machine.link.must('xl', 'debug-keys', 'g');
  await slowly(
    () => machine.lines.slice(from).some((line) => END.test(line)),
    'Xen tells its grants',
  );
  let count = 0;
  let current = -1;
  for (const line of machine.lines.slice(from)) {
    const heading = HEADING.exec(line);
    if (heading) current = Number(heading[1]);
    const [, by, pin = '0'] = LINE.exec(line) ?? [];
    if (by === '0' && current === domain && readsOnly(Number.parseInt(pin, 16))) count++;
  }
  return count;
}

function readsOnly(pin: number): boolean {
  return (pin & READS) !== 0 && (pin & ~READS) === 0;
}
