/**
 * The windows that one qube window is made of, and the backgrounds that make
 * them a frame (DESIGN 5):
 *
 *   frame (top-level, the label's colour)       children, bottom to top:
 *     well      neutral fill, shows where content is not yet
 *     content   the qube's pixels, bit gravity NorthWest, inset on all sides
 *     name      where this frame says it: a strip between the upper side and the content
 *     4 sides   32,000 px long, never resized, held in place by window gravity
 *     4 corners likewise; they close the outline where two sides meet
 *
 * Whoever resizes the frame, the X server moves sides and corners inside the
 * same request and repaints them from their backgrounds without this process.
 * Nothing is ever drawn into any of them; painting names only `content`.
 */
import type { Rect, Size } from '../base/geometry.ts';
import type { XWindowId } from '../base/ids.ts';
import type { Label } from '../trust/label.ts';
import { CORNERS, type Corner, frameLook, SIDES, type Side, type Tile } from '../trust/pattern.ts';
import type { XConnection } from '../x11/connection.ts';
import { EVENT_MASK, type WindowValues } from '../x11/package-records.ts';
import { frameAround, type Insets } from './geometry.ts';

/** 0xRRGGBB of what no image of the qube covers; far from every built-in label. */
export const NEUTRAL_FILL = 0xd9d9d9;

/** Longer than any window may be; with the inset still below the protocol's 32,767. */
const SIDE_LENGTH = 32_000;
const INPUT_OUTPUT = 1;
const COPY_FROM_PARENT = 0;
const GRAVITY = { northWest: 1, northEast: 3, southWest: 7, southEast: 9 } as const;
const SIDE_GRAVITY = {
  top: GRAVITY.northWest,
  left: GRAVITY.northWest,
  right: GRAVITY.northEast,
  bottom: GRAVITY.southWest,
} as const;

const FRAME_EVENTS =
  EVENT_MASK.keyPress |
  EVENT_MASK.keyRelease |
  EVENT_MASK.focusChange |
  EVENT_MASK.structureNotify |
  EVENT_MASK.propertyChange;
const CONTENT_EVENTS =
  EVENT_MASK.buttonPress |
  EVENT_MASK.buttonRelease |
  EVENT_MASK.enterWindow |
  EVENT_MASK.leaveWindow |
  EVENT_MASK.pointerMotion |
  EVENT_MASK.exposure;

/** The X windows of one frame; all belong to the qube's connection. */
export interface FrameWindows {
  readonly frame: XWindowId;
  readonly well: XWindowId;
  readonly content: XWindowId;
  /** The strip with the qube's name, between the upper side and the content; unmapped = not said. */
  readonly name: XWindowId | undefined;
  readonly sides: Readonly<Record<Side, XWindowId>>;
  readonly corners: Readonly<Record<Corner, XWindowId>>;
  /** Every one of them, the frame first. */
  readonly all: readonly XWindowId[];
}

/** Backgrounds, by the window that wears them. */
interface FramePixmaps {
  readonly sides: Readonly<Record<Side, number>>;
  readonly corners: Readonly<Record<Corner, number>>;
}

/** Makes the frames of one qube: same label, same thickness, backgrounds made once. */
export class FrameMaker {
  readonly border: number;
  readonly #x: XConnection;
  readonly #fill: number;
  readonly #strip: number;
  #label: Label;
  #look: FramePixmaps;
  /** What the strip shows; undefined = the label's colour alone. */
  #name: number | undefined;

  /**
   * @param fill 0xRRGGBB of what no image covers
   * @param strip how high the strip with the qube's name is; 0 = there is none
   */
  constructor(x: XConnection, label: Label, border: number, fill: number, strip = 0) {
    this.#x = x;
    this.#label = label;
    this.#fill = fill;
    this.border = border;
    this.#strip = strip;
    this.#look = this.#pixmaps();
  }

