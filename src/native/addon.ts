/**
 * The typed face of the C++ addon: descriptors, memory and streams. The addon
 * holds no policy and parses nothing but what a shortcut takes (shortcut.ts);
 * arguments are checked here with good messages and again in C++. A disposed
 * object throws on every use ("the stream is closed"), only `disposed` and a
 * second dispose are harmless; a garbage collected one that was never disposed
 * is a leak and is reported as such (process warning LIVERY_LEAK). What the
 * kernel refuses is an Error with `code` (ENOENT...), `errno`, `syscall` and,
 * where there is one, `path`.
 */
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import type { RingDoubleClass } from './ring.ts';
import type { GrantMap, Xen, Xenstore } from './xen.ts';

/** An owned file descriptor. */
export interface Fd extends Disposable {
  /** The raw number, for `spawn`'s stdio array; valid until disposed. */
  readonly number: number;
  readonly disposed: boolean;
  /** A second descriptor of the same open file (F_DUPFD_CLOEXEC). */
  dup(): Fd;
  /** Size in bytes (fstat). */
  size(): number;
  [Symbol.dispose](): void;
}

/** Who is at the other end of a unix socket (SO_PEERCRED). */
export interface PeerCredentials {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
}

/**
 * What a stream tells its owner; called on the event loop with this object as
 * `this`, never from inside a method of the stream. Microtasks run after each
 * call; what a call throws is an uncaught exception. Disposing of the stream
 * inside a call is allowed, and no further call comes.
 */
export interface StreamEvents {
  /**
   * Bytes (or descriptors, or the end) can be read now. Called again in the
   * next turn while anything is left unread; no more once `read` said -1.
   */
  readable(): void;
  /** Everything is with the kernel again, after a `write` that returned more than 0. */
  drained?(): void;
  /**
   * The write side failed (EPIPE, ECONNRESET; EMSGSIZE when descriptors were
   * lost). Comes once. What was queued is gone and later writes are dropped;
   * the read side may still hold bytes.
   */
  failed?(error: NodeJS.ErrnoException): void;
}

/** What `Stream.readPlain` says when file descriptors came over a stream that is to carry none. */
export const DESCRIPTORS_CAME = -2;

/**
 * A non-blocking unix stream socket with descriptor passing. Writes are queued
 * in order in one native ring queue: a descriptor leaves with the first byte of
 * the buffer it was given with, and never overtakes earlier bytes.
 */
export interface Stream extends Disposable {
  readonly disposed: boolean;
  /**
   * Begins watching, once. Until then nothing is read; writes are possible. A
   * started stream lives until it is disposed of, and keeps the process alive
   * while something can still happen on it (not when paused, or at its end with
   * nothing queued).
   */
  start(events: StreamEvents): void;
  /** Stops calling `readable` until `resume`; for fair turns between qubes. */
  pause(): void;
  resume(): void;
  /**
   * Reads what is there into `into` (not empty), at most its length. 0 = nothing
   * now, -1 = end of stream, also when the other side reset it. Descriptors that
   * came along are kept for `takeFds`.
   */
  read(into: Uint8Array): number;
  /**
   * As `read`, where nobody has a reason to send descriptors: DESCRIPTORS_CAME
   * when some came, with `into` zeroed where bytes came along; they are closed.
   */
  readPlain(into: Uint8Array): number;
  /**
   * Descriptors received so far (close-on-exec), owned by the caller from now
   * on. A truncated control message (MSG_CTRUNC), or more than 1012 descriptors
   * that nobody took, closes all and ends the stream: `read` says -1, then
   * `failed` comes with EMSGSIZE.
   */
  takeFds(): Fd[];
  /**
   * Queues a copy of `bytes`, with `fds` (duplicated; the caller keeps its own)
   * attached to its first byte: at most 253, and at least one byte with them.
   * Tries to send at once. Returns queued bytes. With `count` only so many bytes
   * of `bytes` are meant, so that no view has to be made of a buffer that is reused.
   */
  write(bytes: Uint8Array, fds?: readonly Fd[], count?: number): number;
  /**
   * Queues `header` and then the vault's secret, which goes from the vault to the
   * kernel or into the queue, never through JavaScript; what had to be queued is
   * overwritten as soon as it was sent or dropped. Returns queued bytes.
   */
  writeSecret(header: Uint8Array, secret: Vault): number;
  /** Bytes queued and not yet with the kernel. */
  readonly pendingBytes: number;
  peerCredentials(): PeerCredentials;
  /**
   * What comes over this stream may become puts on `to` without JavaScript (shortcut.ts);
   * once, until it is disposed of. `gate` is that of what JavaScript writes to `to`.
   */
  putShortcut(slot: Int32Array, to: Stream, gate: Int32Array): void;
  /**
   * What comes over this stream may become copies written to it (`gate`) and messages
   * written to `to` (`toGate`). Called again it takes the place of the one before, for
   * which everything that was read must have been taken.
   */
  copyShortcut(slot: Int32Array, gate: Int32Array, to: Stream, toGate: Int32Array): void;
  /** Sends EOF after what is queued (shutdown of the write side). */
  end(): void;
  [Symbol.dispose](): void;
}

