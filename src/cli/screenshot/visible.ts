/**
 * Which parts of some windows are to be seen on the screen. Pure.
 */
import { contains, intersect, type Rect } from '../../base/geometry.ts';

/** A window of the screen and where it is in the order of the stack. */
export interface Stacked {
  readonly rect: Rect;
  /** Place of its top-level window in the stack, from the bottom. */
  readonly place: number;
}

/** What is left of `rect` where `cover` is not, as rectangles that do not overlap. */
function without(rect: Rect, cover: Rect): Rect[] {
  const common = intersect(rect, cover);
  if (!common) return [rect];
  const right = rect.x + rect.width;
  const bottom = rect.y + rect.height;
  const below = common.y + common.height;
  const beside = common.x + common.width;
  const { y, height } = common;
  return [
    { x: rect.x, y: rect.y, width: rect.width, height: common.y - rect.y },
    { x: rect.x, y, width: common.x - rect.x, height },
    { x: beside, y, width: right - beside, height },
    { x: rect.x, y: below, width: rect.width, height: bottom - below },
  ].filter(({ width: w, height: h }) => w > 0 && h > 0);
}

/** The parts of `window` on `screen` over which none of `all` above it lies. */
export function visibleParts(window: Stacked, all: readonly Stacked[], screen: Rect): Rect[] {
  const onScreen = intersect(window.rect, screen);
  if (!onScreen) return [];
  const above = all.filter(({ place }) => place > window.place);
  return above.reduce<Rect[]>(
    (parts, { rect }) => parts.flatMap((part) => without(part, rect)),
    [onScreen],
  );
}

/** The smallest rectangle that holds all of them, or undefined when there are none. */
export function around(rects: readonly Rect[]): Rect | undefined {
  return rects.reduce<Rect | undefined>((box, rect) => {
    if (!box) return rect;
    if (contains(box, rect)) return box;
    const x = Math.min(box.x, rect.x);
    const y = Math.min(box.y, rect.y);
    const right = Math.max(box.x + box.width, rect.x + rect.width);
    const bottom = Math.max(box.y + box.height, rect.y + rect.height);
    return { x, y, width: right - x, height: bottom - y };
  }, undefined);
}

export const areaOf = ({ width, height }: Rect): number => width * height;
