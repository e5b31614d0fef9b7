/**
 * Titles and classes of a qube's windows made fit for dom0 (DESIGN 8.4). The
 * bytes are hostile: they try to reorder the caption, to hide part of it, to
 * look like the prefix that dom0 writes, or to flood it. Pure; the result is
 * plain text in which only the words are the qube's.
 */
import type { QubeName } from '../base/ids.ts';

/** Longest title in code points, the ellipsis included; a caption shows less. */
export const MAX_TITLE_CHARS = 120;
/** Longest half of a WM_CLASS; the wire carries 64 bytes. */
const MAX_CLASS_CHARS = 64;
/** General combining marks on one base: three carry every living orthography, more is a tower. */
export const MAX_GENERAL_MARKS = 3;
/** All marks on one base: Burmese and Tibetan syllables need up to six of their own script. */
export const MAX_MARKS = 6;

/**
 * Shows nothing and may change how its neighbours show: format characters
 * (bidi, zero-width, tags, interlinear), default-ignorables (fillers,
 * variation selectors, joiners), and enclosing marks, which draw a box round
 * somebody else's letter.
 */
const INVISIBLE = /[\p{Cf}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}\p{Me}]/u;
/** Takes room without ink, or ends a line: one ordinary space instead. */
const BLANK = /[\p{Cc}\p{Z}\u2800\uFFFC]/u;
/** Means nothing that dom0's fonts could agree on: private use, surrogates, noncharacters, unassigned. */
const MEANINGLESS = /[\p{Co}\p{Cs}\p{Cn}]/u;
const MARK = /\p{M}/u;
/** Marks of no script of their own: the ones that towers are built of. */
const GENERAL_MARK = /[\p{Script=Inherited}\p{Script=Common}]/u;
/**
 * Every bracket but the round and curly ones (quotation marks that Unicode
 * files under brackets are none), and the pieces that square brackets are drawn from.
 */
const OPENING = /[[\p{Ps}\u23A1-\u23A3\u23B4]/u;
const CLOSING = /[\]\p{Pe}\u23A4-\u23A6\u23B5\u23B6]/u;
/** One character that has its brackets inside: tortoise-shell bracketed letters. */
const BRACKETED = /[\u{1F12A}\u{1F240}-\u{1F248}]/u;
/**
 * No brackets, but drawn much like an opening one: corners, boxes and image-of
 * signs, tone marks, and letters of East Asian and Canadian scripts. Real words
 * have some of them, so only where the title begins, next to dom0's prefix.
 */
const LIKE_OPENING = new RegExp(
  `^[${[
    '\\u02F9\\u02FB', // half corners of tone
    '\\u228F\\u2291\\u22E2\\u22E4\\u2282\\u2286\\u2E26', // square and round image of
    '\\u231C\\u231E\\u23BE-\\u23C1\\u2308\\u230A\\u2310\\u2319', // corners, dentistry
    '\\u250C-\\u250F\\u2514-\\u2517\\u251C-\\u2523', // light and heavy boxes
    '\\u2552-\\u2554\\u2558-\\u255A\\u255E-\\u2560\\u256D\\u2570', // double and round ones
    '\\u2590\\u2595\\u2599\\u259B\\u25F0\\u25F1', // blocks
    '\\u1103\\u1104\\u3137\\u3138\\u3108\\u11AE\\uFFA7\\uFFA8\\u3163\\u4E28', // t of Hangul, f of Bopomofo, strokes
    '\\u2F15\\u2F16\\u531A\\u5338\\u2F02', // boxes among Han radicals
    '\\u1455\\u1456\\u14A5\\u14AA\\u14A6\\u14AB', // syllables of Canada
    '\\u2FF7\\u2FF8\\u2FFA\\uA700-\\uA707\\uA714-\\uA719', // layouts of Han, tones
    '\\u{1D114}\\u{1D115}\\u{1FB7C}\\u{1FB7D}', // musical brackets, legacy corners
  ].join('')}]+`,
  'u',
);
const UTF8 = new TextDecoder('utf-8', { ignoreBOM: true });
const PLAIN_BRACKET = /[(){}\u201A\u201E\u2E42\u301D-\u301F]/u;

/**
 * The title as dom0 shows it: one line, no control, bidi, zero-width,
 * private-use, tag or unassigned characters, marks capped, NFC, at most
 * MAX_TITLE_CHARS. Square brackets and everything that looks like one become
 * round, so that the only `[…]` of a caption is dom0's own prefix; where the
 * title begins also characters that are none and look like an opening one.
 * @param bytes as on the wire; the text ends at the first NUL
 * @param mode `ascii` shows every other character as `_`
 */
