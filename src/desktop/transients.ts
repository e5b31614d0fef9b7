/** Which window of a qube belongs to which other one of it (WM_TRANSIENT_FOR). */
import type { VmWindowId } from '../base/ids.ts';
import type { FrameProperties } from './properties.ts';
import type { QubeWindow, QubeWindows } from './qube-window.ts';

export class Transients {
  readonly #windows: QubeWindows;
  readonly #properties: FrameProperties;

  constructor(windows: QubeWindows, properties: FrameProperties) {
    this.#windows = windows;
    this.#properties = properties;
  }

  /** Self-references and circles would send window managers round in them. */
  set(window: QubeWindow, parent: VmWindowId | undefined): void {
    let at = parent;
    while (at !== undefined && at !== window.id) at = this.#windows.get(at)?.transientFor;
    window.transientFor = at === window.id ? undefined : parent;
    const frame = this.#windows.frameOf(window.transientFor);
    this.#properties.setTransientFor(window.windows.frame, frame);
  }

  /** The window `id` is gone: nothing belongs to it any more. */
  forget(id: VmWindowId): void {
    for (const other of this.#windows) {
      if (other.transientFor !== id) continue;
      other.transientFor = undefined;
      this.#properties.setTransientFor(other.windows.frame, undefined);
    }
  }
}
