/**
 * Small decisions on the way to a sandbox: sizes, limits, names of things.
 */
import { describe, expect, it } from 'vitest';
import type { DomainId, QubeName } from '../../../src/base/ids.ts';
import { MAX_POOL_BYTES } from '../../../src/channel/pool.ts';
import { poolBytesOf, poolFailure } from '../../../src/keeper/pool-size.ts';
import { sandboxEnvironment } from '../../../src/keeper/sandbox/arguments.ts';
import { madeFiles } from '../../../src/keeper/sandbox/etc.ts';
import { identityOf } from '../../../src/keeper/sandbox/identity.ts';
import { planLaunch } from '../../../src/keeper/sandbox/launch.ts';
import { limited } from '../../../src/keeper/sandbox/limits.ts';
import { findTools } from '../../../src/keeper/sandbox/tools.ts';

const MIB = 1024 * 1024;

describe('pools', () => {
  it('are 256 MiB, or whole pages of what was configured, below 4 GiB', () => {
    expect(poolBytesOf({ backend: 'sandbox', poolBytes: undefined })).toBe(256 * MIB);
    expect(poolBytesOf({ backend: 'sandbox', poolBytes: 1 })).toBe(4096);
    expect(poolBytesOf({ backend: 'sandbox', poolBytes: 8 * 4096 })).toBe(8 * 4096);
    expect(poolBytesOf({ backend: 'sandbox', poolBytes: 2 ** 33 })).toBe(MAX_POOL_BYTES);
  });

  it('that cannot be made say how large they were and what to do', () => {
    const cause = Object.assign(new Error('no memory left'), { code: 'ENOMEM' });
    const error = poolFailure('work' as QubeName, 256 * MIB, cause);
    expect(error.message).toBe('there is no shared memory for qube work (256 MiB): no memory left');
    expect(error.hint).toContain('smaller pool');
    expect(poolFailure('work' as QubeName, MIB, 'odd').hint).toBeUndefined();
  });
});

describe('limits', () => {
  it('are ours, or the smaller ones of the host', () => {
    const host =
      'Max processes             500                  1000                 processes\n' +
      'Max open files            1024                 4096                 files\n';
    expect(limited(['a'], '/p', host)).toEqual([
      '/p',
      '--core=0:0',
      '--nofile=4096:4096',
      '--nproc=1000:1000',
      '--',
      'a',
    ]);
    const free = host.replace('1000 ', 'unlimited ').replace('4096 ', '1048576 ');
    expect(limited(['a'], '/p', free)).toEqual([
      '/p',
      '--core=0:0',
      '--nofile=16384:16384',
      '--nproc=4096:4096',
      '--',
      'a',
    ]);
  });
});

describe('the environment', () => {
  const fds = { gui: 3, service: 4, pool: 5 };
  it.each([
    ['en_US.UTF-8', 'en_US.UTF-8'],
    ['C', 'C'],
    ['sr_RS.UTF-8@latin', 'sr_RS.UTF-8@latin'],
    [undefined, 'C.UTF-8'],
    ['', 'C.UTF-8'],
    ['/tmp/locale', 'C.UTF-8'],
    ['en_US\nX=1', 'C.UTF-8'],
    ['x'.repeat(200), 'C.UTF-8'],
  ])('makes of LANG=%j the locale %s', (given, taken) => {
    expect(sandboxEnvironment(given, fds).get('LANG')).toBe(taken);
  });
});

describe('files of /etc', () => {
  const id = (name: string, disposable: boolean) =>
    madeFiles({ name: name as QubeName, disposable, network: false }).find(
      ({ path }) => path === '/etc/machine-id',
    )?.text;

  it('give a qube with a home the same machine id each time, and each qube another', () => {
    expect(id('work', false)).toBe(id('work', false));
    expect(id('work', false)).not.toBe(id('vault', false));
    expect(id('work', true)).not.toBe(id('work', true));
    expect(id('work', true)).toMatch(/^[0-9a-f]{32}\n$/);
  });

  it('name a name server only with a network', () => {
    const paths = (network: boolean) =>
      madeFiles({ name: 'work' as QubeName, disposable: true, network }).map(({ path }) => path);
    expect(paths(false)).not.toContain('/etc/resolv.conf');
    expect(paths(true)).toContain('/etc/resolv.conf');
  });
});

describe('the launch', () => {
  const tools = findTools();
  const base = {
    tools,
    gateFd: undefined,
    mark: 'livery-mark',
    passOptions: () => 9,
    command: ['agent'],
  };
  const own = { uid: 1000, gid: 1000, separate: false };
  const separate = { uid: 2_000_000_001, gid: 2_000_000_001, separate: true };

  it('asks for the death signal after the last change of rights, and checks its parent after that', () => {
    for (const [identity, gateFd] of [
      [own, undefined],
      [own, 7],
      [separate, undefined],
      [separate, 7],
    ] as const) {
      const { file, args } = planLaunch({ ...base, identity, gateFd, mounts: [] });
      const words = [file, ...args];
      const asked = words.lastIndexOf('--pdeathsig');
      for (const change of ['--reuid', '--map-root-user', '--clear-groups', '--net']) {
        expect(words.indexOf(change)).toBeLessThan(asked);
      }
      expect(words.indexOf(`${process.pid}`)).toBeGreaterThan(asked);
      expect(words.slice(words.indexOf(tools.bwrap))).toEqual([
        tools.bwrap,
        '--unsetenv',
        'livery-mark',
        '--args',
        '9',
        '--',
        'agent',
      ]);
    }
  });

  it('stages what only root can reach, in a place that holds none of it', () => {
    const mounts = ['/mnt/disk/livery', '/root/home'].map((host, place) => ({
      host,
      inside: `/inside/${place}`,
      writable: place === 1,
    }));
    let seen: unknown;
    const passOptions = (reachable: unknown) => {
      seen = reachable;
      return 9;
    };
    const { args } = planLaunch({ ...base, identity: separate, mounts, passOptions });
    expect(args).toEqual(expect.arrayContaining(['/media', '2', '/mnt/disk/livery', '/root/home']));
    expect(seen).toEqual([
      { host: '/media/0', inside: '/inside/0', writable: false },
      { host: '/media/1', inside: '/inside/1', writable: true },
    ]);
    planLaunch({ ...base, identity: own, mounts, passOptions });
    expect(seen).toEqual(mounts);
  });
});

describe('identities', () => {
  it('are separate for root only, and differ', () => {
    const [one, two] = [1, 2].map((id) => identityOf(id as DomainId));
    const uid = process.getuid?.();
    expect(one?.separate).toBe(two?.separate);
    if (one?.separate) expect(one.uid).not.toBe(two?.uid);
    else expect(one?.uid).toBe(uid);
    expect(uid === 0 || one?.separate === false).toBe(true);
  });
});
