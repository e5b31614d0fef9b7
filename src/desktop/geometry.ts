/**
 * Where a frame is when its content is somewhere, and the size hints that a
 * window manager is given for it. On the wire a rectangle is always the
 * content in root coordinates; the frame is larger by the border on each side
 * (DESIGN 5). Pure; the numbers were clamped to the protocol's limits before.
 */
import { intersect, type Rect, type Size } from '../base/geometry.ts';
import type { SizeHints } from '../session/port.ts';
import { keptOnMonitor } from '../trust/override-redirect.ts';

/** At least one; from x11/randr.ts. */
export type Monitors = readonly [Rect, ...Rect[]];

/** What a frame has around its content, in pixels. */
export interface Insets {
  /** Left, right and below. */
  readonly side: number;
  /** Above: more than at the sides where the frame says the qube's name. */
  readonly top: number;
}

/** A frame that is as thick on all sides, or what it has around its content. */
export type Border = number | Insets;

export function insetsOf(border: Border): Insets {
  return typeof border === 'number' ? { side: border, top: border } : border;
}

export function frameAround({ x, y, width, height }: Rect, border: Border): Rect {
  const { side, top } = insetsOf(border);
  return {
    x: x - side,
    y: y - top,
    width: Math.max(0, width + 2 * side),
    height: Math.max(0, height + side + top),
  };
}

/** The content of a frame; never below 1x1, whatever a window manager did to the frame. */
export function contentOf(frame: Rect, border: Border): Rect {
  const { side, top } = insetsOf(border);
  return {
    x: frame.x + side,
    y: frame.y + top,
    width: Math.max(1, frame.width - 2 * side),
    height: Math.max(1, frame.height - side - top),
  };
}

/** `content` moved, and shrunk only when larger, so that all four sides of its frame are on one monitor. */
export function contentOnMonitor(content: Rect, monitors: Monitors, border: Border): Rect {
  return contentOf(keptOnMonitor(frameAround(content, border), monitors), border);
}

/** The monitors without a strip along the upper or lower edge of one of them. */
export function monitorsWithout(monitors: Monitors, strip: Rect | undefined): Monitors {
  if (!strip) return monitors;
  const [first, ...rest] = monitors.map((monitor) => areaWithout(monitor, strip));
  return [first as Rect, ...rest];
}

function areaWithout(monitor: Rect, strip: Rect): Rect {
  const common = intersect(monitor, strip);
  if (!common || common.height >= monitor.height) return monitor;
  const above = common.y - monitor.y;
  const below = monitor.y + monitor.height - (common.y + common.height);
  if (above > below) return { ...monitor, height: above };
  return { ...monitor, y: common.y + common.height, height: below };
}

const FLAG = {
  userPosition: 1,
  programPosition: 4,
  programSize: 8,
  min: 16,
  max: 32,
  increment: 64,
  base: 256,
  gravity: 512,
} as const;
const STATIC_GRAVITY = 10;
const NO_HINTS: SizeHints = {
  userPosition: false,
  programPosition: false,
  min: undefined,
  max: undefined,
  increment: undefined,
  base: undefined,
};

/**
 * WM_NORMAL_HINTS of a frame as its 18 words (ICCCM 4.1.2.3): the qube's sizes
 * plus the border, StaticGravity, so that a position means where the content
 * is, and the position flags as the qube set them. A maximum below the minimum
 * is dropped. The base is always set: without it a window manager would count
 * increments from the minimum or from zero and the border would shift them.
 * Minimum and base are at most three quarters of the smallest monitor: a window
 * manager obeys them even where a side of the frame, or its title bar, is then
 * off the screen (openbox), and no program needs to fill a screen.
 * @param keepsPlace the window stood there before: no window manager places it anew
 */
export function normalHints(
  hints: SizeHints | undefined,
  border: Border,
  monitors: Monitors,
  keepsPlace = false,
): number[] {
  const { programPosition, max, increment } = hints ?? NO_HINTS;
  const room = roomFor(monitors, border);
  const min = within(hints?.min, room);
  const base = within(hints?.base, room);
  const userPosition = keepsPlace || hints?.userPosition === true;
  const { side, top } = insetsOf(border);
  const [across, down] = [2 * side, side + top];
  const least: Size = min ?? base ?? { width: 1, height: 1 };
  const from: Size = base ?? min ?? { width: 0, height: 0 };
  const width = Math.max(1, least.width);
  const height = Math.max(1, least.height);
  const most = max && max.width >= width && max.height >= height ? max : undefined;
  const step = increment && increment.width > 0 && increment.height > 0 ? increment : undefined;
  const flags =
    (userPosition ? FLAG.userPosition : 0) |
    (programPosition ? FLAG.programPosition : 0) |
    FLAG.programSize |
    FLAG.min |
    (most ? FLAG.max : 0) |
    (step ? FLAG.increment : 0) |
    FLAG.base |
    FLAG.gravity;
  return [
    flags,
    0,
    0,
    0,
    0,
    width + across,
    height + down,
    most ? most.width + across : 0,
    most ? most.height + down : 0,
    step?.width ?? 0,
    step?.height ?? 0,
    0,
    0,
    0,
    0,
    from.width + across,
    from.height + down,
    STATIC_GRAVITY,
  ];
}

/** The largest content that every monitor shows with all that may be around it. */
function roomFor(monitors: Monitors, border: Border): Size {
  const { side, top } = insetsOf(border);
  const least = (lengths: readonly number[], around: number): number =>
    Math.max(1, Math.floor((Math.min(...lengths) * 3) / 4) - around);
  return {
    width: least(
      monitors.map(({ width }) => width),
      2 * side,
    ),
    height: least(
      monitors.map(({ height }) => height),
      side + top,
    ),
  };
}

function within(size: Size | undefined, room: Size): Size | undefined {
  if (size === undefined) return undefined;
  return { width: Math.min(size.width, room.width), height: Math.min(size.height, room.height) };
}
