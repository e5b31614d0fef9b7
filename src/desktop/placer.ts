/**
 * Carries out where windows go: the policy's geometry is asked of the X server,
 * what comes of it is worked out (placement.ts) and told to the session. It
 * never asks again for what was not granted.
 */
import { type Rect, type Size, sameRect } from '../base/geometry.ts';
import type { QubePort } from '../session/port.ts';
import type { XConnection } from '../x11/connection.ts';
import { type Border, contentOnMonitor, frameAround } from './geometry.ts';
import { type PlacementEffect, type PlacementEvent, stepPlacement } from './placement.ts';
import type { QubeWindow } from './qube-window.ts';
import type { Surroundings } from './surroundings.ts';

interface Translated {
  readonly destX: number;
  readonly destY: number;
}

export class Placer {
  readonly #x: XConnection;
  readonly #port: QubePort;
  readonly #around: Surroundings;

  constructor(x: XConnection, port: QubePort, around: Surroundings) {
    this.#x = x;
    this.#port = port;
    this.#around = around;
  }

  /**
   * Asks for the qube's wish, cut to what is allowed, before a map: a window
   * manager may have left a withdrawn window elsewhere.
   */
  beforeMap(window: QubeWindow): void {
    const rect = this.#ask(window);
    this.step(window, { kind: 'mapping', rect });
  }

  /** The qube's wish for a mapped window has changed, or the monitors have. */
  move(window: QubeWindow): void {
    const rect = this.#ask(window);
    this.step(window, { kind: 'asked', wish: window.wish, rect, direct: this.#isDirect(window) });
  }

  /**
   * Somebody else has moved or resized an override-redirect frame, which no window
   * manager looks after: if a side of it left the monitors, it goes back to where
   * the qube wished it.
   */
  keepOnMonitor(window: QubeWindow): void {
    const { areas } = this.#around.monitors;
    const { border, content } = window.placement;
    if (!sameRect(content, contentOnMonitor(content, areas, border))) this.move(window);
  }

  /**
   * The frame has another `border` around the content from now on, and its windows are
   * there. The content stays where it is and as large, as far as whoever decides grants it.
   * @param ask false = the frame's size is the window manager's (maximised, fullscreen)
   */
  reborder(window: QubeWindow, border: Border, ask: boolean): void {
    const rect = contentOnMonitor(window.placement.content, this.#around.monitors.areas, border);
    if (!window.mapped || !ask) {
      this.step(window, { kind: 'bordered', border, around: undefined });
      return;
    }
    const direct = this.#isDirect(window);
    this.step(window, { kind: 'bordered', border, around: direct ? rect : undefined });
    this.#x.X.ConfigureWindow(window.windows.frame, frameAround(rect, border));
    if (!direct) this.step(window, { kind: 'asked', wish: rect, rect, direct });
  }

  step(window: QubeWindow, event: PlacementEvent): void {
    const { state, effects } = stepPlacement(window.placement, event);
    window.placement = state;
    for (const effect of effects) this.#carryOut(window, effect);
  }

  #carryOut(window: QubeWindow, effect: PlacementEffect): void {
    switch (effect.kind) {
      case 'query':
        this.#locate(window);
        return;
      case 'fit':
        this.#fit(window, effect);
        return;
      case 'placed':
        this.#port.placed(window.id, effect.rect);
        return;
      default:
        effect satisfies never;
    }
  }

  /** No window manager stands between: what is asked for happens. */
  #isDirect(window: QubeWindow): boolean {
    return window.overrideRedirect || !this.#around.manager.present;
  }

  #ask(window: QubeWindow): Rect {
    const { border } = window.placement;
    const rect = contentOnMonitor(window.wish, this.#around.monitors.areas, border);
    this.#x.X.ConfigureWindow(window.windows.frame, frameAround(rect, border));
    // In the same write: no moment in which the content does not fit its frame.
    if (this.#isDirect(window)) this.#fit(window, rect);
    return rect;
  }

  #fit(window: QubeWindow, { width, height }: Size): void {
    const { canvas } = window;
    if (canvas.width === width && canvas.height === height) return;
    canvas.width = width;
    canvas.height = height;
    this.#x.X.ConfigureWindow(window.windows.content, { width, height });
  }

  /**
   * The reply is taken where it stands between the events, not as a promise:
   * that would let an event that the server sent later be told before it.
   */
  #locate(window: QubeWindow): void {
    const { X, root } = this.#x;
    X.TranslateCoordinates(window.windows.content, root, 0, 0, (error, place: Translated) => {
      if (window.canvas.gone) return true;
      if (error) this.step(window, { kind: 'lost' });
      else this.step(window, { kind: 'located', x: place.destX, y: place.destY });
      return true;
    });
  }
}
