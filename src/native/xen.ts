/**
 * Xen through the addon: vchans, pages of other domains, pages of ours for
 * others, and xenstored. Xen's libraries are loaded when something is opened;
 * what is absent is an Error with `code` (ENOTSUP: a library; ENOENT, EACCES: a
 * device or xenstored) and a sentence that names it.
 */
import type { RowCopy, Vault } from './addon.ts';

/** What `Vchan.readPlain` says of a ring whose indices cannot be true; it is of no use any more. */
export const RING_CORRUPT = -3;

/** As StreamEvents: on the event loop, never from inside a method, disposing is allowed. */
export interface VchanEvents {
  readable(): void;
  drained?(): void;
  /** Of a server: its client is there. */
  connected?(): void;
}

/** One vchan; the same contract for reading and writing as a `Stream` has. */
export interface Vchan extends Disposable {
  readonly disposed: boolean;
  readonly state: 'waiting' | 'open' | 'closed' | 'corrupt';
  readonly pendingBytes: number;
  /** Of a server: what its client has to know. */
  readonly ringRef: number;
  readonly eventChannel: number;
  start(events: VchanEvents): void;
  pause(): void;
  resume(): void;
  /** Bytes read; 0 = nothing now, -1 = the other side is gone, or RING_CORRUPT. */
  readPlain(into: Uint8Array): number;
  /** Queued bytes; what is written after the other side went is dropped. */
  write(bytes: Uint8Array): number;
  writeSecret(header: Uint8Array, secret: Vault): number;
  [Symbol.dispose](): void;
}

/** Pages of another domain, mapped for reading only: a source for `Staging.copyRows`. */
export interface GrantMap extends Disposable {
  readonly disposed: boolean;
  readonly pages: number;
  /** Unmaps: the domain that granted them can be gone only then. */
  [Symbol.dispose](): void;
}

/** Pages of ours that another domain may read. */
export interface GrantedPages extends Disposable {
  readonly disposed: boolean;
  /** A copy: page i has reference refs[i]. */
  readonly refs: Uint32Array;
  /** As `Staging.copyRows`, from a file of ours into these pages. */
  copyRows(copy: RowCopy): number;
  /** No longer granted; who has them mapped keeps them until they unmap. */
  [Symbol.dispose](): void;
}

/** The devices of this process, opened once. */
export interface Xen extends Disposable {
  readonly disposed: boolean;
  /**
   * In dom0: the client's end of a vchan. Throws with errno when there is no such
   * page or event channel, ECONNREFUSED when its server is gone, EPROTO when the
   * page is not that of a vchan.
   */
  connectVchan(domain: number, ringRef: number, eventChannel: number): Vchan;
  /** In a domain: the server's end for `domain`, with rings of at least so many bytes, at most 1 MiB. */
  serveVchan(domain: number, readBytes: number, writeBytes: number): Vchan;
  /** In dom0. Throws with errno when not every page was granted, or cannot be mapped. */
  mapGrants(domain: number, refs: Uint32Array): GrantMap;
  /** In a domain. Throws with errno: ENOSPC when the device gives no more pages. */
  shareGrants(domain: number, pages: number): GrantedPages;
  /** Vchans and pages that were made live on, without events. */
  [Symbol.dispose](): void;
}

/** A connection to xenstored. Values may have been written by a qube. */
export interface Xenstore extends Disposable {
  readonly disposed: boolean;
  /** Undefined: there is none, or it may not be read. */
  read(path: string): string | undefined;
  /** Names below `path`; none when there is none. */
  list(path: string): string[];
  /** Whether xenstored knows the domain: not any more when it died, whatever of it is left. */
  introduced(domain: number): boolean;
  /** Writes all or nothing; only this domain and `reader` may read them. */
  publish(reader: number, entries: readonly (readonly [path: string, value: string])[]): void;
  remove(path: string): void;
  /** Tells of changes at `path` and below from now on, and once at the beginning. */
  watch(path: string): void;
  /** Begins to tell, once: what was watched where something changed. */
  start(changed: (watched: string) => void): void;
  [Symbol.dispose](): void;
}
