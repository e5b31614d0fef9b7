/**
 * Takes a top-level window off the screen (ICCCM 4.1.4): a managed one that is
 * iconified is unmapped already, so the window manager is told by an event of
 * our own that it is withdrawn.
 */
import type { XWindowId } from '../base/ids.ts';
import type { XConnection } from '../x11/connection.ts';
import { EVENT_MASK } from '../x11/package-records.ts';

export function withdraw(x: XConnection, frame: XWindowId, managed: boolean): void {
  x.X.UnmapWindow(frame);
  if (!managed) return;
  x.X.SendEvent(x.root, 0, EVENT_MASK.substructureNotify | EVENT_MASK.substructureRedirect, {
    name: 'UnmapNotify',
    event: x.root,
    wid: frame,
    fromConfigure: false,
  });
}
