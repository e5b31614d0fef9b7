/**
 * The bodies of the GUI protocol, both ways, field by field as they are on the
 * wire. Some are shared by a message of the agent and one of the daemon.
 */
import { LIMITS } from './limits.ts';
import { bytes, i32, rest, struct, u32 } from './struct.ts';
import type { Header } from './table.ts';

/** The header of the GUI protocol. */
export const GUI_HEADER: Header = { bytes: 12, windowAt: 4, lengthAt: 8 };

export const Nothing = struct({});
export const Raw = struct({ data: rest });
export const Create = struct({
  x: i32,
  y: i32,
  width: u32,
  height: u32,
  parent: u32,
  overrideRedirect: u32,
});
export const MapBody = struct({ transientFor: u32, overrideRedirect: u32 });
export const Configure = struct({ x: i32, y: i32, width: u32, height: u32, overrideRedirect: u32 });
export const MfnDump = struct({
  shmid: u32,
  width: u32,
  height: u32,
  bpp: u32,
  off: u32,
  count: u32,
  domid: u32,
  mfns: rest,
});
export const ShmImage = struct({ x: i32, y: i32, width: u32, height: u32 });
export const Title = struct({ text: bytes(LIMITS.titleBytes.value) });
export const WmClass = struct({
  resClass: bytes(LIMITS.classBytes.value),
  resName: bytes(LIMITS.classBytes.value),
});
export const Hints = struct({
  flags: u32,
  minWidth: u32,
  minHeight: u32,
  maxWidth: u32,
  maxHeight: u32,
  widthInc: u32,
  heightInc: u32,
  baseWidth: u32,
  baseHeight: u32,
});
export const Flags = struct({ set: u32, unset: u32 });
export const Dump = struct({ type: u32, width: u32, height: u32, bpp: u32, refs: rest });
export const Cursor = struct({ cursor: u32 });

export const Key = struct({ type: u32, x: i32, y: i32, state: u32, keycode: u32 });
export const Button = struct({ type: u32, x: i32, y: i32, state: u32, button: u32 });
export const Motion = struct({ x: i32, y: i32, state: u32, isHint: u32 });
export const Crossing = struct({
  type: u32,
  x: i32,
  y: i32,
  state: u32,
  mode: u32,
  detail: u32,
  focus: u32,
});
export const Focus = struct({ type: u32, mode: u32, detail: u32 });
export const Resize = struct({ width: u32, height: u32 });
export const Execute = struct({ command: bytes(LIMITS.executeBytes.value) });
export const Keymap = struct({ bitmap: bytes(LIMITS.keymapBytes.value) });
