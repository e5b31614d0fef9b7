/**
 * The keeper's socket: requests and answers between processes of dom0 (CLI,
 * daemon, keeper). One JSON object per line; a pool's descriptor rides along
 * with the answer to `attach`. No byte of a qube ever travels here.
 */
import type { ExitCode } from '../base/errors.ts';
import type { DomainId, QubeName } from '../base/ids.ts';

export type QubeState = 'stopped' | 'starting' | 'running';

/** Where a qube of the keeper comes from. */
export type KeptBackend = 'sandbox' | 'qemu';

export interface QubeStatus {
  readonly name: QubeName;
  readonly domainId: DomainId;
  readonly backend: KeptBackend;
  readonly state: QubeState;
  /** It runs, but none of its processes does: they are all stopped until it is started again. */
  readonly paused: boolean;
  /** Path of the GUI channel's socket (`vchan.<domain>.0.6000.sock`); the qube's agent listens. */
  readonly guiSocket: string;
  /** Path of the service channel's socket (`vchan.<domain>.0.6001.sock`). */
  readonly serviceSocket: string;
  readonly poolBytes: number;
  /** What runs a virtual machine, while it lives: one line of dom0's own words. */
  readonly machine?: string | undefined;
  /** Process id (of dom0's view) of the qube's outermost process while it lives. */
  readonly pid: number | undefined;
  /** Why it ended, when it did: one line of dom0's own words. */
  readonly reason: string | undefined;
}

export type KeeperRequest =
  | { readonly id: number; readonly op: 'list' }
  | { readonly id: number; readonly op: 'start'; readonly name: string }
  | { readonly id: number; readonly op: 'stop'; readonly name: string }
  /** Stops every process of it where it is; `start` lets it go on. */
  | { readonly id: number; readonly op: 'pause'; readonly name: string }
  /** The daemon takes the qube's pool: the answer carries the descriptor. */
  | { readonly id: number; readonly op: 'attach'; readonly name: string }
  /** From now on `event` lines come on this connection. */
  | { readonly id: number; readonly op: 'watch' }
  /**
   * Reads the configuration again. Answered with all qubes when it was taken over; refused
   * when its SHA-256 is not `digest` (hex), or when it cannot hold while these qubes run.
   */
  | { readonly id: number; readonly op: 'reload'; readonly digest: string }
  /** Ends all qubes and the keeper. */
  | { readonly id: number; readonly op: 'shutdown' };

export type KeeperAnswer =
  | { readonly id: number; readonly ok: true; readonly qubes: readonly QubeStatus[] }
  | {
      readonly id: number;
      readonly ok: false;
      readonly code: string;
      readonly message: string;
      /** The next thing to do, in one line. */
      readonly hint?: string | undefined;
      /** What a command that ends with this error says to its caller (EXIT of base/errors). */
      readonly exitCode: ExitCode;
    };

/** Something happened to a qube; `qube` is its state from now on. */
export interface KeeperEvent {
  readonly event: 'changed';
  readonly qube: QubeStatus;
}
