/**
 * Text of unknown origin made safe to print: anything outside printable ASCII
 * becomes `\u{…}`, a backslash is doubled, and the length is capped.
 */
export function escapeText(text: string, maxChars = 120): string {
  let out = '';
  let count = 0;
  for (const char of text) {
    if (count++ >= maxChars) return `${out}…`;
    const code = char.codePointAt(0) as number;
    if (char === '\\') out += '\\\\';
    else if (code >= 0x20 && code <= 0x7e) out += char;
    else out += `\\u{${code.toString(16)}}`;
  }
  return out;
}
