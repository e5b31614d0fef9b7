/**
 * Where the demo's windows go so that each is wholly visible and none overlaps
 * another: shelves, filled from the tallest window on. Pure.
 */
import type { Point, Rect, Size } from '../../base/geometry.ts';

/** Free pixels around every window. */
const GAP = 10;

/** A place for each size, in their order; undefined when they do not all fit. */
export function shelfLayout(sizes: readonly Size[], screen: Rect): Point[] | undefined {
  const places: Point[] = sizes.map(() => ({ x: 0, y: 0 }));
  const order = sizes
    .map((_, i) => i)
    .sort((a, b) => (sizes[b] as Size).height - (sizes[a] as Size).height);
  const shelves: { y: number; height: number; used: number }[] = [];
  const right = screen.x + screen.width;
  let bottom = screen.y;
  for (const i of order) {
    const { width, height } = sizes[i] as Size;
    let shelf = shelves.find(({ used }) => used + GAP + width + GAP <= right);
    if (!shelf) {
      shelf = { y: bottom + GAP, height, used: screen.x };
      bottom = shelf.y + height;
      if (screen.x + GAP + width + GAP > right) return undefined;
      if (bottom + GAP > screen.y + screen.height) return undefined;
      shelves.push(shelf);
    }
    places[i] = { x: shelf.used + GAP, y: shelf.y };
    shelf.used += GAP + width;
  }
  return places;
}