/** A listening unix socket. */
export interface Listener extends Disposable {
  readonly disposed: boolean;
  /** A duplicate for handing on, made on first use; disposed of with the listener. */
  readonly fd: Fd;
  /**
   * Begins accepting, once; each stream is owned by the callee. When the process
   * is out of descriptors, waiting connections are turned away.
   */
  start(onConnection: (stream: Stream) => void): void;
  [Symbol.dispose](): void;
}

/**
 * One secret in memory outside the JavaScript heap: locked against swapping,
 * left out of core dumps and of children, overwritten when it is wiped.
 */
export interface Vault extends Disposable {
  readonly disposed: boolean;
  /** Bytes of the secret; 0 when there is none. */
  readonly size: number;
  readonly capacity: number;
  /** Copies `bytes` in; what was there is overwritten first. RangeError above the capacity. */
  store(bytes: Uint8Array): void;
  /**
   * Lends the secret's own memory to `use`, synchronously; the view is detached
   * afterwards, also when `use` throws. Nothing is copied. A returned number n
   * (0..size) makes the first n bytes the secret and overwrites the rest: that is
   * how a caller strips it in place. Not reentrant: a store or wipe inside throws.
   */
  lend(use: (secret: Uint8Array) => number | undefined): void;
  /** Overwrites everything; size is 0 then. */
  wipe(): void;
  [Symbol.dispose](): void;
}

/** Memory of ours that damaged rows are copied into; a sealed memfd, mapped by the addon only. */
export interface Staging extends Disposable {
  readonly disposed: boolean;
  /** For an X server to attach; disposed of with the staging area. */
  readonly fd: Fd;
  readonly sizeBytes: number;
  /**
   * Copies one rectangle of an image whose bytes lie in `source` (a pool file)
   * at the pages `refs` (page i of the image = page refs[i] of the file) to
   * `destinationOffset` + the same place in a linear image of ours. Read by
   * preadv, so a short file is no fault: rows (or parts) that could not be read
   * are filled with `fill` (BGRX). Everything is checked against the sizes.
   * @returns bytes copied from the source, whole pixels only
   * @throws RangeError when the rectangle is wider than a row, `refs` do not
   * cover it or it does not fit; with a `code` when `source` cannot be read at all
   */
  copyRows(copy: RowCopy): number;
  [Symbol.dispose](): void;
}

/** What to copy; x, y, width, height in pixels of 4 bytes, each at most 2^31 - 1. */
export interface RowCopy {
  /** A file, or pages of another domain, which are mapped in the order of the image. */
  readonly source: Fd | GrantMap;
  /** Of a file; those of mapped pages are not looked at. */
  readonly refs: Uint32Array;
  /** Bytes per row in both images; a multiple of 4. */
  readonly stride: number;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** Where the image begins in the staging area, in bytes; a multiple of 4. */
  readonly destinationOffset: number;
  /** 0xXXRRGGBB, which is BGRX in memory. */
  readonly fill: number;
}

/** What fcntl and fstat say about a descriptor that claims to be a pool. */
export interface MemoryFacts {
  readonly regular: boolean;
  readonly sizeBytes: number;
  /** F_GET_SEALS bits; 0 when the file cannot be sealed. */
  readonly seals: number;
}

/** What may still be opened: files, or directories with all that is beneath them. */
export interface FileAccess {
  readonly read?: readonly string[];
  /** Everything but execution and device nodes: also reading, making and removing. */
  readonly write?: readonly string[];
  /** Reading and starting programs; shared libraries need only reading. */
  readonly execute?: readonly string[];
}

export interface FileRestriction {
  /** Version of the kernel's interface; 3 and later also refuse truncation. */
  readonly abi: number;
  readonly allThreads: boolean;
}

