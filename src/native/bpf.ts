/**
 * Small programs for the kernel's classic BPF that judge system calls (seccomp):
 * the instructions, and the shape that every such program has. Which calls a
 * program allows is decided by whoever makes one. Trusts nothing.
 */
import { SYSTEM_CALLS, type SystemCall } from './system-calls.ts';

export interface Machine {
  readonly name: 'x64' | 'arm64';
  /** AUDIT_ARCH_* of linux/audit.h. */
  readonly audit: number;
}

const MACHINES: Readonly<Record<string, Machine>> = {
  x64: { name: 'x64', audit: 0xc000003e },
  arm64: { name: 'arm64', audit: 0xc00000b7 },
};

/** By Node's name of it (`process.arch`); undefined where we know no numbers. */
export function machineOf(name: string): Machine | undefined {
  return MACHINES[name];
}

/** The number of a call, undefined where the machine does not have it. */
export function callNumber(machine: Machine, call: SystemCall): number | undefined {
  return SYSTEM_CALLS[call][machine.name === 'x64' ? 0 : 1];
}

export interface Instruction {
  readonly code: number;
  /** Instructions to leave out when the comparison holds, and when not; 0 to 255. */
  readonly yes: number;
  readonly no: number;
  readonly value: number;
}

/** linux/filter.h */
const LOAD_WORD = 0x20;
const JUMP_EQUAL = 0x15;
const JUMP_AT_LEAST = 0x35;
const JUMP_IF_ANY = 0x45;
const RETURN = 0x06;

/** Offsets in struct seccomp_data; arguments are 64 bits, of which the low half comes first. */
const NUMBER = 0;
const MACHINE = 4;
const ARGUMENTS = 16;

/** Numbers of the x32 calls, a second way in to the same calls on x86-64. */
const X32_BIT = 0x40000000;
const ENOSYS = 38;

function step(code: number, value: number, yes = 0, no = 0): Instruction {
  return { code, yes, no, value };
}

/** The call happens. */
export const ALLOW: Instruction = step(RETURN, 0x7fff0000);
/** The process ends at once, by SIGSYS; not only the thread, which would leave half a process. */
export const KILL: Instruction = step(RETURN, 0x80000000);

/** The call does not happen and answers with `errno`. */
export function fail(errno: number): Instruction {
  return step(RETURN, 0x00050000 | errno);
}

/** Loads the low 32 bits of an argument, counted from 0: all that the kernel looks at of an int. */
export function loadArgument(place: number): Instruction {
  return step(LOAD_WORD, ARGUMENTS + 8 * place);
}

/** `then` (at most 255 instructions) when the loaded word is `value`. */
export function when(value: number, then: readonly Instruction[]): Instruction[] {
  return [step(JUMP_EQUAL, value, 0, then.length), ...then];
}

/** `then` (at most 255 instructions) when the loaded word has any of `bits`. */
export function whenAny(bits: number, then: readonly Instruction[]): Instruction[] {
  return [step(JUMP_IF_ANY, bits, 0, then.length), ...then];
}

/**
 * A whole program: `rules` see the number of the call, already loaded, and end in a
 * return. Calls of another machine's numbering (32-bit programs, x32) never reach
 * them: `foreign`, by default ENOSYS, is what becomes of those.
 */
export function judge(
  machine: Machine,
  rules: readonly Instruction[],
  foreign: Instruction = fail(ENOSYS),
): Instruction[] {
  return [
    step(LOAD_WORD, MACHINE),
    step(JUMP_EQUAL, machine.audit, 1, 0),
    foreign,
    step(LOAD_WORD, NUMBER),
    step(JUMP_AT_LEAST, X32_BIT, 0, 1),
    foreign,
    ...rules,
  ];
}

/** A call that is judged by its arguments: `rules` decide by a return in every way through them. */
export interface Guarded {
  readonly call: SystemCall;
  readonly rules: readonly Instruction[];
}

/**
 * The program that allows `calls` and whatever `guarded` lets pass; `otherwise` is what
 * becomes of all others (KILL, or `fail` where a library tries one and goes on without).
 * A call that the machine does not have is left out.
 */
export function allowList(
  machine: Machine,
  calls: readonly SystemCall[],
  otherwise: Instruction,
  guarded: readonly Guarded[] = [],
): Uint8Array {
  const branch = (call: SystemCall, then: readonly Instruction[]) => {
    const number = callNumber(machine, call);
    return number === undefined ? [] : when(number, then);
  };
  const rules = [
    // The guarded ones come first, so that naming one in `calls` as well opens nothing.
    ...guarded.flatMap(({ call, rules }) => branch(call, rules)),
    ...calls.flatMap((call) => branch(call, [ALLOW])),
    otherwise,
  ];
  return assemble(judge(machine, rules, otherwise));
}

/**
 * Threads may be made, processes not. The flags of clone3 lie in memory where no filter
 * sees them: it answers as an old kernel does, and the C library takes clone.
 */
export const THREADS_ONLY: readonly Guarded[] = [
  { call: 'clone', rules: [loadArgument(0), ...whenAny(0x00010000, [ALLOW]), fail(1)] },
  { call: 'clone3', rules: [fail(ENOSYS)] },
];

/** An array of struct sock_filter. Throws RangeError for a jump that does not fit. */
export function assemble(instructions: readonly Instruction[]): Uint8Array {
  const bytes = Buffer.alloc(instructions.length * 8);
  for (const [place, { code, yes, no, value }] of instructions.entries()) {
    bytes.writeUInt16LE(code, place * 8);
    bytes.writeUInt8(yes, place * 8 + 2);
    bytes.writeUInt8(no, place * 8 + 3);
    bytes.writeUInt32LE(value >>> 0, place * 8 + 4);
  }
  return bytes;
}
