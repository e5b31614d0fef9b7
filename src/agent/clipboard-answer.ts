/**
 * What dom0 is sent when it asks for the qube's clipboard: valid UTF-8 within
 * the limits of the protocol. Text that is too large is marked as such where
 * the version can (one byte more than may be kept); where it cannot it is cut,
 * between two characters.
 */
import { isUtf8 } from 'node:buffer';
import type { Features } from '../protocol/version.ts';

/** How the bytes of a program are to be read, by the type it gave them. */
export type TextForm = 'utf8' | 'latin1';

export interface ProgramText {
  readonly form: TextForm;
  readonly bytes: Buffer;
  /** There was more; `bytes` is its beginning. */
  readonly cut: boolean;
}

/**
 * The body of CLIPBOARD_DATA. Ill-formed UTF-8 becomes U+FFFD piece by piece
 * (Unicode 3.9, as every browser does it): text of a program with one bad byte
 * is not lost, and dom0 never gets half a character. The marker of too much is
 * zeros: nobody keeps it, so nobody needs to see the text.
 */
export function clipboardAnswer(
  text: ProgramText,
  limits: Pick<Features, 'clipboardMax' | 'clipboardSendMax'>,
): Uint8Array {
  const utf8 = toUtf8(text);
  const { clipboardMax: most, clipboardSendMax: kept } = limits;
  if (!text.cut && utf8.length <= kept) return utf8;
  if (most > kept) return new Uint8Array(most);
  const filled = Buffer.alloc(kept, ' ');
  filled.set(utf8.subarray(0, wholeCharacters(utf8, kept)));
  return filled;
}

/**
 * STRING is Latin-1 (ICCCM 2.6.2), but many programs put UTF-8 there; Latin-1
 * text that happens to be valid UTF-8 is next to unheard of.
 */
function toUtf8({ form, bytes, cut }: ProgramText): Buffer {
  // The end of a cut text may be half a character, which says nothing about the rest.
  const whole = cut ? bytes.subarray(0, wholeCharacters(bytes, bytes.length)) : bytes;
  if (isUtf8(whole)) return whole;
  if (form === 'latin1') return Buffer.from(bytes.toString('latin1'), 'utf8');
  return Buffer.from(new TextDecoder('utf-8', { ignoreBOM: true }).decode(whole), 'utf8');
}

/** How many of the first `limit` bytes are whole characters; `limit` when that is no UTF-8 there. */
function wholeCharacters(bytes: Uint8Array, limit: number): number {
  const end = Math.min(limit, bytes.length);
  for (let back = 1; back <= 4 && back <= end; back++) {
    const byte = bytes[end - back] as number;
    if ((byte & 0xc0) === 0x80) continue;
    const length = byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
    return length > back ? end - back : end;
  }
  return end;
}
