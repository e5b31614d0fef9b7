/**
 * A table for a new qube at the end of a configuration's text: the rest of it,
 * with its comments, stays as a person wrote it. The whole is read again as if
 * it came from a file before anybody writes it there.
 */
import { ConfigError } from '../base/errors.ts';
import { BUILTIN_LABELS } from '../trust/label.ts';
import type { Config, QubeConfig } from './config.ts';
import { parseConfig } from './read.ts';

export interface NewQube {
  readonly name: string;
  /** Undefined = the first built-in one that no qube wears. */
  readonly label: string | undefined;
  readonly backend: 'sandbox' | 'qemu';
}

/** The text with the new table, and the qube as it will be read. */
export interface WithQube {
  readonly text: string;
  readonly qube: QubeConfig;
}

/**
 * @param file is only named in errors
 * @throws ConfigError when `text` or the new qube is not valid
 */
export function withQube(text: string, file: string, { name, label, backend }: NewQube): WithQube {
  const chosen = label ?? unusedLabel(parseConfig(text, file));
  // Quoted as TOML wants it; what is no name or label is said by the reader.
  const key = /^[A-Za-z0-9_-]+$/.test(name) ? name : JSON.stringify(name);
  const lines = [`[qube.${key}]`, `label = ${JSON.stringify(chosen)}`, `backend = "${backend}"`];
  const table = `${lines.join('\n')}\n`;
  const gap = text.trim() === '' ? '' : text.endsWith('\n') ? '\n' : '\n\n';
  const whole = text + gap + table;
  const qube = [...parseConfig(whole, file).qubes.values()].at(-1);
  if (qube?.name === name) return { text: whole, qube };
  throw new ConfigError(`${file}: the qube ${name} cannot be added at its end`);
}

function unusedLabel({ qubes }: Config): string {
  const worn = new Set([...qubes.values()].map((qube) => qube.label.name));
  return (BUILTIN_LABELS.find(({ name }) => !worn.has(name)) ?? BUILTIN_LABELS[0])?.name ?? '';
}
