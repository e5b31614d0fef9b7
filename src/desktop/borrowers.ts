/** The windows of a qube that show a part of its whole screen's image, as they have none. */
import type { Painter } from './painter.ts';
import type { QubeWindows } from './qube-window.ts';

export class Borrowers {
  readonly #windows: QubeWindows;
  readonly #painter: Painter;
  #changed = false;

  constructor(windows: QubeWindows, painter: Painter) {
    this.#windows = windows;
    this.#painter = painter;
  }

  /** The image is another one: they show that; once a turn. */
  refresh(): void {
    if (this.#changed) return;
    this.#changed = true;
    queueMicrotask(() => {
      this.#changed = false;
      for (const { canvas } of this.#windows) {
        if (canvas.surface === undefined) this.#painter.refresh(canvas);
      }
    });
  }
}
