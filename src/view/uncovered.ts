/**
 * Which windows nothing lies over, as dom0's X server stacks them. Only those
 * are pictured from the screen: what else would be seen there is another's.
 */
import { intersect, type Rect } from '../base/geometry.ts';
import type { XConnection } from '../x11/connection.ts';
import type { Geometry, WindowAttributes } from '../x11/package-records.ts';

interface Tree {
  readonly parent: number;
  readonly children: readonly number[];
}

/** More windows in each other than any window manager makes. */
const MAX_DEPTH = 16;
const VIEWABLE = 2;
const INPUT_OUTPUT = 1;

export interface Placed {
  readonly window: number;
  readonly frame: Rect;
}

/** Those of `windows` that can be seen whole, as far as other top-level windows go. */
export async function uncovered(
  x: XConnection,
  windows: readonly Placed[],
): Promise<ReadonlySet<number>> {
  const { children } = await tree(x, x.root);
  const order = new Map(children.map((child, at) => [child, at]));
  const [tops, shown] = await Promise.all([
    Promise.all(windows.map(({ window }) => topOf(x, window))),
    Promise.all(children.map((child) => shownRect(x, child))),
  ]);
  const free = windows.filter(({ frame }, at) => {
    const height = order.get(tops[at] ?? 0);
    if (height === undefined) return false;
    return !shown.slice(height + 1).some((rect) => rect && intersect(rect, frame));
  });
  return new Set(free.map(({ window }) => window));
}

/** The child of the root that holds `window`; undefined when it went meanwhile. */
async function topOf(x: XConnection, window: number): Promise<number | undefined> {
  let at = window;
  try {
    for (let depth = 0; depth < MAX_DEPTH; depth++) {
      const { parent } = await tree(x, at);
      if (parent === x.root) return at;
      at = parent;
    }
  } catch {
    // It is gone.
  }
  return undefined;
}

/** Where a top-level window hides what is below it; undefined where it does not. */
async function shownRect(x: XConnection, window: number): Promise<Rect | undefined> {
  try {
    const [{ klass, mapState }, geometry] = await Promise.all([
      x.request<WindowAttributes>((done) => x.X.GetWindowAttributes(window, done)),
      x.request<Geometry>((done) => x.X.GetGeometry(window, done)),
    ]);
    if (klass !== INPUT_OUTPUT || mapState !== VIEWABLE) return undefined;
    const { xPos, yPos, width, height, borderWidth } = geometry;
    const around = 2 * borderWidth;
    return { x: xPos, y: yPos, width: width + around, height: height + around };
  } catch {
    return undefined;
  }
}

function tree(x: XConnection, window: number): Promise<Tree> {
  return x.request<Tree>((done) => x.X.QueryTree(window, done));
}
