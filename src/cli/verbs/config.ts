/**
 * `livery config check|show|set|schema`: the configuration as a daemon would
 * read it, and one key of it changed. Needs no daemon.
 */
import {
  closeSync,
  fchownSync,
  fsyncSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { stringify } from 'smol-toml';
import { ConfigError, EXIT, messageOf, UserError } from '../../base/errors.ts';
import { escapeText } from '../../base/escape.ts';
import { didYouMean } from '../../base/suggest.ts';
import type { Config } from '../../config/config.ts';
import { parseKey, parseValue, setKey } from '../../config/edit.ts';
import { type Document, effectiveDocument } from '../../config/effective.ts';
import { keysOf } from '../../config/file-table.ts';
import { locateConfig } from '../../config/locate.ts';
import { parseConfig, readConfig } from '../../config/read.ts';
import { controlSocketPath, runtimeDirPath } from '../../config/runtime-dir.ts';
import { ControlClient } from '../../control/client.ts';
import { projectFile } from '../../native/project.ts';
import { plain } from '../plain.ts';
import type { Call } from '../verb.ts';

const SCHEMA = projectFile('docs/livery.schema.json');

export async function configCheck({ io, operands, has, value }: Call): Promise<number> {
  const file =
    operands[0] === undefined ? locateConfig(value('config'), io.env) : resolve(operands[0]);
  try {
    const { qubes } = readConfig(file);
    const report = { ok: true, file, mistakes: [] };
    io.out(
      has('json') ? `${JSON.stringify(report)}\n` : `${plain(file)} holds: ${qubes.size} qubes\n`,
    );
    return EXIT.ok;
  } catch (error) {
    if (!(error instanceof ConfigError && has('json'))) throw error;
    io.out(`${JSON.stringify({ ok: false, file, mistakes: error.message.split('\n') })}\n`);
    return EXIT.usage;
  }
}

export async function configShow({ io, operands, has, value }: Call): Promise<number> {
  const config = readConfig(locateConfig(value('config'), io.env));
  const document = effectiveDocument(config);
  const [key] = operands;
  const shown = key === undefined ? document : at(document, key, config);
  if (has('json')) io.out(`${JSON.stringify(shown)}\n`);
  else if (isTable(shown)) io.out(stringify(shown));
  else
    io.out(
      `${stringify({ value: shown })
        .replace(/^value = /, '')
        .trimEnd()}\n`,
    );
  return EXIT.ok;
}

export async function configSet({ io, operands, has, value }: Call): Promise<number> {
  const [key = '', word = ''] = operands;
  const file = locateConfig(value('config'), io.env);
  const path = parseKey(key);
  const wanted = parseValue(word);
  const before = readText(file);
  parseConfig(before, file);
  const after = setKey(before, path, wanted);
  try {
    parseConfig(after, file);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const lines = error.message.replaceAll(`${file}:`, 'line ');
    throw new ConfigError(
      `with that value the configuration would be wrong:\n${lines}`,
      'nothing was changed',
    );
  }
  const changed = after !== before;
  if (changed) replace(file, before, after);
  const running = daemonRuns(io.env);
  if (has('json')) {
    io.out(`${JSON.stringify({ file, key, value: wanted, changed, running })}\n`);
    return EXIT.ok;
  }
  const shown = `${plain(key)} = ${plain(JSON.stringify(wanted))}`;
  io.out(`${plain(file)}: ${shown}${changed ? '' : ' already'}\n`);
  if (changed && running) io.err('livery: the daemon that runs takes it over by: livery reload\n');
  return EXIT.ok;
}

export async function configSchema({ io }: Call): Promise<number> {
  io.out(readFileSync(SCHEMA, 'utf8'));
  return EXIT.ok;
}

/** Every key that the configuration can have, for a shell that completes. */
export function configKeys(config: Config): string[] {
  return keysOf({ labels: config.labels.keys(), qube: config.qubes.keys() });
}

function at(document: Document, key: string, config: Config): unknown {
  let found: unknown = document;
  for (const part of parsePath(key)) {
    found = isTable(found) && Object.hasOwn(found, part) ? found[part] : undefined;
  }
  if (found !== undefined) return found;
  const near = didYouMean(key, configKeys(config));
  throw new UserError('NO_KEY', `'${escapeText(key, 60)}' has no value${near}`, {
    exitCode: EXIT.notFound,
    hint: 'livery config show says everything that has one',
  });
}

/** A table alone is a path too. */
function parsePath(key: string): string[] {
  return /^[A-Za-z0-9_-]+$/.test(key) ? [key] : parseKey(key);
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function readText(file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file));
  } catch (error) {
    throw new ConfigError(`cannot read the configuration ${file}: ${messageOf(error)}`);
  }
}

/** The whole file or nothing; through a link, with the owner and the mode that it had. */
function replace(file: string, before: string, after: string): void {
  try {
    const path = realpathSync(file);
    const { mode, uid, gid } = statSync(path);
    const beside = join(dirname(path), `.${basename(path)}.${process.pid}`);
    try {
      const fd = openSync(beside, 'wx', mode & 0o777);
      try {
        writeFileSync(fd, after);
        if (process.getuid?.() === 0) fchownSync(fd, uid, gid);
        fsyncSync(fd);
      } finally {
        closeSync(fd);
      }
      if (readFileSync(path, 'utf8') !== before)
        throw new Error('somebody else has just changed it');
      renameSync(beside, path);
    } finally {
      rmSync(beside, { force: true });
    }
  } catch (error) {
    throw new UserError('NOT_WRITTEN', `${file} cannot be written: ${messageOf(error)}`, {
      hint: 'nothing was changed',
    });
  }
}

function daemonRuns(env: NodeJS.ProcessEnv): boolean {
  try {
    ControlClient.connect(controlSocketPath(runtimeDirPath(env)))[Symbol.dispose]();
    return true;
  } catch {
    return false;
  }
}
