/**
 * The popups of one qube: which windows may be some, where they go in the
 * screen's order, and whether they are on the screen at the moment (DESIGN
 * 8.2). While the user is with another qube they are hidden: the qube's windows
 * stay mapped as it knows them, only dom0's X server shows none of them.
 */
import type { Rect } from '../base/geometry.ts';
import type { QubeConfig } from '../config/config.ts';
import { overrideVerdict } from '../trust/override-redirect.ts';
import {
  POPUP_HIDE_MS,
  type PopupPresence,
  type PresenceEvent,
  stepPresence,
} from '../trust/popup-presence.ts';
import type { XConnection } from '../x11/connection.ts';
import type { Standing } from './foreground.ts';
import { frameAround } from './geometry.ts';
import type { Placer } from './placer.ts';
import type { QubeWindow, QubeWindows } from './qube-window.ts';
import type { Surroundings } from './surroundings.ts';

const BELOW = 1;

export class Popups implements Disposable {
  readonly #x: XConnection;
  readonly #around: Surroundings;
  readonly #config: QubeConfig;
  readonly #windows: QubeWindows;
  readonly #placer: Placer;
  /** Input that was begun in a window which does not show any more is ended. */
  readonly #ended: (window: QubeWindow) => void;
  /** Mapped by the qube, in that order. */
  readonly #mapped = new Set<QubeWindow>();
  readonly standing: Standing;
  #presence: PopupPresence;
  #timer: Disposable | undefined;

  constructor(
    x: XConnection,
    around: Surroundings,
    config: QubeConfig,
    windows: QubeWindows,
    placer: Placer,
    ended: (window: QubeWindow) => void,
  ) {
    this.#x = x;
    this.#around = around;
    this.#config = config;
    this.#windows = windows;
    this.#placer = placer;
    this.#ended = ended;
    this.standing = around.foreground.join(config.domainId, () => this.#look());
    this.#presence = this.standing.here ? 'shown' : 'hidden';
  }

  /** May a window with its content at `content` be, or stay, a popup? `window`: itself, if it is one. */
  allows(content: Rect, window: QubeWindow | undefined): boolean {
    const { overrideRedirect: policy = 'limited' } = this.#config;
    if (policy !== 'limited') return policy === 'free';
    const { border, monitors } = this.#around;
    const others = this.#windows
      .popups(window)
      .map((other) => frameAround(other.placement.content, border));
    return overrideVerdict(frameAround(content, border), others, monitors.now).allow;
  }

  /** The qube has mapped it. */
  map(window: QubeWindow): void {
    this.#mapped.add(window);
    if (this.#presence === 'shown') this.#show(window, () => this.#placer.beforeMap(window));
    else this.#placer.beforeMap(window);
  }

  /** The qube has unmapped or destroyed it, or it is no popup any more. */
  gone(window: QubeWindow): void {
    if (this.#mapped.delete(window)) this.#around.stacking.popupGone(window.windows.frame);
  }

  /** Somebody has mapped the frame of a popup that must not show. */
  mustHide(window: QubeWindow): boolean {
    return this.#presence === 'hidden' && this.#mapped.has(window);
  }

  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
    this.standing[Symbol.dispose]();
  }

  #look(): void {
    this.#step(this.standing.here ? 'here' : 'elsewhere');
  }

  #step(event: PresenceEvent): void {
    const { state, effect } = stepPresence(this.#presence, event);
    this.#presence = state;
    switch (effect) {
      case undefined:
        return;
      case 'wait':
        this.#timer = this.#around.clock.after(POPUP_HIDE_MS, () => this.#step('waited'));
        return;
      case 'stay':
        this.#timer?.[Symbol.dispose]();
        for (const window of this.#mapped) if (!window.canvas.viewable) this.#show(window);
        return;
      case 'hide':
        for (const window of this.#mapped) this.#hide(window);
        return;
      case 'show':
        for (const window of this.#mapped) this.#show(window);
        return;
      default:
        effect satisfies never;
    }
  }

  /** @param place asks for its place, between the two requests about its height */
  #show({ windows: { frame } }: QubeWindow, place?: () => void): void {
    const { stacking } = this.#around;
    stacking.popupMapping(frame);
    place?.();
    this.#x.X.ConfigureWindow(frame, { sibling: stacking.ceiling, stackMode: BELOW });
    this.#x.X.MapWindow(frame);
  }

  #hide(window: QubeWindow): void {
    const { frame } = window.windows;
    this.#around.stacking.popupGone(frame);
    this.#x.X.UnmapWindow(frame);
    window.canvas.viewable = false;
    this.#ended(window);
  }
}
