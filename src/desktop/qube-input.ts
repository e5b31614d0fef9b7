/**
 * Input of one qube: which X events become messages to it, and which do not
 * (DESIGN 8.6). Keys only while one of its frames has the X focus, pointer
 * events only from its own contents, and of both only what was begun in the
 * qube is ended in it. Coordinates are relative to the window's content.
 */
import { clamp } from '../base/geometry.ts';
import type { VmWindowId } from '../base/ids.ts';
import type { QubePort } from '../session/port.ts';
import type {
  ButtonEvent,
  CrossingEvent,
  FocusEvent,
  KeyEvent,
  MotionEvent,
} from '../x11/events.ts';
import { GUARD_MS } from './click-guard.ts';
import type { ChordKind, KeyFilter } from './clipboard/key-filter.ts';
import { type FocusStep, forgetFocus, hasKeyboard, NO_FOCUS, stepFocus } from './focus.ts';
import type { Standing } from './foreground.ts';
import { insetsOf } from './geometry.ts';
import { PressedKeys } from './keys.ts';
import { isWheel, PressedButtons } from './pointer.ts';
import type { QubeWindow, QubeWindows } from './qube-window.ts';
import type { Surroundings } from './surroundings.ts';

/** NotifyNonlinear: how the focus moved is not the qube's business. */
const FOCUS_DETAIL = 3;

export interface InputEffects {
  /** A frame of this qube has got the focus. */
  gainedFocus(): void;
  /** It has lost it, perhaps to another one of this qube. */
  lostFocus(): void;
  /** The user acted in this window; server time. */
  acted(window: QubeWindow, time: number): void;
  /** A button was pressed in a managed window, before the qube is told. */
  pressedIn(window: QubeWindow): void;
  /** The user pressed a chord of the clipboard in this window, which has the focus. */
  chord(kind: ChordKind, window: QubeWindow, time: number): void;
}

export class QubeInput {
  readonly #port: QubePort;
  readonly #windows: QubeWindows;
  readonly #around: Pick<Surroundings, 'clock'>;
  readonly #effects: InputEffects;
  readonly #standing: Standing;
  readonly #keys = new PressedKeys();
  readonly #buttons = new PressedButtons();
  /** Without a clipboard no key is dom0's. */
  readonly #filter: KeyFilter | undefined;
  /** Nothing new is told: it could not take it, and would take all of it later. */
  paused = false;
  #focus = NO_FOCUS;
  #userTime = 0;

  constructor(
    port: QubePort,
    windows: QubeWindows,
    around: Pick<Surroundings, 'clock'>,
    effects: InputEffects,
    standing: Standing,
    filter?: KeyFilter,
  ) {
    this.#filter = filter;
    this.#port = port;
    this.#windows = windows;
    this.#around = around;
    this.#effects = effects;
    this.#standing = standing;
  }

  /** The window that has the X focus, if it is one of this qube's. */
  get focused(): VmWindowId | undefined {
    return this.#focus.window;
  }

  /** Server time of the last key or button press forwarded, 0 if none since another qube got the focus. */
  get userTime(): number {
    return this.#userTime;
  }

  anotherQubeFocused(): void {
    this.#userTime = 0;
  }

