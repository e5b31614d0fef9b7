/**
 * What is on the screen in one moment: every window that shows, from the lowest
 * to the highest, whose it is, and a picture of the whole that stays in the X
 * server. All of it is asked while no other client is served, so that no window
 * moves between the look and the picture: a name would else stand on another's.
 */
import { intersect, type Rect, type Size } from '../../base/geometry.ts';
import type { XWindowId } from '../../base/ids.ts';
import type { NamedLabel } from '../../clipboard/notice.ts';
import type { XConnection } from '../../x11/connection.ts';
import type { Geometry, WindowAttributes } from '../../x11/package-records.ts';
import type { Border } from '../geometry.ts';

const VIEWABLE = 2;
const INPUT_OUTPUT = 1;
const INCLUDE_INFERIORS = 1;
/** More windows in each other than any window manager makes. */
const MAX_DEPTH = 16;

/** A frame of a qube. */
export interface OwnedFrame {
  readonly window: XWindowId;
  readonly border: Border;
  readonly owner: NamedLabel;
}

export interface SceneWindow {
  /** What it covers, in root coordinates. */
  readonly covers: Rect;
  readonly owner:
    | { readonly kind: 'dom0' }
    /** One of dom0's own surfaces. */
    | { readonly kind: 'surface' }
    | {
        readonly kind: 'qube';
        readonly named: NamedLabel;
        readonly frame: Rect;
        readonly border: Border;
      };
}

export interface Scene extends Size, Disposable {
  /** Lowest first. */
  readonly windows: readonly SceneWindow[];
  /** The screen as it was: a pixmap of its depth, gone when disposed of. */
  readonly pixmap: number;
}

/** @param size of the whole screen. Rejects when the connection is gone. */
export async function lookAtScreen(
  x: XConnection,
  frames: readonly OwnedFrame[],
  size: Size,
): Promise<Scene> {
  x.X.GrabServer();
  try {
    const [tree, placed] = await Promise.all([queryTree(x, x.root), placeFrames(x, frames)]);
    const seen = await Promise.all(tree.children.map((child) => lookAt(x, child)));
    const pixmap = takePicture(x, size);
    const windows = seen.flatMap((one) => (one ? toScene(one, placed, size, x) : []));
    return {
      ...size,
      windows,
      pixmap,
      [Symbol.dispose]: () => {
        if (x.closed) return;
        x.X.FreePixmap(pixmap);
        x.freeId(pixmap);
      },
    };
  } finally {
    x.X.UngrabServer();
    x.flush();
  }
}

interface Tree {
  readonly parent: number;
  readonly children: readonly number[];
}

interface Seen {
  readonly window: number;
  readonly rect: Rect;
}

interface Placed {
  readonly frame: OwnedFrame;
  readonly rect: Rect;
}

function queryTree(x: XConnection, window: number): Promise<Tree> {
  return x.request<Tree>((done) => x.X.QueryTree(window, done));
}

/** Undefined when it is not seen, or gone. */
async function lookAt(x: XConnection, window: number): Promise<Seen | undefined> {
  const [attributes, geometry] = await Promise.all([
    x.request<WindowAttributes>((done) => x.X.GetWindowAttributes(window, done)),
    x.request<Geometry>((done) => x.X.GetGeometry(window, done)),
  ]).catch(() => [undefined, undefined]);
  if (!attributes || !geometry) return undefined;
  if (attributes.mapState !== VIEWABLE || attributes.klass !== INPUT_OUTPUT) return undefined;
  const { xPos, yPos, width, height, borderWidth } = geometry;
  const both = 2 * borderWidth;
  return { window, rect: { x: xPos, y: yPos, width: width + both, height: height + both } };
}

/** Every frame that shows, with the child of the root that holds it, lowest frame of it first. */
async function placeFrames(
  x: XConnection,
  frames: readonly OwnedFrame[],
): Promise<Map<number, Placed[]>> {
  const found = new Map<number, Placed[]>();
  await Promise.all(
    frames.map(async (frame) => {
      const { window } = frame;
      try {
        const [seen, place, top] = await Promise.all([
          lookAt(x, window),
          x.request<{ destX: number; destY: number }>((done) =>
            x.X.TranslateCoordinates(window, x.root, 0, 0, done),
          ),
          topOf(x, window),
        ]);
        if (!seen) return;
        const rect = { ...seen.rect, x: place.destX, y: place.destY };
        found.set(top, [...(found.get(top) ?? []), { frame, rect }]);
      } catch {
        // It went meanwhile; what is not there shows nothing.
      }
    }),
  );
  return found;
}

async function topOf(x: XConnection, window: number): Promise<number> {
  let at = window;
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    const { parent } = await queryTree(x, at);
    if (parent === x.root) return at;
    at = parent;
  }
  throw new Error('the window lies too deep');
}

function takePicture(x: XConnection, { width, height }: Size): number {
  const pixmap = x.allocId();
  const gc = x.allocId();
  const { X, root, screen } = x;
  X.CreatePixmap(pixmap, root, screen.depth, width, height);
  X.CreateGC(gc, root, { subwindowMode: INCLUDE_INFERIORS, graphicsExposures: 0 });
  X.CopyArea(root, pixmap, gc, 0, 0, 0, 0, width, height);
  X.FreeGC(gc);
  x.freeId(gc);
  return pixmap;
}

function toScene(
  { window, rect }: Seen,
  placed: ReadonlyMap<number, readonly Placed[]>,
  size: Size,
  x: XConnection,
): SceneWindow[] {
  const covers = intersect(rect, { x: 0, y: 0, ...size });
  if (!covers) return [];
  const frames = placed.get(window);
  if (!frames) return [{ covers, owner: { kind: isOurs(x, window) ? 'surface' : 'dom0' } }];
  return frames.flatMap(({ frame: { owner, border }, rect: frame }): SceneWindow[] => {
    return [{ covers, owner: { kind: 'qube', named: owner, frame, border } }];
  });
}

/** Made by this connection. */
function isOurs({ resourceBase, resourceMask }: XConnection, window: number): boolean {
  return (window & ~resourceMask) >>> 0 === resourceBase >>> 0;
}
