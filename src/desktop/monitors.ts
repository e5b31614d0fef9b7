/**
 * The monitors of dom0's screen as rectangles, kept up to date. Without RandR
 * the whole screen is one.
 */
import { Emitter } from '../base/emitter.ts';
import { type Rect, sameRect } from '../base/geometry.ts';
import type { XConnection } from '../x11/connection.ts';
import { monitors as queryMonitors, watchScreen } from '../x11/randr.ts';
import { type Monitors, monitorsWithout } from './geometry.ts';

export class MonitorWatch {
  readonly #x: XConnection;
  readonly #changes = new Emitter<Monitors>();
  #now: Monitors;
  #strip: Rect | undefined;
  #looking = false;
  #again = false;

  private constructor(x: XConnection) {
    this.#x = x;
    this.#now = [{ x: 0, y: 0, width: x.screen.width, height: x.screen.height }];
  }

  /** `x` must have selected structure changes of the root. */
  static async start(x: XConnection): Promise<MonitorWatch> {
    const watch = new MonitorWatch(x);
    await watchScreen(x);
    x.on((event) => {
      const changed =
        event.name === 'RRScreenChangeNotify' ||
        (event.name === 'ConfigureNotify' && event.wid1 === x.root);
      if (changed) void watch.#look();
    });
    await watch.#look();
    return watch;
  }

  get now(): Monitors {
    return this.#now;
  }

  /** The same without dom0's own strip: where windows of qubes are put. */
  get areas(): Monitors {
    return monitorsWithout(this.#now, this.#strip);
  }

  /** The strip is here from now on; undefined = there is none. */
  reserve(strip: Rect | undefined): void {
    const was = this.#strip;
    if (was === strip || (was && strip && sameRect(was, strip))) return;
    this.#strip = strip;
    this.#changes.emit(this.#now);
  }

  onChange(listener: (monitors: Monitors) => void): Disposable {
    return this.#changes.on(listener);
  }

  /** Asks again, also when no event said that anything changed. */
  look(): void {
    void this.#look();
  }

  async #look(): Promise<void> {
    this.#again = true;
    if (this.#looking) return;
    this.#looking = true;
    try {
      while (this.#again) {
        this.#again = false;
        this.#take(await queryMonitors(this.#x));
      }
    } catch {
      // The connection is gone; whoever owns it is told so.
    }
    this.#looking = false;
  }

  #take(found: readonly Rect[]): void {
    const [first, ...rest] = found.map(({ x, y, width, height }) => ({ x, y, width, height }));
    if (first === undefined) return;
    const same =
      found.length === this.#now.length &&
      this.#now.every((rect, at) => sameRect(rect, found[at] as Rect));
    if (same) return;
    this.#now = [first, ...rest];
    this.#changes.emit(this.#now);
  }
}
