/**
 * The strip along an edge of the first monitor: a surface of dom0 above all
 * windows of qubes, over a dock that keeps room for it. Drawn again when what it
 * says is another: at once for the focus and the clipboard, once a second for
 * what qubes are slowed down or ended.
 */
import { messageOf } from '../../base/errors.ts';
import type { Rect } from '../../base/geometry.ts';
import { type PanelFacts, panelHeight, panelPicture } from '../../surface/panel-picture.ts';
import { SurfaceWindow } from '../../surface/surface-window.ts';
import { EVENT_MASK } from '../../x11/package-records.ts';
import type { SurfaceStage } from '../clipboard/surface-stage.ts';
import type { Dock } from './dock.ts';

const LOOK_EVERY_MS = 1000;
/** The focus leaves one window a moment before it is in the next. */
const SETTLE_MS = 40;

export interface PanelParts {
  readonly stage: SurfaceStage;
  readonly dock: Dock;
  readonly edge: 'top' | 'bottom';
  facts(): PanelFacts;
  /** Somebody clicked on it. */
  clicked(): void;
}

export class Panel implements Disposable {
  readonly #parts: PanelParts;
  readonly #window: SurfaceWindow;
  readonly #listeners: Disposable[];
  #rect: Rect;
  #svg = '';
  #timer: Disposable | undefined;
  /** When the timer is due, milliseconds of the clock. */
  #dueMs = Number.POSITIVE_INFINITY;
  #drawing = false;
  #again = false;
  #closed = false;

  constructor(parts: PanelParts) {
    this.#parts = parts;
    const { stage, dock } = parts;
    this.#window = new SurfaceWindow(stage.x, {
      title: 'livery panel',
      eventMask: EVENT_MASK.buttonPress,
    });
    this.#rect = this.#wanted();
    this.#listeners = [
      dock.onMoved((rect) => this.#moved(rect)),
      stage.monitors.onChange(() => this.#place()),
      stage.x.on((event) => {
        if (event.name !== 'ButtonPress' || event.synthetic) return;
        if (event.wid === this.#window.id) parts.clicked();
      }),
    ];
    stage.stacking.addSurface(this.#window.id);
    // Before any window of a qube is there: none has to make room later.
    stage.monitors.reserve(this.#rect);
    this.#askDock();
    this.#later(0);
  }

  /** Something of what it says may be another. */
  changed(): void {
    this.#later(SETTLE_MS);
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    this.#timer?.[Symbol.dispose]();
    for (const listener of this.#listeners) listener[Symbol.dispose]();
    const { stage, dock } = this.#parts;
    stage.stacking.removeSurface(this.#window.id);
    this.#window[Symbol.dispose]();
    dock[Symbol.dispose]();
    stage.monitors.reserve(undefined);
  }

  #wanted(): Rect {
    const { stage, edge } = this.#parts;
    const [{ x, y, width, height }] = stage.monitors.now;
    const own = Math.min(height, panelHeight(stage.scale));
    return { x, y: edge === 'top' ? y : y + height - own, width, height: own };
  }

  #askDock(): void {
    const { stage, dock, edge } = this.#parts;
    const screenHeight = Math.max(...stage.monitors.now.map(({ y, height }) => y + height));
    dock.place({ rect: this.#rect, edge, screenHeight });
  }

  /** The monitors are others, or the strip's own place among them. */
  #place(): void {
    const wanted = this.#wanted();
    if (wanted.width === this.#rect.width && wanted.x === this.#rect.x) {
      const [monitor] = this.#parts.stage.monitors.now;
      const { y, height } = this.#rect;
      if (y >= monitor.y && y + height <= monitor.y + monitor.height) return;
    }
    this.#rect = wanted;
    this.#svg = '';
    this.#askDock();
    this.#parts.stage.monitors.reserve(wanted);
    this.#later(0);
  }

  /** A window manager has put the dock beside another one. */
  #moved(rect: Rect): void {
    if (this.#closed || (rect.x === this.#rect.x && rect.y === this.#rect.y)) return;
    this.#rect = rect;
    this.#window.move(rect);
    this.#parts.stage.monitors.reserve(rect);
  }

  #later(ms: number): void {
    const { clock } = this.#parts.stage;
    const dueMs = clock.nowMs() + ms;
    if (this.#closed || dueMs >= this.#dueMs) return;
    this.#timer?.[Symbol.dispose]();
    this.#dueMs = dueMs;
    this.#timer = clock.after(ms, () => {
      this.#dueMs = Number.POSITIVE_INFINITY;
      void this.#draw();
    });
  }

  async #draw(): Promise<void> {
    if (this.#drawing) {
      this.#again = true;
      return;
    }
    this.#drawing = true;
    const { stage, edge, facts } = this.#parts;
    const { clock, scale, language, pictures, log } = stage;
    const { width } = this.#rect;
    let waitMs = LOOK_EVERY_MS;
    try {
      const options = { scale, language, nowMs: clock.nowMs(), width, edge };
      const drawing = panelPicture(facts(), options);
      const { changesAtMs } = drawing;
      if (changesAtMs !== undefined) waitMs = Math.min(waitMs, changesAtMs - clock.nowMs());
      if (drawing.svg !== this.#svg) {
        const picture = await pictures.picture(drawing);
        // Of another width, it is drawn again at once.
        if (!this.#closed && width === this.#rect.width) this.#window.show(picture, this.#rect);
        this.#svg = drawing.svg;
      }
    } catch (error) {
      if (this.#svg !== 'failed') log.error({ reason: messageOf(error) }, 'the panel is not drawn');
      // What it said is not true any more.
      this.#svg = 'failed';
      this.#window.hide();
    }
    this.#drawing = false;
    this.#later(this.#again ? 0 : Math.max(1, waitMs));
    this.#again = false;
  }
}
