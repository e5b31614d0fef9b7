/**
 * Text of dom0's clipboard in the forms that programs of the qube ask for.
 * Bytes that could do more than be text in a terminal are not served as text:
 * invalid UTF-8, and control characters other than tab and line ends.
 */
export interface OwnText {
  /** As it came. */
  readonly raw: Uint8Array;
  /** Up to the first NUL; empty when it is not clean text. */
  readonly utf8: Buffer;
  /** Latin-1, `?` for what Latin-1 lacks; the bytes themselves when they are no UTF-8. */
  readonly latin1: Buffer;
}

const TAB = 9;
const LF = 10;
const CR = 13;
const DEL = 0x7f;
const MAX_LATIN1 = 0xff;

/** Copies `data`. */
export function ownText(data: Uint8Array): OwnText {
  const raw = Uint8Array.from(data);
  const end = raw.indexOf(0);
  const bytes = Buffer.from(end < 0 ? raw : raw.subarray(0, end));
  const text = decoded(bytes);
  if (text === undefined) return { raw, utf8: Buffer.alloc(0), latin1: bytes };
  return {
    raw,
    utf8: isClean(bytes) ? bytes : Buffer.alloc(0),
    latin1: Buffer.from(
      Array.from(text, (char) => ((char.codePointAt(0) ?? 0) <= MAX_LATIN1 ? char : '?')).join(''),
      'latin1',
    ),
  };
}

function decoded(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function isClean(bytes: Uint8Array): boolean {
  return bytes.every((byte, at) => {
    if (byte === CR) return bytes[at + 1] === LF;
    return (byte >= 0x20 && byte !== DEL) || byte === TAB || byte === LF;
  });
}
