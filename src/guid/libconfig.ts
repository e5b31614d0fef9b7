/**
 * Files in libconfig's syntax: settings `name = value;`, groups `{…}`, arrays
 * `[…]` of values of one kind, lists `(…)` of any, strings next to each other
 * joined, `@include` of files in one directory. Written by dom0; mistakes are
 * told with file and line.
 */
import { readFileSync, realpathSync } from 'node:fs';
import { isAbsolute, join, sep } from 'node:path';
import { messageOf } from '../base/errors.ts';
import { syntaxError, type Token, tokens } from './libconfig-lexer.ts';

export type Value =
  | { readonly kind: 'group'; readonly settings: ReadonlyMap<string, Setting> }
  | { readonly kind: 'array' | 'list'; readonly items: readonly Value[] }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'integer'; readonly value: bigint }
  | { readonly kind: 'float'; readonly value: number };

export interface Setting {
  readonly value: Value;
  readonly line: number;
}

export type Group = ReadonlyMap<string, Setting>;

/** libconfig's own bound. */
const MAX_INCLUDE_DEPTH = 10;
const MAX_NESTING = 64;

/**
 * The settings of a file's text. Throws ConfigError with file and line.
 * @param file for messages
 * @param includeDir where `@include` may read; a path that leads out of it is refused
 */
export function parseLibconfig(text: string, file: string, includeDir: string): Group {
  const parser = new Parser(expand(text, file, includeDir, 0), file);
  return parser.file();
}

/** A token with the file that it comes from, for messages. */
type Placed = Token & { readonly file: string };

function expand(text: string, file: string, includeDir: string, depth: number): Placed[] {
  return tokens(text, file).flatMap((token): Placed[] => {
    if (token.kind !== 'include') return [{ ...token, file }];
    if (depth >= MAX_INCLUDE_DEPTH) throw syntaxError(file, token.line, 'includes are too deep');
    const { path, body } = readIncluded(token.path, includeDir, file, token.line);
    return expand(body, path, includeDir, depth + 1).filter(({ kind }) => kind !== 'end');
  });
}

function readIncluded(
  name: string,
  includeDir: string,
  file: string,
  line: number,
): { path: string; body: string } {
  const path = isAbsolute(name) ? name : join(includeDir, name);
  try {
    if (!realpathSync(path).startsWith(realpathSync(includeDir) + sep)) {
      throw new Error(`it does not lie in ${includeDir}`);
    }
    return { path, body: readFileSync(path, 'latin1') };
  } catch (error) {
    throw syntaxError(file, line, `cannot include ${path}: ${messageOf(error)}`);
  }
}

class Parser {
  readonly #tokens: readonly Placed[];
  readonly #file: string;
  #at = 0;

  constructor(list: readonly Placed[], file: string) {
    this.#tokens = list;
    this.#file = file;
  }

  file(): Group {
    const settings = this.#settings('end', 0);
    return settings;
  }

  get #next(): Placed {
    return this.#tokens[this.#at] ?? { kind: 'end', line: 0, file: this.#file };
  }

  /** Settings up to `}` or the end, which is taken too. */
  #settings(until: 'end' | '}', depth: number): Group {
    const settings = new Map<string, Setting>();
    for (;;) {
      const token = this.#take();
      if (token.kind === 'end' && until === 'end') return settings;
      if (token.kind === 'mark' && token.text === until) return settings;
      if (token.kind !== 'name') throw this.#unexpected(token, 'the name of a setting');
      if (settings.has(token.text)) {
        throw syntaxError(token.file, token.line, `'${token.text}' is set twice`);
      }
      if (!this.#takeMark('=') && !this.#takeMark(':')) throw this.#unexpected(this.#next, "'='");
      const value = this.#value(depth);
      settings.set(token.text, { value, line: token.line });
      // Both are optional, and so is nothing at all.
      if (!this.#takeMark(';')) this.#takeMark(',');
    }
  }

  #value(depth: number): Value {
    const token = this.#take();
    if (depth > MAX_NESTING) throw syntaxError(token.file, token.line, 'it is nested too deeply');
    switch (token.kind) {
      case 'string':
        return { kind: 'string', value: token.value + this.#moreStrings() };
      case 'boolean':
        return { kind: 'boolean', value: token.value };
      case 'integer':
        return { kind: 'integer', value: inRange(token) };
      case 'float':
        return { kind: 'float', value: token.value };
      case 'mark':
        if (token.text === '{') return { kind: 'group', settings: this.#settings('}', depth + 1) };
        if (token.text === '(') return { kind: 'list', items: this.#items(')', depth + 1) };
        if (token.text === '[') return this.#array(token, depth + 1);
        throw this.#unexpected(token, 'a value');
      default:
        throw this.#unexpected(token, 'a value');
    }
  }

  /** Strings that follow each other are one. */
  #moreStrings(): string {
    let text = '';
    for (let token = this.#next; token.kind === 'string'; token = this.#next) {
      text += token.value;
      this.#at++;
    }
    return text;
  }

  #array(open: Placed, depth: number): Value {
    const items = this.#items(']', depth);
    const [first] = items;
    for (const item of items) {
      const scalar = item.kind !== 'group' && item.kind !== 'array' && item.kind !== 'list';
      if (!scalar || item.kind !== first?.kind) {
        const what = 'an array has values of one kind, and no groups, arrays or lists';
        throw syntaxError(open.file, open.line, what);
      }
    }
    return { kind: 'array', items };
  }

  #items(until: ')' | ']', depth: number): Value[] {
    const items: Value[] = [];
    while (!this.#takeMark(until)) {
      items.push(this.#value(depth));
      if (this.#takeMark(',')) continue;
      if (!this.#takeMark(until)) throw this.#unexpected(this.#next, `',' or '${until}'`);
      break;
    }
    return items;
  }

  #take(): Placed {
    const token = this.#next;
    this.#at++;
    return token;
  }

  #takeMark(text: string): boolean {
    const token = this.#next;
    if (token.kind !== 'mark' || token.text !== text) return false;
    this.#at++;
    return true;
  }

  #unexpected(token: Placed, expected: string): Error {
    const found =
      token.kind === 'end' ? 'the end' : token.kind === 'mark' ? `'${token.text}'` : token.kind;
    return syntaxError(token.file, token.line, `expected ${expected}, found ${found}`);
  }
}

/** 32 bits, or 64 with an L or when it needs them. */
function inRange(token: Extract<Placed, { kind: 'integer' }>): bigint {
  if (BigInt.asIntN(64, token.value) === token.value) return token.value;
  // 64-bit hexadecimal numbers are taken as their bits.
  if (token.value > 0n && BigInt.asUintN(64, token.value) === token.value) {
    return BigInt.asIntN(64, token.value);
  }
  throw syntaxError(token.file, token.line, 'a number has at most 64 bits');
}
