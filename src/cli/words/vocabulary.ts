/**
 * The command line as completion needs it: which words can come where. Made
 * from the table of verbs, so that a shell offers what the help explains.
 */
import { COMMON_OPTIONS, type Verb } from '../verb.ts';

/** What may stand in a place, from the words by which the help names it. */
export type Kind =
  | { readonly kind: 'words'; readonly words: readonly string[] }
  | { readonly kind: 'qube' | 'file' | 'directory' | 'config-key' | 'nothing' };

export interface CompletedOption {
  /** With its dashes. */
  readonly name: string;
  readonly text: string;
  /** Undefined = a switch. */
  readonly value: Kind | undefined;
}

export interface CompletedVerb {
  /** One or two words. */
  readonly words: readonly string[];
  readonly summary: string;
  readonly options: readonly CompletedOption[];
  readonly operands: readonly Kind[];
  readonly takesProgram: boolean;
}

/** A first word, and what can follow it. */
export interface Command {
  readonly word: string;
  readonly summary: string;
  /** Undefined = a group (`qube`), whose second words are `verbs`. */
  readonly verb: CompletedVerb | undefined;
  readonly verbs: readonly CompletedVerb[];
}

/** The verbs that a person uses, by their first words, in the order of the table. */
export function vocabulary(verbs: readonly Verb[]): Command[] {
  const commands = new Map<string, CompletedVerb[]>();
  for (const verb of verbs) {
    if (verb.internal) continue;
    const [first = ''] = verb.name.split(' ');
    commands.set(first, [...(commands.get(first) ?? []), completed(verb)]);
  }
  return [...commands].map(([word, found]) => {
    const [only] = found;
    const alone = found.length === 1 && only?.words.length === 1 ? only : undefined;
    const names = found.map(({ words }) => words[1]).join(', ');
    return { word, summary: alone?.summary ?? names, verb: alone, verbs: alone ? [] : found };
  });
}

/** What stands beside the commands. */
export const OWN_OPTIONS: readonly (readonly [string, string])[] = [
  ['--help', 'list the commands'],
  ['--version', 'say which Livery this is'],
];

function completed(verb: Verb): CompletedVerb {
  const options = Object.entries({ ...verb.options, ...COMMON_OPTIONS });
  return {
    words: verb.name.split(' '),
    summary: verb.summary,
    options: options.map(([name, { value, text }]) => ({
      name: `--${name}`,
      text,
      value: value === undefined ? undefined : kindOf(value),
    })),
    operands: operandsOf(verb.operands),
    takesProgram: verb.takesProgram === true,
  };
}

/** `SOURCE TARGET` → two qubes; what stands after `--` is not among them. */
function operandsOf(text: string): Kind[] {
  const [own = ''] = text.split(' -- ');
  return own
    .replaceAll(/[[\]]/g, '')
    .replaceAll(' | ', '|')
    .split(' ')
    .filter((word) => word !== '' && !word.startsWith('--'))
    .map(kindOf);
}

function kindOf(word: string): Kind {
  if (/^[a-z0-9-]+(\|[a-z0-9-]+)+$/.test(word)) return { kind: 'words', words: word.split('|') };
  if (/^(QUBE|SOURCE|TARGET|NAME)$/.test(word)) return { kind: 'qube' };
  if (/^FILE(\.|$)/.test(word)) return { kind: 'file' };
  if (word === 'DIR') return { kind: 'directory' };
  if (word === 'KEY') return { kind: 'config-key' };
  return { kind: 'nothing' };
}
