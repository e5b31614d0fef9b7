/**
 * The qube's name on frames (DESIGN 2), where no title bar says
 * it: a strip of the label's colour below the upper side, as high as a line of
 * text, on which the name is repeated, so that some of it shows wherever some of
 * the strip does. Drawn by the renderer from dom0's own words; until it is there,
 * or where there is none, the strip has the colour alone.
 */
import { messageOf } from '../base/errors.ts';
import type { NamedLabel } from '../clipboard/notice.ts';
import type { FrameName } from '../config/config.ts';
import { nameHeight, namePicture } from '../surface/name-picture.ts';
import type { SurfaceStage } from './clipboard/surface-stage.ts';
import type { FrameMaker } from './frame.ts';
import type { QubeWindows } from './qube-window.ts';

export class NameStrips implements Disposable {
  /** Pixels of the screen. */
  readonly height: number;
  /** Which frames say it. */
  readonly rule: Exclude<FrameName, false>;
  /** The window manager that is there gives frames title bars, as far as is known. */
  titled = true;
  readonly #stage: SurfaceStage;
  /** Pixmaps of this screen's own connection, by what they show; there as long as it is. */
  readonly #kept = new Map<string, number>();

  constructor(stage: SurfaceStage, rule: Exclude<FrameName, false>) {
    this.#stage = stage;
    this.rule = rule;
    this.height = nameHeight(stage.scale);
  }

  /** Has the frames of a qube, those that are made later too, wear its name. Never rejects. */
  async wear(named: NamedLabel, frames: FrameMaker, windows: QubeWindows): Promise<void> {
    try {
      const pixmap = await this.#of(named);
      // Meanwhile it may have got another label, and another picture of that.
      if (frames.label !== named.label) return;
      frames.wearName(
        pixmap,
        [...windows].map((window) => window.windows),
      );
    } catch (error) {
      const { qube } = named;
      this.#stage.log.warn({ qube, reason: messageOf(error) }, 'frames do not say the name');
    }
  }

  [Symbol.dispose](): void {
    const { x } = this.#stage;
    if (x.closed) return;
    for (const pixmap of this.#kept.values()) {
      x.X.FreePixmap(pixmap);
      x.freeId(pixmap);
    }
  }

  async #of({ qube, label }: NamedLabel): Promise<number> {
    const key = `${qube} ${label.color}`;
    const kept = this.#kept.get(key);
    if (kept !== undefined) return kept;
    const { x, pictures, scale } = this.#stage;
    const {
      pixmap: from,
      width,
      height,
    } = await pictures.picture(namePicture({ qube, label }, scale));
    const { X, root, screen } = x;
    // The store may throw its own out.
    const pixmap = x.allocId();
    const gc = x.allocId();
    X.CreatePixmap(pixmap, root, screen.depth, width, height);
    X.CreateGC(gc, root, { graphicsExposures: 0 });
    X.CopyArea(from, pixmap, gc, 0, 0, 0, 0, width, height);
    X.FreeGC(gc);
    x.freeId(gc);
    this.#kept.set(key, pixmap);
    // Another connection names it: it has to be there before.
    await x.sync();
    return pixmap;
  }
}
