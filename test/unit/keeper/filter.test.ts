/**
 * The compiled system call filter, run by an interpreter of the kernel's
 * classic BPF: every rule of the table holds and nothing else does.
 */
import { describe, expect, it } from 'vitest';
import { compileFilter } from '../../../src/keeper/sandbox/filter.ts';
import {
  ALLOWED_FAMILIES,
  DENIED_CALLS,
  DENIED_IOCTLS,
  ERRNO,
} from '../../../src/keeper/sandbox/system-calls.ts';
import { verdict } from '../../rig/bpf.ts';

const ALLOW = 0x7fff0000;
const MACHINES = [
  { name: 'x64', audit: 0xc000003e, ioctl: 16, socket: 41 },
  { name: 'arm64', audit: 0xc00000b7, ioctl: 29, socket: 198 },
] as const;

function run(
  filter: Uint8Array,
  audit: number,
  number: number,
  args: readonly number[] = [],
): number {
  return verdict(filter, { audit, number, args });
}

function failure(errno: number): number {
  return 0x00050000 | errno;
}

describe.each(MACHINES)('the filter for $name', ({ name, audit, ioctl, socket }) => {
  const filter = compileFilter(name) ?? new Uint8Array();

  it('is a program that the kernel takes', () => {
    expect(filter.length % 8).toBe(0);
    expect(filter.length / 8).toBeGreaterThan(50);
    expect(filter.length / 8).toBeLessThan(4096);
    expect(Buffer.from(filter).readUInt16LE(filter.length - 8)).toBe(0x06);
  });

  it('denies what the table says and allows all other numbers', () => {
    const denied = new Map(DENIED_CALLS.map((call) => [call[name], call.errno]));
    for (let number = 0; number < 600; number++) {
      if (number === socket || number === ioctl) continue;
      const errno = denied.get(number);
      expect([number, run(filter, audit, number)]).toEqual([
        number,
        errno === undefined ? ALLOW : failure(errno),
      ]);
    }
  });

  it('looks at the request of ioctl as the kernel does: at its low 32 bits', () => {
    for (const request of Object.values(DENIED_IOCTLS)) {
      expect(run(filter, audit, ioctl, [0, request])).toBe(failure(ERRNO.EPERM));
      expect(run(filter, audit, ioctl, [0, request + 2 ** 32])).toBe(failure(ERRNO.EPERM));
    }
    expect(run(filter, audit, ioctl, [0, 0x5413])).toBe(ALLOW);
  });

  it('allows sockets of the listed families', () => {
    const allowed: readonly number[] = Object.values(ALLOWED_FAMILIES);
    for (let family = 0; family < 64; family++) {
      const expected = allowed.includes(family) ? ALLOW : failure(ERRNO.EAFNOSUPPORT);
      expect([family, run(filter, audit, socket, [family])]).toEqual([family, expected]);
      expect(run(filter, audit, socket, [family + 2 ** 32])).toBe(expected);
    }
    expect(run(filter, audit, socket, [-1])).toBe(failure(ERRNO.EAFNOSUPPORT));
  });

  it('lets no call through another door', () => {
    for (const number of [0, 1, 16, 41, 59, 250]) {
      expect(run(filter, 0x40000003, number)).toBe(failure(ERRNO.ENOSYS));
      expect(run(filter, audit, number + 0x40000000)).toBe(failure(ERRNO.ENOSYS));
    }
  });
});

describe('the table', () => {
  it('names each call once', () => {
    expect(new Set(DENIED_CALLS.map((call) => call.name)).size).toBe(DENIED_CALLS.length);
    expect(new Set(DENIED_CALLS.map((call) => call.x64)).size).toBe(DENIED_CALLS.length);
  });

  it('makes no filter for a machine that it does not know', () => {
    expect(compileFilter('mips')).toBeUndefined();
  });
});
