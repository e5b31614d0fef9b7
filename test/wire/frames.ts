/**
 * What the daemon has put on its X server, found as any client of that server
 * would: frames by their properties, contents by their place in the frame.
 */
import type { Rect } from '../../src/base/geometry.ts';
import type { XConnection } from '../../src/x11/connection.ts';
import type { Geometry, WindowAttributes } from '../../src/x11/package-records.ts';
import { ATOM, getCardinals, getProperty } from '../../src/x11/properties.ts';

export interface Frame {
  readonly window: number;
  /** The window that holds the qube's pixels. */
  readonly content: number;
  /** The content in root coordinates. */
  readonly rect: Rect;
  readonly mapped: boolean;
  readonly overrideRedirect: boolean;
}

/**
 * The frames of `qube` by the qube's own window numbers; with no or any window manager.
 * @param maxDepth windows in each other that are looked into
 */
export async function framesOf(
  x: XConnection,
  qube: string,
  maxDepth = 2,
): Promise<Map<number, Frame>> {
  const atoms = await x.intern(['_QUBES_VMNAME', '_QUBES_VMWINDOWID']);
  const found = new Map<number, Frame>();
  const visit = async (window: number, depth: number): Promise<void> => {
    for (const child of await childrenOf(x, window)) {
      const name = await getProperty(x, child, atoms._QUBES_VMNAME);
      if (name?.data.toString('latin1') === qube) {
        const [id] = await getCardinals(x, child, atoms._QUBES_VMWINDOWID);
        const frame = await frameAt(x, child);
        if (id !== undefined && frame) found.set(id, frame);
      } else if (depth < maxDepth && !name) await visit(child, depth + 1);
    }
  };
  await visit(x.root, 0);
  return found;
}

/** Undefined when the window went meanwhile. */
async function frameAt(x: XConnection, window: number): Promise<Frame | undefined> {
  const [, content] = await childrenOf(x, window);
  if (content === undefined) return undefined;
  try {
    const [attributes, size, place] = await Promise.all([
      x.request<WindowAttributes>((done) => x.X.GetWindowAttributes(window, done)),
      x.request<Geometry>((done) => x.X.GetGeometry(content, done)),
      x.request<{ destX: number; destY: number }>((done) =>
        x.X.TranslateCoordinates(content, x.root, 0, 0, done),
      ),
    ]);
    return {
      ...{ window, content },
      rect: { x: place.destX, y: place.destY, width: size.width, height: size.height },
      mapped: attributes.mapState !== 0,
      overrideRedirect: attributes.overrideRedirect !== 0,
    };
  } catch {
    return undefined;
  }
}

async function childrenOf(x: XConnection, window: number): Promise<readonly number[]> {
  try {
    const tree = await x.request<{ children: readonly number[] }>((done) =>
      x.X.QueryTree(window, done),
    );
    return tree.children;
  } catch {
    return [];
  }
}

/** A text property; undefined when it is not there. */
export async function textOf(
  x: XConnection,
  window: number,
  name: string,
): Promise<string | undefined> {
  const atoms = await x.intern([name]);
  return (await getProperty(x, window, atoms[name] as number))?.data.toString('utf8');
}

/** The frame's WM_NORMAL_HINTS. */
export async function sizeHints(x: XConnection, window: number) {
  const words = await getCardinals(x, window, ATOM.WM_NORMAL_HINTS);
  const [flags = 0, , , , , ...rest] = words;
  const pair = (at: number) => [rest[at], rest[at + 1]];
  return { flags, min: pair(0), max: pair(2), increment: pair(4), base: pair(10) };
}

/** The names of the atoms in _NET_WM_STATE. */
export async function statesOf(x: XConnection, window: number): Promise<string[]> {
  const atoms = await x.intern(['_NET_WM_STATE']);
  const list = await getCardinals(x, window, atoms._NET_WM_STATE, ATOM.ATOM);
  return Promise.all(list.map((atom) => x.atomName(atom)));
}
