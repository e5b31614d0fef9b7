/**
 * What a worker may still do once it is warm: compute, talk over the stream that
 * it has, write pixels into the memory that comes with it, open files to read
 * them, and end. It writes no file, connects to nothing, starts nothing, and
 * makes no memory executable (it runs without V8's compiler). Reading is needed
 * because the font libraries close fonts and open them again as they like; which
 * files can be read is limited before, in the supervisor (files.ts). The list is
 * what drawing was seen to need.
 */

import { native } from '../native/addon.ts';
import {
  ALLOW,
  allowList,
  fail,
  type Guarded,
  type Instruction,
  loadArgument,
  machineOf,
  THREADS_ONLY,
  when,
  whenAny,
} from '../native/bpf.ts';
import type { SystemCall } from '../native/system-calls.ts';

const EPERM = 1;
const PROT_EXEC = 4;
const PR_SET_NAME = 15;
/** O_WRONLY, O_RDWR, O_CREAT, O_TRUNC and the bit of O_TMPFILE. */
const OPEN_TO_CHANGE = 0x1 | 0x2 | 0x40 | 0x200 | 0x400000;
const F_GETFD = 1;
const F_GETFL = 3;

const CALLS: readonly SystemCall[] = [
  // The stream, the memory of a picture, the event loop.
  ...(['read', 'write', 'recvmsg', 'sendmsg', 'pwrite64', 'close', 'fstat'] as const),
  ...(['epoll_ctl', 'epoll_pwait', 'epoll_wait', 'restart_syscall'] as const),
  // Fonts.
  ...(['newfstatat', 'statx', 'stat', 'lstat', 'fstatfs', 'statfs'] as const),
  ...(['access', 'faccessat', 'faccessat2', 'lseek', 'pread64'] as const),
  // Memory.
  ...(['brk', 'munmap', 'madvise', 'mremap'] as const),
  // Threads of the libraries, which end when idle and are made again.
  ...(['futex', 'set_robust_list', 'rseq', 'sched_yield', 'sched_getaffinity'] as const),
  ...(['gettid', 'getpid', 'membarrier', 'getcpu', 'exit', 'exit_group'] as const),
  ...(['rt_sigprocmask', 'rt_sigreturn', 'sigaltstack'] as const),
  // Time and chance, where the kernel does not answer them without a call.
  ...(['clock_gettime', 'clock_getres', 'gettimeofday', 'clock_nanosleep', 'nanosleep'] as const),
  'getrandom',
];

const GUARDED: readonly Guarded[] = [
  ...THREADS_ONLY,
  { call: 'mmap', rules: [loadArgument(2), ...whenAny(PROT_EXEC, [fail(EPERM)]), ALLOW] },
  { call: 'mprotect', rules: [loadArgument(2), ...whenAny(PROT_EXEC, [fail(EPERM)]), ALLOW] },
  { call: 'open', rules: readingOnly(1) },
  { call: 'openat', rules: readingOnly(2) },
  { call: 'prctl', rules: [loadArgument(0), ...when(PR_SET_NAME, [ALLOW]), fail(EPERM)] },
  {
    call: 'fcntl',
    rules: [loadArgument(1), ...when(F_GETFD, [ALLOW]), ...when(F_GETFL, [ALLOW]), fail(EPERM)],
  },
];

function readingOnly(flags: number): readonly Instruction[] {
  return [loadArgument(flags), ...whenAny(OPEN_TO_CHANGE, [fail(EPERM)]), ALLOW];
}

/**
 * Takes every other right from all threads of this process, for good. Throws
 * when the kernel does not do it, or the machine is one that we have no numbers of.
 */
export function confine(): void {
  const machine = machineOf(process.arch);
  if (!machine) throw new Error(`there is no filter for ${process.arch}`);
  const addon = native();
  addon.setNoNewPrivileges();
  // Not the end of the process: libraries look whether a file is there and go on without it.
  addon.installSeccompFilter(allowList(machine, CALLS, fail(EPERM), GUARDED));
}
