/**
 * Keeps popups of qubes below dom0's own surfaces and screen lockers, and above
 * all managed windows, whatever the window manager does (DESIGN 5). A change
 * of order below the root makes the order dirty; at most 20 times a second it
 * is looked at, and one batch of requests puts it right. Nothing is done while
 * nothing changes.
 */
import type { Clock } from '../base/clock.ts';
import type { XWindowId } from '../base/ids.ts';
import type { XConnection } from '../x11/connection.ts';
import { corrections, type Order, type Restack, restacking } from './order.ts';
import type { RootWatch } from './root-watch.ts';

const LOOK_EVERY_MS = 50;
const MAX_TRIES = 3;
const ABOVE = 0;
const BELOW = 1;
const INPUT_ONLY = 2;
const COPY_FROM_PARENT = 0;

export class Stacking {
  /** Popups are configured directly below this window. */
  readonly ceiling: XWindowId;
  readonly #x: XConnection;
  readonly #root: RootWatch;
  readonly #clock: Clock;
  readonly #surfaces: XWindowId[] = [];
  /** Mapped popups, in the order in which they were mapped. */
  readonly #popups = new Set<XWindowId>();
  readonly #managed: () => ReadonlySet<number>;
  #dirty = true;
  #looking = false;
  #timer: Disposable | undefined;
  #lastLookMs = Number.NEGATIVE_INFINITY;
  #corrected = 0;
  /** The wrong order that was seen last, and how often in a row. */
  #stuck = '';
  #tries = 0;
  #stopped = false;

  /** @param managed the top-level windows that hold a managed frame of ours, at any time */
  constructor(x: XConnection, root: RootWatch, clock: Clock, managed: () => ReadonlySet<number>) {
    this.#x = x;
    this.#root = root;
    this.#clock = clock;
    this.#managed = managed;
    this.ceiling = x.allocWindowId();
    x.X.CreateWindow(this.ceiling, x.root, 0, 0, 1, 1, 0, 0, INPUT_ONLY, COPY_FROM_PARENT, {
      overrideRedirect: 1,
    });
    root.onRestacked(() => this.#changed());
  }

  /** Batches of corrections so far. */
  get corrected(): number {
    return this.#corrected;
  }

  /** Where a window may be raised to without covering a popup: directly below this one. */
  get lowestPopup(): XWindowId {
    for (const popup of this.#popups) return popup;
    return this.ceiling;
  }

  /**
   * Call before `popup` is configured below the ceiling and mapped on another
   * connection: if the order may be wrong it is made right first.
   */
  popupMapping(popup: XWindowId): void {
    if (this.#dirty) {
      this.#carryOut(restacking(this.#own(), this.#root.shownLocker()));
      // Both connections' requests must meet in the server in this order as far as possible.
      this.#x.flush();
    }
    this.#popups.delete(popup);
    this.#popups.add(popup);
  }

  /** The popup is no longer mapped, or gone. */
  popupGone(popup: XWindowId): void {
    this.#popups.delete(popup);
  }

  /** A surface of dom0 (notice, prompt) that is about to be mapped, above all earlier ones. */
  addSurface(surface: XWindowId): void {
    this.#surfaces.push(surface);
    this.#changed();
  }

  removeSurface(surface: XWindowId): void {
    const at = this.#surfaces.indexOf(surface);
    if (at >= 0) this.#surfaces.splice(at, 1);
  }

  [Symbol.dispose](): void {
    this.#stopped = true;
    this.#timer?.[Symbol.dispose]();
  }

  #changed(): void {
    this.#dirty = true;
    if (this.#stopped || this.#looking || this.#timer) return;
    const waitMs = this.#lastLookMs + LOOK_EVERY_MS - this.#clock.nowMs();
    if (waitMs <= 0) {
      void this.#look();
      return;
    }
    this.#timer = this.#clock.after(waitMs, () => {
      this.#timer = undefined;
      void this.#look();
    });
  }

  async #look(): Promise<void> {
    this.#looking = true;
    this.#dirty = false;
    this.#lastLookMs = this.#clock.nowMs();
    try {
      const tree = await this.#x.request<{ children: readonly number[] }>((done) =>
        this.#x.X.QueryTree(this.#x.root, done),
      );
      const order: Order = {
        ...this.#own(),
        children: tree.children,
        managed: this.#managed(),
        isViewable: (window) => this.#root.isViewable(window),
        isLocker: (window) => this.#root.isLocker(window),
      };
      this.#correct(corrections(order), tree.children.join());
    } catch {
      // The connection is gone; whoever owns it is told so.
    }
    this.#looking = false;
    if (this.#dirty) this.#changed();
  }

  /** A batch that changed nothing a few times over is not sent again until something else changes. */
  #correct(batch: readonly Restack[], seen: string): void {
    if (batch.length === 0) {
      this.#stuck = '';
      return;
    }
    if (seen !== this.#stuck) this.#tries = 0;
    this.#stuck = seen;
    if (this.#tries++ < MAX_TRIES) this.#carryOut(batch);
  }

  #own(): Pick<Order, 'ceiling' | 'surfaces' | 'popups'> {
    return {
      ceiling: this.ceiling,
      surfaces: this.#surfaces.filter((surface) => this.#root.isViewable(surface)),
      popups: [...this.#popups],
    };
  }

  #carryOut(batch: readonly Restack[]): void {
    if (batch.length === 0 || this.#stopped) return;
    this.#corrected++;
    for (const { window, below } of batch) {
      this.#x.X.ConfigureWindow(
        window,
        below === undefined ? { stackMode: ABOVE } : { sibling: below, stackMode: BELOW },
      );
    }
  }
}
