/**
 * Is there a window manager? They come, go and are replaced while the daemon
 * runs. One is there when the window that _NET_SUPPORTING_WM_CHECK names
 * exists and names itself (the property alone outlives its owner), or when
 * somebody has selected SubstructureRedirect on the root.
 */
import { Emitter } from '../base/emitter.ts';
import type { XConnection } from '../x11/connection.ts';
import type { XEvent } from '../x11/events.ts';
import { EVENT_MASK, type WindowAttributes } from '../x11/package-records.ts';
import { ATOM, getCardinals } from '../x11/properties.ts';

const VIRTUAL = 1;
const NONLINEAR_VIRTUAL = 4;

export class WindowManager {
  readonly #x: XConnection;
  readonly #checkAtom: number;
  readonly #changes = new Emitter<boolean>();
  #present = false;
  #checkWindow = 0;
  #looking: Promise<void> | undefined;
  #again = false;

  private constructor(x: XConnection, checkAtom: number) {
    this.#x = x;
    this.#checkAtom = checkAtom;
  }

  /** `x` must have selected property, structure and focus changes of the root (RootWatch does). */
  static async watch(x: XConnection, checkAtom: number): Promise<WindowManager> {
    const manager = new WindowManager(x, checkAtom);
    x.on((event) => manager.#event(event));
    await manager.look();
    return manager;
  }

  get present(): boolean {
    return this.#present;
  }

  /** Called with the new value of `present`. */
  onChange(listener: (present: boolean) => void): Disposable {
    return this.#changes.on(listener);
  }

  /** Looks again; call when something hints at a change (a frame reparented to the root). */
  look(): Promise<void> {
    if (this.#looking !== undefined) {
      this.#again = true;
      return this.#looking;
    }
    this.#looking = this.#look().catch(() => {
      // The connection is gone.
    });
    return this.#looking;
  }

  #event(event: XEvent): void {
    if (event.name === 'PropertyNotify') {
      if (event.wid === this.#x.root && event.atom === this.#checkAtom) void this.look();
    } else if (event.name === 'DestroyNotify') {
      if (event.wid === this.#checkWindow) void this.look();
    } else if (isFocusOnRoot(event, this.#x.root)) {
      // The focus falls to the root when a window manager ends.
      void this.look();
    }
  }

  async #look(): Promise<void> {
    do {
      this.#again = false;
      const present = (await this.#checked()) || (await this.#redirected());
      if (present !== this.#present) {
        this.#present = present;
        this.#changes.emit(present);
      }
    } while (this.#again);
    this.#looking = undefined;
  }

  async #checked(): Promise<boolean> {
    const [named] = await getCardinals(this.#x, this.#x.root, this.#checkAtom, ATOM.WINDOW, 1);
    if (named === undefined || named === 0) return false;
    if (named !== this.#checkWindow) {
      this.#checkWindow = named;
      this.#x.X.ChangeWindowAttributes(named, { eventMask: EVENT_MASK.structureNotify });
    }
    const [itself] = await getCardinals(this.#x, named, this.#checkAtom, ATOM.WINDOW, 1);
    return itself === named;
  }

  async #redirected(): Promise<boolean> {
    const attributes = await this.#x.request<WindowAttributes>((done) =>
      this.#x.X.GetWindowAttributes(this.#x.root, done),
    );
    return (attributes.allEventMasks & EVENT_MASK.substructureRedirect) !== 0;
  }
}

/**
 * The focus came to the root or to nowhere. With details Virtual and
 * NonlinearVirtual it only passed through the root on its way to a window.
 */
export function isFocusOnRoot(event: XEvent, root: number): boolean {
  if (event.name !== 'FocusIn' || event.wid !== root) return false;
  return event.detail !== VIRTUAL && event.detail !== NONLINEAR_VIRTUAL;
}
