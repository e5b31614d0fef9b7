/**
 * The first characters of a text as printable ASCII, written into bytes of the
 * caller: what a prompt shows, and what the caller wipes after it.
 */
import { codePointAt, INVALID, widthOf } from './utf8.ts';

export const PREVIEW_CHARS = 48;
/** Room for PREVIEW_CHARS of the widest escape, `\u{10ffff}`, and `...`. */
export const PREVIEW_MAX_BYTES = PREVIEW_CHARS * 10 + 3;

const BACKSLASH = 0x5c;
const DOT = 0x2e;
const LETTER_U = 0x75;
const OPEN = 0x7b;
const CLOSE = 0x7d;
const DIGIT_0 = 0x30;
const LETTER_A = 0x61;
/** Stands for a byte that is no UTF-8. */
const REPLACEMENT = 0xfffd;
const ELLIPSIS_BYTES = 3;

/**
 * Printable ASCII as it is (also `<`, `&` and quotes: a picture needs its own
 * escaping), a backslash doubled, everything else as `\u{…}`; `...` at the end
 * when there is more.
 * @param target PREVIEW_MAX_BYTES are always enough; what has no room is left out whole
 * @returns bytes written
 */
export function previewInto(
  target: Uint8Array,
  bytes: Uint8Array,
  maxChars: number = PREVIEW_CHARS,
): number {
  let out = 0;
  let chars = 0;
  for (let at = 0; at < bytes.length; chars++) {
    const code = codePointAt(bytes, at);
    const needs = escapedWidth(code);
    if (chars >= maxChars || out + needs + ELLIPSIS_BYTES > target.length) {
      return writeEllipsis(target, out);
    }
    writeEscaped(target, out, code);
    out += needs;
    at += widthOf(code);
  }
  return out;
}

const isPlain = (code: number): boolean => code >= 0x20 && code <= 0x7e;

function escapedWidth(code: number): number {
  if (code === BACKSLASH) return 2;
  if (isPlain(code)) return 1;
  return 4 + hexDigits(code === INVALID ? REPLACEMENT : code);
}

function writeEscaped(target: Uint8Array, at: number, code: number): void {
  if (isPlain(code)) {
    target[at] = code;
    if (code === BACKSLASH) target[at + 1] = BACKSLASH;
    return;
  }
  let rest = code === INVALID ? REPLACEMENT : code;
  const digits = hexDigits(rest);
  target[at] = BACKSLASH;
  target[at + 1] = LETTER_U;
  target[at + 2] = OPEN;
  for (let i = digits - 1; i >= 0; i--) {
    const digit = rest & 0xf;
    target[at + 3 + i] = digit < 10 ? DIGIT_0 + digit : LETTER_A + digit - 10;
    rest >>>= 4;
  }
  target[at + 3 + digits] = CLOSE;
}

function hexDigits(value: number): number {
  let digits = 1;
  for (let rest = value >>> 4; rest > 0; rest >>>= 4) digits++;
  return digits;
}

function writeEllipsis(target: Uint8Array, at: number): number {
  const room = Math.min(ELLIPSIS_BYTES, target.length - at);
  target.fill(DOT, at, at + room);
  return at + room;
}
