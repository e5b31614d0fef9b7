/**
 * Help as text, made from the table of verbs.
 */
import { COMMON_OPTIONS, type Verb } from './verb.ts';

const EXIT_TEXT = `Exit status: 0 done, 1 failed, 2 wrong command line or configuration,
3 something needed is missing, 4 the thing named does not exist, 128+n ended by signal n.`;

/** What `livery help` shows. */
export function generalHelp(verbs: readonly Verb[]): string {
  const shown = verbs.filter(({ internal }) => !internal);
  const width = Math.max(...shown.map(({ name }) => name.length));
  const lines = shown.map(({ name, summary }) => `  livery ${name.padEnd(width)}  ${summary}`);
  return `Livery shows the windows of isolated qubes on one screen, each in its trust colour.

${lines.join('\n')}

livery COMMAND --help says more about one command; livery --version says which this is.

${EXIT_TEXT}
`;
}

/** What `livery VERB --help` shows. */
export function verbHelp(verb: Verb): string {
  const options = Object.entries({ ...verb.options, ...COMMON_OPTIONS }).map(
    ([name, { value, text }]) => [`--${name}${value === undefined ? '' : ` ${value}`}`, text],
  );
  const width = Math.max(...options.map(([left = '']) => left.length));
  const lines = options.map(([left = '', text]) => `  ${left.padEnd(width)}  ${text}`);
  const usage = `Usage: livery ${verb.name} ${verb.operands}`.trimEnd();
  return `${verb.summary}.

${usage}
${verb.details === undefined ? '' : `\n${verb.details}\n`}
${lines.join('\n')}

Example: ${verb.example}

${EXIT_TEXT}
`;
}
