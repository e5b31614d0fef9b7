/**
 * Mouse buttons that are down in one qube, and what of the X state word the
 * qube may see (DESIGN 8.6). Pure. A button belongs to the window in which it
 * was pressed until it is released: that is the X server's implicit grab.
 */
import type { VmWindowId } from '../base/ids.ts';

/** Shift, Lock, Control, Mod1..Mod5 and the two bits of the keyboard's group. */
const MODIFIERS = 0x60ff;
/** The state word has a bit for buttons 1 to 5: bit 8 is button 1. */
const BUTTONS_WITH_BIT = 5;
const FIRST_BUTTON_BIT = 8;
/** Wheels: their press says nothing about what the user works with. */
const WHEEL = { first: 4, last: 7 } as const;

export function isWheel(button: number): boolean {
  return button >= WHEEL.first && button <= WHEEL.last;
}

export class PressedButtons {
  /** In the order in which they went down. */
  readonly #down = new Map<number, VmWindowId>();

  press(button: number, window: VmWindowId): void {
    this.#down.set(button, window);
  }

  /** False when it was not pressed in this qube. */
  release(button: number): boolean {
    return this.#down.delete(button);
  }

  /** Buttons that went down in `window` and are still down; they are not afterwards. */
  releaseIn(window: VmWindowId): number[] {
    const buttons = [...this.#down].flatMap(([button, owner]) => (owner === window ? button : []));
    for (const button of buttons) this.#down.delete(button);
    return buttons;
  }

  releaseAll(): number[] {
    const buttons = [...this.#down.keys()];
    this.#down.clear();
    return buttons;
  }

  /**
   * Buttons that are down here but up according to the state word of an event:
   * their release went elsewhere, because the grab ended with its window. They
   * are not down afterwards. Allocates nothing when there are none.
   */
  missed(state: number): readonly number[] {
    if (this.#down.size === 0) return NONE;
    let missed: number[] | undefined;
    for (const button of this.#down.keys()) {
      if (button > BUTTONS_WITH_BIT || state & bitOf(button)) continue;
      missed ??= [];
      missed.push(button);
    }
    if (!missed) return NONE;
    for (const button of missed) this.#down.delete(button);
    return missed;
  }

  /**
   * The state word as the qube gets it: buttons that are down in it, and
   * modifiers if the keyboard is its own at the moment.
   */
  visibleState(state: number, hasKeyboard: boolean): number {
    let visible = hasKeyboard ? state & MODIFIERS : 0;
    if (this.#down.size > 0) {
      for (const button of this.#down.keys()) {
        if (button <= BUTTONS_WITH_BIT) visible |= state & bitOf(button);
      }
    }
    return visible;
  }
}

const NONE: readonly number[] = [];

function bitOf(button: number): number {
  return 1 << (FIRST_BUTTON_BIT + button - 1);
}
