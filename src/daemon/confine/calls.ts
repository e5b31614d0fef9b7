/**
 * The system calls that a daemon still makes once it is up: it reads and writes
 * what it has open, talks over unix sockets, opens files (which ones is for
 * files.ts), makes memory and threads, and ends. Seen by recording what it does
 * and by what the C library and Node.js are known to take instead.
 *
 * Three answers. What only somebody who took over the process would do (start a
 * program, look into another process) ends it at once. A socket that is no unix
 * socket, and a signal for another process, answer as if the right were missing:
 * a library may try. Everything else answers as an older kernel would, because
 * the libraries then go on by another way; a forgotten call must not take the
 * windows of all qubes from the screen.
 */
import {
  ALLOW,
  allowList,
  fail,
  type Guarded,
  type Instruction,
  KILL,
  loadArgument,
  type Machine,
  when,
  whenAny,
} from '../../native/bpf.ts';
import type { SystemCall } from '../../native/system-calls.ts';

const EPERM = 1;
const ENOTTY = 25;
const ENOSYS = 38;
const EAFNOSUPPORT = 97;
const AF_UNIX = 1;
const CLONE_THREAD = 0x00010000;
const PR_SET_NAME = 15;
const PR_GET_NO_NEW_PRIVS = 39;

const CALLS: readonly SystemCall[] = [
  // Streams and the event loop.
  ...(['read', 'write', 'readv', 'writev', 'recvmsg', 'sendmsg', 'recvfrom', 'sendto'] as const),
  ...(['close', 'fcntl', 'shutdown', 'connect', 'accept4', 'bind', 'listen'] as const),
  ...(['getsockopt', 'setsockopt', 'getsockname', 'getpeername', 'pipe2', 'eventfd2'] as const),
  ...(['epoll_create1', 'epoll_ctl', 'epoll_pwait', 'epoll_pwait2', 'epoll_wait'] as const),
  ...(['poll', 'ppoll', 'restart_syscall'] as const),
  // Files.
  ...(['open', 'openat', 'lseek', 'pread64', 'pwrite64', 'preadv', 'pwritev'] as const),
  ...(['fstat', 'newfstatat', 'statx', 'stat', 'lstat', 'fstatfs', 'statfs'] as const),
  ...(['access', 'faccessat', 'faccessat2', 'getdents64', 'readlink', 'readlinkat'] as const),
  ...(['getcwd', 'mkdir', 'mkdirat', 'unlink', 'unlinkat', 'link', 'linkat'] as const),
  ...(['rename', 'renameat', 'renameat2', 'chmod', 'fchmod', 'fchmodat', 'umask'] as const),
  ...(['ftruncate', 'fallocate', 'fsync', 'fdatasync', 'flock', 'memfd_create'] as const),
  ...(['inotify_init1', 'inotify_add_watch', 'inotify_rm_watch'] as const),
  // Memory; V8 compiles, so it may become executable.
  ...(['brk', 'mmap', 'munmap', 'mremap', 'mprotect', 'madvise', 'mlock', 'mlock2'] as const),
  ...(['munlock', 'membarrier', 'pkey_alloc', 'pkey_free', 'pkey_mprotect'] as const),
  // Threads, signals of our own, children that were started before.
  ...(['futex', 'set_robust_list', 'rseq', 'sched_yield', 'sched_getaffinity'] as const),
  ...(['rt_sigaction', 'rt_sigprocmask', 'rt_sigreturn', 'sigaltstack'] as const),
  ...(['wait4', 'waitid', 'exit', 'exit_group'] as const),
  // Who and where we are, time and chance.
  ...(['getpid', 'gettid', 'getppid', 'getuid', 'geteuid', 'getgid', 'getegid'] as const),
  ...(['capget', 'uname', 'sysinfo', 'getcpu', 'getrusage', 'getrlimit', 'prlimit64'] as const),
  ...(['clock_gettime', 'clock_getres', 'gettimeofday', 'time'] as const),
  ...(['clock_nanosleep', 'nanosleep', 'getrandom'] as const),
];

