/**
 * Which frames of one qube say its name (DESIGN 2): with `auto` those that the
 * window manager gives no title bar, and never a menu. A window is mapped as
 * the last one turned out; what came of it is looked at when it shows, and again
 * when something hints at a change. Nothing changes while a button is held down:
 * a window that is being dragged keeps its shape.
 */
import type { XConnection } from '../x11/connection.ts';
import type { PointerReply } from '../x11/package-records.ts';
import { ATOM, getCardinals } from '../x11/properties.ts';
import type { FrameMaker } from './frame.ts';
import { normalHints } from './geometry.ts';
import type { Placer } from './placer.ts';
import type { FrameProperties } from './properties.ts';
import type { QubeWindow, QubeWindows } from './qube-window.ts';
import type { Surroundings } from './surroundings.ts';
import { hasTitleBar } from './title-bar.ts';

/** A window manager that is replaced gives frames back and takes them up again within this time. */
const SETTLE_MS = 250;
/** Button1Mask to Button5Mask. */
const BUTTONS = 0x1f00;

export interface FrameNamesParts {
  readonly x: XConnection;
  readonly around: Surroundings;
  readonly windows: QubeWindows;
  readonly frames: FrameMaker;
  readonly placer: Placer;
  readonly properties: FrameProperties;
}

export class FrameNames implements Disposable {
  readonly #parts: FrameNamesParts;
  readonly #timers = new Map<QubeWindow, Disposable>();

  constructor(parts: FrameNamesParts) {
    this.#parts = parts;
  }

  /** A window that is not mapped: its frame says the name, as far as that is known before. */
  expected(overrideRedirect: boolean): boolean {
    const { names, manager } = this.#parts.around;
    if (names === undefined || overrideRedirect) return false;
    return names.rule === true || !manager.present || !names.titled;
  }

  /** The window is about to be mapped. */
  mapping(window: QubeWindow): void {
    const named = this.expected(window.overrideRedirect);
    if (named !== window.named) this.#say(window, named, false);
  }

  /** It shows: what the window manager made of it can be seen. */
  shown(window: QubeWindow): void {
    if (this.#follows(window)) void this.#look(window);
  }

  /** Something that may have to do with a title bar happened to its frame. */
  hint(window: QubeWindow): void {
    if (this.#follows(window) && !this.#timers.has(window)) this.#later(window);
  }

  /** It is not mapped any more. */
  gone(window: QubeWindow): void {
    this.#timers.get(window)?.[Symbol.dispose]();
    this.#timers.delete(window);
  }

  [Symbol.dispose](): void {
    for (const timer of this.#timers.values()) timer[Symbol.dispose]();
    this.#timers.clear();
  }

  #follows({ mapped, overrideRedirect, docked }: QubeWindow): boolean {
    return this.#parts.around.names?.rule === 'auto' && mapped && !overrideRedirect && !docked;
  }

  #later(window: QubeWindow): void {
    this.gone(window);
    const timer = this.#parts.around.clock.after(SETTLE_MS, () => {
      this.#timers.delete(window);
      void this.#look(window);
    });
    this.#timers.set(window, timer);
  }

  /** Never rejects. */
  async #look(window: QubeWindow): Promise<void> {
    const [titled, filled] = await Promise.all([this.#titled(window), this.#isFilled(window)]);
    if (titled === undefined || !this.#follows(window)) return;
    const { names } = this.#parts.around;
    // What fills the screen may have lost its title bar for that alone.
    if (names && !filled && !window.placement.parentIsRoot) names.titled = titled;
    if (titled !== window.named) return;
    const held = await this.#buttonHeld();
    if (!this.#follows(window)) return;
    const { phase, query } = window.placement;
    // Where the content is has to be known before it is to stay there.
    if (held || phase !== 'live' || query !== 'none') this.#later(window);
    else if (titled === window.named) this.#say(window, !titled, !filled);
  }

  async #titled({ windows: { frame }, placement }: QubeWindow): Promise<boolean | undefined> {
    const { x, around } = this.#parts;
    if (placement.parentIsRoot) return false;
    const top = around.ancestry.topOf(frame);
    // Reparented a moment ago: its new place is told when it is known.
    if (top === undefined || top === frame) return undefined;
    return hasTitleBar(x, frame, top);
  }

  async #buttonHeld(): Promise<boolean> {
    const { x } = this.#parts;
    const pointer = await x
      .request<PointerReply>((done) => x.X.QueryPointer(x.root, done))
      .catch(() => undefined);
    return pointer === undefined || (pointer.keyMask & BUTTONS) !== 0;
  }

  /** Its size is the window manager's: it fills the screen or a part of it. */
  async #isFilled({ windows: { frame } }: QubeWindow): Promise<boolean> {
    const { x, around } = this.#parts;
    const { atoms } = around;
    const states = await getCardinals(x, frame, atoms._NET_WM_STATE, ATOM.ATOM).catch(
      (): number[] => [],
    );
    const filling = [
      atoms._NET_WM_STATE_FULLSCREEN,
      atoms._NET_WM_STATE_MAXIMIZED_VERT,
      atoms._NET_WM_STATE_MAXIMIZED_HORZ,
    ];
    return filling.some((state) => states.includes(state));
  }

  /** @param ask for a frame of another size, so that the content keeps its own */
  #say(window: QubeWindow, named: boolean, ask: boolean): void {
    const { frames, placer, properties, around } = this.#parts;
    const border = frames.insets(named);
    window.named = named;
    window.changedMs = around.clock.nowMs();
    frames.sayName(window.windows, named);
    const { areas } = around.monitors;
    const words = normalHints(window.hints, border, areas, window.returning);
    properties.setHints(window.windows.frame, words);
    placer.reborder(window, border, ask);
  }
}
