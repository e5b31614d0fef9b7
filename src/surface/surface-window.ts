/**
 * One of dom0's own windows: override-redirect, without a frame, showing one
 * picture. The picture is the window's background, so the X server paints it by
 * itself whenever a part comes to light, also while the daemon is busy or
 * stopped, and no other pixels are ever seen in it. Where it stands in the
 * order of windows is the desktop's business.
 */
import type { Point, Rect } from '../base/geometry.ts';
import { clamp } from '../base/geometry.ts';
import type { XWindowId } from '../base/ids.ts';
import type { XConnection } from '../x11/connection.ts';
import { ATOM } from '../x11/properties.ts';
import type { ShownPicture } from './picture-store.ts';
import { INK } from './style.ts';

const INPUT_OUTPUT = 1;
const COPY_FROM_PARENT = 0;
const REPLACE = 0;

export interface SurfaceWindowOptions {
  /** WM_NAME, for people who look with xwininfo: `livery notice`. */
  readonly title: string;
  /** X event mask of the window; events come by `XConnection.on`. */
  readonly eventMask?: number;
}

/** An override-redirect window of dom0 that shows one picture. Unmapped until `show`. */
export class SurfaceWindow implements Disposable {
  readonly id: XWindowId;
  readonly #x: XConnection;
  #gc: number | undefined;
  #shown = false;
  #gone = false;

  constructor(x: XConnection, options: SurfaceWindowOptions) {
    this.#x = x;
    this.id = x.allocWindowId();
    x.X.CreateWindow(this.id, x.root, 0, 0, 1, 1, 0, 0, INPUT_OUTPUT, COPY_FROM_PARENT, {
      overrideRedirect: 1,
      ...(options.eventMask === undefined ? {} : { eventMask: options.eventMask }),
    });
    const text = (value: string): Buffer => Buffer.from(value, 'latin1');
    x.X.ChangeProperty(REPLACE, this.id, ATOM.WM_NAME, ATOM.STRING, 8, text(options.title));
    x.X.ChangeProperty(REPLACE, this.id, ATOM.WM_CLASS, ATOM.STRING, 8, text('livery\0Livery\0'));
  }

  get shown(): boolean {
    return this.#shown;
  }

  /**
   * Shows `picture` with its upper left corner at `at` (root coordinates):
   * moved, resized and mapped, never with other pixels in between.
   */
  show(picture: ShownPicture, at: Point): void {
    if (this.#gone || this.#x.closed) return;
    const { pixmap, width, height } = picture;
    const { X } = this.#x;
    // The background comes first: whatever the new size brings to light is painted with it.
    X.ChangeWindowAttributes(this.id, { backgroundPixmap: pixmap });
    X.ConfigureWindow(this.id, { x: at.x, y: at.y, width, height });
    if (this.#shown) X.ClearArea(this.id, 0, 0, 0, 0, 0);
    else X.MapWindow(this.id);
    this.#shown = true;
    this.#x.flush();
  }

  /** Moves it, shown or not. */
  move(at: Point): void {
    if (!this.#gone && !this.#x.closed) this.#x.X.ConfigureWindow(this.id, { x: at.x, y: at.y });
  }

  hide(): void {
    if (!this.#shown || this.#x.closed) return;
    this.#shown = false;
    this.#x.X.UnmapWindow(this.id);
  }

  /** Fills `left` (0..1) of the bar; called again as time passes, and on Expose. */
  drawBar(bar: Rect, left: number): void {
    if (!this.#shown || this.#x.closed) return;
    const { X } = this.#x;
    if (this.#gc === undefined) {
      this.#gc = this.#x.allocId();
      X.CreateGC(this.#gc, this.id, {});
    }
    const filled = Math.round(bar.width * clamp(left, 0, 1));
    const { x, y, width, height } = bar;
    const fill = (from: number, to: number, foreground: number): void => {
      if (to <= from || this.#gc === undefined) return;
      X.ChangeGC(this.#gc, { foreground });
      X.PolyFillRectangle(this.id, this.#gc, [x + from, y, to - from, height]);
    };
    fill(0, filled, INK.bar);
    fill(filled, width, INK.barEmpty);
  }

  /** Destroys the window. */
  [Symbol.dispose](): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#shown = false;
    if (this.#x.closed) return;
    if (this.#gc !== undefined) {
      this.#x.X.FreeGC(this.#gc);
      this.#x.freeId(this.#gc);
    }
    this.#x.X.DestroyWindow(this.id);
    this.#x.freeId(this.id);
  }
}
