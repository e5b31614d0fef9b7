/** The first characters of a text as printable ASCII, written into bytes of the caller. */
import { BugError } from '../base/errors.ts';

export const PREVIEW_CHARS = 48;
/** Room for PREVIEW_CHARS of the widest escape, `\u{10ffff}`, and `...`. */
export const PREVIEW_MAX_BYTES = PREVIEW_CHARS * 10 + 3;

/**
 * Printable ASCII as it is (also `<`, `&` and quotes: a picture needs its own
 * escaping), a backslash doubled, everything else as `\u{…}`; `...` at the end
 * when there is more.
 * @param target at least PREVIEW_MAX_BYTES; an escape that has no room is left out whole
 * @returns bytes written
 */
export function previewInto(
  target: Uint8Array,
  bytes: Uint8Array,
  maxChars: number = PREVIEW_CHARS,
): number {
  throw new BugError(`not yet: ${target.length} ${bytes.length} ${maxChars}`);
}
