/**
 * Does the window manager give a frame a title bar? Seen from where the frame
 * lies in the manager's own window: openbox, xfwm4, metacity and i3 put more
 * above it than below when there is one, and as much on all sides when there is
 * none. What the manager says of itself (_NET_FRAME_EXTENTS) is absent in i3 and
 * not the whole in others. Nothing of a qube takes part in it.
 */
import type { XConnection } from '../x11/connection.ts';
import type { Geometry } from '../x11/package-records.ts';

/** Pixels: below the height of any line of text, above what rounding and shadows make of equal sides. */
const LEAST_TITLE = 6;

/**
 * @param above pixels of the manager's window above the frame
 * @param below the same below it; negative where a shaded window shows less than it is
 */
export function isTitled(above: number, below: number): boolean {
  return above - below >= LEAST_TITLE;
}

/**
 * @param top the top-level window that holds the frame
 * @returns undefined = one of them went meanwhile
 */
export async function hasTitleBar(
  x: XConnection,
  frame: number,
  top: number,
): Promise<boolean | undefined> {
  try {
    const [outer, inner, place] = await Promise.all([
      x.request<Geometry>((done) => x.X.GetGeometry(top, done)),
      x.request<Geometry>((done) => x.X.GetGeometry(frame, done)),
      x.request<{ destY: number }>((done) => x.X.TranslateCoordinates(frame, top, 0, 0, done)),
    ]);
    return isTitled(place.destY, outer.height - place.destY - inner.height);
  } catch {
    return undefined;
  }
}
