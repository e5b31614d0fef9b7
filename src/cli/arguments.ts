/**
 * The command line against the table of verbs: which verb, which options,
 * what follows `--`. What is not in the table is refused with the nearest
 * thing that is.
 */
import { parseArgs } from 'node:util';
import { EXIT, UserError } from '../base/errors.ts';
import { escapeText } from '../base/escape.ts';
import { didYouMean } from '../base/suggest.ts';
import { COMMON_OPTIONS, type OptionSpec, type Verb } from './verb.ts';

export interface Parsed {
  readonly operands: readonly string[];
  readonly program: readonly string[];
  readonly values: Readonly<Record<string, string | boolean | undefined>>;
}

function usage(message: string, hint: string): UserError {
  return new UserError('USAGE', message, { exitCode: EXIT.usage, hint });
}

const quoted = (word: string): string => `'${escapeText(word, 40)}'`;

/** The verb that `argv` begins with, and the rest of it. Throws UserError USAGE. */
export function findVerb(
  verbs: readonly Verb[],
  argv: readonly string[],
): { verb: Verb; rest: readonly string[] } {
  const [first = '', second] = argv;
  const verb = verbs.find(({ name }) => name === first);
  if (verb) return { verb, rest: argv.slice(1) };
  const group = verbs.filter(({ name }) => name.startsWith(`${first} `));
  const shown = verbs.filter(({ internal }) => !internal);
  if (first === '' || group.length === 0) {
    const near = didYouMean(first, new Set(shown.map(({ name }) => name.split(' ')[0] as string)));
    throw usage(`there is no command ${quoted(first)}${near}`, 'livery help lists the commands');
  }
  const found = group.find(({ name }) => name === `${first} ${second}`);
  if (found) return { verb: found, rest: argv.slice(2) };
  const known = group.map(({ name }) => name.slice(first.length + 1));
  const said =
    second === undefined || second.startsWith('-')
      ? `livery ${first} what?`
      : `there is no command ${quoted(`${first} ${second}`)}${didYouMean(second, known)}`;
  throw usage(said, `livery ${first} ${known.join(' | ')}`);
}

/** Checks `rest` against the verb's table. Throws UserError USAGE. */
export function parseFor(verb: Verb, rest: readonly string[]): Parsed {
  const dashes = rest.indexOf('--');
  const own = dashes < 0 ? rest : rest.slice(0, dashes);
  const program = dashes < 0 ? [] : rest.slice(dashes + 1);
  const specs: Record<string, OptionSpec> = { ...verb.options, ...COMMON_OPTIONS };
  const help = `livery ${verb.name} --help`;

  const { tokens } = parseArgs({
    args: [...own],
    strict: false,
    allowPositionals: true,
    tokens: true,
    options: Object.fromEntries(
      Object.entries(specs).map(([name, { value }]) => [
        name,
        { type: value === undefined ? 'boolean' : 'string' } as const,
      ]),
    ),
  });
  const values: Record<string, string | boolean> = {};
  const operands: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') operands.push(token.value);
    if (token.kind !== 'option') continue;
    const spec = Object.hasOwn(specs, token.name) ? specs[token.name] : undefined;
    if (!spec) {
      const near = didYouMean(token.name, Object.keys(specs)).replace('"', '"--');
      const forProgram = verb.takesProgram && dashes < 0;
      throw usage(
        `${verb.name}: there is no option ${quoted(token.rawName)}${near}`,
        forProgram ? "put '--' before the program, so that its options are its own" : help,
      );
    }
    if (spec.value === undefined) {
      if (token.value !== undefined && token.value !== spec.orValue) {
        const only = spec.orValue === undefined ? 'no value' : `no value, or ${spec.orValue}`;
        throw usage(`--${token.name} takes ${only}`, help);
      }
      values[token.name] = token.value ?? true;
    } else {
      // A value that looks like an option is one that was forgotten.
      if (token.value === undefined || (!token.inlineValue && token.value.startsWith('--'))) {
        throw usage(`--${token.name} needs a value: --${token.name} ${spec.value}`, help);
      }
      values[token.name] = token.value;
    }
  }
  if (values.help === undefined) checkOperands(verb, operands, program, dashes >= 0);
  return { operands, program, values };
}

function checkOperands(
  verb: Verb,
  operands: readonly string[],
  program: readonly string[],
  dashes: boolean,
): void {
  const line = `livery ${verb.name} ${verb.operands}`.trimEnd();
  if (operands.length < verb.operandCount) throw usage(`${verb.name}: something is missing`, line);
  if (verb.takesProgram) {
    if (operands.length > verb.operandCount) {
      throw usage(`${verb.name}: expected '--' before the program`, line);
    }
    if (program.length === 0 || program[0] === '') {
      throw usage(`${verb.name}: expected a program after '--'`, line);
    }
    return;
  }
  const extra = [...operands.slice(verb.operandCount + (verb.optionalCount ?? 0)), ...program];
  if (extra.length > 0 || dashes) {
    throw usage(`${verb.name}: unexpected ${quoted(extra[0] ?? '--')}`, line);
  }
}
