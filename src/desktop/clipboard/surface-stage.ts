/**
 * Where dom0's own surfaces stand: the desktop's X connection, the pictures on
 * it, their size and language, and the monitor that the user looks at.
 */
import type { Clock } from '../../base/clock.ts';
import type { Point, Rect, Size } from '../../base/geometry.ts';
import type { Log } from '../../base/log.ts';
import { PictureStore } from '../../surface/picture-store.ts';
import type { RendererClient } from '../../surface/renderer-client.ts';
import type { Language } from '../../surface/words.ts';
import type { XConnection } from '../../x11/connection.ts';
import type { PointerReply } from '../../x11/package-records.ts';
import { Shm } from '../../x11/shm.ts';
import { Cursors } from '../cursors.ts';
import type { MonitorWatch } from '../monitors.ts';
import type { Stacking } from '../stacking.ts';

/** XC_left_ptr of the cursor font. */
const ARROW = 68;

export interface StageParts {
  readonly x: XConnection;
  readonly clock: Clock;
  readonly log: Log;
  readonly stacking: Stacking;
  readonly monitors: MonitorWatch;
  readonly renderer: RendererClient;
  readonly language: Language;
  /** Pixels per pixel at 96 dpi. */
  readonly scale: number;
}

export class SurfaceStage implements Disposable {
  readonly x: XConnection;
  readonly clock: Clock;
  readonly log: Log;
  readonly stacking: Stacking;
  readonly monitors: MonitorWatch;
  readonly pictures: PictureStore;
  readonly language: Language;
  readonly scale: number;
  /** A mouse pointer that does not depend on what lies below. */
  readonly arrow: number;
  /** Where the window with the focus is, if it is one of a qube's. */
  focusedFrame: () => Rect | undefined = () => undefined;

  private constructor(parts: StageParts, shm: Shm) {
    this.x = parts.x;
    this.clock = parts.clock;
    this.log = parts.log;
    this.stacking = parts.stacking;
    this.monitors = parts.monitors;
    this.language = parts.language;
    this.scale = parts.scale;
    this.arrow = new Cursors(parts.x).cursor(ARROW);
    this.pictures = new PictureStore(parts.x, shm, parts.renderer);
  }

  static async open(parts: StageParts): Promise<SurfaceStage> {
    return new SurfaceStage(parts, await Shm.open(parts.x));
  }

  /** The monitor with the focused window of a qube, else the one with the pointer. */
  async monitor(): Promise<Rect> {
    const frame = this.focusedFrame();
    if (frame) {
      return this.#monitorAt(frame.x + frame.width / 2, frame.y + frame.height / 2);
    }
    const pointer = await this.x.request<PointerReply>((done) =>
      this.x.X.QueryPointer(this.x.root, done),
    );
    return this.#monitorAt(pointer.rootX, pointer.rootY);
  }

  [Symbol.dispose](): void {
    this.pictures[Symbol.dispose]();
  }

  /** The monitor with this point, or the nearest. */
  #monitorAt(x: number, y: number): Rect {
    const [first, ...rest] = this.monitors.now;
    let best = first;
    for (const one of rest) if (distance(one, x, y) < distance(best, x, y)) best = one;
    return best;
  }
}

/** Upper left corner of something of this size in the middle of a monitor; `down` is 0 (top) to 1. */
export function centred(monitor: Rect, size: Size, down: number, gap: number): Point {
  const free = Math.max(0, monitor.height - size.height);
  return {
    x: monitor.x + Math.max(0, Math.floor((monitor.width - size.width) / 2)),
    y: monitor.y + Math.min(free, Math.max(Math.min(gap, free), Math.floor(free * down))),
  };
}

function distance(rect: Rect, x: number, y: number): number {
  const dx = Math.max(rect.x - x, 0, x - (rect.x + rect.width - 1));
  const dy = Math.max(rect.y - y, 0, y - (rect.y + rect.height - 1));
  return dx + dy;
}
