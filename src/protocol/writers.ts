/**
 * The messages of the hot paths, written into a buffer of the caller's without
 * making an object. Each needs `WRITER_BYTES` of room at `at` and returns the
 * offset after what it wrote. Versions are the caller's business: SHMIMAGE,
 * MOTION, KEYPRESS and CONFIGURE exist in all, WINDOW_DUMP_ACK from 1.7 on.
 */
import { GUI_HEADER } from './bodies.ts';
import { writeU32 } from './bytes.ts';
import { writeHeader } from './encode.ts';
import { fromVm } from './from-vm.ts';
import { EVENT, toVm } from './to-vm.ts';

/** Room that every writer here is content with. */
export const WRITER_BYTES = 32;

const BODY = GUI_HEADER.bytes;

/** MOTION: `x`, `y` relative to the content of `window`. */
export function writeMotion(
  to: Uint8Array,
  at: number,
  window: number,
  x: number,
  y: number,
  state: number,
): number {
  writeHeader(to, at, toVm.type.motion, window, 16);
  writeU32(to, at + BODY, x);
  writeU32(to, at + BODY + 4, y);
  writeU32(to, at + BODY + 8, state);
  writeU32(to, at + BODY + 12, 0);
  return at + BODY + 16;
}

/** KEYPRESS: a press or a release of the X keycode `keycode`. */
export function writeKey(
  to: Uint8Array,
  at: number,
  window: number,
  pressed: boolean,
  x: number,
  y: number,
  state: number,
  keycode: number,
): number {
  writeHeader(to, at, toVm.type.key, window, 20);
  writeU32(to, at + BODY, pressed ? EVENT.keyPress : EVENT.keyRelease);
  writeU32(to, at + BODY + 4, x);
  writeU32(to, at + BODY + 8, y);
  writeU32(to, at + BODY + 12, state);
  writeU32(to, at + BODY + 16, keycode);
  return at + BODY + 20;
}

/** CONFIGURE of the daemon: place and size of the content in dom0. */
export function writeConfigure(
  to: Uint8Array,
  at: number,
  window: number,
  x: number,
  y: number,
  width: number,
  height: number,
): number {
  writeHeader(to, at, toVm.type.configure, window, 20);
  writeRect(to, at + BODY, x, y, width, height);
  writeU32(to, at + BODY + 16, 0);
  return at + BODY + 20;
}

/** WINDOW_DUMP_ACK, 1.7 and newer. */
export function writeDumpAck(to: Uint8Array, at: number, window: number): number {
  writeHeader(to, at, toVm.type.dumpAck, window, 0);
  return at + BODY;
}

/** SHMIMAGE of the agent: this rectangle of `window` has new pixels. */
export function writeShmImage(
  to: Uint8Array,
  at: number,
  window: number,
  x: number,
  y: number,
  width: number,
  height: number,
): number {
  writeHeader(to, at, fromVm.type.shmImage, window, 16);
  writeRect(to, at + BODY, x, y, width, height);
  return at + BODY + 16;
}

function writeRect(
  to: Uint8Array,
  at: number,
  x: number,
  y: number,
  width: number,
  height: number,
): void {
  writeU32(to, at, x);
  writeU32(to, at + 4, y);
  writeU32(to, at + 8, width);
  writeU32(to, at + 12, height);
}
