import type { Point, Rect } from '../base/geometry.ts';
import type { XWindowId } from '../base/ids.ts';
import type { XConnection } from '../x11/connection.ts';
import type { ShownPicture } from './picture-store.ts';

export interface SurfaceWindowOptions {
  /** WM_NAME, for people who look with xwininfo: `livery notice`. */
  readonly title: string;
  /** X event mask of the window; events come by `XConnection.on`. */
  readonly eventMask?: number;
}

/** An override-redirect window of dom0 that shows one picture. Unmapped until `show`. */
export class SurfaceWindow implements Disposable {
  readonly id: XWindowId;

  constructor(x: XConnection, _options: SurfaceWindowOptions) {
    this.id = x.allocWindowId();
  }

  /** Shows `picture` with its upper left corner at `at` (root coordinates): moved, resized, mapped, never with other pixels in between. */
  show(_picture: ShownPicture, _at: Point): void {}

  /** Moves it, shown or not. */
  move(_at: Point): void {}

  hide(): void {}

  /** Fills `left` (0..1) of the bar; called again as time passes. */
  drawBar(_bar: Rect, _left: number): void {}

  [Symbol.dispose](): void {}
}
