/**
 * Completion for fish: a condition that says which verb the line has, and a
 * `complete` for each word, option and operand.
 */
import type { Command, CompletedVerb, Kind } from './vocabulary.ts';
import { OWN_OPTIONS } from './vocabulary.ts';

/** The script, to be named `livery.fish` where fish looks. */
export function fishCompletion(commands: readonly Command[]): string {
  const verbs = commands.flatMap(({ verb, verbs }) => (verb ? [verb] : verbs));
  return `# fish completion for livery, made by: livery completion fish

function __livery_words
    set -l words
    for word in (commandline -opc)[2..]
        switch $word
            case --
                break
            case '-*'
            case '*'
                set -a words $word
        end
    end
    printf '%s\\n' $words
end

# The line begins with exactly these words.
function __livery_at
    set -l words (__livery_words)
    test "$words" = "$argv"
end

# The line begins with these words, and more may follow.
function __livery_in
    set -l words (__livery_words)
    set -l length (count $argv)
    test (count $words) -ge $length; or return 1
    test "$words[1..$length]" = "$argv"
end

# Operand number $argv[1] of the verb $argv[2..] is the next one.
function __livery_operand
    __livery_in $argv[2..]; or return 1
    test (count (__livery_words)) -eq (math (count $argv[2..]) + $argv[1] - 1)
    and not contains -- -- (commandline -opc)
end

complete -c livery -f
${OWN_OPTIONS.map(([name, text]) => line('test (count (commandline -opc)) -eq 1', `-l ${name.slice(2)}`, text)).join('')}${commands.map(commandLines).join('')}${verbs.map(verbLines).join('')}`;
}

function commandLines({ word, summary, verbs }: Command): string {
  const first = line('test (count (commandline -opc)) -eq 1', `-a ${word}`, summary);
  const seconds = verbs.map((one) =>
    line(`__livery_at ${word}`, `-a ${one.words[1]}`, one.summary),
  );
  return first + seconds.join('');
}

function verbLines({ words, options, operands, takesProgram }: CompletedVerb): string {
  const name = words.join(' ');
  const ofOptions = options.map(({ name: option, text, value }) => {
    const what = value === undefined ? '' : ` -x${offeredBy(value)}`;
    return line(`__livery_in ${name}`, `-l ${option.slice(2)}${what}`, text);
  });
  const ofOperands = operands.flatMap((kind, i) => {
    const offered = offeredBy(kind).trim();
    return offered === '' ? [] : [line(`__livery_operand ${i + 1} ${name}`, offered, '')];
  });
  const program = takesProgram
    ? [
        line(
          `__livery_in ${name}; and contains -- -- (commandline -opc)`,
          '-x -a \'(__fish_complete_subcommand --commandline (string split -m1 -- " -- " (commandline -cp))[2])\'',
          '',
        ),
      ]
    : [];
  return [...ofOptions, ...ofOperands, ...program].join('');
}

function offeredBy(kind: Kind): string {
  switch (kind.kind) {
    case 'words':
      return ` -a '${kind.words.join(' ')}'`;
    case 'qube':
      return ` -a '(livery names qubes 2>/dev/null)'`;
    case 'config-key':
      return ` -a '(livery names config-keys 2>/dev/null)'`;
    case 'file':
      return ` -a '(__fish_complete_path (commandline -ct))'`;
    case 'directory':
      return ` -a '(__fish_complete_directories (commandline -ct))'`;
    case 'nothing':
      return '';
  }
}

function line(condition: string, what: string, text: string): string {
  const description = text === '' ? '' : ` -d ${quoted(text)}`;
  return `complete -c livery -n ${quoted(condition)} ${what}${description}\n`;
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
