/**
 * The command line: finds the verb, checks what was said, runs it, and turns
 * whatever happens into words and an exit status.
 */
import { EXIT } from '../base/errors.ts';
import { findVerb, parseFor } from './arguments.ts';
import { generalHelp, verbHelp } from './help.ts';
import type { Io } from './io.ts';
import { report } from './report.ts';
import type { Verb } from './verb.ts';
import { VERBS } from './verbs.ts';
import { versionLine } from './version.ts';

/**
 * Runs one command; never rejects.
 * @param argv what follows the program's name
 * @returns the exit status
 */
export async function main(argv: readonly string[], io: Io): Promise<number> {
  const dashes = argv.indexOf('--');
  const debug = argv.slice(0, dashes < 0 ? undefined : dashes).includes('--debug');
  try {
    return await dispatch(argv, io, debug);
  } catch (error) {
    return report(error, io, debug);
  }
}

async function dispatch(argv: readonly string[], io: Io, debug: boolean): Promise<number> {
  const [first] = argv;
  if (first === '--version' || first === '-V') {
    io.out(`${versionLine()}\n`);
    return EXIT.ok;
  }
  if (first === undefined) {
    io.err(generalHelp(VERBS));
    return EXIT.usage;
  }
  if (first === 'help' || first === '--help' || first === '-h') {
    io.out(helpFor(argv.slice(1)));
    return EXIT.ok;
  }
  const { verb, rest } = findVerb(VERBS, argv);
  const { operands, program, values } = parseFor(verb, rest);
  if (values.help === true) {
    io.out(verbHelp(verb));
    return EXIT.ok;
  }
  const run = await verb.load();
  return run({
    io,
    operands,
    program,
    debug,
    verbs: VERBS,
    has: (option) => values[option] === true,
    value: (option) => {
      const value = values[option];
      return typeof value === 'string' ? value : undefined;
    },
  });
}

function helpFor(words: readonly string[]): string {
  if (words.length === 0) return generalHelp(VERBS);
  const group: readonly Verb[] = VERBS.filter(({ name }) => name.startsWith(`${words[0]} `));
  if (words.length === 1 && group.length > 0) return group.map(verbHelp).join('\n');
  return verbHelp(findVerb(VERBS, words).verb);
}
