/**
 * The dimmed screen of the attention overlay, put together in the X server: the
 * picture of the screen made dark, the frames of qubes as bright as they were
 * wherever they show, and on each window the name of its owner where there is
 * room that nothing covers.
 */
import { intersect, type Rect } from '../../base/geometry.ts';
import type { ShownPicture } from '../../surface/picture-store.ts';
import { INK } from '../../surface/style.ts';
import type { XConnection } from '../../x11/connection.ts';
import type { Darken } from '../../x11/render.ts';
import { type Border, insetsOf } from '../geometry.ts';
import type { Scene, SceneWindow } from './scene.ts';
import { placeIn, visibleRegion } from './visible.ts';

const DARKNESS = 0.62;

/** A name and where it stands. */
export interface PlacedChip {
  readonly picture: ShownPicture;
  readonly rect: Rect;
}

export interface BackdropParts {
  readonly x: XConnection;
  /** Undefined = the server cannot: all is dark then, and only frames and names show. */
  readonly darken: Darken | undefined;
  readonly scene: Scene;
  /** The pictures of the owner's name, the wider one first. */
  chipsOf(window: SceneWindow): readonly ShownPicture[];
  /** Covered by the list. */
  readonly list: Rect;
}

/** Where each window's name stands, lowest window first; a name that has no room is not there. */
function placeChips({ scene, chipsOf, list }: Omit<BackdropParts, 'x' | 'darken'>) {
  const placed: PlacedChip[] = [];
  for (const [at, window] of scene.windows.entries()) {
    const above = scene.windows.slice(at + 1).map(({ covers }) => covers);
    const region = visibleRegion(areaOf(window), above);
    const aside = visibleRegion(areaOf(window), [...above, list]);
    for (const picture of chipsOf(window)) {
      const point = placeIn(aside, picture) ?? placeIn(region, picture);
      if (!point) continue;
      const { width, height } = picture;
      placed.push({ picture, rect: { ...point, width, height } });
      break;
    }
  }
  return placed;
}

/** A new pixmap with all of it; the caller's. */
export function drawBackdrop(parts: BackdropParts): number {
  const { x, darken, scene } = parts;
  const { X, root, screen } = x;
  const { width, height } = scene;
  const pixmap = x.allocId();
  const gc = x.allocId();
  X.CreatePixmap(pixmap, root, screen.depth, width, height);
  X.CreateGC(gc, pixmap, { graphicsExposures: 0, foreground: INK.outline });
  if (darken) {
    X.CopyArea(scene.pixmap, pixmap, gc, 0, 0, 0, 0, width, height);
    darken(pixmap, scene, DARKNESS);
  } else {
    X.PolyFillRectangle(pixmap, gc, [0, 0, width, height]);
  }
  for (const { x: left, y: top, width: w, height: h } of brightParts(scene.windows)) {
    X.CopyArea(scene.pixmap, pixmap, gc, left, top, left, top, w, h);
  }
  for (const { picture, rect } of placeChips(parts)) {
    X.CopyArea(picture.pixmap, pixmap, gc, 0, 0, rect.x, rect.y, rect.width, rect.height);
  }
  X.FreeGC(gc);
  x.freeId(gc);
  return pixmap;
}

/** What shows of the frames' edges. */
function brightParts(windows: readonly SceneWindow[]): Rect[] {
  return windows.flatMap((window, at) => {
    const { owner } = window;
    if (owner.kind !== 'qube') return [];
    const above = windows.slice(at + 1).map(({ covers }) => covers);
    const region = visibleRegion(areaOf(window), above);
    return edgesOf(owner.frame, owner.border).flatMap((edge) =>
      region.flatMap((part) => intersect(part, edge) ?? []),
    );
  });
}

function edgesOf({ x, y, width, height }: Rect, border: Border): Rect[] {
  const { side, top } = insetsOf(border);
  return [
    { x, y, width, height: top },
    { x, y: y + height - side, width, height: side },
    { x, y, width: side, height },
    { x: x + width - side, y, width: side, height },
  ];
}

/** Of a qube's window its frame: what a window manager put around it is not the qube's. */
function areaOf({ covers, owner }: SceneWindow): Rect {
  if (owner.kind !== 'qube') return covers;
  return intersect(owner.frame, covers) ?? { ...covers, width: 0, height: 0 };
}
