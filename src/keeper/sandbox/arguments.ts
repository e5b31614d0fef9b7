/**
 * The boundary of a sandbox as arguments of bubblewrap. Everything that a qube
 * can see of the host is named in this file or handed to it as a mount; what is
 * not named is absent. test/sandbox looks at each point from inside.
 *
 * Not limited here: memory and processor time of the qube's processes, which
 * need cgroups that an ordinary user does not always have (the kernel is told
 * to end a qube before dom0 when memory runs out, see launch.ts), and what the
 * kernel tells everybody in /proc about the machine.
 */
import { lstatSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { QubeName } from '../../base/ids.ts';
import { HOST_ETC, INSIDE_USER } from './etc.ts';
import type { Mount } from './host-files.ts';

const MIB = 1024 * 1024;
/** Bytes of memory that files of a qube may take, by place; a full one says ENOSPC inside. */
const TMPFS_BYTES = {
  home: 4096 * MIB,
  tmp: 2048 * MIB,
  shm: 1024 * MIB,
  run: 64 * MIB,
} as const;

export interface SandboxPlan {
  readonly name: QubeName;
  /** Livery's own files and the home, with paths as bubblewrap can reach them. */
  readonly mounts: readonly Mount[];
  /** Files of /etc that are made here: descriptors to copy them from. */
  readonly made: readonly { readonly path: string; readonly fd: number }[];
  readonly environment: ReadonlyMap<string, string>;
  /** bubblewrap tells there which process is the first of the sandbox. */
  readonly infoFd: number | undefined;
  /** The system call filter, compiled; undefined on a machine that it does not know. */
  readonly filterFd: number | undefined;
  /** bubblewrap is already in a network namespace of the sandbox's own, with a stack (launch.ts). */
  readonly hasNetwork: boolean;
}

/** /bin, /lib and the like: links into /usr, or directories on hosts that keep them apart. */
function rootLinks(): string[] {
  return ['bin', 'lib', 'lib32', 'lib64', 'libx32', 'sbin'].flatMap((name) => {
    const path = join('/', name);
    const facts = lstatSync(path, { throwIfNoEntry: false });
    if (!facts) return [];
    return facts.isSymbolicLink()
      ? ['--symlink', readlinkSync(path), path]
      : ['--ro-bind', path, path];
  });
}

function tmpfs(path: string, sizeBytes: number, mode: string): string[] {
  return ['--perms', mode, '--size', `${sizeBytes}`, '--tmpfs', path];
}

function mountOption({ device, writable }: Mount): string {
  if (device) return '--dev-bind';
  return writable ? '--bind' : '--ro-bind';
}

const NAMESPACES = ['user', 'pid', 'ipc', 'net', 'uts', 'cgroup'];

/** The options of bwrap. The mount namespace is always new. */
export function sandboxOptions(plan: SandboxPlan): string[] {
  const { uid, gid, home } = INSIDE_USER;
  const namespaces = NAMESPACES.filter((name) => name !== 'net' || !plan.hasNetwork);
  const fdOption = (name: string, fd: number | undefined) =>
    fd === undefined ? [] : [name, `${fd}`];
  return [
    ...namespaces.map((name) => `--unshare-${name}`),
    // No user namespaces inside: they are where most of the kernel's holes are reached from.
    '--disable-userns',
    ...['--uid', `${uid}`, '--gid', `${gid}`, '--hostname', plan.name],
    ...['--new-session', '--die-with-parent', '--clearenv', '--cap-drop', 'ALL'],
    ...fdOption('--info-fd', plan.infoFd),
    ...fdOption('--seccomp', plan.filterFd),
    ...['--ro-bind', '/usr', '/usr', ...rootLinks()],
    ...['--proc', '/proc', '--dev', '/dev'],
    ...tmpfs('/dev/shm', TMPFS_BYTES.shm, '1777'),
    ...['--remount-ro', '/dev'],
    // Others put sockets there (/tmp/.X11-unix), so it is /tmp as everywhere.
    ...tmpfs('/tmp', TMPFS_BYTES.tmp, '1777'),
    ...tmpfs('/run', TMPFS_BYTES.run, '0755'),
    ...['--perms', '0700', '--dir', '/run/user'],
    ...['--dir', '/var', '--symlink', '../run', '/var/run', '--symlink', '../tmp', '/var/tmp'],
    ...HOST_ETC.flatMap((name) => ['--ro-bind-try', `/etc/${name}`, `/etc/${name}`]),
    ...plan.made.flatMap(({ path, fd }) => ['--perms', '0644', '--file', `${fd}`, path]),
    ...tmpfs(home, TMPFS_BYTES.home, '0700'),
    ...plan.mounts.flatMap((mount) => [mountOption(mount), mount.host, mount.inside]),
    ...['--remount-ro', '/', '--chdir', home],
    ...[...plan.environment].flatMap(([name, value]) => ['--setenv', name, value]),
  ];
}

/** Options as bwrap's --args reads them. */
export function joinOptions(options: readonly string[]): string {
  return options.map((option) => `${option}\0`).join('');
}

/** A locale's name and nothing else. */
const LOCALE = /^[A-Za-z]{1,8}(_[A-Za-z]{1,8})?(\.[A-Za-z0-9-]{1,16})?(@[a-z]{1,16})?$/;

/**
 * The whole environment of the first process inside.
 * @param hostLanguage dom0's LANG; taken over when it is a locale's name
 * @param fds numbers of the descriptors that the agent inherits
 */
export function sandboxEnvironment(
  hostLanguage: string | undefined,
  fds: { readonly gui: number; readonly service: number; readonly pool: number },
): Map<string, string> {
  const language =
    hostLanguage !== undefined && LOCALE.test(hostLanguage) ? hostLanguage : 'C.UTF-8';
  return new Map([
    ['HOME', INSIDE_USER.home],
    ['USER', INSIDE_USER.name],
    ['LOGNAME', INSIDE_USER.name],
    ['SHELL', '/bin/bash'],
    ['LANG', language],
    ['PATH', '/usr/local/bin:/usr/bin:/bin:/usr/local/games:/usr/games'],
    ['TERM', 'xterm-256color'],
    ['XDG_RUNTIME_DIR', '/run/user'],
    ['LIVERY_AGENT_GUI_FD', `${fds.gui}`],
    ['LIVERY_AGENT_SERVICE_FD', `${fds.service}`],
    ['LIVERY_AGENT_POOL_FD', `${fds.pool}`],
  ]);
}
