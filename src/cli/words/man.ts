/**
 * Manual pages, made from the same table as the help: one for `livery` itself
 * and one for each verb, in the man macros (groff_man(7)).
 */
import { COMMON_OPTIONS, type Verb } from '../verb.ts';

/** The exit codes of docs/errors.md, in the words of the help. */
const EXIT_CODES: readonly (readonly [string, string])[] = [
  ['0', 'it was done'],
  ['1', 'something failed while running'],
  ['2', 'the command line or the configuration is wrong'],
  ['3', 'something that is needed is missing: a package, a display, a kernel feature'],
  ['4', 'the thing named does not exist: an unknown qube, no running daemon'],
  ['128+n', 'it was ended by signal n'],
];

const FILES: readonly (readonly [string, string])[] = [
  ['~/.config/livery/livery.toml', 'the configuration of this user, else'],
  ['/etc/livery/livery.toml', 'that of the system'],
  ['~/.config/livery/clipboard.policy', 'which text may go from which qube to which'],
  ['$XDG_RUNTIME_DIR/livery', 'the sockets by which the processes of one session find each other'],
];

const ENVIRONMENT: readonly (readonly [string, string])[] = [
  ['DISPLAY, XAUTHORITY', 'the screen on which qubes are shown'],
  ['LIVERY_CONFIG', 'the configuration, when no --config names it'],
  ['LIVERY_RUNTIME_DIR', 'another directory for the sockets'],
];

export interface ManPage {
  /** `livery-qube-list.1`. */
  readonly file: string;
  readonly text: string;
}

/** @param version stands at the foot of each page */
export function manPages(verbs: readonly Verb[], version: string): ManPage[] {
  const shown = verbs.filter(({ internal }) => !internal);
  return [overview(shown, version), ...shown.map((verb) => verbPage(verb, shown, version))];
}

/** `livery-qube-list`. */
export function pageName(verb: string): string {
  return `livery-${verb.replaceAll(' ', '-')}`;
}

function overview(verbs: readonly Verb[], version: string): ManPage {
  const parts = [
    head('livery', version),
    section(
      'NAME',
      `livery \\- ${roff('shows the windows of isolated qubes in their trust colours')}`,
    ),
    section('SYNOPSIS', `.B livery\n.I COMMAND\n.RI [ ARGUMENT... ]\n.br\n.B livery \\-\\-version`),
    section(
      'DESCRIPTION',
      roff(
        'Livery shows the windows of isolated qubes on one X screen. Each window wears the colour and ' +
          'the pattern of its qube, which dom0 gave to it; keys and mouse go only to the qube that they ' +
          'belong to, and text crosses between qubes only by the keys for it.',
      ),
    ),
    section('COMMANDS', verbs.map(({ name, summary }) => tagged(name, summary)).join('\n')),
    section('EXIT STATUS', tags(EXIT_CODES)),
    section('FILES', tags(FILES)),
    section('ENVIRONMENT', tags(ENVIRONMENT)),
    section('EXAMPLE', example('livery demo')),
    section('SEE ALSO', seeAlso(verbs.map(({ name }) => pageName(name)))),
  ];
  return { file: 'livery.1', text: parts.join('') };
}

function verbPage(verb: Verb, verbs: readonly Verb[], version: string): ManPage {
  const { name, summary, details, operands, options } = verb;
  const title = pageName(name);
  const all = Object.entries({ ...options, ...COMMON_OPTIONS });
  const [group] = name.split(' ');
  const near = verbs.filter((one) => one !== verb && one.name.split(' ')[0] === group);
  const parts = [
    head(title, version),
    section('NAME', `${title.replaceAll('-', '\\-')} \\- ${roff(lowerFirst(summary))}`),
    section(
      'SYNOPSIS',
      `.B livery ${roff(name)}\n.RI ${macroArgument(`[OPTION...] ${operands}`.trim())}`,
    ),
    section('DESCRIPTION', roff(details === undefined ? `${summary}.` : `${summary}. ${details}`)),
    section(
      'OPTIONS',
      all
        .map(([option, { value, text }]) =>
          tagged(`--${option}${value === undefined ? '' : ` ${value}`}`, text),
        )
        .join('\n'),
    ),
    section('EXIT STATUS', tags(EXIT_CODES)),
    section('EXAMPLE', example(verb.example)),
    section('SEE ALSO', seeAlso(['livery', ...near.map((one) => pageName(one.name))])),
  ];
  return { file: `${title}.1`, text: parts.join('') };
}

function head(title: string, version: string): string {
  return `.\\" Made by: livery man\n.TH ${title.toUpperCase().replaceAll('-', '\\-')} 1 "" "livery ${roff(version)}" "Livery"\n`;
}

function section(title: string, body: string): string {
  return `.SH ${title.includes(' ') ? `"${title}"` : title}\n${body}\n`;
}

function tags(rows: readonly (readonly [string, string])[]): string {
  return rows.map(([tag, text]) => tagged(tag, text)).join('\n');
}

function tagged(tag: string, text: string): string {
  return `.TP\n.B ${roff(tag)}\n${roff(text)}`;
}

function example(text: string): string {
  return `.nf\n${roff(text)}\n.fi`;
}

function seeAlso(pages: readonly string[]): string {
  return pages
    .map((page, i) => `.BR ${page.replaceAll('-', '\\-')} (1)${i === pages.length - 1 ? '' : ','}`)
    .join('\n');
}

/** Text as roff shows it: no escapes, no requests at the beginning of a line. */
function roff(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('…', '...')
    .replaceAll(/^(?=['.])/gm, '\\&')
    .replaceAll('"', '\\(dq');
}

function macroArgument(text: string): string {
  return `"${roff(text)}"`;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
