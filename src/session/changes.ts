/**
 * What a qube says of its windows over and over and only the last of counts:
 * titles, classes, size hints, mouse pointers, places. Kept until the turn ends
 * or something is said that builds on it, so that the desktop makes one change
 * for each of a window and a turn, whatever the qube says.
 */
import type { Rect } from '../base/geometry.ts';
import type { Untrusted } from '../base/untrusted.ts';
import type { Placement } from './placement.ts';
import type { DesktopPort, SizeHints } from './port.ts';
import type { QubeWindow } from './window-table.ts';

/** Of one window; what is absent was not said. */
export interface Changes {
  rect?: Rect;
  title?: Untrusted<Uint8Array>;
  resClass?: { readonly name: Untrusted<Uint8Array>; readonly type: Untrusted<Uint8Array> };
  hints?: SizeHints;
  /** The glyph, or that it is the default one. */
  cursor?: { readonly glyph: number | undefined };
}

export class ChangeList {
  readonly #port: DesktopPort;
  readonly #placement: Placement;
  /** Windows with changes; some may have been settled or be gone since. */
  #windows: QubeWindow[] = [];

  constructor(port: DesktopPort, placement: Placement) {
    this.#port = port;
    this.#placement = placement;
  }

  /** Where to put what is said of `window`. */
  of(window: QubeWindow): Changes {
    if (window.changes === undefined) {
      window.changes = {};
      this.#windows.push(window);
    }
    return window.changes;
  }

  /** The desktop is told what was said of `window`. */
  settle(window: QubeWindow): void {
    const { changes, id } = window;
    if (changes === undefined) return;
    window.changes = undefined;
    const { rect, title, resClass, hints, cursor } = changes;
    if (hints) this.#port.hintsChanged(id, hints);
    if (rect) this.place(window, rect);
    if (title) this.#port.titleChanged(id, title);
    if (resClass) this.#port.classChanged(id, resClass.type, resClass.name);
    if (cursor) this.#port.cursorChanged(id, cursor.glyph);
  }

  /** The turn ends: the desktop is told everything. */
  settleAll(): void {
    if (this.#windows.length === 0) return;
    const windows = this.#windows;
    this.#windows = [];
    for (const window of windows) this.settle(window);
  }

  /** The qube's CONFIGURE, at once. */
  place(window: QubeWindow, rect: Rect): void {
    this.#placement.said(window, rect);
    if (window.x === rect.x && window.y === rect.y) return;
    window.x = rect.x;
    window.y = rect.y;
    this.#port.placeOnScreen(window.id, rect.x, rect.y);
  }
}
