/**
 * The window that keeps room for the strip: an ordinary dock for window
 * managers, which place it and keep other windows off it. What is seen is a
 * surface of dom0 over it, since window managers let some windows cover docks.
 * Without a window manager it lies there and does nothing.
 */
import { Emitter } from '../../base/emitter.ts';
import type { Rect } from '../../base/geometry.ts';
import type { XWindowId } from '../../base/ids.ts';
import { INK } from '../../surface/style.ts';
import type { XConnection } from '../../x11/connection.ts';
import { EVENT_MASK } from '../../x11/package-records.ts';
import { ATOM, setAtoms, setBytes, setCardinals } from '../../x11/properties.ts';

const INPUT_OUTPUT = 1;
const HINT_INPUT = 1;
const BELOW = 1;
const POSITION_AND_SIZE = 1 | 2 | 4 | 8;
const ATOMS = [
  '_NET_WM_STATE',
  '_NET_WM_STATE_STICKY',
  '_NET_WM_STRUT',
  '_NET_WM_STRUT_PARTIAL',
  '_NET_WM_WINDOW_TYPE',
  '_NET_WM_WINDOW_TYPE_DOCK',
] as const;

export interface DockPlace {
  /** Root coordinates. */
  readonly rect: Rect;
  readonly edge: 'top' | 'bottom';
  readonly screenHeight: number;
}

export class Dock implements Disposable {
  readonly #x: XConnection;
  readonly #atoms: Readonly<Record<(typeof ATOMS)[number], number>>;
  readonly #window: XWindowId;
  readonly #events: Disposable;
  readonly #moved = new Emitter<Rect>();
  #rect: Rect | undefined;

  private constructor(x: XConnection, atoms: Readonly<Record<(typeof ATOMS)[number], number>>) {
    this.#x = x;
    this.#atoms = atoms;
    this.#window = x.allocWindowId();
    x.X.CreateWindow(this.#window, x.root, 0, 0, 1, 1, 0, 0, INPUT_OUTPUT, 0, {
      backgroundPixel: INK.paper,
      eventMask: EVENT_MASK.structureNotify,
    });
    setBytes(x, this.#window, ATOM.WM_NAME, Buffer.from('livery panel'));
    setBytes(x, this.#window, ATOM.WM_CLASS, Buffer.from('livery\0Livery\0'));
    setAtoms(x, this.#window, atoms._NET_WM_WINDOW_TYPE, [atoms._NET_WM_WINDOW_TYPE_DOCK]);
    setAtoms(x, this.#window, atoms._NET_WM_STATE, [atoms._NET_WM_STATE_STICKY]);
    // It wants no keys.
    setCardinals(
      x,
      this.#window,
      ATOM.WM_HINTS,
      [HINT_INPUT, 0, 0, 0, 0, 0, 0, 0, 0],
      ATOM.WM_HINTS,
    );
    this.#events = x.on((event) => {
      const mine = 'wid' in event && event.wid === this.#window;
      const moves = ['ConfigureNotify', 'ReparentNotify', 'MapNotify'].includes(event.name);
      if (moves && (mine || ('wid1' in event && event.wid1 === this.#window))) void this.#look();
    });
  }

  static async open(x: XConnection): Promise<Dock> {
    return new Dock(x, await x.intern(ATOMS));
  }

  /** Where a window manager has put it, whenever that changes; root coordinates. */
  onMoved(listener: (rect: Rect) => void): Disposable {
    return this.#moved.on(listener);
  }

  /** Asks for the place and for the room. */
  place({ rect, edge, screenHeight }: DockPlace): void {
    const { x, y, width, height } = rect;
    const room = edge === 'top' ? y + height : screenHeight - y;
    const none = edge === 'top' ? [0, 0, room, 0] : [0, 0, 0, room];
    const span = [x, x + width - 1];
    const spans = edge === 'top' ? [0, 0, 0, 0, ...span, 0, 0] : [0, 0, 0, 0, 0, 0, ...span];
    setCardinals(this.#x, this.#window, this.#atoms._NET_WM_STRUT, none);
    setCardinals(this.#x, this.#window, this.#atoms._NET_WM_STRUT_PARTIAL, [...none, ...spans]);
    const hints = [POSITION_AND_SIZE, x, y, width, height, ...Array<number>(13).fill(0)];
    setCardinals(this.#x, this.#window, ATOM.WM_NORMAL_HINTS, hints, ATOM.WM_SIZE_HINTS);
    const { X } = this.#x;
    X.ConfigureWindow(this.#window, { x, y, width, height });
    if (!this.#rect) {
      X.ConfigureWindow(this.#window, { stackMode: BELOW });
      X.MapWindow(this.#window);
    }
    this.#rect = rect;
    void this.#look();
  }

  [Symbol.dispose](): void {
    this.#events[Symbol.dispose]();
    if (!this.#x.closed) this.#x.X.DestroyWindow(this.#window);
  }

  async #look(): Promise<void> {
    const asked = this.#rect;
    if (!asked) return;
    try {
      const { X, root } = this.#x;
      const { destX, destY } = await this.#x.request<{ destX: number; destY: number }>((done) =>
        X.TranslateCoordinates(this.#window, root, 0, 0, done),
      );
      if (asked !== this.#rect) return;
      this.#moved.emit({ ...asked, x: destX, y: destY });
    } catch {
      // The connection is gone; whoever owns it is told so.
    }
  }
}
