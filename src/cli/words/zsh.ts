/**
 * Completion for zsh: a function for each verb by _arguments, with what the
 * help says about each option.
 */
import type { Command, CompletedVerb, Kind } from './vocabulary.ts';
import { OWN_OPTIONS } from './vocabulary.ts';

/** The script, to be named `_livery` in a directory of $fpath. */
export function zshCompletion(commands: readonly Command[]): string {
  const firsts = commands.map(({ word, summary }) => quoted(`${word}:${summary}`));
  const own = OWN_OPTIONS.map(([name, text]) => quoted(`${name}:${text}`));
  return `#compdef livery
# zsh completion for livery, made by: livery completion zsh

_livery_qubes() {
  local -a names=(\${(f)"$(livery names qubes 2>/dev/null)"})
  _describe qube names
}

_livery_config_keys() {
  local -a names=(\${(f)"$(livery names config-keys 2>/dev/null)"})
  _describe key names
}

# What follows \`--\` is a command line of its own.
_livery_program() {
  local dashes=\${words[(i)--]}
  ((dashes < CURRENT)) || return 1
  shift $dashes words
  ((CURRENT -= dashes))
  _normal -p livery
  return 0
}

_livery() {
  local curcontext=$curcontext
  local -a firsts=(
    ${firsts.join('\n    ')}
  )
  local -a own=(
    ${own.join('\n    ')}
  )
  if ((CURRENT == 2)); then
    _describe command firsts -- own
    return
  fi
  shift words
  ((CURRENT--))
  case $words[1] in
${commands.map(commandLines).join('')}  esac
}

if [[ $funcstack[1] == _livery ]]; then
  _livery "$@"
else
  compdef _livery livery
fi
`;
}

function commandLines({ word, verb, verbs }: Command): string {
  if (verb) return `    ${word})\n      ${argumentsOf(verb)}\n      ;;\n`;
  const seconds = verbs.map(({ words, summary }) => quoted(`${words[1]}:${summary}`));
  const cases = verbs.map(
    (one) => `        ${one.words[1]})\n          ${argumentsOf(one)}\n          ;;\n`,
  );
  return `    ${word})
      local -a seconds=(${seconds.join(' ')})
      if ((CURRENT == 2)); then
        _describe command seconds
        return
      fi
      shift words
      ((CURRENT--))
      case $words[1] in
${cases.join('')}      esac
      ;;
`;
}

function argumentsOf({ options, operands, takesProgram }: CompletedVerb): string {
  const specs = options.map(({ name, text, value }) => {
    const what = value === undefined ? '' : `:${plainWord(value)}:${action(value)}`;
    return quoted(`${name}${value === undefined ? '' : '='}[${bracketed(text)}]${what}`);
  });
  const places = operands.map((kind, i) => quoted(`${i + 1}:${plainWord(kind)}:${action(kind)}`));
  const own = ['_arguments', ...specs, ...places].join(' \\\n            ');
  return takesProgram ? `_livery_program || ${own}` : own;
}

function action(kind: Kind): string {
  switch (kind.kind) {
    case 'words':
      return `(${kind.words.join(' ')})`;
    case 'qube':
      return '_livery_qubes';
    case 'config-key':
      return '_livery_config_keys';
    case 'file':
      return '_files';
    case 'directory':
      return '_files -/';
    case 'nothing':
      return ' ';
  }
}

function plainWord(kind: Kind): string {
  return kind.kind === 'nothing' ? 'value' : kind.kind.replace('-', ' ');
}

/** Inside `[…]` of a specification. */
function bracketed(text: string): string {
  return text.replaceAll(/[[\]:\\]/g, (char) => `\\${char}`);
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
