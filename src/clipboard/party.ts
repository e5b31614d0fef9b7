/**
 * Who takes part in a copy or a paste: a session of a qube, as dom0's
 * configuration describes it. Pure data of dom0; nothing in it came from a qube.
 */
import type { Brand } from '../base/brand.ts';
import type { QubeName } from '../base/ids.ts';
import type { Label } from '../trust/label.ts';

/**
 * One conversation with one qube, never used again: text that came from a
 * session cannot be taken for that of another one of the same name.
 */
export type SessionTag = Brand<number, 'SessionTag'>;

export interface Party {
  readonly session: SessionTag;
  readonly qube: QubeName;
  readonly label: Label;
  /** Marked `careful` in the configuration: every way in and out of it is asked about. */
  readonly careful: boolean;
  /** Most bytes that are taken from it, 256..256000 (configuration; gui-daemon 4.9). */
  readonly maxBytes: number;
  /** Most bytes that its agent can be given (protocol version: 65000 or 256000). */
  readonly sendMax: number;
}
