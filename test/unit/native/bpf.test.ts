/** Allow lists: what they name passes, everything else does not, through whatever door it comes. */
import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import {
  ALLOW,
  allowList,
  assemble,
  callNumber,
  fail,
  KILL,
  loadArgument,
  machineOf,
  THREADS_ONLY,
  when,
} from '../../../src/native/bpf.ts';
import { SYSTEM_CALLS, type SystemCall } from '../../../src/native/system-calls.ts';
import { verdict } from '../../rig/bpf.ts';

const I386 = 0x40000003;

describe.each(['x64', 'arm64'])('an allow list for %s', (name) => {
  const machine = machineOf(name);
  if (!machine) throw new Error(`no machine ${name}`);
  const numberOf = (call: SystemCall) => callNumber(machine, call) ?? Number.NaN;
  const ask = (filter: Uint8Array, number: number, ...args: number[]) =>
    verdict(filter, { audit: machine.audit, number, args });

  it('allows exactly the calls that it names', () => {
    const named: SystemCall[] = ['read', 'write', 'futex', 'exit_group', 'openat', 'open'];
    const filter = allowList(machine, named, KILL);
    const numbers = new Set(named.map((call) => callNumber(machine, call)));
    for (let number = 0; number < 600; number++) {
      const expected = numbers.has(number) ? ALLOW.value : KILL.value;
      expect([number, ask(filter, number)]).toEqual([number, expected]);
    }
  });

  it('lets no call in by another numbering', () => {
    const everything = Object.keys(SYSTEM_CALLS) as SystemCall[];
    const filter = allowList(machine, everything, fail(1));
    for (let number = 0; number < 450; number++) {
      expect(verdict(filter, { audit: I386, number })).toBe(fail(1).value);
      expect(ask(filter, number + 0x40000000)).toBe(fail(1).value);
    }
    expect(ask(filter, -1)).toBe(fail(1).value);
  });

  it('judges guarded calls by their arguments, also when they are named', () => {
    const guarded = [
      { call: 'socket', rules: [loadArgument(0), ...when(1, [ALLOW]), fail(97)] },
    ] as const;
    const filter = allowList(machine, ['socket', 'read'], KILL, guarded);
    expect(ask(filter, numberOf('socket'), 1)).toBe(ALLOW.value);
    expect(ask(filter, numberOf('socket'), 2)).toBe(fail(97).value);
    expect(ask(filter, numberOf('read'), 2)).toBe(ALLOW.value);
    expect(ask(filter, numberOf('connect'), 1)).toBe(KILL.value);
  });

  it('tells a new thread from a new process', () => {
    const filter = allowList(machine, [], KILL, THREADS_ONLY);
    const thread = 0x3d0f00;
    const process = 0x11;
    expect(ask(filter, numberOf('clone'), thread)).toBe(ALLOW.value);
    expect(ask(filter, numberOf('clone'), process)).toBe(fail(1).value);
    expect(ask(filter, numberOf('clone3'), 0)).toBe(fail(38).value);
  });
});

describe('the table of numbers', () => {
  it('gives each number one name', () => {
    for (const place of [0, 1] as const) {
      const numbers = Object.values(SYSTEM_CALLS).map((pair) => pair[place]);
      const known = numbers.filter((number) => number !== undefined);
      expect(new Set(known).size).toBe(known.length);
    }
  });

  it('is that of the compiler’s headers for this machine', () => {
    const place = process.arch === 'arm64' ? 1 : 0;
    const args = ['-E', '-dM', '-x', 'c++', '-include', 'asm/unistd.h', '/dev/null'];
    const macros = execFileSync('g++', args, { encoding: 'utf8' });
    const numbers = new Map(
      [...macros.matchAll(/^#define __NR(?:3264)?_(\w+) (\d+)$/gm)].map(([, name = '', number]) => [
        name,
        Number(number),
      ]),
    );
    expect(numbers.size).toBeGreaterThan(200);
    const wrong = Object.entries(SYSTEM_CALLS).filter(
      ([name, pair]) => numbers.has(name) && numbers.get(name) !== pair[place],
    );
    expect(wrong).toEqual([]);
  });
});

it('refuses a jump that does not fit into an instruction', () => {
  const long = Array.from({ length: 256 }, () => ALLOW);
  expect(() => assemble(when(1, long))).toThrow(RangeError);
});

it('knows no numbers of other machines', () => {
  expect(machineOf('mips')).toBeUndefined();
});
