/**
 * Text for a terminal. What commands print is dom0's own or has been made safe
 * where it came from; this is the last look, so that a slip elsewhere cannot
 * move the cursor, recolour a line or turn it round.
 */
const ACTIVE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** `text` with everything that acts instead of showing as `\u{…}`; line breaks stay where `lines`. */
export function plain(text: string, lines = false): string {
  return text.replace(ACTIVE, (char) =>
    lines && char === '\n' ? char : `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`,
  );
}
