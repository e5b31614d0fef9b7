/**
 * The atoms that frames and window managers talk in; the same numbers on every
 * connection to one server, so they are made once.
 */
import type { XConnection } from '../x11/connection.ts';
import { NET_STATES } from './window-flags.ts';

const NAMES = [
  'MANAGER',
  'UTF8_STRING',
  'WM_CHANGE_STATE',
  'WM_DELETE_WINDOW',
  'WM_PROTOCOLS',
  'WM_STATE',
  '_NET_FRAME_EXTENTS',
  '_NET_SUPPORTING_WM_CHECK',
  '_NET_SYSTEM_TRAY_OPCODE',
  '_NET_SYSTEM_TRAY_S0',
  '_NET_WM_ICON',
  '_NET_WM_ICON_NAME',
  '_NET_WM_NAME',
  '_NET_WM_PID',
  '_NET_WM_PING',
  '_NET_WM_STATE',
  ...NET_STATES,
  '_NET_WM_USER_TIME',
  '_NET_WM_WINDOW_TYPE',
  '_NET_WM_WINDOW_TYPE_DIALOG',
  '_NET_WM_WINDOW_TYPE_NORMAL',
  '_QUBES_LABEL',
  '_QUBES_LABEL_COLOR',
  '_QUBES_VMNAME',
  '_QUBES_VMWINDOWID',
  '_XEMBED_INFO',
] as const;

export type Atoms = Readonly<Record<(typeof NAMES)[number], number>>;

export function internAtoms(x: XConnection): Promise<Atoms> {
  return x.intern(NAMES);
}
