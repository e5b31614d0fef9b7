/**
 * The system call filter of a sandbox: the rules of system-calls.ts compiled to
 * the kernel's classic BPF, as bubblewrap's --seccomp takes it. A second wall:
 * the namespaces hold without it.
 */
import { ALLOWED_FAMILIES, DENIED_CALLS, DENIED_IOCTLS, ERRNO } from './system-calls.ts';

interface Machine {
  /** AUDIT_ARCH_* of linux/audit.h. */
  readonly audit: number;
  readonly calls: 'x64' | 'arm64';
  readonly ioctl: number;
  readonly socket: number;
}

const MACHINES: Readonly<Record<string, Machine>> = {
  x64: { audit: 0xc000003e, calls: 'x64', ioctl: 16, socket: 41 },
  arm64: { audit: 0xc00000b7, calls: 'arm64', ioctl: 29, socket: 198 },
};

/** Offsets in struct seccomp_data; arguments are 64 bits, of which the low half comes first. */
const DATA = { number: 0, machine: 4, argument0: 16, argument1: 24 } as const;

/** linux/filter.h and linux/seccomp.h */
const LOAD_WORD = 0x20;
const JUMP_EQUAL = 0x15;
const JUMP_AT_LEAST = 0x35;
const RETURN = 0x06;
const ALLOW = 0x7fff0000;
const FAIL = 0x00050000;

/** Numbers of the x32 calls, a second way in to the same calls on x86-64. */
const X32_BIT = 0x40000000;

interface Instruction {
  readonly code: number;
  /** Instructions to leave out when the comparison holds, and when not. */
  readonly yes: number;
  readonly no: number;
  readonly value: number;
}

function step(code: number, value: number, yes = 0, no = 0): Instruction {
  return { code, yes, no, value };
}

/** `then` when the loaded word is `value`. */
function when(value: number, then: readonly Instruction[]): Instruction[] {
  return [step(JUMP_EQUAL, value, 0, then.length), ...then];
}

function fail(errno: number): Instruction {
  return step(RETURN, FAIL | errno);
}

function program(machine: Machine): Instruction[] {
  const calls = DENIED_CALLS.flatMap((call) => {
    const number = call[machine.calls];
    return number === undefined ? [] : when(number, [fail(call.errno)]);
  });
  const ioctls = Object.values(DENIED_IOCTLS);
  const families = Object.values(ALLOWED_FAMILIES);
  return [
    // 32-bit programs have other numbers, for which there are no rules here: none of them runs.
    step(LOAD_WORD, DATA.machine),
    step(JUMP_EQUAL, machine.audit, 1, 0),
    fail(ERRNO.ENOSYS),
    step(LOAD_WORD, DATA.number),
    step(JUMP_AT_LEAST, X32_BIT, 0, 1),
    fail(ERRNO.ENOSYS),
    ...calls,
    ...when(machine.ioctl, [
      step(LOAD_WORD, DATA.argument1),
      ...ioctls.flatMap((request) => when(request, [fail(ERRNO.EPERM)])),
      step(RETURN, ALLOW),
    ]),
    ...when(machine.socket, [
      step(LOAD_WORD, DATA.argument0),
      ...families.flatMap((family) => when(family, [step(RETURN, ALLOW)])),
      fail(ERRNO.EAFNOSUPPORT),
    ]),
    step(RETURN, ALLOW),
  ];
}

/** An array of struct sock_filter for `machine` (Node's name of it), or undefined where there are no rules. */
export function compileFilter(machine: string): Uint8Array | undefined {
  const known = MACHINES[machine];
  if (!known) return undefined;
  const instructions = program(known);
  const bytes = Buffer.alloc(instructions.length * 8);
  for (const [place, { code, yes, no, value }] of instructions.entries()) {
    bytes.writeUInt16LE(code, place * 8);
    bytes.writeUInt8(yes, place * 8 + 2);
    bytes.writeUInt8(no, place * 8 + 3);
    bytes.writeUInt32LE(value >>> 0, place * 8 + 4);
  }
  return bytes;
}
