/**
 * One window of a qube as the desktop knows it, and the table of a qube's
 * windows by their number in the qube and by ours.
 */
import type { Rect } from '../base/geometry.ts';
import type { VmWindowId, XWindowId } from '../base/ids.ts';
import type { SizeHints } from '../session/port.ts';
import type { Canvas } from './canvas.ts';
import type { FrameWindows } from './frame.ts';
import type { PlacementState } from './placement.ts';
import type { FlagState } from './window-flags.ts';

export interface QubeWindow {
  readonly id: VmWindowId;
  readonly windows: FrameWindows;
  readonly canvas: Canvas;
  /** Not managed: after the policy, not as the qube asked. */
  overrideRedirect: boolean;
  /** Where the qube wants its content, before the policy. */
  wish: Rect;
  /** The qube has mapped it. */
  mapped: boolean;
  /** A tray icon, once and for all; its frame is thinner. */
  readonly docked: boolean;
  /** Its frame says the qube's name. */
  named: boolean;
  /** As the qube gave them last. */
  hints: SizeHints | undefined;
  /** Another window of the same qube; it may be gone. */
  transientFor: VmWindowId | undefined;
  /** The caption with dom0's prefix. */
  title: string;
  placement: PlacementState;
  flags: FlagState;
  readonly createdMs: number;
  /** When it was shown, moved or resized last; milliseconds of the clock. */
  changedMs: number;
  /** It lived before this session: it stays where dom0 had put it. */
  readonly returning: boolean;
  /** When pixels of the qube were first on the screen, ms after the window was created. */
  firstPixelsMs: number | undefined;
}

export class QubeWindows {
  readonly #byId = new Map<VmWindowId, QubeWindow>();
  readonly #byFrame = new Map<number, QubeWindow>();
  readonly #byContent = new Map<number, QubeWindow>();

  add(window: QubeWindow): void {
    this.#byId.set(window.id, window);
    this.#byFrame.set(window.windows.frame, window);
    this.#byContent.set(window.windows.content, window);
  }

  remove(window: QubeWindow): void {
    this.#byId.delete(window.id);
    this.#byFrame.delete(window.windows.frame);
    this.#byContent.delete(window.windows.content);
  }

  get(id: VmWindowId): QubeWindow | undefined {
    return this.#byId.get(id);
  }

  byFrame(frame: number): QubeWindow | undefined {
    return this.#byFrame.get(frame);
  }

  byContent(content: number): QubeWindow | undefined {
    return this.#byContent.get(content);
  }

  frameOf(id: VmWindowId | undefined): XWindowId | undefined {
    return id === undefined ? undefined : this.#byId.get(id)?.windows.frame;
  }

  /** Frames of mapped override-redirect windows but `except`, as rectangles around their contents. */
  popups(except: QubeWindow | undefined): QubeWindow[] {
    return [...this.#byId.values()].filter(
      (one) => one !== except && one.overrideRedirect && one.mapped,
    );
  }

  [Symbol.iterator](): IterableIterator<QubeWindow> {
    return this.#byId.values();
  }
}
