/**
 * The keyboard, taken from everybody by an active grab on a window of our own
 * that nobody sees. Trusts the X server; who else it gives the keyboard to ends
 * the hold, and is told to whoever has it.
 */
import type { XWindowId } from '../../base/ids.ts';
import type { XConnection } from '../../x11/connection.ts';
import { EVENT_MASK } from '../../x11/package-records.ts';
import { ATOM } from '../../x11/properties.ts';

const INPUT_ONLY = 2;
const BELOW = 1;
const GRANTED = 0;
const ASYNC = 1;
const CURRENT_TIME = 0;
const APPEND = 2;
const NO_BYTES = Buffer.alloc(0);
const QUERY_KEYMAP = Buffer.from([44, 0, 1, 0]);
const KEYCODES = 256;

export class KeyboardHold implements Disposable {
  /** Key events come with this window. */
  readonly window: XWindowId;
  readonly #x: XConnection;
  readonly #events: Disposable;
  #lost: (() => void) | undefined;
  /** As the server told it last. */
  #serverTime = 0;

  constructor(x: XConnection) {
    this.#x = x;
    this.window = x.allocWindowId();
    // Outside of the screen: a grab needs a window that is mapped, not one that is seen.
    x.X.CreateWindow(this.window, x.root, -1, -1, 1, 1, 0, 0, INPUT_ONLY, 0, {
      overrideRedirect: 1,
      eventMask:
        EVENT_MASK.keyPress |
        EVENT_MASK.keyRelease |
        EVENT_MASK.focusChange |
        EVENT_MASK.propertyChange,
    });
    x.X.ConfigureWindow(this.window, { stackMode: BELOW });
    x.X.MapWindow(this.window);
    this.#events = x.on((event) => {
      if (event.synthetic || !('wid' in event) || event.wid !== this.window) return;
      if (event.name === 'PropertyNotify') this.#serverTime = event.time;
      if (event.name === 'FocusOut') this.#end();
    });
  }

  /** False when somebody else has it. @param lost called when it is taken away; then it is not ours to give back */
  async take(lost: () => void): Promise<boolean> {
    this.#lost = lost;
    const { X } = this.#x;
    const status = await this.#x.request<number>((done) =>
      X.GrabKeyboard(this.window, 0, CURRENT_TIME, ASYNC, ASYNC, done),
    );
    return status === GRANTED;
  }

  /**
   * Says what time it is for the server and which keys are down, where the
   * answer stands in the stream: a press or release right behind it counts.
   */
  async begin(told: (time: number, held: readonly number[]) => void): Promise<void> {
    // Nothing is appended: all that it does is to make the server tell the time.
    this.#x.X.ChangeProperty(APPEND, this.window, ATOM.WM_ICON_NAME, ATOM.STRING, 8, NO_BYTES);
    await this.#x.sendForReply(QUERY_KEYMAP, (keymap) => {
      const isDown = (keycode: number): number =>
        ((keymap[keycode >> 3] as number) >> (keycode & 7)) & 1;
      const all = Array.from({ length: KEYCODES }, (_, keycode) => keycode);
      told(this.#serverTime, all.filter(isDown));
    });
  }

  /** Gives it back, if it is still ours. */
  release(): void {
    if (this.#lost && !this.#x.closed) this.#x.X.UngrabKeyboard(CURRENT_TIME);
    this.#lost = undefined;
  }

  [Symbol.dispose](): void {
    this.#events[Symbol.dispose]();
    this.release();
    if (!this.#x.closed) this.#x.X.DestroyWindow(this.window);
  }

  #end(): void {
    const lost = this.#lost;
    this.#lost = undefined;
    lost?.();
  }
}
