/**
 * Takes out of a text what the policy names, in the bytes themselves: no copy
 * and no string of it is made.
 *
 * `control`: C0 but tab and line feed (so the ESC of every escape sequence),
 * DEL, C1 and the bidi controls go. CR, CR LF and NEL become LF: to a terminal
 * each of them is the Enter key, so none may stay in a form of its own.
 * `newlines`: that, and every run of line ends becomes one space; at the start
 * and the end of the text it goes altogether. A space, since two words that
 * were on two lines must not become one; nothing at the ends, since the newline
 * behind a password is no part of it.
 * In both a byte that is no UTF-8 becomes `?`: bytes around something that is
 * taken out can then never join to a new control character.
 */
import { unreachable } from '../base/errors.ts';
import type { Strip } from './policy.ts';
import { codePointAt, INVALID, isBidi, isControl, isLineEnd, widthOf } from './utf8.ts';

const LF = 0x0a;
const CR = 0x0d;
const NEL = 0x85;
const SPACE = 0x20;
const QUESTION_MARK = 0x3f;

/** @returns the new length in bytes; what is behind it is zero */
export function stripInPlace(bytes: Uint8Array, strip: Strip): number {
  switch (strip) {
    case 'none':
      return bytes.length;
    case 'control':
      return keepText(bytes, false);
    case 'newlines':
      return keepText(bytes, true);
    default:
      return unreachable(strip);
  }
}

function keepText(bytes: Uint8Array, oneLine: boolean): number {
  // `out` never passes `at`: nothing is written that is longer than what was read for it.
  let out = 0;
  let spaceDue = false;
  for (let at = 0; at < bytes.length; ) {
    const code = codePointAt(bytes, at);
    const width = widthOf(code);
    if (oneLine && isLineEnd(code)) spaceDue = out > 0;
    else if (code === CR || code === NEL) {
      if (code !== CR || bytes[at + 1] !== LF) bytes[out++] = LF;
    } else if (!isControl(code) && !isBidi(code)) {
      if (spaceDue) bytes[out++] = SPACE;
      spaceDue = false;
      if (code === INVALID) bytes[out++] = QUESTION_MARK;
      else for (let i = 0; i < width; i++) bytes[out++] = bytes[at + i] as number;
    }
    at += width;
  }
  bytes.fill(0, out);
  return out;
}
