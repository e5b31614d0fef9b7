/**
 * What is risky in a text, from its bytes, without ever making a string of
 * them. The result says nothing of the text but its size and these signs.
 */
import { looksLikeCommand } from './command-words.ts';
import { RISKS, type Risk, type TextFacts } from './text-facts.ts';
import {
  codePointAt,
  INVALID,
  isBidi,
  isControl,
  isInvisible,
  isLineEnd,
  widthOf,
} from './utf8.ts';

const SPACE = 0x20;
const LAST_PRINTABLE = 0x7e;
const ESC = 0x1b;
const CSI = 0x9b;
/** What ends a bracketed paste, behind ESC or as the one character CSI. */
const PASTE_END = [0x32, 0x30, 0x31, 0x7e];
const BRACKET = 0x5b;

/**
 * The Qubes agent answers with a sentence of its own when a program offers its
 * text in pieces (gui-agent 3.7): always these 81 bytes, known here by their
 * length and FNV-1a sum. A text made to have that sum is refused, no more.
 */
const INCR_WARNING = { size: 81, fnv1a: 0xbd772794 };

/** @param bytes only read, and only during the call */
export function textFacts(bytes: Uint8Array): TextFacts {
  const found = new Set<Risk>();
  let before = 0;
  for (let at = 0; at < bytes.length; ) {
    const code = codePointAt(bytes, at);
    const next = at + widthOf(code);
    if (code === INVALID) found.add('not-utf8');
    else if (code < SPACE || code > LAST_PRINTABLE) {
      if (isLineEnd(code)) found.add('newline');
      if (isControl(code)) found.add('control');
      if (isBidi(code)) found.add('bidi');
      if (isInvisible(code, before)) found.add('invisible');
      if (endsPaste(bytes, code, next)) found.add('paste-end');
    }
    before = code;
    at = next;
  }
  if (looksLikeCommand(bytes)) found.add('command');
  return {
    size: bytes.length,
    risks: RISKS.filter((risk) => found.has(risk)),
    incrWarning: isIncrWarning(bytes),
  };
}

/** Is `code`, which ends before `next`, the start of a paste-end sequence? */
function endsPaste(bytes: Uint8Array, code: number, next: number): boolean {
  if (code !== ESC && code !== CSI) return false;
  const from = code === CSI ? next : next + 1;
  if (code === ESC && bytes[next] !== BRACKET) return false;
  return PASTE_END.every((byte, i) => bytes[from + i] === byte);
}

function isIncrWarning(bytes: Uint8Array): boolean {
  return bytes.length === INCR_WARNING.size && fnv1a(bytes) === INCR_WARNING.fnv1a;
}

/** FNV-1a, 32 bits. */
function fnv1a(bytes: Uint8Array): number {
  let sum = 0x811c9dc5;
  for (const byte of bytes) sum = Math.imul(sum ^ byte, 0x01000193) >>> 0;
  return sum;
}
