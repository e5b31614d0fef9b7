/**
 * The words of a libconfig file: numbers, strings, names, marks, with the line
 * on which each stands. Comments are skipped. The file is dom0's own; a mistake
 * in it is told with its line.
 */
import { ConfigError } from '../base/errors.ts';

export type Token =
  | { readonly kind: 'mark'; readonly text: string; readonly line: number }
  | { readonly kind: 'name'; readonly text: string; readonly line: number }
  | { readonly kind: 'include'; readonly path: string; readonly line: number }
  | { readonly kind: 'string'; readonly value: string; readonly line: number }
  | { readonly kind: 'boolean'; readonly value: boolean; readonly line: number }
  | {
      readonly kind: 'integer';
      readonly value: bigint;
      readonly long: boolean;
      readonly line: number;
    }
  | { readonly kind: 'float'; readonly value: number; readonly line: number }
  | { readonly kind: 'end'; readonly line: number };

const SPACE = /[ \t\f\r\n]+/y;
const COMMENT = /#[^\n]*|\/\/[^\n]*|\/\*[\s\S]*?\*\//y;
const UNENDED = /\/\*/y;
const INCLUDE = /@include[ \t]+"((?:[^"\\\n]|\\.)*)"/y;
const NAME = /[A-Za-z*][-A-Za-z0-9_*]*/y;
const FLOAT = /[-+]?(?:\d+\.\d*|\.\d+|\d+(?=[eE]))(?:[eE][-+]?\d+)?/y;
const HEX = /0[xX]([0-9A-Fa-f]+)(L{0,2})/y;
const INTEGER = /([-+]?\d+)(L{0,2})/y;
const STRING = /"((?:[^"\\]|\\[\s\S])*)"/y;
const MARK = /[={}()[\]:;,]/y;
const ESCAPE = /\\(?:x([0-9A-Fa-f]{2})|([\s\S]))/g;
const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  f: '\f',
  a: '\x07',
  b: '\b',
  v: '\v',
  '\\': '\\',
  '"': '"',
};

/** Throws ConfigError with file and line. `file` is only for messages. */
export function tokens(text: string, file: string): Token[] {
  const found: Token[] = [];
  let at = 0;
  let line = 1;
  const match = (pattern: RegExp): RegExpExecArray | undefined => {
    pattern.lastIndex = at;
    const result = pattern.exec(text);
    if (!result) return undefined;
    at += result[0].length;
    return result;
  };
  const passed = (words: string): void => {
    line += words.split('\n').length - 1;
  };
  while (at < text.length) {
    const skipped = match(SPACE) ?? match(COMMENT);
    if (skipped) {
      passed(skipped[0]);
      continue;
    }
    if (match(UNENDED)) throw syntaxError(file, line, 'a comment without its end');
    const token = nextToken(match, line);
    if (token === undefined) {
      throw syntaxError(file, line, `unexpected ${JSON.stringify(text[at])}`);
    }
    found.push(token.token);
    passed(token.text);
  }
  found.push({ kind: 'end', line });
  return found;
}

function nextToken(
  match: (pattern: RegExp) => RegExpExecArray | undefined,
  line: number,
): { token: Token; text: string } | undefined {
  let found = match(INCLUDE);
  if (found) return { token: { kind: 'include', path: unescaped(found[1]), line }, text: found[0] };
  found = match(STRING);
  if (found) return { token: { kind: 'string', value: unescaped(found[1]), line }, text: found[0] };
  found = match(FLOAT);
  if (found) return { token: { kind: 'float', value: Number(found[0]), line }, text: found[0] };
  found = match(HEX);
  if (found) {
    const value = BigInt(`0x${found[1]}`);
    return { token: { kind: 'integer', value, long: found[2] !== '', line }, text: found[0] };
  }
  found = match(INTEGER);
  if (found) {
    const value = BigInt((found[1] as string).replace(/^\+/, ''));
    return { token: { kind: 'integer', value, long: found[2] !== '', line }, text: found[0] };
  }
  found = match(NAME);
  if (found) {
    const [text] = found;
    const word = text.toLowerCase();
    const token: Token =
      word === 'true' || word === 'false'
        ? { kind: 'boolean', value: word === 'true', line }
        : { kind: 'name', text, line };
    return { token, text };
  }
  found = match(MARK);
  if (found) return { token: { kind: 'mark', text: found[0], line }, text: found[0] };
  return undefined;
}

/** Bytes by number, as in the file; what is escaped needlessly stays as it is. */
function unescaped(body: string | undefined): string {
  return (body ?? '').replace(ESCAPE, (whole, hex: string | undefined, char: string) =>
    hex === undefined ? (ESCAPES[char] ?? whole) : String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

export function syntaxError(file: string, line: number, what: string): ConfigError {
  return new ConfigError(`${file}:${line}: ${what}`);
}
