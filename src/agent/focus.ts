/**
 * The X focus inside the qube follows dom0's: a window that got the focus there
 * gets it here, the ICCCM way that its program asked for; one that lost it
 * leaves nobody focused. Runs in the order of the input.
 */
import { setWindows } from '../x11/properties.ts';
import type { ServerTime } from './server-time.ts';
import type { QubeWindow } from './window.ts';
import type { XScreen } from './x-screen.ts';

const NONE = 0;
const REVERT_TO_NONE = 0;
const TOP = 0;

export class Focus {
  readonly #screen: XScreen;
  readonly #time: ServerTime;
  #focused: QubeWindow | undefined;

  constructor(screen: XScreen, time: ServerTime) {
    this.#screen = screen;
    this.#time = time;
  }

  gained(window: QubeWindow): void {
    if (window.gone) return;
    this.#focused = window;
    const { X, root } = this.#screen.x;
    X.ConfigureWindow(window.drawable, { stackMode: TOP });
    if (window.acceptsInput) X.SetInputFocus(window.id, REVERT_TO_NONE);
    if (window.takeFocus) this.#offer(window);
    setWindows(this.#screen.x, root, this.#screen.atoms._NET_ACTIVE_WINDOW, [window.id]);
  }

  lost(window: QubeWindow): void {
    // Out of one window and into another come in any order.
    if (this.#focused !== window) return;
    this.#focused = undefined;
    const { X, root } = this.#screen.x;
    X.SetInputFocus(NONE, REVERT_TO_NONE);
    setWindows(this.#screen.x, root, this.#screen.atoms._NET_ACTIVE_WINDOW, [NONE]);
  }

  /** The daemon is gone: nobody types here. */
  reset(): void {
    if (this.#focused && !this.#focused.gone) this.lost(this.#focused);
    this.#focused = undefined;
  }

  /** WM_TAKE_FOCUS, with a time that the server will accept from the program. */
  #offer(window: QubeWindow): void {
    this.#time.now((time) => {
      if (window.gone || this.#focused !== window) return;
      const { atoms, x } = this.#screen;
      x.X.SendEvent(window.id, 0, 0, {
        name: 'ClientMessage',
        format: 32,
        wid: window.id,
        message_type: atoms.WM_PROTOCOLS,
        data: [atoms.WM_TAKE_FOCUS, time],
      });
    });
  }
}

/** Asks the window's program to close it, or ends the program when it cannot be asked. */
export function closeWindow(screen: XScreen, window: QubeWindow): void {
  const { x, atoms } = screen;
  if (!window.deleteWindow) {
    x.X.KillClient(window.id);
    return;
  }
  x.X.SendEvent(window.id, 0, 0, {
    name: 'ClientMessage',
    format: 32,
    wid: window.id,
    message_type: atoms.WM_PROTOCOLS,
    data: [atoms.WM_DELETE_WINDOW, 0],
  });
}