  key(event: KeyEvent): void {
    const window = this.#windows.byFrame(event.wid);
    // With the focus on the root, keys arrive at the frame under the pointer.
    if (!window || this.#focus.window !== window.id) return;
    const pressed = event.name === 'KeyPress';
    if (pressed) {
      if (!this.#mayPress(window, event) || this.paused) return;
      this.#keys.press(event.keycode);
      this.#act(window, event.time);
    } else {
      this.#filter?.release(event.keycode, event.time);
      if (!this.#keys.release(event.keycode)) return;
    }
    this.#tellKey(window, event, pressed, event.keycode);
  }

  button(event: ButtonEvent): void {
    const window = this.#windows.byContent(event.wid);
    if (!window) return;
    this.#catchUp(window, event);
    const button = event.keycode;
    const pressed = event.name === 'ButtonPress';
    const state = this.#state(event);
    if (pressed) {
      // Its release is dropped as one that nobody pressed.
      if (!this.#standing.mayPress(event.time) || this.paused) return;
      this.#standing.seen(event.rootx, event.rooty);
      if (!isWheel(button)) {
        if (!window.overrideRedirect) this.#effects.pressedIn(window);
        this.#act(window, event.time);
      } else if (this.#focus.window !== undefined) this.#act(window, event.time);
      this.#buttons.press(button, window.id);
    } else if (!this.#buttons.release(button)) return;
    this.#port.button(window.id, pressed, event.x, event.y, state, button);
  }

  motion(event: MotionEvent): void {
    const window = this.#windows.byContent(event.wid);
    if (!window) return;
    this.#standing.seen(event.rootx, event.rooty);
    this.#catchUp(window, event);
    if (this.paused) return;
    const state = this.#state(event);
    this.#port.motion(window.id, event.x, event.y, state);
  }

  crossing(event: CrossingEvent): void {
    const window = this.#windows.byContent(event.wid);
    // Also of a window that was just destroyed: the pointer is out of it.
    const { changedMs = Number.NEGATIVE_INFINITY } = window ?? {};
    this.#standing.crossed(event, this.#around.clock.nowMs() - changedMs < GUARD_MS);
    if (!window) return;
    this.#catchUp(window, event);
    const enter = event.name === 'EnterNotify';
    if (enter) this.#port.keymap(this.#keys.bitmap());
    // Where the pointer went to is another window's business: the edge is near enough.
    const x = clamp(event.x, -1, window.canvas.width);
    const y = clamp(event.y, -1, window.canvas.height);
    const state = this.#state(event);
    const focused = this.#focus.window === window.id;
    this.#port.crossing(window.id, enter, x, y, state, event.mode, event.detail, focused);
  }

  focusChange(event: FocusEvent): void {
    const window = this.#windows.byFrame(event.wid);
    if (!window) return;
    const kind = event.name === 'FocusIn' ? 'in' : 'out';
    const { mode, detail } = event;
    this.#carryOut(stepFocus(this.#focus, { kind, window: window.id, mode, detail }), window.id);
  }

  /** The window does not show any more: the implicit grab in it has ended. */
  hidden(window: QubeWindow): void {
    for (const button of this.#buttons.releaseIn(window.id)) {
      this.#port.button(window.id, false, 0, 0, 0, button);
    }
  }

  /** The window is about to be destroyed; no event will tell of its focus, keys and buttons. */
  destroyed(window: QubeWindow): void {
    const held = this.#buttons.releaseIn(window.id);
    if (held.length > 0) {
      const other = this.#livingOther(window);
      for (const button of held) this.#port.button(other, false, 0, 0, 0, button);
    }
    const step = forgetFocus(this.#focus, window.id);
    this.#focus = step.state;
    if (step.effects.length > 0) this.#filter?.left();
    if (step.effects.length > 0 && this.#keys.releaseAll().length > 0) {
      // The qube does not know the window any more; an empty keymap releases all the same.
      this.#port.keymap(this.#keys.bitmap());
    }
  }

  /** All windows are gone, and nobody is there to be told. */
  reset(): void {
    this.#filter?.left();
    this.#keys.releaseAll();
    this.#buttons.releaseAll();
    this.#focus = NO_FOCUS;
    this.#userTime = 0;
  }

  #carryOut({ state, effects }: FocusStep, window: VmWindowId): void {
    this.#focus = state;
    for (const effect of effects) {
      switch (effect.kind) {
        case 'release-keys':
          this.#filter?.left();
          for (const keycode of this.#keys.releaseAll()) {
            this.#port.key(window, false, 0, 0, 0, keycode);
          }
          break;
        case 'gained':
          this.#effects.gainedFocus();
          this.#port.keymap(this.#keys.bitmap());
          this.#port.focus(effect.window, true, FOCUS_DETAIL);
          break;
        case 'lost':
          this.#effects.lostFocus();
          this.#port.focus(effect.window, false, FOCUS_DETAIL);
          break;
        default:
          effect satisfies never;
      }
    }
  }

  /** False when the press is not the qube's: a chord, or a key that repeats what was one. */
  #mayPress(window: QubeWindow, event: KeyEvent): boolean {
    if (!this.#filter) return true;
    const { keycode, buttons, time } = event;
    const verdict = this.#filter.press(keycode, buttons, time, this.#keys.down());
    switch (verdict.kind) {
      case 'drop':
        return false;
      case 'act':
        for (const key of verdict.release) {
          this.#keys.release(key);
          this.#tellKey(window, event, false, key);
        }
        this.#effects.chord(verdict.chord, window, time);
        return false;
      case 'pass':
        for (const key of verdict.pressFirst) {
          this.#keys.press(key);
          this.#tellKey(window, event, true, key);
        }
        return true;
      default:
        return verdict satisfies never;
    }
  }

  #tellKey(window: QubeWindow, event: KeyEvent, pressed: boolean, keycode: number): void {
    // The pointer may be in another qube's window: its place there is not told.
    const { side, top } = insetsOf(window.placement.border);
    const x = clamp(event.x - side, 0, window.canvas.width - 1);
    const y = clamp(event.y - top, 0, window.canvas.height - 1);
    this.#port.key(window.id, pressed, x, y, this.#state(event, true), keycode);
  }

  /** The state word as the qube may see it. */
  #state(event: { readonly buttons: number }, hasKeyboard = this.#hasKeyboard): number {
    const state = this.#buttons.visibleState(event.buttons, hasKeyboard);
    return this.#filter?.visible(state, (key) => this.#keys.isDown(key)) ?? state;
  }

  get #hasKeyboard(): boolean {
    return hasKeyboard(this.#focus);
  }

  /** Releases that went elsewhere are made up for before anything new is told. */
  #catchUp(window: QubeWindow, event: ButtonEvent | MotionEvent | CrossingEvent): void {
    for (const button of this.#buttons.missed(event.buttons)) {
      this.#port.button(window.id, false, event.x, event.y, 0, button);
    }
  }

  #act(window: QubeWindow, time: number): void {
    this.#userTime = time;
    this.#effects.acted(window, time);
  }

  #livingOther(window: QubeWindow): VmWindowId {
    for (const other of this.#windows) if (other !== window && other.mapped) return other.id;
    return window.id;
  }
}
