/** Pixels from the renderer, in memory of dom0. */
import type { Size } from '../base/geometry.ts';
import type { Fd } from '../native/addon.ts';

/** Owned by whoever asked for it. */
export interface Picture extends Size, Disposable {
  /** A memfd of ours, sealed against a change of its size: BGRX rows. */
  readonly fd: Fd;
  /** Bytes per row: width * 4. */
  readonly stride: number;
}