export interface Native {
  /** A memfd of exactly `sizeBytes`, sealed SHRINK|GROW|SEAL. Throws with errno on failure. */
  createPool(name: string, sizeBytes: number): Fd;
  createStaging(name: string, sizeBytes: number): Staging;
  /** Memory for one secret of at most `capacity` bytes. Throws with errno (ENOMEM, EAGAIN: RLIMIT_MEMLOCK). */
  createVault(capacity: number): Vault;
  memoryFacts(fd: Fd): MemoryFacts;
  /**
   * Takes ownership of a raw descriptor number (inherited at start, or from
   * spawn) and makes it close-on-exec. EBUSY when it already has an owner here.
   */
  adoptFd(number: number): Fd;
  /** Opens a file: flags of node:fs, always O_CLOEXEC|O_NOFOLLOW; mode 0600 by default. */
  openFile(path: string, flags: number, mode?: number): Fd;
  /** posix_fallocate(0, sizeBytes) after ftruncate; throws ENOSPC when the file system is full. */
  allocateFile(fd: Fd, sizeBytes: number): void;
  /**
   * flock(LOCK_EX | LOCK_NB): true = it is locked now, false = somebody else has
   * it. The lock goes with the last descriptor of this open file, in whatever
   * process that is.
   */
  lockFile(fd: Fd): boolean;
  /** Reads at most into.length bytes at `offset`; the number read (short at the end). */
  readAt(fd: Fd, into: Uint8Array, offset: number): number;
  /** Writes all of `bytes` at `offset`. For tests and for filling pools of ours. */
  writeAt(fd: Fd, bytes: Uint8Array, offset: number): void;
  /**
   * Connects to a unix socket by path (or abstract with a leading NUL), at most
   * 107 bytes. Throws with errno; EAGAIN when the listener's queue is full.
   */
  connectUnix(path: string): Stream;
  /**
   * One datagram to a unix socket by path (or abstract with a leading NUL), without
   * waiting. Throws with errno: ECONNREFUSED, ENOENT, EAGAIN when its queue is full.
   */
  sendDatagram(path: string, text: string): void;
  /** Moves a connected unix socket into a stream; `fd` counts as disposed of afterwards. */
  adoptStream(fd: Fd): Stream;
  /**
   * As `adoptStream`, for whatever else can be waited for: a character device such
   * as a virtio-serial port, or a FIFO. Bytes only, no descriptors, no credentials.
   * A port without a host reads as an end (-1); a later stream over a duplicate
   * begins anew.
   */
  adoptPort(fd: Fd): Stream;
  streamPair(): [Stream, Stream];
  /** A pair of connected descriptors (SOCK_STREAM), for handing one to a child. */
  fdPair(): [Fd, Fd];
  /**
   * Binds and listens. The socket file has mode 0600 from the first moment, and
   * its path has at most 107 bytes. A stale socket (its connections are refused)
   * is replaced; a live one, or another kind of file, is EADDRINUSE. The file
   * stays when the listener is disposed of: whoever owns the directory removes it.
   */
  listenUnix(path: string): Listener;
  /** Moves a listening unix socket into a listener; `fd` counts as disposed of afterwards. */
  adoptListener(fd: Fd): Listener;
  /**
   * prctl(PR_SET_PDEATHSIG): `signal` comes when the parent dies, more exactly
   * the thread of it that started us; 0 switches it off. For the main thread.
   */
  setParentDeathSignal(signal: number): void;
  /** prctl(PR_SET_NO_NEW_PRIVS) for the calling thread and what it starts. For the main thread. */
  setNoNewPrivileges(): void;
  /** prctl(PR_SET_CHILD_SUBREAPER). */
  setChildSubreaper(): void;
  /**
   * Puts a seccomp filter (bpf.ts makes them) on every thread of this process and on
   * all that it starts, for good. Throws EACCES unless no_new_privs was set before;
   * EINVAL: the kernel does not take the program; ESRCH: a thread has another filter.
   */
  installSeccompFilter(program: Uint8Array): void;
  /** Version of the kernel's Landlock; 0 = it has none, or it is switched off. */
  landlockVersion(): number;
  /**
   * Leaves this process, for good, only the files named, and nothing new beside them
   * (Landlock). What is open stays usable. With `allThreads: false` the calling thread
   * and the threads and processes that it starts afterwards are restricted, and perhaps
   * not all others: the C library is one without a signal that reaches every thread.
   * @returns what is in force; undefined where the kernel has no Landlock
   * @throws EACCES unless no_new_privs was set before; with `path` when one cannot be opened
   */
  restrictFileAccess(access: FileAccess): FileRestriction | undefined;
  /**
   * Opens Xen's devices for this side. Throws with a sentence about what is absent.
   * @param directory where Xen's libraries are; the system's if not given
   */
  openXen(side: 'dom0' | 'domain', directory?: string): Xen;
  /** Connects to xenstored. Throws with a sentence about what is absent. */
  openXenstore(directory?: string): Xenstore;
  /** A Xen ring over memory of the caller, for tests. */
  readonly RingDouble: RingDoubleClass;
  /** Descriptors of this thread that are open now, queued ones included: for leak tests. */
  openHandleCount(): number;
}

/** Bits of F_GET_SEALS. */
export const SEAL = { seal: 1, shrink: 2, grow: 4, write: 8, futureWrite: 16 } as const;
export const PAGE_BYTES = 4096;

let loaded: Native | undefined;

/**
 * The addon, loaded on first use; the environment variable LIVERY_ADDON names
 * another build of it (the one under AddressSanitizer). Throws a plain message
 * when it is not built.
 */
export function native(): Native {
  if (!loaded) {
    const require = createRequire(import.meta.url);
    const other = process.env['LIVERY_ADDON'];
    try {
      loaded = require(other ? resolve(other) : '../../native/build/Release/livery.node') as Native;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(`the native addon cannot be loaded; run: npm run setup (${reason})`);
    }
  }
  return loaded;
}
