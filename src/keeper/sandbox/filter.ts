/**
 * The system call filter of a sandbox: the rules of system-calls.ts compiled to
 * the kernel's classic BPF, as bubblewrap's --seccomp takes it. A second wall:
 * the namespaces hold without it.
 */
import {
  ALLOW,
  assemble,
  callNumber,
  fail,
  type Instruction,
  judge,
  loadArgument,
  type Machine,
  machineOf,
  when,
} from '../../native/bpf.ts';
import type { SystemCall } from '../../native/system-calls.ts';
import { ALLOWED_FAMILIES, DENIED_CALLS, DENIED_IOCTLS, ERRNO } from './system-calls.ts';

/** `then` at the call `call`, which every machine that we know has. */
function at(machine: Machine, call: SystemCall, then: readonly Instruction[]): Instruction[] {
  const number = callNumber(machine, call);
  return number === undefined ? [] : when(number, then);
}

function rules(machine: Machine): Instruction[] {
  const calls = DENIED_CALLS.flatMap((call) => {
    const number = call[machine.name];
    return number === undefined ? [] : when(number, [fail(call.errno)]);
  });
  const ioctls = Object.values(DENIED_IOCTLS);
  const families = Object.values(ALLOWED_FAMILIES);
  return [
    ...calls,
    ...at(machine, 'ioctl', [
      loadArgument(1),
      ...ioctls.flatMap((request) => when(request, [fail(ERRNO.EPERM)])),
      ALLOW,
    ]),
    ...at(machine, 'socket', [
      loadArgument(0),
      ...families.flatMap((family) => when(family, [ALLOW])),
      fail(ERRNO.EAFNOSUPPORT),
    ]),
    ALLOW,
  ];
}

/** An array of struct sock_filter for `machine` (Node's name of it), or undefined where there are no rules. */
export function compileFilter(machine: string): Uint8Array | undefined {
  const known = machineOf(machine);
  // 32-bit programs have other numbers, for which there are no rules here: none of them runs.
  return known && assemble(judge(known, rules(known)));
}
