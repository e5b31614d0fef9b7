/**
 * Reads UTF-8 one character at a time out of bytes that must never become a
 * string, and says what the characters can do. Allocates nothing.
 */

/** What `codePointAt` says of a byte that begins no character (RFC 3629). */
export const INVALID = -1;

/**
 * The code point that begins at `at`, or INVALID: a stray or missing
 * continuation byte, an overlong form, a surrogate, above U+10FFFF.
 */
export function codePointAt(bytes: Uint8Array, at: number): number {
  const lead = bytes[at] as number;
  if (lead < 0x80) return lead;
  if (lead < 0xc2 || lead > 0xf4) return INVALID;
  const more = lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
  let code = lead & (0x3f >> more);
  for (let i = 1; i <= more; i++) {
    const byte = bytes[at + i];
    if (byte === undefined || (byte & 0xc0) !== 0x80) return INVALID;
    code = (code << 6) | (byte & 0x3f);
  }
  if (more === 2 && (code < 0x800 || (code >= 0xd800 && code <= 0xdfff))) return INVALID;
  if (more === 3 && (code < 0x10000 || code > 0x10ffff)) return INVALID;
  return code;
}

/** Bytes of what `codePointAt` gave; an invalid byte is one. */
export function widthOf(code: number): number {
  if (code < 0x80) return 1;
  if (code < 0x800) return 2;
  return code < 0x10000 ? 3 : 4;
}

const NEL = 0x85;

/** Ends a line somewhere: LF, VT, FF, CR, NEL, LS, PS (Unicode UAX 14). */
export function isLineEnd(code: number): boolean {
  return (code >= 0x0a && code <= 0x0d) || code === NEL || code === 0x2028 || code === 0x2029;
}

/** C0 but tab, LF and CR; DEL; C1 but NEL, which is a line end like LF and CR. */
export function isControl(code: number): boolean {
  if (code < 0) return false;
  if (code < 0x20) return code !== 0x09 && code !== 0x0a && code !== 0x0d;
  return code >= 0x7f && code <= 0x9f && code !== NEL;
}

/** Changes the order in which other characters are shown (UAX 9). */
export function isBidi(code: number): boolean {
  if (code < 0x61c) return false;
  return (
    code === 0x61c ||
    code === 0x200e ||
    code === 0x200f ||
    (code >= 0x202a && code <= 0x202e) ||
    (code >= 0x2066 && code <= 0x2069)
  );
}

/** Characters without ink that no script needs inside a word: ranges, first and last. */
const HIDDEN: readonly (readonly [number, number])[] = [
  [0xad, 0xad],
  [0x34f, 0x34f],
  [0x115f, 0x1160],
  [0x17b4, 0x17b5],
  [0x180b, 0x180f],
  [0x200b, 0x200b],
  [0x2060, 0x2065],
  [0x206a, 0x206f],
  [0x3164, 0x3164],
  [0xfeff, 0xfeff],
  [0xffa0, 0xffa0],
  [0xfff9, 0xfffb],
  [0x1d173, 0x1d17a],
  [0xe0000, 0xe00ff],
];

/** Last of the Latin letters: a joiner or a variation selector behind one changes nothing to see. */
const LAST_LATIN = 0x24f;

/**
 * Shows nothing and is there all the same. Joiners and variation selectors
 * count only behind Latin: emoji, Arabic and Indic scripts need them.
 * @param before the character before it, 0 at the start
 */
export function isInvisible(code: number, before: number): boolean {
  if (code < 0xad) return false;
  const joins =
    code === 0x200c ||
    code === 0x200d ||
    (code >= 0xfe00 && code <= 0xfe0d) ||
    (code >= 0xe0100 && code <= 0xe01ef);
  if (joins) return before <= LAST_LATIN;
  for (const [first, last] of HIDDEN) {
    if (code < first) return false;
    if (code <= last) return true;
  }
  return false;
}
