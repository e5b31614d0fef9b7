/**
 * `livery completion`: the script by which a shell completes its command line;
 * `livery names`: what that script asks for while somebody types.
 */
import { EXIT, UserError } from '../../base/errors.ts';
import { escapeText } from '../../base/escape.ts';
import { didYouMean } from '../../base/suggest.ts';
import { locateConfig } from '../../config/locate.ts';
import { readConfig } from '../../config/read.ts';
import type { Call, Verb } from '../verb.ts';
import { bashCompletion } from '../words/bash.ts';
import { fishCompletion } from '../words/fish.ts';
import { type Command, vocabulary } from '../words/vocabulary.ts';
import { zshCompletion } from '../words/zsh.ts';
import { configKeys } from './config.ts';

export type Shell = 'bash' | 'zsh' | 'fish';

const SCRIPTS: Readonly<Record<Shell, (commands: readonly Command[]) => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
};

/** The script for one shell. */
export function completionScript(shell: Shell, verbs: readonly Verb[]): string {
  return SCRIPTS[shell](vocabulary(verbs));
}

export async function completion({ io, operands, verbs }: Call): Promise<number> {
  const [shell = ''] = operands;
  if (!Object.hasOwn(SCRIPTS, shell)) throw unknown('shell', shell, Object.keys(SCRIPTS));
  io.out(completionScript(shell as Shell, verbs));
  return EXIT.ok;
}

/** Says nothing when there is no configuration, or a wrong one: somebody is typing. */
export async function names({ io, operands }: Call): Promise<number> {
  const [what = ''] = operands;
  const lists = ['qubes', 'config-keys'];
  if (!lists.includes(what)) throw unknown('list', what, lists);
  try {
    const config = readConfig(locateConfig(undefined, io.env));
    const found = what === 'qubes' ? config.qubes.keys() : configKeys(config);
    for (const name of found) io.out(`${name}\n`);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
  }
  return EXIT.ok;
}

function unknown(what: string, word: string, known: readonly string[]): UserError {
  const near = didYouMean(word, known);
  return new UserError('USAGE', `there is no ${what} '${escapeText(word, 40)}'${near}`, {
    exitCode: EXIT.usage,
    hint: `expected one of ${known.join(', ')}`,
  });
}