const NEVER: readonly SystemCall[] = [
  ...(['execve', 'execveat', 'fork', 'vfork'] as const),
  ...(['ptrace', 'process_vm_readv', 'process_vm_writev'] as const),
];

/** What libuv asks of sockets and of a terminal; never to type into it. */
const IOCTLS = {
  TCGETS: 0x5401,
  TCSETS: 0x5402,
  TCSETSW: 0x5403,
  TCSETSF: 0x5404,
  TIOCGWINSZ: 0x5413,
  FIONREAD: 0x541b,
  FIONBIO: 0x5421,
  FIONCLEX: 0x5450,
  FIOCLEX: 0x5451,
} as const;

/**
 * What Xen's libraries ask of gntdev and evtchn, which are open already
 * (linux/include/uapi/xen/gntdev.h, evtchn.h). No page of ours is granted, and no
 * event channel is made that somebody else could bind to.
 */
const XEN_IOCTLS = {
  GNTDEV_MAP_GRANT_REF: 0x00184700,
  GNTDEV_UNMAP_GRANT_REF: 0x00104701,
  GNTDEV_GET_OFFSET_FOR_VADDR: 0x00184702,
  GNTDEV_SET_UNMAP_NOTIFY: 0x00104707,
  EVTCHN_BIND_INTERDOMAIN: 0x00084501,
  EVTCHN_UNBIND: 0x00044503,
  EVTCHN_NOTIFY: 0x00044504,
} as const;

/** The one signal that may go to another process: to `pid`, `number`. */
export interface AllowedSignal {
  readonly pid: number;
  readonly number: number;
}

export interface CallsOptions {
  /** This process: signals to its own threads stay possible (abort). */
  readonly pid: number;
  /** Node.js holds an io_uring and waits on it; it was made before and cannot be made again. */
  readonly ring: boolean;
  readonly signal?: AllowedSignal | undefined;
  /** Xen's devices are used. */
  readonly xen?: boolean | undefined;
}

/** The program for `installSeccompFilter`. */
export function daemonFilter(machine: Machine, options: CallsOptions): Uint8Array {
  const { pid, ring, signal, xen } = options;
  const ioctls = [...Object.values(IOCTLS), ...(xen ? Object.values(XEN_IOCTLS) : [])];
  const unixOnly = [loadArgument(0), ...when(AF_UNIX, [ALLOW]), fail(EAFNOSUPPORT)];
  const guarded: readonly Guarded[] = [
    ...NEVER.map((call): Guarded => ({ call, rules: [KILL] })),
    { call: 'clone', rules: [loadArgument(0), ...whenAny(CLONE_THREAD, [ALLOW]), KILL] },
    // Its flags lie in memory where no filter sees them; the C library then takes clone.
    { call: 'clone3', rules: [fail(ENOSYS)] },
    { call: 'socket', rules: unixOnly },
    { call: 'socketpair', rules: unixOnly },
    { call: 'ioctl', rules: oneOf(1, ioctls, ENOTTY) },
    { call: 'prctl', rules: oneOf(0, [PR_SET_NAME, PR_GET_NO_NEW_PRIVS], EPERM) },
    { call: 'tgkill', rules: oneOf(0, [pid], EPERM) },
    { call: 'kill', rules: signal ? oneSignal(signal) : [fail(EPERM)] },
  ];
  const calls: readonly SystemCall[] = ring ? [...CALLS, 'io_uring_enter'] : CALLS;
  return allowList(machine, calls, fail(ENOSYS), guarded);
}

function oneOf(place: number, values: readonly number[], errno: number): Instruction[] {
  return [loadArgument(place), ...values.flatMap((value) => when(value, [ALLOW])), fail(errno)];
}

function oneSignal({ pid, number }: AllowedSignal): Instruction[] {
  const toIt = [loadArgument(1), ...when(number, [ALLOW]), fail(EPERM)];
  return [loadArgument(0), ...when(pid, toIt), fail(EPERM)];
}
