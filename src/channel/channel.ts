/**
 * A channel: ordered bytes both ways between dom0 and one qube (DESIGN 6). It
 * does not know what the bytes mean. Writing never blocks and never stops
 * reading: two sides that each wait for the other would hang for ever.
 */
import type { Stream, Vault } from '../native/addon.ts';

/** The socket under a channel. */
export type Socket = Stream;

/** Text on its way between qubes, which never becomes a value of JavaScript. */
export type Secret = Vault;

export interface ChannelEvents {
  /** The other side is there; a fresh conversation begins. */
  opened(): void;
  /** Bytes can be read; called again (next turn) while some are left. */
  readable(): void;
  /** Everything that was queued is on its way; comes only after something had to wait. */
  drained?(): void;
  /** The conversation is over (EOF, reset, our own limit). May be followed by `opened` again. */
  closed(reason: string): void;
}

export interface Channel extends Disposable {
  readonly isOpen: boolean;
  /**
   * Begins; a client keeps trying until the other side appears. May be called
   * again after `hangUp(false)`.
   */
  start(events: ChannelEvents): void;
  /** Reads into `into`: bytes read, 0 = nothing now, -1 = closed. */
  read(into: Uint8Array): number;
  /**
   * Queues a copy. Throws LimitExceeded (`CHANNEL_QUEUE`) when more than the
   * channel's bound would wait: the qube does not read. Without a
   * conversation the bytes are dropped.
   */
  write(bytes: Uint8Array): void;
  /** As `write`, for `header` and a secret after it, which leaves no copy behind once it is sent. */
  writeSecret(header: Uint8Array, secret: Secret): void;
  /** What carries this conversation, where the bytes of both are the same: for shortcuts only. */
  readonly socket?: Socket | undefined;
  /** Bytes that wait to be taken by the other side. */
  readonly queuedBytes: number;
  /** No `readable` until `resume`: fair turns between qubes, never back-pressure from our own writes. */
  pause(): void;
  resume(): void;
  /** Ends this conversation; `closed` follows. A client then tries again only if `retry`. */
  hangUp(retry: boolean): void;
  [Symbol.dispose](): void;
}
