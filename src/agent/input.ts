/**
 * Keys, buttons and pointer of dom0 in the qube, by XTEST. Everything goes
 * through one queue, because keys may have to wait for the X server's word on its
 * modifiers and nothing may overtake them. The pointer is moved to where the window is in
 * the qube plus the position within it.
 */
import { clamp } from '../base/geometry.ts';
import type { PointerReply } from '../x11/package-records.ts';
import { KEYMAP_BYTES, Keyboard, MAX_KEYCODE, MIN_KEYCODE } from './keyboard.ts';
import { StepQueue } from './step-queue.ts';
import type { QubeWindow } from './window.ts';
import type { XScreen } from './x-screen.ts';

const FAKE = { buttonPress: 4, buttonRelease: 5, motion: 6 } as const;
const MAX_BUTTON = 255;
const TOP = 0;

export class Input {
  readonly #screen: XScreen;
  readonly #stub: number;
  readonly #steps: StepQueue;
  readonly #keyboard: Keyboard;
  readonly #buttons = new Set<number>();
  #stubShown = false;
  /** The window that the pointer is in, by the daemon's word. */
  #under: QubeWindow | undefined;
  #x = 0;
  #y = 0;

  constructor(screen: XScreen, stub: number, failed: (reason: string) => void) {
    this.#screen = screen;
    this.#stub = stub;
    this.#steps = new StepQueue(failed);
    this.#keyboard = new Keyboard(screen);
    this.mapsChanged();
  }

  /** Focus belongs to the same order of events. */
  run(step: () => void | Promise<void>): void {
    this.#steps.run(step);
  }

  /** The server has other maps of keys or modifiers. */
  mapsChanged(): void {
    this.#steps.run(() => this.#keyboard.readMaps());
  }

  /** The server's word on its effective modifiers. */
  modifiersChanged(modifiers: number): void {
    this.#keyboard.modifiersChanged(modifiers);
  }

  /** A key in whatever has the focus, with the modifiers that dom0 had before it. */
  key(keycode: number, pressed: boolean, state: number): void {
    if (keycode < MIN_KEYCODE || keycode > MAX_KEYCODE) return;
    this.#steps.run(() => this.#keyboard.key(keycode, pressed, state));
  }

  /** Releases every key that is down here and not in `bitmap`; presses none. */
  keymap(bitmap: Uint8Array): void {
    const kept = Uint8Array.from(bitmap);
    this.#steps.run(() => this.#keyboard.letGo(kept));
  }

  /** Where the pointer is: the last motion put it there. */
  button(button: number, pressed: boolean): void {
    if (button < 1 || button > MAX_BUTTON) return;
    this.#steps.run(() => {
      if (pressed) this.#buttons.add(button);
      else this.#buttons.delete(button);
      this.#fake(pressed ? FAKE.buttonPress : FAKE.buttonRelease, button, 0, 0);
    });
  }

  /** Whoever held keys and buttons down is gone. */
  releaseAll(): void {
    this.keymap(new Uint8Array(KEYMAP_BYTES));
    this.#steps.run(() => {
      for (const button of this.#buttons) this.#fake(FAKE.buttonRelease, button, 0, 0);
      this.#buttons.clear();
    });
  }

  motion(window: QubeWindow, x: number, y: number): void {
    this.#steps.run(() => this.#move(window, x, y));
  }

  enter(window: QubeWindow, x: number, y: number, entered: (window: QubeWindow) => void): void {
    this.#steps.run(async () => {
      this.#move(window, x, y);
      const pointer = await this.#pointer();
      if (window.gone) return;
      // dom0 shows it on top here; another window of the qube must not catch what is meant for it.
      if (pointer.child !== window.drawable && pointer.child !== 0) {
        this.#screen.x.X.ConfigureWindow(window.drawable, { stackMode: TOP });
      }
      entered(window);
    });
  }

  /** The pointer left the window for something outside of the qube: the stub takes it. */
  leave(window: QubeWindow): void {
    this.#steps.run(() => {
      if (this.#under !== window) return;
      this.#under = undefined;
      const { X } = this.#screen.x;
      X.ConfigureWindow(this.#stub, { x: this.#x, y: this.#y, stackMode: TOP });
      X.MapWindow(this.#stub);
      this.#stubShown = true;
    });
  }

  #move(window: QubeWindow, x: number, y: number): void {
    if (window.gone) return;
    const { x: root, width, height } = { x: this.#screen.x.root, ...this.#screen.x.screen };
    if (this.#stubShown) {
      this.#screen.x.X.UnmapWindow(this.#stub);
      this.#stubShown = false;
    }
    this.#under = window;
    this.#x = clamp(window.rect.x + x, 0, width - 1);
    this.#y = clamp(window.rect.y + y, 0, height - 1);
    this.#fake(FAKE.motion, 0, this.#x, this.#y, root);
  }

  #fake(type: 4 | 5 | 6, detail: number, x: number, y: number, root = 0): void {
    this.#screen.xtest.FakeInput(type, detail, 0, root, x, y);
  }

  #pointer(): Promise<PointerReply> {
    const { x } = this.#screen;
    return x.request<PointerReply>((done) => x.X.QueryPointer(x.root, done));
  }
}
