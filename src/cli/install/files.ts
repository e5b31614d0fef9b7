/**
 * What `livery install --user` puts into a home, and how it knows its own again:
 * the last line of each file says who made it and a checksum of the rest. What
 * somebody has changed since is theirs.
 */
import { createHash } from 'node:crypto';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import type { Verb } from '../verb.ts';
import { completionScript } from '../verbs/completion.ts';
import { manPages } from '../words/man.ts';
import { units } from './units.ts';

export interface InstalledFile {
  readonly path: string;
  readonly text: string;
}

const MADE = 'made by livery install';

/** Where the files of a user lie (the XDG base directory specification). */
export function userPlaces(env: NodeJS.ProcessEnv): { config: string; data: string } {
  const home = env.HOME && isAbsolute(env.HOME) ? env.HOME : homedir();
  const named = (value: string | undefined, otherwise: string): string =>
    value && isAbsolute(value) ? value : join(home, otherwise);
  return {
    config: named(env.XDG_CONFIG_HOME, '.config'),
    data: named(env.XDG_DATA_HOME, '.local/share'),
  };
}

/** Units, completions and manual pages; the configuration is apart, since it is the user's. */
export function installedFiles(
  env: NodeJS.ProcessEnv,
  verbs: readonly Verb[],
  program: readonly string[],
  version: string,
): InstalledFile[] {
  const { config, data } = userPlaces(env);
  const signed = (path: string, text: string, comment: string): InstalledFile => ({
    path,
    text: sign(text, comment),
  });
  return [
    ...units(program).map(({ name, text }) =>
      signed(join(config, 'systemd/user', name), text, '#'),
    ),
    signed(join(data, 'bash-completion/completions/livery'), completionScript('bash', verbs), '#'),
    signed(join(data, 'zsh/site-functions/_livery'), completionScript('zsh', verbs), '#'),
    signed(join(config, 'fish/completions/livery.fish'), completionScript('fish', verbs), '#'),
    ...manPages(verbs, version).map(({ file, text }) =>
      signed(join(data, 'man/man1', file), text, '.\\"'),
    ),
  ];
}

function sign(text: string, comment: string): string {
  return `${text}${comment} ${MADE}, ${checksum(text)}\n`;
}

/** Somebody may have changed it: then it is not ours to replace or remove. */
export function isOurs(text: string): boolean {
  const found = /^(?:#|\.\\") made by livery install, ([0-9a-f]{64})\n$/m.exec(text);
  return found !== null && found[1] === checksum(text.slice(0, found.index));
}

function checksum(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
