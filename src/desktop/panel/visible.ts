/**
 * What of a window is not covered, and where on that its owner's name fits.
 * Pure. A region is a list of rectangles that may overlap, none inside another:
 * all the largest ones there are, so that a name finds the room it has.
 */
import { intersect, type Point, type Rect, type Size } from '../../base/geometry.ts';

/** Beyond, the smallest ones are forgotten: a name needs room, and the screen is not a puzzle. */
const MAX_RECTS = 64;

/** The region without `cut`. */
function without(region: readonly Rect[], cut: Rect): Rect[] {
  const parts = region.flatMap((rect) => split(rect, cut));
  const whole = parts.filter(
    (one, at) => !parts.some((other, there) => there !== at && covers(other, one, there < at)),
  );
  if (whole.length <= MAX_RECTS) return whole;
  return whole.toSorted((a, b) => areaOf(b) - areaOf(a)).slice(0, MAX_RECTS);
}

/** `window` without what lies above it. */
export function visibleRegion(window: Rect, above: readonly Rect[]): Rect[] {
  let region: Rect[] = [window];
  for (const cut of above) region = without(region, cut);
  return region;
}

/** Upper left corner of something of this size in the middle of the roomiest place; undefined = none fits. */
export function placeIn(region: readonly Rect[], { width, height }: Size): Point | undefined {
  let best: Rect | undefined;
  for (const rect of region) {
    if (rect.width < width || rect.height < height) continue;
    if (!best || areaOf(rect) > areaOf(best)) best = rect;
  }
  if (!best) return undefined;
  return {
    x: best.x + Math.floor((best.width - width) / 2),
    y: best.y + Math.floor((best.height - height) / 2),
  };
}

/** The largest rectangles of `rect` outside of `cut`. */
function split(rect: Rect, cut: Rect): Rect[] {
  const common = intersect(rect, cut);
  if (!common) return [rect];
  const right = rect.x + rect.width;
  const bottom = rect.y + rect.height;
  const commonRight = common.x + common.width;
  const commonBottom = common.y + common.height;
  return [
    { ...rect, height: common.y - rect.y },
    { ...rect, y: commonBottom, height: bottom - commonBottom },
    { ...rect, width: common.x - rect.x },
    { ...rect, x: commonRight, width: right - commonRight },
  ].filter(({ width, height }) => width > 0 && height > 0);
}

/** Of two that are the same, one stays. */
function covers(outer: Rect, inner: Rect, whenSame: boolean): boolean {
  const common = intersect(outer, inner);
  if (!common || areaOf(common) !== areaOf(inner)) return false;
  return areaOf(outer) > areaOf(inner) || whenSame;
}

function areaOf({ width, height }: Rect): number {
  return width * height;
}
