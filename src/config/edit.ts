/**
 * One key of livery.toml changed in its text: comments, order and everything
 * else stay. The changed text is read again and compared, so that a slip here
 * can change nothing but that key.
 */
import { isDeepStrictEqual } from 'node:util';
import { parse, stringify, TomlError } from 'smol-toml';
import { EXIT, UserError } from '../base/errors.ts';
import { escapeText } from '../base/escape.ts';
import { KeyLines } from './key-lines.ts';
import { isTable } from './mistakes.ts';

type Table = Record<string, unknown>;

/** `qube.work.label` → its parts; names with a dot are quoted. Throws UserError USAGE. */
export function parseKey(text: string): string[] {
  const path: string[] = [];
  try {
    let table: unknown = /[=\n#]/.test(text) ? {} : parse(`${text} = 0`);
    while (isTable(table) && Object.keys(table).length === 1) {
      const [key = ''] = Object.keys(table);
      path.push(key);
      table = table[key];
    }
    if (table !== 0) path.length = 0;
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
  }
  if (path.length >= 2) return path;
  throw new UserError('USAGE', `'${escapeText(text, 60)}' is no key`, {
    exitCode: EXIT.usage,
    hint: 'expected a table and a key in it, as in qube.work.label',
  });
}

/** A value as TOML has it; what is none is a string: `blue`, `/srv/work`, `#00a0a0`. */
export function parseValue(text: string): unknown {
  try {
    const table: Table = parse(`value = ${text}`);
    if (Object.keys(table).length === 1) return table.value;
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
  }
  return text;
}

/**
 * The text with `path` set to `value`. Throws UserError EDIT when the text is
 * written in a way that this cannot change, as with tables in one line.
 */
export function setKey(text: string, path: readonly string[], value: unknown): string {
  const before: Table = parse(text);
  const changed = edited(text, path, stringified(value));
  const wanted = structuredClone(before);
  put(wanted, path, value);
  let after: unknown;
  try {
    after = parse(changed);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
  }
  // Clones: tables of the parser have no prototype.
  if (isDeepStrictEqual(structuredClone(after), structuredClone(wanted))) return changed;
  throw new UserError('EDIT', `${path.join('.')} cannot be changed without writing the file anew`, {
    exitCode: EXIT.usage,
    hint: 'it stands in a table that is written in one line; change it in an editor',
  });
}

function edited(text: string, path: readonly string[], value: string): string {
  const places = new KeyLines(text);
  const span = places.valueOf(path);
  if (span) return text.slice(0, span.start) + value + text.slice(span.end);
  const key = keyText(path.slice(-1));
  const table = path.slice(0, -1);
  const body = places.bodyOf(table);
  const line = `${key} = ${value}`;
  if (!body) {
    const gap = text === '' || text.endsWith('\n\n') ? '' : text.endsWith('\n') ? '\n' : '\n\n';
    return `${text}${gap}[${keyText(table)}]\n${line}\n`;
  }
  // Beside the comment that shows its default, else behind the last value.
  const shown = new RegExp(
    `^#[ \\t]*${key.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}[ \\t]*=.*$`,
    'm',
  );
  const next = text.slice(body.end).search(/^[ \t]*\[/m);
  const section = text.slice(body.start, next < 0 ? undefined : body.end + next);
  const comment = shown.exec(section);
  const from = comment ? body.start + comment.index + comment[0].length : body.end;
  const end = text.indexOf('\n', from);
  return end < 0 ? `${text}\n${line}\n` : `${text.slice(0, end)}\n${line}${text.slice(end)}`;
}

function put(table: Table, path: readonly string[], value: unknown): void {
  const [key = '', ...rest] = path;
  if (rest.length === 0) table[key] = value;
  else {
    const inner = isTable(table[key]) ? table[key] : {};
    table[key] = inner;
    put(inner, rest, value);
  }
}

function stringified(value: unknown): string {
  return stringify({ value })
    .replace(/^value = /, '')
    .trimEnd();
}

function keyText(path: readonly string[]): string {
  return path
    .map((part) => (/^[A-Za-z0-9_-]+$/.test(part) ? part : JSON.stringify(part)))
    .join('.');
}