export function safeTitle(bytes: Uint8Array, mode: 'unicode' | 'ascii'): string {
  const { text, cut } = decode(bytes);
  const clean = mode === 'ascii' ? asciiOnly(text) : unicodeClean(text);
  const line = unbracketed(clean).replace(/ +/g, ' ').trim().replace(LIKE_OPENING, '(');
  return capped(line, cut, mode === 'ascii' ? '...' : '…');
}

/** `[qube] title`; the qube alone when the title is empty. */
export function windowTitle(qube: QubeName, safe: string): string {
  return safe === '' ? `[${qube}]` : `[${qube}] ${safe}`;
}

/** One half of a WM_CLASS: printable ASCII, everything else and `:` as `_`. */
export function safeClass(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  let out = '';
  for (const byte of bytes.subarray(0, end < 0 ? bytes.length : end)) {
    if (out.length >= MAX_CLASS_CHARS) break;
    const printable = byte >= 0x20 && byte <= 0x7e && byte !== 0x3a;
    out += printable ? String.fromCharCode(byte) : '_';
  }
  return out;
}

/** `qube:class`: no window of a qube can pose as a locker, a panel or another qube's program. */
export function windowClass(qube: QubeName, safe: string): string {
  return `${qube}:${safe}`;
}

/** UTF-8 up to the first NUL. `cut`: the field ended inside a character. */
function decode(bytes: Uint8Array): { text: string; cut: boolean } {
  const end = bytes.indexOf(0);
  const field = bytes.subarray(0, end < 0 ? bytes.length : end);
  const whole = field.length - unfinishedTail(field);
  return { text: UTF8.decode(field.subarray(0, whole)), cut: whole < field.length };
}

/** Bytes at the end that begin a character without completing it (the sender cut there). */
function unfinishedTail(field: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, field.length); back++) {
    const byte = field[field.length - back] as number;
    if (byte < 0x80) return 0;
    if (byte >= 0xc2 && byte <= 0xf4) {
      const needs = byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
      return back < needs ? back : 0;
    }
    if (byte >= 0xc0) return 0;
  }
  return 0;
}

function asciiOnly(text: string): string {
  let out = '';
  for (const char of text) {
    if (char >= ' ' && char <= '~') out += char;
    else if (char === '…') out += '...';
    else out += char <= '\u001f' ? ' ' : '_';
  }
  return out;
}

function unicodeClean(text: string): string {
  let kept = '';
  for (const char of text) {
    if (INVISIBLE.test(char)) continue;
    if (BLANK.test(char)) kept += ' ';
    else kept += MEANINGLESS.test(char) ? '\uFFFD' : char;
  }
  // Composed before the marks are counted, and again after: a mark that was
  // dropped may have stood between two characters that compose.
  return withoutTowers(kept.normalize('NFC')).normalize('NFC');
}

/** Drops marks without a base (they would sit on dom0's prefix) and those past the caps. */
function withoutTowers(text: string): string {
  let out = '';
  let marks = MAX_MARKS;
  let general = MAX_GENERAL_MARKS;
  for (const char of text) {
    if (!MARK.test(char)) {
      const carries = char !== ' ';
      marks = carries ? 0 : MAX_MARKS;
      general = carries ? 0 : MAX_GENERAL_MARKS;
    } else {
      const isGeneral = GENERAL_MARK.test(char);
      if (marks >= MAX_MARKS || (isGeneral && general >= MAX_GENERAL_MARKS)) continue;
      marks++;
      if (isGeneral) general++;
    }
    out += char;
  }
  return out;
}

function unbracketed(text: string): string {
  let out = '';
  for (const char of text) {
    if (BRACKETED.test(char)) out += unbracketed(char.normalize('NFKD'));
    else if (PLAIN_BRACKET.test(char)) out += char;
    else if (OPENING.test(char)) out += '(';
    else out += CLOSING.test(char) ? ')' : char;
  }
  return out;
}

function capped(text: string, cut: boolean, ellipsis: string): string {
  const chars = [...text];
  if (chars.length + (cut ? ellipsis.length : 0) <= MAX_TITLE_CHARS) {
    return cut ? text + ellipsis : text;
  }
  return (
    chars
      .slice(0, MAX_TITLE_CHARS - ellipsis.length)
      .join('')
      .trimEnd() + ellipsis
  );
}
