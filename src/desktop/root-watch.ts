/**
 * What happens directly below the root window: which top-level windows there
 * are, which of them show, which are screen lockers, and when their order or
 * place changed. Costs nothing while nothing happens. Other clients' windows
 * are dom0's own programs; their numbers and classes are used, nothing else.
 */
import { Emitter } from '../base/emitter.ts';
import type { XConnection } from '../x11/connection.ts';
import type { XEvent } from '../x11/events.ts';
import { EVENT_MASK, type WindowAttributes } from '../x11/package-records.ts';
import { ATOM, getProperty } from '../x11/properties.ts';

/** WM_CLASS instances of screen lockers; a qube's is always `qube:…`, so none of its windows can be one. */
const DEFAULT_LOCKERS: ReadonlySet<string> = new Set([
  'xscreensaver',
  'xsecurelock',
  'i3lock',
  'slock',
  'xlock',
  'light-locker',
  'xfce4-screensaver',
  'mate-screensaver',
  'cinnamon-screensaver',
  'kscreenlocker_greet',
]);

const ROOT_EVENTS =
  EVENT_MASK.structureNotify |
  EVENT_MASK.substructureNotify |
  EVENT_MASK.propertyChange |
  EVENT_MASK.focusChange;
const VIEWABLE = 2;

interface Child {
  viewable: boolean;
  locker: boolean;
}

export class RootWatch {
  readonly #x: XConnection;
  readonly #lockers: ReadonlySet<string>;
  readonly #children = new Map<number, Child>();
  /** Each window's sibling below as its last ConfigureNotify said; empty after any change of order. */
  readonly #below = new Map<number, number>();
  readonly #restacked = new Emitter<void>();
  readonly #moved = new Emitter<number>();

  private constructor(x: XConnection, lockers: ReadonlySet<string>) {
    this.#x = x;
    this.#lockers = lockers;
  }

  /**
   * Begins watching; resolves when all windows that are there now are known.
   * @param lockers WM_CLASS instances of screen lockers; default: the well-known ones
   */
  static async start(
    x: XConnection,
    lockers: ReadonlySet<string> = DEFAULT_LOCKERS,
  ): Promise<RootWatch> {
    const watch = new RootWatch(x, lockers);
    x.X.ChangeWindowAttributes(x.root, { eventMask: ROOT_EVENTS });
    x.on((event) => watch.#event(event));
    const tree = await x.request<{ children: readonly number[] }>((done) =>
      x.X.QueryTree(x.root, done),
    );
    await Promise.all(tree.children.map((window) => watch.#learn(window)));
    return watch;
  }

  /** The order may have changed, or a window showed that did not. */
  onRestacked(listener: () => void): Disposable {
    return this.#restacked.on(listener);
  }

  /** A top-level window was moved or resized. */
  onMoved(listener: (window: number) => void): Disposable {
    return this.#moved.on(listener);
  }

  isChild(window: number): boolean {
    return this.#children.has(window);
  }

  isViewable(window: number): boolean {
    return this.#children.get(window)?.viewable ?? false;
  }

  isLocker(window: number): boolean {
    return this.#children.get(window)?.locker ?? false;
  }

  /** A screen locker that covers the screen now, if one is known. */
  shownLocker(): number | undefined {
    for (const [window, child] of this.#children) {
      if (child.locker && child.viewable) return window;
    }
    return undefined;
  }

  #event(event: XEvent): void {
    switch (event.name) {
      case 'CreateNotify':
        if (event.parent === this.#x.root) this.#add(event.wid);
        return;
      case 'DestroyNotify':
        if (event.event === this.#x.root) this.#remove(event.wid);
        return;
      case 'ReparentNotify':
        if (event.event !== this.#x.root) return;
        if (event.parent === this.#x.root) this.#arrived(event.wid);
        else this.#remove(event.wid);
        return;
      case 'MapNotify':
        if (event.event !== this.#x.root) return;
        this.#add(event.wid).viewable = true;
        if (event.overrideRedirect) void this.#classify(event.wid);
        this.#dirty();
        return;
      case 'UnmapNotify':
        if (event.event === this.#x.root) this.#hidden(this.#add(event.wid));
        return;
      case 'CirculateNotify':
        this.#dirty();
        return;
      case 'ConfigureNotify':
        if (event.wid !== this.#x.root || event.wid1 === this.#x.root) return;
        if (this.#below.get(event.wid1) !== event.aboveSibling) {
          this.#dirty();
          this.#below.set(event.wid1, event.aboveSibling);
        }
        this.#moved.emit(event.wid1);
        return;
      default:
    }
  }

  #add(window: number): Child {
    let child = this.#children.get(window);
    if (!child) {
      child = { viewable: false, locker: false };
      this.#children.set(window, child);
    }
    return child;
  }

  #remove(window: number): void {
    const child = this.#children.get(window);
    this.#children.delete(window);
    this.#below.delete(window);
    if (child) this.#hidden(child);
  }

  /** What was below a locker matters again when it goes. */
  #hidden(child: Child): void {
    const mattered = child.locker && child.viewable;
    child.viewable = false;
    if (mattered) this.#dirty();
  }

  /** Reparented to the root: a mapped window may be mapped again by that without an event. */
  #arrived(window: number): void {
    this.#add(window);
    void this.#learn(window);
  }

  #dirty(): void {
    this.#below.clear();
    this.#restacked.emit();
  }

  async #learn(window: number): Promise<void> {
    let attributes: WindowAttributes;
    try {
      attributes = await this.#x.request<WindowAttributes>((done) =>
        this.#x.X.GetWindowAttributes(window, done),
      );
    } catch {
      // It went meanwhile; the event for that came or comes.
      return;
    }
    const child = this.#add(window);
    child.viewable = attributes.mapState === VIEWABLE;
    if (attributes.overrideRedirect) await this.#classify(window);
    if (child.viewable) this.#dirty();
  }

  async #classify(window: number): Promise<void> {
    const property = await getProperty(this.#x, window, ATOM.WM_CLASS, ATOM.STRING, 256).catch(
      () => undefined,
    );
    const child = this.#children.get(window);
    if (!property || !child) return;
    const text = property.data.toString('latin1');
    const instance = text.slice(0, Math.max(0, text.indexOf('\0')));
    if (!this.#lockers.has(instance)) return;
    child.locker = true;
    this.#dirty();
  }
}
