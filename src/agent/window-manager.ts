/**
 * Standing as the qube's window manager: programs find one, ask it for states,
 * and are otherwise left alone. Windows stay children of the root and are drawn
 * into pixmaps of their own (manual redirection), never onto the qube's screen.
 */
import type { VmWindowId } from '../base/ids.ts';
import { EVENT_MASK } from '../x11/package-records.ts';
import { setAtoms, setText, setWindows } from '../x11/properties.ts';
import type { XScreen } from './x-screen.ts';

const INPUT_ONLY = 2;
const MANUAL = 1;

/**
 * Makes the stub (a 1x1 window of ours: the window manager's mark, and what the
 * pointer rests on when it has left all windows), selects events on the root,
 * redirects its children, turns key repeat off (dom0 repeats).
 */
export function standAsWindowManager(screen: XScreen): { stub: number } {
  const { x, atoms, composite, fixes } = screen;
  const stub = x.allocWindowId();
  x.X.CreateWindow(stub, x.root, -1, -1, 1, 1, 0, 0, INPUT_ONLY, 0, {
    overrideRedirect: 1,
    eventMask: EVENT_MASK.propertyChange,
  });
  setWindows(x, stub, atoms._NET_SUPPORTING_WM_CHECK, [stub]);
  setText(x, stub, atoms._NET_WM_NAME, 'Livery', atoms.UTF8_STRING);
  setAtoms(x, x.root, atoms._NET_SUPPORTED, [
    atoms._NET_SUPPORTED,
    atoms._NET_SUPPORTING_WM_CHECK,
    atoms._NET_ACTIVE_WINDOW,
    atoms._NET_WM_PING,
    atoms._NET_WM_STATE,
    atoms._NET_WM_STATE_FULLSCREEN,
    atoms._NET_WM_STATE_DEMANDS_ATTENTION,
    atoms._NET_WM_STATE_HIDDEN,
  ]);
  setWindows(x, x.root, atoms._NET_SUPPORTING_WM_CHECK, [stub]);
  x.X.ChangeWindowAttributes(x.root, {
    eventMask: EVENT_MASK.substructureNotify | EVENT_MASK.propertyChange,
  });
  composite.RedirectSubwindows(x.root, MANUAL);
  fixes.SelectCursorInput(x.root, 1);
  x.X.ChangeKeyboardControl({ autoRepeatMode: 0 });
  return { stub };
}

/** The root as the wire names it: every window's parent. */
export function rootId(screen: XScreen): VmWindowId {
  return screen.x.root as number as VmWindowId;
}
