/**
 * A picture of dom0's screen, or of windows on it, by a connection of our own:
 * no qube is asked, and none can tell. A picture of windows has nothing in it
 * that is not theirs: what lies over them, and what is not on the screen, is
 * transparent.
 */
import { intersect, type Rect } from '../../base/geometry.ts';
import type { XWindowId } from '../../base/ids.ts';
import type { XConnection } from '../../x11/connection.ts';
import type { Geometry, ImageReply, WindowAttributes } from '../../x11/package-records.ts';
import { areaOf, around, type Stacked, visibleParts } from './visible.ts';

const Z_PIXMAP = 2;
const ALL_PLANES = 0xffffff;
const INPUT_OUTPUT = 1;
const VIEWABLE = 2;

export interface Shot {
  readonly width: number;
  readonly height: number;
  /** RGBA, rows from the top. */
  readonly rgba: Uint8Array;
  /** Pixels of the windows that are covered or not on the screen; 0 for the screen itself. */
  readonly hidden: number;
  /** Pixels of the windows. */
  readonly total: number;
}

interface Tree {
  readonly parent: number;
  readonly children: readonly number[];
}

/** All of it. */
export async function screenShot(x: XConnection): Promise<Shot> {
  const { width, height } = x.screen;
  const area = { x: 0, y: 0, width, height };
  const bgrx = await pixels(x, area);
  const rgba = new Uint8Array(width * height * 4);
  copy(bgrx, area, rgba, area, area);
  return { width, height, rgba, hidden: 0, total: width * height };
}

/**
 * What is to be seen of these windows with their frames; undefined when none of
 * them is on the screen. No other program is served meanwhile, so that the order
 * of the windows and the pixels belong together.
 */
export async function windowShot(
  x: XConnection,
  windows: readonly XWindowId[],
): Promise<Shot | undefined> {
  const screen = { x: 0, y: 0, width: x.screen.width, height: x.screen.height };
  x.X.GrabServer();
  let box: Rect | undefined;
  let bgrx: Uint8Array = new Uint8Array(0);
  let found: { stack: Stacked[]; targets: Stacked[] };
  try {
    found = await look(x, windows);
    box = around(found.targets.flatMap(({ rect }) => intersect(rect, screen) ?? []));
    if (box) bgrx = await pixels(x, box);
  } finally {
    x.X.UngrabServer();
    x.flush();
  }
  if (!box) return undefined;
  const { stack, targets } = found;
  const rgba = new Uint8Array(box.width * box.height * 4);
  let shown = 0;
  for (const target of targets) {
    for (const part of visibleParts(target, stack, screen)) {
      copy(bgrx, box, rgba, box, part);
      shown += areaOf(part);
    }
  }
  const total = targets.reduce((sum, { rect }) => sum + areaOf(rect), 0);
  return { width: box.width, height: box.height, rgba, hidden: total - shown, total };
}

/** Everything that can cover, and the windows that are wanted, as far as they are to be seen. */
async function look(
  x: XConnection,
  windows: readonly XWindowId[],
): Promise<{ stack: Stacked[]; targets: Stacked[] }> {
  const { children } = await tree(x, x.root);
  const stack: Stacked[] = [];
  const described = await Promise.all(children.map((id) => describe(x, id)));
  described.forEach((rect, place) => {
    // The server's own windows are no windows of the desktop: a compositor draws into one.
    const ofServer = (children[place] as number) <= x.resourceMask;
    if (rect && !ofServer) stack.push({ rect, place });
  });
  const targets: Stacked[] = [];
  for (const id of windows) {
    const rect = await describe(x, id);
    const place = rect ? children.indexOf(await topLevel(x, id)) : -1;
    if (rect && place >= 0) targets.push({ rect, place });
  }
  return { stack, targets };
}

/** Its place on the screen with its border; undefined when it is gone or not shown. */
async function describe(x: XConnection, id: number): Promise<Rect | undefined> {
  try {
    const [attributes, geometry, origin] = await Promise.all([
      x.request<WindowAttributes>((done) => x.X.GetWindowAttributes(id, done)),
      x.request<Geometry>((done) => x.X.GetGeometry(id, done)),
      x.request<{ destX: number; destY: number }>((done) =>
        x.X.TranslateCoordinates(id, x.root, 0, 0, done),
      ),
    ]);
    if (attributes.mapState !== VIEWABLE || attributes.klass !== INPUT_OUTPUT) return undefined;
    const { width, height, borderWidth: border } = geometry;
    return {
      x: origin.destX - border,
      y: origin.destY - border,
      width: width + 2 * border,
      height: height + 2 * border,
    };
  } catch {
    return undefined;
  }
}

async function topLevel(x: XConnection, window: number): Promise<number> {
  let id = window;
  for (;;) {
    const { parent } = await tree(x, id);
    if (parent === x.root || parent === 0) return id;
    id = parent;
  }
}

function tree(x: XConnection, id: number): Promise<Tree> {
  return x.request<Tree>((done) => x.X.QueryTree(id, done));
}

async function pixels(x: XConnection, { x: left, y: top, width, height }: Rect): Promise<Buffer> {
  const reply = await x.request<ImageReply>((done) =>
    x.X.GetImage(Z_PIXMAP, x.root, left, top, width, height, ALL_PLANES, done),
  );
  return Buffer.from(reply.data);
}

/** `part` from BGRX of `from` to opaque RGBA of `to`; all in root coordinates. */
function copy(bgrx: Uint8Array, from: Rect, rgba: Uint8Array, to: Rect, part: Rect): void {
  for (let y = part.y; y < part.y + part.height; y++) {
    let source = ((y - from.y) * from.width + part.x - from.x) * 4;
    let target = ((y - to.y) * to.width + part.x - to.x) * 4;
    for (let column = 0; column < part.width; column++, source += 4, target += 4) {
      rgba[target] = bgrx[source + 2] as number;
      rgba[target + 1] = bgrx[source + 1] as number;
      rgba[target + 2] = bgrx[source] as number;
      rgba[target + 3] = 0xff;
    }
  }
}
