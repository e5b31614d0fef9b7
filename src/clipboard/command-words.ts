/**
 * Does a text look like a command line? A hint for the prompt and nothing
 * else: it is easily avoided, and prose may look like it. Three signs, looked
 * for in the bytes:
 *  - a line begins (after blanks and a prompt such as `$ `) with a known
 *    command, with or without a path, followed by a blank or the end;
 *  - something is piped into a shell or an interpreter (`| sh`);
 *  - `$(` stands somewhere.
 */

const ascii = (words: string): readonly Uint8Array[] =>
  words.split(' ').map((word) => new TextEncoder().encode(word));

const COMMANDS = ascii(
  'sudo doas su rm dd mkfs chmod chown curl wget ssh scp nc eval sh bash zsh dash python python3 perl systemctl apt apt-get dnf pip npm powershell',
);
const INTERPRETERS = ascii('sh bash zsh dash ksh fish python python3 perl ruby node sudo');

const SPACE = 0x20;
const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const DOLLAR = 0x24;
const HASH = 0x23;
const OPEN = 0x28;
const SLASH = 0x2f;
const GREATER = 0x3e;
const PIPE = 0x7c;

/** Longest word, with its path, and longest run of blanks that is looked at: keeps hostile text cheap. */
const MAX_WORD = 64;

const isBlank = (byte: number | undefined): boolean => byte === SPACE || byte === TAB;
const ends = (byte: number | undefined): boolean =>
  byte === undefined || isBlank(byte) || byte === LF || byte === CR;

export function looksLikeCommand(bytes: Uint8Array): boolean {
  let lineStart = true;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] as number;
    if (lineStart && wordAt(bytes, pastPrompt(bytes, at), COMMANDS)) return true;
    lineStart = byte === LF || byte === CR;
    if (byte === DOLLAR && bytes[at + 1] === OPEN) return true;
    if (byte === PIPE && wordAt(bytes, pastBlanks(bytes, at + 1), INTERPRETERS)) return true;
  }
  return false;
}

function pastBlanks(bytes: Uint8Array, from: number): number {
  const most = Math.min(bytes.length, from + MAX_WORD);
  let at = from;
  while (at < most && isBlank(bytes[at])) at++;
  return at;
}

function pastPrompt(bytes: Uint8Array, from: number): number {
  const at = pastBlanks(bytes, from);
  const byte = bytes[at];
  const prompt = byte === DOLLAR || byte === HASH || byte === GREATER;
  return prompt && isBlank(bytes[at + 1]) ? pastBlanks(bytes, at + 1) : at;
}

/** Is the word at `from`, without its directories, one of `words`? */
function wordAt(bytes: Uint8Array, from: number, words: readonly Uint8Array[]): boolean {
  let name = from;
  let end = from;
  while (!ends(bytes[end])) {
    if (end - from >= MAX_WORD) return false;
    if (bytes[end] === SLASH) name = end + 1;
    end++;
  }
  return words.some((word) => {
    if (word.length !== end - name) return false;
    return word.every((byte, i) => bytes[name + i] === byte);
  });
}
