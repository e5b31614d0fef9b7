/**
 * Every bound of the wire in one place, with its reason. A bound is a promise
 * to the rooms behind the decoder: no number that reaches them is larger.
 */
import { CLIPBOARD_NEW_MAX, CLIPBOARD_OLD_MAX } from './version.ts';

export interface Limit {
  readonly value: number;
  readonly unit: string;
  readonly reason: string;
}

/** Bounds of the GUI protocol. */
export const LIMITS = {
  headerBytes: { value: 12, unit: 'bytes', reason: 'type, window, length: three u32' },
  windowWidth: {
    value: 16_384,
    unit: 'pixels',
    reason:
      'width * height * 4 stays below 2^31 and X11 geometry below 2^15; CREATE and CONFIGURE are clamped, dumps refused',
  },
  windowHeight: {
    value: 6_144,
    unit: 'pixels',
    reason: 'as the width; the two together bound a buffer to 384 MiB',
  },
  positionX: {
    value: 16_384,
    unit: 'pixels either side of 0',
    reason: 'position + size fits in the 16 bits of an X11 coordinate after the frame is added',
  },
  positionY: {
    value: 6_144,
    unit: 'pixels either side of 0',
    reason: 'as the horizontal position',
  },
  pageBytes: {
    value: 4_096,
    unit: 'bytes',
    reason: 'what one grant reference or frame number names',
  },
  dumpRefs: {
    value: 98_304,
    unit: 'references',
    reason: 'the pages of the largest window: 16384 * 6144 * 4 / 4096',
  },
  dumpHeaderBytes: {
    value: 16,
    unit: 'bytes',
    reason: 'type, width, height, bpp before the references',
  },
  mfnDumpHeaderBytes: { value: 28, unit: 'bytes', reason: 'seven u32 before the frame numbers' },
  titleBytes: {
    value: 128,
    unit: 'bytes',
    reason: 'size of the field; byte 127 counts as NUL, so 127 are used',
  },
  classBytes: { value: 64, unit: 'bytes', reason: 'size of each of the two fields; 63 are used' },
  executeBytes: { value: 255, unit: 'bytes', reason: 'size of the obsolete EXECUTE' },
  keymapBytes: { value: 32, unit: 'bytes', reason: 'one bit for each of the 256 X keycodes' },
  cursorFirst: {
    value: 0x100,
    unit: '',
    reason: 'glyph 0 of the X cursor font on the wire; 0 itself is the default cursor',
  },
  cursorEnd: { value: 0x19a, unit: '(exclusive)', reason: 'the X cursor font has 154 glyphs' },
  flagsSet: { value: 7, unit: 'bit mask', reason: 'fullscreen 1, demands attention 2, minimize 4' },
  flagsUnset: {
    value: 3,
    unit: 'bit mask',
    reason: 'a qube restores a minimized window by MAP, never by this',
  },
  hintFlags: {
    value: 0x175,
    unit: 'bit mask',
    reason:
      'the ICCCM bits that a window manager may be told: user and program position, minimum, maximum, increment, base',
  },
  clipboardOld: {
    value: CLIPBOARD_OLD_MAX,
    unit: 'bytes',
    reason: 'clipboard up to 1.7, both ways',
  },
  clipboardNew: {
    value: CLIPBOARD_NEW_MAX,
    unit: 'bytes',
    reason: 'clipboard from 1.8 on that may be kept or sent to an agent',
  },
  clipboardMarker: {
    value: CLIPBOARD_NEW_MAX + 1,
    unit: 'bytes',
    reason: 'from 1.8 on an agent may send one byte more, which says "there was more"',
  },
} as const satisfies Record<string, Limit>;

/** Bounds of the service channel. */
export const SERVICE_LIMITS = {
  headerBytes: { value: 8, unit: 'bytes', reason: 'type, length: two u32' },
  bodyBytes: {
    value: 262_156,
    unit: 'bytes',
    reason:
      'the largest message that exists (an icon); also bounds what a message of a later version may be',
  },
  argvBytes: {
    value: 65_536,
    unit: 'bytes',
    reason: 'a command line; far above what a menu entry needs',
  },
  argvCount: { value: 256, unit: 'arguments', reason: 'bounds the work of one request' },
  keymapBytes: { value: 4_096, unit: 'bytes', reason: 'five short XKB names or lists' },
  monitors: { value: 16, unit: 'monitors', reason: 'more than any screen has; bounds the message' },
  screenSide: { value: 32_767, unit: 'pixels', reason: 'X11 geometry is signed 16 bit' },
  detailBytes: { value: 256, unit: 'bytes', reason: 'one line for a person; cut by the sender' },
  iconSide: {
    value: 256,
    unit: 'pixels',
    reason: 'the largest size in common icon themes that a task bar shows',
  },
  versionBytes: {
    value: 64,
    unit: 'bytes',
    reason: 'the name and version of an agent, for `livery doctor`',
  },
  fileNameBytes: { value: 255, unit: 'bytes', reason: 'NAME_MAX of Linux file systems' },
  fileBytes: {
    value: Number.MAX_SAFE_INTEGER,
    unit: 'bytes',
    reason: 'sizes are exact numbers in JavaScript up to here',
  },
} as const satisfies Record<string, Limit>;

/** Bounds of the icon stream of a Qubes agent. */
export const ICON_STREAM_LIMITS = {
  idLineBytes: {
    value: 32,
    unit: 'bytes with their newline',
    reason: 'what the reference takes; an id has at most ten digits',
  },
  sizeLineBytes: {
    value: 10,
    unit: 'bytes with their newline',
    reason: 'two numbers of four digits and a space',
  },
  side: {
    value: 2_048,
    unit: 'pixels',
    reason: 'what the reference takes; pixels are scaled down as they come, so nobody stores it',
  },
} as const satisfies Record<string, Limit>;
