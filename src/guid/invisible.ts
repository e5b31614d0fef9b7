/**
 * The desktop of a qube that is served and not shown (`-I`): its messages are
 * answered, nothing appears in dom0.
 */
import type { DesktopPort } from '../session/port.ts';

export const invisibleDesktop: DesktopPort = {
  sessionReady() {},
  windowCreated() {},
  windowDestroyed() {},
  windowMapped() {},
  windowUnmapped() {},
  windowConfigured() {},
  titleChanged() {},
  classChanged() {},
  hintsChanged() {},
  flagsRequested() {},
  cursorChanged() {},
  docked() {},
  surfaceChanged() {},
  placeOnScreen() {},
  damaged() {},
  clipboardData() {},
  sessionEnded() {},
};
