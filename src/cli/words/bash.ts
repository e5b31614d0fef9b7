/**
 * Completion for bash: one function with a table of verbs in it. Needs nothing
 * but bash; names of qubes and keys are asked of `livery names`.
 */
import type { Command, CompletedVerb, Kind } from './vocabulary.ts';
import { OWN_OPTIONS } from './vocabulary.ts';

/** The script, to be sourced or put where bash-completion looks. */
export function bashCompletion(commands: readonly Command[]): string {
  const words = commands.map(({ word }) => word).join(' ');
  const own = OWN_OPTIONS.map(([name]) => name).join(' ');
  const groups = commands.filter(({ verb }) => !verb);
  const verbs = commands.flatMap(({ verb, verbs }) => (verb ? [verb] : verbs));
  return `# bash completion for livery, made by: livery completion bash
_livery_offer() {
  case $1 in
    qube) COMPREPLY=($(compgen -W "$(livery names qubes 2>/dev/null)" -- "$cur")) ;;
    config-key) COMPREPLY=($(compgen -W "$(livery names config-keys 2>/dev/null)" -- "$cur")) ;;
    file) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
    directory) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$cur") ;;
    words:*) COMPREPLY=($(compgen -W "\${1#words:}" -- "$cur")) ;;
  esac
}

_livery() {
  local cur=\${COMP_WORDS[COMP_CWORD]} verb=\${COMP_WORDS[1]:-} i=2 word spec pending='' place=0
  local options='' program=0 dashes=0
  local -a values=() operands=()
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    COMPREPLY=($(compgen -W "${words} ${own}" -- "$cur"))
    return
  fi
  case $verb in
${groups.map(groupLines).join('')}  esac
  case $verb in
${verbs.map(verbLines).join('')}    *) return ;;
  esac
  for (( ; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if [[ $word == '=' ]]; then continue
    elif [[ -n $pending ]]; then pending=''
    elif [[ $word == -- ]]; then dashes=$((i + 1)); break
    elif [[ $word == -* ]]; then
      for spec in "\${values[@]}"; do
        if [[ $word == "\${spec%%:*}" ]]; then pending=\${spec#*:}; fi
      done
    else place=$((place + 1))
    fi
  done
  if ((dashes > 0)); then
    if ((program == 1 && COMP_CWORD == dashes)); then
      COMPREPLY=($(compgen -c -- "$cur"))
    else
      _livery_offer file
    fi
  elif [[ -n $pending ]]; then
    if [[ $cur == '=' ]]; then cur=''; fi
    _livery_offer "$pending"
  elif [[ $cur == -* ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$cur"))
  elif ((place < \${#operands[@]})); then
    _livery_offer "\${operands[place]}"
  elif ((program == 1)); then
    COMPREPLY=($(compgen -W '--' -- "$cur"))
  fi
}

complete -F _livery livery
`;
}

function groupLines({ word, verbs }: Command): string {
  const seconds = verbs.map(({ words }) => words[1]).join(' ');
  return `    ${word})
      if ((COMP_CWORD == 2)); then
        COMPREPLY=($(compgen -W "${seconds}" -- "$cur"))
        return
      fi
      verb="${word} \${COMP_WORDS[2]}"
      i=3
      ;;
`;
}

function verbLines({ words, options, operands, takesProgram }: CompletedVerb): string {
  const names = options.map(({ name }) => name).join(' ');
  const values = options.flatMap(({ name, value }) =>
    value ? [`${name}:${kindWord(value)}`] : [],
  );
  const list = (items: readonly string[]): string => items.map((one) => `'${one}'`).join(' ');
  return `    '${words.join(' ')}')
      options='${names}'
      values=(${list(values)})
      operands=(${list(operands.map(kindWord))})
      program=${takesProgram ? 1 : 0}
      ;;
`;
}

function kindWord(kind: Kind): string {
  return kind.kind === 'words' ? `words:${kind.words.join(' ')}` : kind.kind;
}
