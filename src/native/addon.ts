/**
 * The typed face of the C++ addon: descriptors, memory and streams. The addon
 * holds no policy and parses nothing; arguments are checked here with good
 * messages and again in C++. A disposed object throws on every use; a garbage
 * collected one that was never disposed is a leak and is reported as such.
 */
import { createRequire } from 'node:module';

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

/** What a stream tells its owner; called on the event loop, never re-entrantly. */
export interface StreamEvents {
  /** Bytes (or descriptors, or the end) can be read now. Called again while anything is left unread. */
  readable(): void;
  /** Everything that was queued has been handed to the kernel. */
  drained?(): void;
  /** The write side failed (EPIPE, ECONNRESET); the read side may still hold bytes. */
  failed?(error: Error): void;
}

/**
 * A non-blocking unix stream socket with descriptor passing. Writes are queued
 * in order in one native ring queue: a descriptor leaves with the first byte of
 * the buffer it was given with, and never overtakes earlier bytes.
 */
export interface Stream extends Disposable {
  readonly disposed: boolean;
  /** Begins watching. Until then nothing is read; writes are possible. */
  start(events: StreamEvents): void;
  /** Stops calling `readable` until `resume`; for fair turns between qubes. */
  pause(): void;
  resume(): void;
  /**
   * Reads what is there into `into`, at most its length. 0 = nothing now,
   * -1 = end of stream. Descriptors that came along are kept for `takeFds`.
   */
  read(into: Uint8Array): number;
  /**
   * Descriptors received so far (close-on-exec), owned by the caller from now
   * on. A truncated control message (MSG_CTRUNC) closes all and ends the stream.
   */
  takeFds(): Fd[];
  /**
   * Queues a copy of `bytes`, with `fds` (duplicated; the caller keeps its own)
   * attached to its first byte. Tries to send at once. Returns queued bytes.
   */
  write(bytes: Uint8Array, fds?: readonly Fd[]): number;
  /** Bytes queued and not yet with the kernel. */
  readonly pendingBytes: number;
  peerCredentials(): PeerCredentials;
  /** Sends EOF after what is queued (shutdown of the write side). */
  end(): void;
  [Symbol.dispose](): void;
}

/** A listening unix socket. */
export interface Listener extends Disposable {
  readonly fd: Fd;
  /** Begins accepting; each stream is owned by the callee. */
  start(onConnection: (stream: Stream) => void): void;
  [Symbol.dispose](): void;
}

/** Memory of ours that damaged rows are copied into; a sealed memfd, mapped by the addon only. */
export interface Staging extends Disposable {
  readonly fd: Fd;
  readonly sizeBytes: number;
  /**
   * Copies one rectangle of an image whose bytes lie in `source` (a pool file)
   * at the pages `refs` (page i of the image = page refs[i] of the file) to
   * `destinationOffset` + the same place in a linear image of ours. Read by
   * preadv, so a short file is no fault: rows (or parts) that could not be read
   * are filled with `fill` (BGRX). Everything is checked against the sizes.
   * @param stride bytes per row in both images
   * @returns bytes copied from the source
   */
  copyRows(copy: RowCopy): number;
  [Symbol.dispose](): void;
}

export interface RowCopy {
  readonly source: Fd;
  readonly refs: Uint32Array;
  readonly stride: number;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly destinationOffset: number;
  readonly fill: number;
}

/** What fcntl and fstat say about a descriptor that claims to be a pool. */
export interface MemoryFacts {
  readonly regular: boolean;
  readonly sizeBytes: number;
  /** F_GET_SEALS bits, or -1 when the file cannot be sealed. */
  readonly seals: number;
}

export interface Native {
  /** A memfd of exactly `sizeBytes`, sealed SHRINK|GROW|SEAL. Throws with errno on failure. */
  createPool(name: string, sizeBytes: number): Fd;
  createStaging(name: string, sizeBytes: number): Staging;
  memoryFacts(fd: Fd): MemoryFacts;
  /** Takes ownership of a raw descriptor number (inherited at start, or from spawn). */
  adoptFd(number: number): Fd;
  /** Opens a file: flags of node:fs constants, always O_CLOEXEC|O_NOFOLLOW. */
  openFile(path: string, flags: number, mode?: number): Fd;
  /** posix_fallocate(0, sizeBytes) after ftruncate; throws ENOSPC when the file system is full. */
  allocateFile(fd: Fd, sizeBytes: number): void;
  /** Reads at most into.length bytes at `offset`; the number read (short at the end). */
  readAt(fd: Fd, into: Uint8Array, offset: number): number;
  /** Writes all of `bytes` at `offset`. For tests and for filling pools of ours. */
  writeAt(fd: Fd, bytes: Uint8Array, offset: number): void;
  /** Connects to a unix socket by path (or abstract with a leading NUL). Throws with errno. */
  connectUnix(path: string): Stream;
  adoptStream(fd: Fd): Stream;
  streamPair(): [Stream, Stream];
  /** A pair of connected descriptors (SOCK_STREAM), for handing one to a child. */
  fdPair(): [Fd, Fd];
  /** Binds (mode 0600, no unlink of a live socket) and listens. */
  listenUnix(path: string): Listener;
  adoptListener(fd: Fd): Listener;
  /** prctl(PR_SET_PDEATHSIG): `signal` comes when the parent dies; 0 switches it off. */
  setParentDeathSignal(signal: number): void;
  /** prctl(PR_SET_NO_NEW_PRIVS). */
  setNoNewPrivileges(): void;
  /** prctl(PR_SET_CHILD_SUBREAPER). */
  setChildSubreaper(): void;
  /** Descriptors of this environment that are open now: for leak tests. */
  openHandleCount(): number;
}

/** Bits of F_GET_SEALS. */
export const SEAL = { seal: 1, shrink: 2, grow: 4, write: 8, futureWrite: 16 } as const;
export const PAGE_BYTES = 4096;

let loaded: Native | undefined;

/** The addon, loaded on first use. Throws a plain message when it is not built. */
export function native(): Native {
  if (!loaded) {
    const require = createRequire(import.meta.url);
    try {
      loaded = require('../../native/build/Release/livery.node') as Native;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(`the native addon cannot be loaded; run: npm run setup (${reason})`);
    }
  }
  return loaded;
}
