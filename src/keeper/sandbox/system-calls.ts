/**
 * System calls that no program inside a sandbox needs and that reach beyond it:
 * key rings (they are not of any namespace), kernel and machine control, clocks,
 * mounts, and large young interfaces of the kernel. A denied call answers as if
 * the caller lacked the right, or as if the kernel were older, where programs
 * are known to fall back only then.
 */

export const ERRNO = { EPERM: 1, ENOSYS: 38, EAFNOSUPPORT: 97 } as const;

interface DeniedCall {
  readonly name: string;
  /** Its number on each machine that we know; absent where it does not exist. */
  readonly x64: number;
  readonly arm64?: number;
  readonly errno: number;
}

function refuse(name: string, x64: number, arm64?: number): DeniedCall {
  return { name, x64, ...(arm64 === undefined ? {} : { arm64 }), errno: ERRNO.EPERM };
}

/** Since Linux 5.0 all machines count alike. */
function absent(name: string, number: number): DeniedCall {
  return { name, x64: number, arm64: number, errno: ERRNO.ENOSYS };
}

export const DENIED_CALLS: readonly DeniedCall[] = [
  refuse('acct', 163, 89),
  refuse('add_key', 248, 217),
  refuse('bpf', 321, 280),
  refuse('chroot', 161, 51),
  refuse('clock_adjtime', 305, 266),
  refuse('clock_settime', 227, 112),
  refuse('delete_module', 176, 106),
  refuse('fanotify_init', 300, 262),
  refuse('finit_module', 313, 273),
  refuse('init_module', 175, 105),
  refuse('ioperm', 173),
  refuse('iopl', 172),
  refuse('kcmp', 312, 272),
  refuse('kexec_file_load', 320, 294),
  refuse('kexec_load', 246, 104),
  refuse('keyctl', 250, 219),
  refuse('lookup_dcookie', 212, 18),
  refuse('mount', 165, 40),
  refuse('name_to_handle_at', 303, 264),
  refuse('nfsservctl', 180, 42),
  refuse('open_by_handle_at', 304, 265),
  refuse('perf_event_open', 298, 241),
  refuse('pivot_root', 155, 41),
  refuse('quotactl', 179, 60),
  refuse('reboot', 169, 142),
  refuse('request_key', 249, 218),
  refuse('setdomainname', 171, 162),
  refuse('sethostname', 170, 161),
  refuse('setns', 308, 268),
  refuse('settimeofday', 164, 170),
  refuse('swapoff', 168, 225),
  refuse('swapon', 167, 224),
  refuse('syslog', 103, 116),
  refuse('umount2', 166, 39),
  refuse('unshare', 272, 97),
  refuse('uselib', 134),
  refuse('userfaultfd', 323, 282),
  refuse('vhangup', 153, 58),
  absent('fsconfig', 431),
  absent('fsmount', 432),
  absent('fsopen', 430),
  absent('fspick', 433),
  absent('io_uring_enter', 426),
  absent('io_uring_register', 427),
  absent('io_uring_setup', 425),
  absent('mount_setattr', 442),
  absent('move_mount', 429),
  absent('open_tree', 428),
  absent('quotactl_fd', 443),
];

/** ioctls that write into the input of the terminal, to be read by a shell of dom0. */
export const DENIED_IOCTLS = { TIOCSTI: 0x5412, TIOCLINUX: 0x541c } as const;

/**
 * Address families that a socket may have. The others are not divided by network
 * namespaces (vsock reaches the host of a virtual machine) or are hardly ever
 * used kernel code.
 */
export const ALLOWED_FAMILIES = { unix: 1, inet: 2, inet6: 10, netlink: 16 } as const;
