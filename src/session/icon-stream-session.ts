/**
 * One icon stream of a qube in dom0: bytes become icons of windows, or the
 * stream ends at the first breach of a rule. Nothing else of the qube notices.
 */
import { ProtocolViolation } from '../base/errors.ts';
import type { VmWindowId } from '../base/ids.ts';
import type { Log } from '../base/log.ts';
import { IconStreamReader } from '../protocol/icon-stream.ts';
import type { IconBuilder, IconPort } from './icon-port.ts';

export interface IconStreamOptions {
  readonly port: IconPort;
  /** Where the pixels of an icon of this size are kept; bounded by whoever makes it. */
  builder(width: number, height: number): IconBuilder;
  /** Knows the qube's name already. */
  readonly log: Log;
}

export class IconStreamSession {
  readonly #log: Log;
  readonly #reader: IconStreamReader;

  constructor({ port, builder, log }: IconStreamOptions) {
    this.#log = log;
    let window: VmWindowId | undefined;
    let icon: IconBuilder | undefined;
    this.#reader = new IconStreamReader({
      begin(id, width, height) {
        window = id;
        icon = id === undefined ? undefined : builder(width, height);
      },
      pixels: (bytes) => icon?.push(bytes),
      end() {
        const finished = icon?.finished();
        icon = undefined;
        if (finished !== undefined && window !== undefined) port.icon(window, finished);
      },
    });
  }

  /** False when the stream is over because of what it said. */
  bytes(view: Uint8Array): boolean {
    try {
      this.#reader.push(view);
      return true;
    } catch (error) {
      if (!(error instanceof ProtocolViolation)) throw error;
      const { code, message } = error;
      this.#log.warn({ code }, `the icon stream ends: ${message}`);
      return false;
    }
  }
}
