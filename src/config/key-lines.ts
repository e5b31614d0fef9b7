/**
 * On which line of a TOML text a key stands. The TOML parser tells positions
 * of syntax errors only; this walks a text that it has accepted and notes
 * where every key, table and array element begins. It decides nothing else,
 * so on anything unexpected it may lose a line number and no more.
 */

export type KeyPath = readonly (string | number)[];

/** Offsets in the text; `end` is the first behind it. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

const BARE = /[A-Za-z0-9_-]/;

export class KeyLines {
  readonly #text: string;
  readonly #offsets = new Map<string, number>();
  /** For each array of tables the index of its last table. */
  readonly #lastTable = new Map<string, number>();
  readonly #values = new Map<string, Span>();
  /** Of each table with a header: from behind the header to behind its last value. */
  readonly #bodies = new Map<string, Span>();
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    this.#document();
  }

  /** Line (from 1) of the key, or of the nearest table around it; 1 when nothing is known. */
  lineOf(path: KeyPath): number {
    for (let length = path.length; length > 0; length--) {
      const offset = this.#offsets.get(JSON.stringify(path.slice(0, length)));
      if (offset !== undefined) return this.#text.slice(0, offset).split('\n').length;
    }
    return 1;
  }

  /** Where the value of a key stands; undefined for a table with a header. */
  valueOf(path: KeyPath): Span | undefined {
    return this.#values.get(JSON.stringify(path));
  }

  /** Where the values of a table with a header of its own stand; an empty one has none behind it. */
  bodyOf(path: KeyPath): Span | undefined {
    return this.#bodies.get(JSON.stringify(path));
  }

  #note(path: KeyPath, offset: number): void {
    const key = JSON.stringify(path);
    if (!this.#offsets.has(key)) this.#offsets.set(key, offset);
  }

  #document(): void {
    let table: KeyPath = [];
    for (this.#void(); this.#at < this.#text.length; this.#void()) {
      const start = this.#at;
      if (this.#text.startsWith('[[', start)) {
        this.#at += 2;
        table = this.#tablePath(this.#key(), start, true);
        this.#at += 2;
      } else if (this.#text[start] === '[') {
        this.#at += 1;
        table = this.#tablePath(this.#key(), start, false);
        this.#at += 1;
        this.#bodies.set(JSON.stringify(table), { start: this.#at, end: this.#at });
      } else {
        this.#pair(table);
        const body = this.#bodies.get(JSON.stringify(table));
        if (body) this.#bodies.set(JSON.stringify(table), { ...body, end: this.#at });
      }
      if (this.#at === start) return;
    }
  }

  /** A header's path, noted, with the indexes of the arrays of tables on the way. */
  #tablePath(keys: readonly string[], offset: number, append: boolean): KeyPath {
    let path: (string | number)[] = [];
    for (const [i, key] of keys.entries()) {
      path = [...path, key];
      this.#note(path, offset);
      const array = JSON.stringify(path);
      let index = this.#lastTable.get(array);
      if (append && i === keys.length - 1) {
        index = (index ?? -1) + 1;
        this.#lastTable.set(array, index);
      }
      if (index === undefined) continue;
      path = [...path, index];
      this.#note(path, offset);
    }
    return path;
  }

  /** `key = value`; notes the key and every table that a dotted key opens. */
  #pair(table: KeyPath): void {
    const start = this.#at;
    let path = table;
    for (const part of this.#key()) {
      path = [...path, part];
      this.#note(path, start);
    }
    if (this.#text[this.#at] === '=') this.#at++;
    this.#blanks();
    const from = this.#at;
    this.#value(path);
    const end = from + this.#text.slice(from, this.#at).trimEnd().length;
    this.#values.set(JSON.stringify(path), { start: from, end });
  }

  #value(path: KeyPath): void {
    this.#void();
    const open = this.#text[this.#at];
    if (open === '"' || open === "'") this.#string();
    else if (open === '[') this.#list(']', (index) => this.#element([...path, index]));
    else if (open === '{') this.#list('}', () => this.#pair(path));
    else while (this.#at < this.#text.length && !/[,\]}\n#]/.test(this.#here())) this.#at++;
  }

  #element(path: KeyPath): void {
    this.#note(path, this.#at);
    this.#value(path);
  }

  #list(close: string, item: (index: number) => void): void {
    this.#at++;
    for (let index = 0; this.#at < this.#text.length; index++) {
      this.#void();
      if (this.#here() === close) break;
      const before = this.#at;
      item(index);
      this.#void();
      if (this.#here() === ',') this.#at++;
      if (this.#at === before) break;
    }
    this.#at++;
  }

  /** Dotted key up to `=` or `]`. */
  #key(): string[] {
    const parts: string[] = [];
    for (;;) {
      this.#blanks();
      const start = this.#at;
      if (this.#here() === '"' || this.#here() === "'") {
        this.#string();
        parts.push(unquoted(this.#text.slice(start, this.#at)));
      } else {
        while (BARE.test(this.#here())) this.#at++;
        parts.push(this.#text.slice(start, this.#at));
      }
      this.#blanks();
      if (this.#here() !== '.') return parts;
      this.#at++;
    }
  }

  #string(): void {
    const quote = this.#here();
    const triple = quote.repeat(3);
    const long = this.#text.startsWith(triple, this.#at);
    this.#at += long ? 3 : 1;
    while (this.#at < this.#text.length) {
      if (this.#here() === '\\' && quote === '"') this.#at += 2;
      else if (long ? this.#text.startsWith(triple, this.#at) : this.#here() === quote) break;
      else this.#at++;
    }
    this.#at += long ? 3 : 1;
    // A long string may end in up to two quotes of its own.
    while (long && this.#here() === quote) this.#at++;
  }

  #here(): string {
    return this.#text[this.#at] ?? '';
  }

  #blanks(): void {
    while (this.#here() === ' ' || this.#here() === '\t') this.#at++;
  }

  /** Blanks, newlines and comments. */
  #void(): void {
    for (;;) {
      while (/\s/.test(this.#here())) this.#at++;
      if (this.#here() !== '#') return;
      while (this.#at < this.#text.length && this.#here() !== '\n') this.#at++;
    }
  }
}

function unquoted(quoted: string): string {
  const inner = quoted.slice(1, -1);
  if (quoted.startsWith("'") || !inner.includes('\\')) return inner;
  try {
    return JSON.parse(quoted) as string;
  } catch {
    return inner;
  }
}
