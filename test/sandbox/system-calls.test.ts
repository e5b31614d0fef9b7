/**
 * The system call filter as the kernel applies it: each call of the table is
 * made inside. The counter-check makes some of them outside.
 */
import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import {
  ALLOWED_FAMILIES,
  DENIED_CALLS,
  DENIED_IOCTLS,
  ERRNO,
} from '../../src/keeper/sandbox/system-calls.ts';
import { inside, insidePerl } from './inside.ts';

const arm = process.arch === 'arm64';
const IOCTL = arm ? 29 : 16;

/** All arguments invalid, so that outside nothing happens either. */
function call(number: number): string {
  return `$! = 0; syscall(${number}, -1, -1, -1, -1, -1); print "${number} ", $! + 0, "\\n";`;
}

describe('system calls', () => {
  it('loads a filter', async () => {
    expect((await inside('cat /proc/self/status')).output).toMatch(/^Seccomp:\s*2$/m);
  });

  it('answers each call of the table with its error', async () => {
    const calls = DENIED_CALLS.flatMap((one) => {
      const number = arm ? one.arm64 : one.x64;
      return number === undefined ? [] : [{ number, errno: one.errno }];
    });
    const { lines } = await insidePerl(calls.map(({ number }) => call(number)).join('\n'));
    expect(lines).toEqual(calls.map(({ number, errno }) => `${number} ${errno}`));
  });

  it('hides the key rings, which no namespace divides', async () => {
    const keyctl = arm ? 219 : 250;
    // KEYCTL_GET_KEYRING_ID of the session's ring, not creating one.
    const code = `my $id = syscall(${keyctl}, 0, -3, 0); print $id, " ", $! + 0, "\\n";`;
    const outside = execFileSync('/usr/bin/perl', ['-e', code], { encoding: 'utf8' });
    expect(outside).not.toMatch(/^-1 1$/m);
    expect((await insidePerl(code)).output).toBe('-1 1\n');
  });

  it('allows sockets of few families: vsock would reach the host of a virtual machine', async () => {
    const socket = arm ? 198 : 41;
    const families = Array.from({ length: 46 }, (_, family) => family);
    const { lines } = await insidePerl(
      families
        .map(
          (family) =>
            `$! = 0; my $s = syscall(${socket}, ${family}, 1, 0); print "${family} ", $! + 0, "\\n";`,
        )
        .join('\n'),
    );
    const allowed: readonly number[] = Object.values(ALLOWED_FAMILIES);
    for (const line of lines) {
      const [family = -1, errno] = line.split(' ').map(Number);
      if (allowed.includes(family)) expect(errno).not.toBe(ERRNO.EAFNOSUPPORT);
      else expect([family, errno]).toEqual([family, ERRNO.EAFNOSUPPORT]);
    }
    expect(lines).toHaveLength(families.length);
  });

  it('forbids to type into a terminal', async () => {
    const requests = Object.values(DENIED_IOCTLS);
    const { lines } = await insidePerl(
      requests
        .map((request) => `$! = 0; syscall(${IOCTL}, 0, ${request}, 0); print $! + 0, "\\n";`)
        .join('\n'),
    );
    expect(lines).toEqual(requests.map(() => `${ERRNO.EPERM}`));
    const outside = execFileSync(
      '/usr/bin/perl',
      ['-e', `syscall(${IOCTL}, 0, ${DENIED_IOCTLS.TIOCSTI}, 0); print $! + 0`],
      { encoding: 'utf8', stdio: ['pipe', 'pipe', 'inherit'] },
    );
    expect(outside).not.toBe(`${ERRNO.EPERM}`);
  });
});
