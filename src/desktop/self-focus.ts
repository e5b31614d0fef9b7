/**
 * The X focus when there is no window manager: a click gives it to the frame
 * that was clicked; when it falls to the root or to nobody, where keys would
 * go to whatever lies under the pointer, it goes back to the frame clicked
 * last, or to a window of our own where keys end (DESIGN 8.6). With a window
 * manager nothing here does anything.
 */
import type { XWindowId } from '../base/ids.ts';
import type { XConnection } from '../x11/connection.ts';
import type { RootWatch } from './root-watch.ts';
import { isFocusOnRoot, type WindowManager } from './window-manager.ts';

const FOCUS_NONE = 0;
const FOCUS_POINTER_ROOT = 1;
const REVERT_TO_POINTER_ROOT = 1;
const INPUT_ONLY = 2;
const BELOW = 1;

export class SelfFocus {
  readonly #x: XConnection;
  readonly #root: RootWatch;
  readonly #manager: WindowManager;
  /** Managed frames that are mapped, in the order in which they were clicked. */
  readonly #frames = new Set<XWindowId>();
  readonly #clicked = new Set<XWindowId>();
  /** Takes keys that are for nobody: one pixel outside the screen. */
  readonly #sink: XWindowId;

  constructor(x: XConnection, root: RootWatch, manager: WindowManager) {
    this.#x = x;
    this.#root = root;
    this.#manager = manager;
    this.#sink = x.allocWindowId();
    x.X.CreateWindow(this.#sink, x.root, -1, -1, 1, 1, 0, 0, INPUT_ONLY, 0, {
      overrideRedirect: 1,
    });
    x.X.ConfigureWindow(this.#sink, { stackMode: BELOW });
    x.X.MapWindow(this.#sink);
    x.on((event) => {
      if (isFocusOnRoot(event, x.root)) void this.#check();
    });
    manager.onChange((present) => {
      if (!present) void this.#check();
    });
  }

  /** A managed frame was mapped. */
  mapped(frame: XWindowId): void {
    this.#frames.add(frame);
    if (!this.#manager.present && this.#frames.size === 1) void this.#check();
  }

  /** It was unmapped or destroyed. */
  gone(frame: XWindowId): void {
    this.#frames.delete(frame);
    this.#clicked.delete(frame);
  }

  /** The user pressed a button in a managed frame. */
  clicked(frame: XWindowId): void {
    this.#clicked.delete(frame);
    this.#clicked.add(frame);
    if (!this.#manager.present) this.#x.X.SetInputFocus(frame, REVERT_TO_POINTER_ROOT);
  }

  async #check(): Promise<void> {
    if (this.#manager.present || this.#frames.size === 0) return;
    const now = await this.#x
      .request<{ revertTo: number; focus: number }>((done) => this.#x.X.GetInputFocus(done))
      .catch(() => undefined);
    if (!now || this.#manager.present) return;
    const nobody = [FOCUS_NONE, FOCUS_POINTER_ROOT, this.#x.root].includes(now.focus);
    if (!nobody) return;
    const last = [...this.#clicked].filter((frame) => this.#root.isViewable(frame)).pop();
    this.#x.X.SetInputFocus(last ?? this.#sink, REVERT_TO_POINTER_ROOT);
  }
}
