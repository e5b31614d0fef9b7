/**
 * Carries out what the geometry negotiation decides: tells the desktop, sends
 * CONFIGURE, keeps its times. One for all windows of a conversation.
 */
import type { Clock } from '../base/clock.ts';
import type { Rect } from '../base/geometry.ts';
import { dueAtMs, type NegotiationEvent, step } from './configure-negotiation.ts';
import type { Output } from './output.ts';
import type { DesktopPort } from './port.ts';
import type { QubeWindow } from './window-table.ts';

export class Placement {
  readonly #clock: Clock;
  readonly #port: DesktopPort;
  readonly #output: Output;
  /** The window that the desktop is being told about right now. */
  #telling: QubeWindow | undefined;

  constructor(clock: Clock, port: DesktopPort, output: Output) {
    this.#clock = clock;
    this.#port = port;
    this.#output = output;
  }

  /** The qube's CONFIGURE. */
  said(window: QubeWindow, rect: Rect): void {
    this.#step(window, { type: 'said', rect });
  }

  /**
   * The desktop's report. From inside `telling` it is the answer to what is
   * being told; at any other time it is where the content is now.
   */
  placed(window: QubeWindow, rect: Rect): void {
    if (this.#telling !== window) this.#step(window, { type: 'placed', rect });
    else this.#step(window, { type: 'granted', rect, final: window.overrideRedirect });
  }

  mapped(window: QubeWindow): void {
    this.#step(window, { type: 'mapped' });
  }

  unmapped(window: QubeWindow): void {
    this.#step(window, { type: 'unmapped' });
  }

  docked(window: QubeWindow): void {
    this.#step(window, { type: 'docked' });
  }

  /** Runs `tell`, a call of the desktop about `window`, and takes reports from inside it as answers. */
  telling(window: QubeWindow, tell: () => void): void {
    const outer = this.#telling;
    this.#telling = window;
    try {
      tell();
    } finally {
      this.#telling = outer;
    }
  }

  #step(window: QubeWindow, event: NegotiationEvent): void {
    const { state, send, apply } = step(window.negotiation, event, this.#clock.nowMs());
    window.negotiation = state;
    if (apply) {
      this.telling(window, () => this.#port.windowConfigured(window.id, apply));
    }
    if (send) this.#output.configure(window.id, send.x, send.y, send.width, send.height);
    this.#arm(window);
  }

  /** One timer per window; one that fires too early looks again. */
  #arm(window: QubeWindow): void {
    const dueMs = dueAtMs(window.negotiation);
    if (dueMs === undefined || window.gone) return;
    if (window.timer) {
      if (window.timerAtMs <= dueMs) return;
      window.timer[Symbol.dispose]();
    }
    window.timerAtMs = dueMs;
    window.timer = this.#clock.after(Math.max(0, Math.ceil(dueMs - this.#clock.nowMs())), () => {
      window.timer = undefined;
      if (!window.gone) this.#step(window, { type: 'due' });
    });
  }
}
