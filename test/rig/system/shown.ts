/**
 * The windows that an X screen shows, as any client of it can find out: each
 * program's window below whatever a window manager put around it.
 */
import type { Rect } from '../../../src/base/geometry.ts';
import type { XConnection } from '../../../src/x11/connection.ts';
import type { Geometry, WindowAttributes } from '../../../src/x11/package-records.ts';
import { ATOM, getProperty } from '../../../src/x11/properties.ts';

export interface ShownWindow {
  readonly window: number;
  readonly title: string;
  /** In root coordinates. */
  readonly rect: Rect;
  readonly overrideRedirect: boolean;
}

/** Viewable windows with a size, top-level ones and the ones that are titled, bottom first. */
export async function shownWindows(x: XConnection): Promise<ShownWindow[]> {
  const found: ShownWindow[] = [];
  const visit = async (window: number, depth: number): Promise<void> => {
    const { children } = await x.request<{ children: readonly number[] }>((done) =>
      x.X.QueryTree(window, done),
    );
    for (const child of children) {
      const one = await look(x, child).catch(() => undefined);
      if (!one) continue;
      if (depth === 0 || one.title !== '') found.push(one);
      if (depth < 2) await visit(child, depth + 1).catch(() => {});
    }
  };
  await visit(x.root, 0);
  return found;
}

async function look(x: XConnection, window: number): Promise<ShownWindow | undefined> {
  const [attributes, size, place, name] = await Promise.all([
    x.request<WindowAttributes>((done) => x.X.GetWindowAttributes(window, done)),
    x.request<Geometry>((done) => x.X.GetGeometry(window, done)),
    x.request<{ destX: number; destY: number }>((done) =>
      x.X.TranslateCoordinates(window, x.root, 0, 0, done),
    ),
    getProperty(x, window, ATOM.WM_NAME),
  ]);
  if (attributes.mapState !== 2 || attributes.klass !== 1) return undefined;
  return {
    window,
    title: name?.data.toString('utf8') ?? '',
    rect: { x: place.destX, y: place.destY, width: size.width, height: size.height },
    overrideRedirect: attributes.overrideRedirect !== 0,
  };
}
