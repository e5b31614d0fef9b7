/**
 * What is wrong in a configuration file, collected so that all of it is told
 * at once, each with its line.
 */
import * as v from 'valibot';
import { ConfigError } from '../base/errors.ts';
import { escapeText } from '../base/escape.ts';
import { didYouMean } from '../base/suggest.ts';
import type { KeyLines, KeyPath } from './key-lines.ts';

type TableSchema = v.ObjectSchema<v.ObjectEntries, undefined>;

export class Mistakes {
  readonly #file: string;
  readonly #lines: KeyLines;
  readonly #found: { line: number; text: string }[] = [];

  constructor(file: string, lines: KeyLines) {
    this.#file = file;
    this.#lines = lines;
  }

  /** @param text what was expected, in words */
  add(path: KeyPath, text: string): void {
    const line = this.#lines.lineOf(path);
    this.#found.push({ line, text: `${keyText(path)}: ${text}` });
  }

  lineOf(path: KeyPath): number {
    return this.#lines.lineOf(path);
  }

  /** Keys of `table` that are none of `known`; each with the nearest one. */
  unknownKeys(path: KeyPath, table: object, known: readonly string[]): void {
    for (const key of Object.keys(table)) {
      if (known.includes(key)) continue;
      const hint = didYouMean(key, known) || `; known here: ${known.join(', ')}`;
      this.add([...path, key], `unknown key${hint}`);
    }
  }

  /** The table as its schema says, or undefined when something in it is wrong (noted). */
  table<S extends TableSchema>(
    path: KeyPath,
    value: unknown,
    schema: S,
  ): v.InferOutput<S> | undefined {
    if (!isTable(value)) {
      this.add(path, `expected a table, found ${shown(value)}`);
      return undefined;
    }
    this.unknownKeys(path, value, Object.keys(schema.entries));
    for (const [key, inner] of Object.entries(schema.entries)) {
      const entries = innerEntries(inner);
      const held = value[key];
      if (entries && isTable(held)) this.unknownKeys([...path, key], held, entries);
    }
    const result = v.safeParse(schema, value);
    if (result.success) return result.output;
    for (const issue of result.issues) {
      const below = (issue.path ?? []).map((item) => item.key as string | number);
      const missing = issue.received === 'undefined';
      this.add(
        [...path, ...below],
        missing ? expectation(schema, below) : `${issue.message}, found ${shown(issue.input)}`,
      );
    }
    return undefined;
  }

  /** Throws one ConfigError with every mistake, in the order of the file. */
  throwIfAny(): void {
    if (this.#found.length === 0) return;
    const sorted = this.#found.toSorted((a, b) => a.line - b.line);
    throw new ConfigError(
      sorted.map(({ line, text }) => `${this.#file}:${line}: ${text}`).join('\n'),
    );
  }
}

/** The entries of an optional table inside a table. */
function innerEntries(schema: v.GenericSchema): string[] | undefined {
  const wrapped = 'wrapped' in schema ? (schema.wrapped as v.GenericSchema) : schema;
  return 'entries' in wrapped ? Object.keys(wrapped.entries as object) : undefined;
}

/** What a missing key should have held, from the words of its own schema. */
function expectation(schema: TableSchema, path: KeyPath): string {
  const entry = schema.entries[String(path[0])];
  const tried = entry && path.length === 1 ? v.safeParse(entry, undefined) : undefined;
  const words = tried && !tried.success ? tried.issues[0].message : 'expected a value';
  return `missing; ${words}`;
}

export function isTable(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)
  );
}

/** `qube.work.programs[1][0]`; keys that are not plain are quoted. */
function keyText(path: KeyPath): string {
  let out = '';
  for (const part of path) {
    if (typeof part === 'number') out += `[${part}]`;
    else {
      const plain = /^[A-Za-z0-9_-]+$/.test(part);
      out += `${out === '' ? '' : '.'}${plain ? part : `"${escapeText(part, 40)}"`}`;
    }
  }
  return out;
}

/** A value of the file as somebody would recognise it, short. */
export function shown(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (isTable(value)) return 'a table';
  if (value instanceof Date) return 'a date';
  return typeof value === 'string' ? `"${escapeText(value, 40)}"` : escapeText(String(value), 40);
}
