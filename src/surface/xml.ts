/**
 * Text into XML, at the only place where it happens. What goes in are dom0's
 * own strings (and the preview of a prompt, as bytes): the escaping holds for
 * anything, so that a mistake elsewhere cannot change a picture's structure.
 */

const REPLACEMENT = '\ufffd';

/** Character data or an attribute's value; what XML cannot hold becomes U+FFFD. */
export function escapeXml(text: string): string {
  let out = '';
  for (const letter of text) out += isXmlChar(letter) ? escapeLetter(letter) : REPLACEMENT;
  return out;
}

function escapeLetter(letter: string): string {
  switch (letter) {
    case '&':
      return '&amp;';
    case '<':
      return '&lt;';
    case '>':
      return '&gt;';
    case '"':
      return '&quot;';
    case "'":
      return '&apos;';
    default:
      return letter;
  }
}

/** Char of XML 1.0, without what a renderer may treat as a line. */
function isXmlChar(letter: string): boolean {
  const code = letter.codePointAt(0) as number;
  if (code < 0x20 || (code >= 0x7f && code < 0xa0)) return false;
  if (code >= 0xd800 && code <= 0xdfff) return false;
  return code !== 0xfffe && code !== 0xffff && code !== 0x2028 && code !== 0x2029;
}

/** The longest that one byte becomes: `&quot;`. */
export const MAX_ESCAPED_BYTES = 6;

const encoder = new TextEncoder();
const AMP = encoder.encode('&amp;');
const LT = encoder.encode('&lt;');
const GT = encoder.encode('&gt;');
const QUOT = encoder.encode('&quot;');
const APOS = encoder.encode('&apos;');
/** U+00A0: spaces in a row would become one. */
const SPACE = Uint8Array.of(0xc2, 0xa0);
const QUESTION = Uint8Array.of(0x3f);

/**
 * Writes `source` as character data into `target` at `at`, byte by byte and
 * never as a string; what is not printable ASCII becomes `?`.
 * @returns where the next byte goes
 */
export function writeEscaped(target: Uint8Array, at: number, source: Uint8Array): number {
  let place = at;
  for (const byte of source) {
    const escaped = escapeByte(byte);
    if (escaped) {
      target.set(escaped, place);
      place += escaped.length;
    } else {
      target[place++] = byte;
    }
  }
  return place;
}

function escapeByte(byte: number): Uint8Array | undefined {
  switch (byte) {
    case 0x20:
      return SPACE;
    case 0x22:
      return QUOT;
    case 0x26:
      return AMP;
    case 0x27:
      return APOS;
    case 0x3c:
      return LT;
    case 0x3e:
      return GT;
    default:
      return byte > 0x20 && byte < 0x7f ? undefined : QUESTION;
  }
}