  /**
   * The label is another one: `made` look like it from now on, and so does what is made
   * later. One batch of requests; the X server repaints by itself.
   */
  relabel(label: Label, made: Iterable<FrameWindows>): void {
    const { X } = this.#x;
    const before = this.#look;
    this.#label = label;
    this.#look = this.#pixmaps();
    const { sides, corners } = this.#look;
    // The name as it is drawn on the old colour is not this label's.
    this.#name = undefined;
    const repaint = (window: XWindowId, values: WindowValues): void =>
      this.#repaint(window, values);
    for (const windows of made) {
      if (windows.name !== undefined) repaint(windows.name, this.#strips());
      repaint(windows.frame, { backgroundPixel: label.color });
      for (const side of SIDES) repaint(windows.sides[side], { backgroundPixmap: sides[side] });
      for (const corner of CORNERS) {
        repaint(windows.corners[corner], { backgroundPixmap: corners[corner] });
      }
    }
    for (const id of [...Object.values(before.sides), ...Object.values(before.corners)]) {
      X.FreePixmap(id);
      this.#x.freeId(id);
    }
  }

  get label(): Label {
    return this.#label;
  }

  /** What a frame has around its content. @param named it says the qube's name */
  insets(named: boolean): Insets {
    return { side: this.border, top: this.border + (named ? this.#strip : 0) };
  }

  /** The frame says the name from now on, or does not; what it has around the content follows. */
  sayName({ well, content, name }: FrameWindows, named: boolean): void {
    if (name === undefined) return;
    const { X } = this.#x;
    const y = this.insets(named).top;
    X.ConfigureWindow(well, { y });
    X.ConfigureWindow(content, { y });
    if (named) X.MapWindow(name);
    else X.UnmapWindow(name);
  }

  /** The strips of `made`, and of what is made later, show this pixmap; it stays the caller's. */
  wearName(pixmap: number, made: Iterable<FrameWindows>): void {
    this.#name = pixmap;
    for (const { name } of made) if (name !== undefined) this.#repaint(name, this.#strips());
  }

  #strips(): WindowValues {
    if (this.#name === undefined) return { backgroundPixel: this.#label.color };
    return { backgroundPixmap: this.#name };
  }

  #nameWindow(frame: XWindowId): XWindowId {
    const border = this.border;
    const rect = { x: border, y: border, width: SIDE_LENGTH, height: this.#strip };
    return this.#window(frame, rect, { ...this.#strips(), winGravity: GRAVITY.northWest });
  }

  #repaint(window: XWindowId, values: WindowValues): void {
    this.#x.X.ChangeWindowAttributes(window, values);
    this.#x.X.ClearArea(window, 0, 0, 0, 0, 0);
  }

  #pixmaps(): FramePixmaps {
    const x = this.#x;
    const look = frameLook(this.#label, this.border);
    const gc = x.allocId();
    x.X.CreateGC(gc, x.root, { graphicsExposures: 0 });
    const sides = {
      top: this.#pixmap(look.sides.top, gc),
      bottom: this.#pixmap(look.sides.bottom, gc),
      left: this.#pixmap(look.sides.left, gc),
      right: this.#pixmap(look.sides.right, gc),
    };
    const corners = {
      northWest: this.#pixmap(look.corners.northWest, gc),
      northEast: this.#pixmap(look.corners.northEast, gc),
      southWest: this.#pixmap(look.corners.southWest, gc),
      southEast: this.#pixmap(look.corners.southEast, gc),
    };
    x.X.FreeGC(gc);
    x.freeId(gc);
    return { sides, corners };
  }

  /** A frame around `content` (root coordinates), not mapped. */
  make(content: Rect, overrideRedirect: boolean, named: boolean): FrameWindows {
    const border = this.border;
    const insets = this.insets(named);
    const outer = frameAround(content, insets);
    const frame = this.#window(this.#x.root, outer, {
      backgroundPixel: this.#label.color,
      overrideRedirect: overrideRedirect ? 1 : 0,
      eventMask: FRAME_EVENTS,
    });
    const inset = { x: border, y: insets.top };
    const well = this.#window(
      frame,
      { ...inset, width: SIDE_LENGTH, height: SIDE_LENGTH },
      { backgroundPixel: this.#fill },
    );
    const inner = this.#window(
      frame,
      { ...inset, width: content.width, height: content.height },
      {
        backgroundPixel: this.#fill,
        bitGravity: GRAVITY.northWest,
        eventMask: CONTENT_EVENTS,
      },
    );
    // Later windows lie above earlier ones.
    const name = this.#strip === 0 ? undefined : this.#nameWindow(frame);
    const side = (side: Side): XWindowId =>
      this.#window(frame, sideRect(side, outer, border), {
        backgroundPixmap: this.#look.sides[side],
        winGravity: SIDE_GRAVITY[side],
      });
    const sides = {
      top: side('top'),
      bottom: side('bottom'),
      left: side('left'),
      right: side('right'),
    };
    const corner = (corner: Corner): XWindowId =>
      this.#window(frame, cornerRect(corner, outer, border), {
        backgroundPixmap: this.#look.corners[corner],
        winGravity: GRAVITY[corner],
      });
    const corners = {
      northWest: corner('northWest'),
      northEast: corner('northEast'),
      southWest: corner('southWest'),
      southEast: corner('southEast'),
    };
    this.#x.X.MapSubwindows(frame);
    if (name !== undefined && !named) this.#x.X.UnmapWindow(name);
    const edges = [...Object.values(sides), ...Object.values(corners)];
    if (name !== undefined) edges.unshift(name);
    const all = [frame, well, inner, ...edges];
    return { frame, well, content: inner, name, sides, corners, all };
  }

  #window(parent: XWindowId, rect: Rect, values: WindowValues): XWindowId {
    const id = this.#x.allocWindowId();
    this.#x.X.CreateWindow(
      id,
      parent,
      rect.x,
      rect.y,
      rect.width,
      rect.height,
      0,
      COPY_FROM_PARENT,
      INPUT_OUTPUT,
      COPY_FROM_PARENT,
      values,
    );
    return id;
  }

  #pixmap(tile: Tile, gc: number): number {
    const id = this.#x.allocId();
    const { root, screen, X } = this.#x;
    X.CreatePixmap(id, root, screen.depth, tile.width, tile.height);
    X.PutImage(2, id, gc, tile.width, tile.height, 0, 0, 0, screen.depth, tile.pixels);
    return id;
  }
}

function sideRect(side: Side, outer: Size, border: number): Rect {
  switch (side) {
    case 'top':
      return { x: 0, y: 0, width: SIDE_LENGTH, height: border };
    case 'bottom':
      return { x: 0, y: outer.height - border, width: SIDE_LENGTH, height: border };
    case 'left':
      return { x: 0, y: 0, width: border, height: SIDE_LENGTH };
    case 'right':
      return { x: outer.width - border, y: 0, width: border, height: SIDE_LENGTH };
    default:
      return side satisfies never;
  }
}

function cornerRect(corner: Corner, outer: Size, border: number): Rect {
  const west = corner === 'northWest' || corner === 'southWest';
  const north = corner === 'northWest' || corner === 'northEast';
  return {
    x: west ? 0 : outer.width - border,
    y: north ? 0 : outer.height - border,
    width: border,
    height: border,
  };
}
