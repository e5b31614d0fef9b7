/**
 * What the daemon's filter says to calls, without making them; the files that
 * it may open; and that no module is left to be loaded later.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { findingsOf } from '../../../src/cli/doctor/confinement.ts';
import { parseConfig } from '../../../src/config/read.ts';
import { daemonFilter } from '../../../src/daemon/confine/calls.ts';
import { confinementWanted, NOT_CONFINED } from '../../../src/daemon/confine/confine.ts';
import { daemonFiles, readsEverywhere } from '../../../src/daemon/confine/files.ts';
import { callNumber, type Machine, machineOf } from '../../../src/native/bpf.ts';
import { SYSTEM_CALLS, type SystemCall } from '../../../src/native/system-calls.ts';
import { verdict } from '../../rig/bpf.ts';

const ALLOWED = 0x7fff0000;
const KILLED = 0x80000000;
const PID = 4711;
const errno = (number: number) => 0x00050000 | number;
const EPERM = errno(1);
const ENOTTY = errno(25);
const ENOSYS = errno(38);
const EAFNOSUPPORT = errno(97);
const THREAD = 0x003d0f00;

function machine(name: string): Machine {
  const known = machineOf(name);
  if (!known) throw new Error(name);
  return known;
}

describe.each(['x64', 'arm64'])('the filter of %s', (name) => {
  const known = machine(name);
  const filter = daemonFilter(known, { pid: PID, ring: false });
  const say = (call: SystemCall, ...args: number[]): number | undefined => {
    const number = callNumber(known, call);
    return number === undefined ? undefined : verdict(filter, { audit: known.audit, number, args });
  };

  it('ends the process that starts a program or looks into another', () => {
    const never: readonly SystemCall[] = [
      ...(['execve', 'execveat', 'fork', 'vfork', 'ptrace'] as const),
      ...(['process_vm_readv', 'process_vm_writev'] as const),
    ];
    for (const call of never) expect([call, say(call) ?? KILLED]).toEqual([call, KILLED]);
    // As fork, vfork and posix_spawn of the C library do it.
    for (const flags of [0x01200011, 0x4111, 17]) expect(say('clone', flags)).toBe(KILLED);
    expect(say('clone', THREAD)).toBe(ALLOWED);
    expect(say('clone3')).toBe(ENOSYS);
  });

  it('lets unix sockets be made and no others', () => {
    for (const call of ['socket', 'socketpair'] as const) {
      expect(say(call, 1)).toBe(ALLOWED);
      // IP, IPv6, netlink, packets, vsock, and one whose low half only looks like a unix socket's.
      for (const family of [0, 2, 10, 16, 17, 40]) expect(say(call, family)).toBe(EAFNOSUPPORT);
    }
  });

  it('lets signals go to its own threads, and one to one process that was named', () => {
    expect(say('tgkill', PID, PID + 1, 6)).toBe(ALLOWED);
    expect(say('tgkill', PID + 1, PID + 1, 6)).toBe(EPERM);
    expect(say('kill', PID, 9)).toBe(EPERM);
    const signal = { pid: 99, number: 10 };
    const other = daemonFilter(known, { pid: PID, ring: false, signal });
    const number = callNumber(known, 'kill') ?? -1;
    const kill = (...args: number[]) => verdict(other, { audit: known.audit, number, args });
    expect([kill(99, 10), kill(99, 9), kill(98, 10)]).toEqual([ALLOWED, EPERM, EPERM]);
  });

  it("lets Xen's devices be asked only where they are used, and nothing be offered by them", () => {
    const xen = daemonFilter(known, { pid: PID, ring: false, xen: true });
    const number = callNumber(known, 'ioctl') ?? -1;
    const ask = (request: number) =>
      verdict(xen, { audit: known.audit, number, args: [5, request] });
    // Map and unmap grants, bind to an event channel, send an event.
    for (const request of [0x00184700, 0x00104701, 0x00084501, 0x00044504]) {
      expect([ask(request), say('ioctl', 5, request)]).toEqual([ALLOWED, ENOTTY]);
    }
    // gntalloc, an event channel for others, memory of other domains by privcmd.
    for (const request of [0x00184705, 0x00044502, 0x00305000, 0x00205002]) {
      expect(ask(request)).toBe(ENOTTY);
    }
  });

  it('does not let it type into a terminal, nor change what the process is', () => {
    expect(say('ioctl', 1, 0x5412)).toBe(ENOTTY);
    expect(say('ioctl', 1, 0x541c)).toBe(ENOTTY);
    expect(say('ioctl', 1, 0x5421)).toBe(ALLOWED);
    // PR_SET_DUMPABLE, PR_SET_MM, PR_SET_NAME.
    expect([say('prctl', 4), say('prctl', 35), say('prctl', 15)]).toEqual([EPERM, EPERM, ALLOWED]);
  });

  it('answers as an older kernel to everything else', () => {
    const others: readonly SystemCall[] = [
      ...(['io_uring_setup', 'io_uring_enter', 'seccomp', 'shmget', 'setsid', 'chdir'] as const),
      ...(['pidfd_open', 'pidfd_send_signal', 'symlinkat', 'openat2', 'setpriority'] as const),
    ];
    for (const call of others) expect([call, say(call)]).toEqual([call, ENOSYS]);
    // mount, bpf, unshare, setns, keyctl of x86-64; a call that nobody has yet.
    for (const number of [165, 321, 272, 308, 250, 999]) {
      if (name === 'arm64' && number !== 999) continue;
      expect(verdict(filter, { audit: known.audit, number })).toBe(ENOSYS);
    }
  });

  it('knows no calls of another machine', () => {
    const foreign = machine(name === 'x64' ? 'arm64' : 'x64');
    for (const call of Object.keys(SYSTEM_CALLS) as SystemCall[]) {
      const number = callNumber(foreign, call) ?? 0;
      expect(verdict(filter, { audit: foreign.audit, number })).toBe(ENOSYS);
    }
    expect(verdict(filter, { audit: known.audit, number: 0x40000000 })).toBe(ENOSYS);
  });

  it('waits on an io_uring only where there is one', () => {
    const number = callNumber(known, 'io_uring_enter') ?? -1;
    const ringed = daemonFilter(known, { pid: PID, ring: true });
    expect(verdict(ringed, { audit: known.audit, number })).toBe(ALLOWED);
    expect(say('io_uring_enter')).toBe(ENOSYS);
  });
});

describe('the files of the daemon', () => {
  const directory = mkdtempSync(join(tmpdir(), 'livery-files-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  const made = (name: string): string => {
    const path = join(directory, name);
    mkdirSync(path, { recursive: true });
    return path;
  };
  const audit = { directory: made('audit'), headFile: join(made('head'), 'head.json') };
  const runtimeDir = made('run');
  const pool = made('pool');
  const attached = (more: string) =>
    parseConfig(
      `[qube.a]\nlabel = "red"\nid = 5\nbackend = "attach"\n${more}`,
      join(made('etc'), 'l.toml'),
    );

  it('are its own directories to write, policy and program to read, nothing to execute', () => {
    const config = parseConfig('[qube.a]\nlabel = "red"\n', join(made('etc'), 'l.toml'));
    const {
      read = [],
      write,
      execute,
    } = daemonFiles({ config, runtimeDir, audit, poolDir: undefined });
    expect(write).toEqual([runtimeDir, audit.directory, join(directory, 'head')]);
    expect(execute).toBeUndefined();
    expect(read).toContain(join(directory, 'etc'));
    for (const path of read)
      expect(path).not.toMatch(/^(\/|\/home.{0,20}|\/root|\/etc|\/proc|\/tmp)$/);
  });

  it('have the memory of qubes that somebody else runs, where that is known', () => {
    const config = attached(`channel_dir = "/x"\npool_dir = "${pool}"\n`);
    expect(readsEverywhere(config, undefined)).toBe(false);
    expect(daemonFiles({ config, runtimeDir, audit, poolDir: undefined }).write).toContain(pool);
  });

  it('are everything to read when a qube is handed over and nobody said where its memory lies', () => {
    const config = attached('');
    const unknown = daemonFiles({ config, runtimeDir, audit, poolDir: undefined });
    expect(unknown.read).toContain('/');
    expect(unknown.write).not.toContain('/');
    const known = daemonFiles({ config, runtimeDir, audit, poolDir: pool });
    expect(known.read).not.toContain('/');
    expect(known.write).toContain(pool);
  });
});

describe('the switch', () => {
  it('is on unless it is off', () => {
    expect(confinementWanted({})).toBe(true);
    expect(confinementWanted({ LIVERY_CONFINE: '' })).toBe(true);
    expect(confinementWanted({ LIVERY_CONFINE: 'on' })).toBe(true);
    expect(confinementWanted({ LIVERY_CONFINE: 'off' })).toBe(false);
    expect(() => confinementWanted({ LIVERY_CONFINE: '0' })).toThrow(/expected on or off/);
  });
});

describe('livery doctor', () => {
  it('says in one line what holds, and in one each what does not', () => {
    const all = { wanted: true, noNewPrivileges: true, systemCalls: true, landlock: 7, lacks: [] };
    expect(findingsOf(all)).toMatchObject([{ state: 'ok' }]);
    const some = { ...all, landlock: 0, lacks: ['files can still be opened: no Landlock'] };
    expect(findingsOf(some)).toMatchObject([{ state: 'ok' }, { state: 'warning' }]);
    expect(findingsOf(NOT_CONFINED)).toMatchObject([{ state: 'warning' }]);
  });
});

describe('modules', () => {
  it('are all loaded with the program, but for verbs and what the renderer draws with', () => {
    const late = readdirSync('src', { recursive: true, encoding: 'utf8' })
      // bin/ loads the program itself, before it does anything.
      .filter((file) => file.endsWith('.ts') && !file.startsWith('bin/'))
      .filter((file) =>
        /\bawait import\((?!'\.\/verbs\/)|\bcreateRequire\(/.test(
          readFileSync(join('src', file), 'utf8'),
        ),
      )
      .toSorted();
    expect(late).toEqual(['native/addon.ts', 'renderer/worker.ts']);
  });
});
