/**
 * Makes the X windows of one qube's windows, with everything about them that
 * holds before the first map, and takes them away again.
 */
import type { Rect, Size } from '../base/geometry.ts';
import type { VmWindowId } from '../base/ids.ts';
import type { QubeConfig } from '../config/config.ts';
import type { SizeHints } from '../session/port.ts';
import { windowClass } from '../trust/title.ts';
import type { XConnection } from '../x11/connection.ts';
import type { ScreenSource } from './canvas.ts';
import type { FrameMaker } from './frame.ts';
import { normalHints } from './geometry.ts';
import type { AttachedPool } from './image-memory.ts';
import { newPlacement } from './placement.ts';
import type { FrameProperties } from './properties.ts';
import type { QubeWindow } from './qube-window.ts';
import type { Surroundings } from './surroundings.ts';
import { NO_FLAGS } from './window-flags.ts';

/** The whole screen of the qube, by its number. */
export const SCREEN_WINDOW = 0;

export interface WindowToMake {
  readonly id: VmWindowId;
  /** As the qube wants it. */
  readonly wish: Rect;
  /** As it is made. */
  readonly content: Rect;
  readonly overrideRedirect: boolean;
  readonly docked: boolean;
  /** Its frame says the qube's name. */
  readonly named: boolean;
  /** The caption with dom0's prefix. */
  readonly title: string;
  readonly returning: boolean;
}

export class WindowMaker {
  /** The qube's window 0, whose image stands in for those that windows do not have. */
  readonly screen: ScreenSource = { canvas: undefined };
  readonly #x: XConnection;
  readonly #config: QubeConfig;
  readonly #pool: AttachedPool;
  readonly #around: Surroundings;
  readonly #properties: FrameProperties;

  constructor(
    x: XConnection,
    config: QubeConfig,
    pool: AttachedPool,
    around: Surroundings,
    properties: FrameProperties,
  ) {
    this.#x = x;
    this.#config = config;
    this.#pool = pool;
    this.#around = around;
    this.#properties = properties;
  }

  /** Not mapped. `frames` decides how thick its frame is. */
  make(wanted: WindowToMake, frames: FrameMaker): QubeWindow {
    const { id, wish, content, overrideRedirect, named, returning, title } = wanted;
    const { painter, clock, monitors } = this.#around;
    const made = frames.make(content, overrideRedirect, named);
    const border = frames.insets(named);
    const createdMs = clock.nowMs();
    const firstPixels = (): void => {
      window.firstPixelsMs = clock.nowMs() - createdMs;
    };
    const pool = this.#pool;
    const canvas = painter.canvas(id, made.content, pool, this.screen, content, firstPixels);
    if (id === SCREEN_WINDOW) this.screen.canvas = canvas;
    canvas.screenX = wish.x;
    canvas.screenY = wish.y;
    const window: QubeWindow = {
      id,
      windows: made,
      canvas,
      overrideRedirect,
      wish,
      mapped: false,
      docked: wanted.docked,
      named,
      hints: undefined,
      transientFor: undefined,
      title,
      placement: newPlacement(content, border),
      flags: NO_FLAGS,
      createdMs,
      changedMs: createdMs,
      returning,
      firstPixelsMs: undefined,
    };
    this.#properties.writeFixed(made.frame, id);
    this.#properties.setTitle(made.frame, title);
    const plain = windowClass(this.#config.name, 'window');
    this.#properties.setClass(made.frame, plain, plain);
    const hints = wanted.docked ? leastSize(content) : undefined;
    const words = normalHints(hints, border, monitors.areas, returning);
    this.#properties.setHints(made.frame, words);
    void this.#x.sync().then(
      () => {
        canvas.ready = true;
        painter.redraw(canvas);
      },
      () => {},
    );
    return window;
  }

  /** Its picture and its X windows go; true when others showed a part of that picture. */
  unmake({ canvas, windows }: QubeWindow): boolean {
    const { painter, userTime } = this.#around;
    painter.forget(canvas);
    userTime.forget(windows.frame);
    const wasScreen = this.screen.canvas === canvas;
    if (wasScreen) this.screen.canvas = undefined;
    this.#x.X.DestroyWindow(windows.frame);
    // Puts under way name the content: its number is free when they are done.
    painter.fence(() => {
      for (const one of windows.all) this.#x.freeId(one);
    });
    return wasScreen;
  }
}

/** Trays that ask an icon how large it must be give it a slot of this size. */
function leastSize({ width, height }: Size): SizeHints {
  return {
    userPosition: false,
    programPosition: false,
    min: { width, height },
    max: undefined,
    increment: undefined,
    base: undefined,
  };
}
