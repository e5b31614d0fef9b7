/** The command line of the benchmark. */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { MEASURES } from './measures.ts';

export const HELP = `npm run bench -- [OPTION…]

Measures Livery on X servers of its own beside the same program without a proxy,
and prints medians with their spread and ratios. Fails nobody: it ends with 0 when
it has measured, with 2 for a wrong option, with 3 when something is missing.

  --quick              everything that fits into two minutes, with fewer rounds
  --only NAME[,NAME]   these measures: ${MEASURES.map(({ name }) => name).join(', ')}
  --compare VAR=A,B    Livery twice in one run, in turn: with VAR=A and with VAR=B in the
                       environment of daemon and agents
  --peers NAME[,NAME]  xephyr, tigervnc, xpra, or none; default: those that are installed
                       (with --quick: none)
  --rounds N           rounds of each measure
  --json FILE          every figure, for machines
  --markdown FILE      the tables as they stand in docs/performance.md
  --profile DIR        processor profiles of daemon and agent (.cpuprofile), for flame graphs
  --help
`;

export const PEERS = ['xephyr', 'tigervnc', 'xpra'] as const;
export type PeerName = (typeof PEERS)[number];

export interface Options {
  readonly quick: boolean;
  readonly only: readonly string[];
  /** Livery's variants: a name and variables. */
  readonly variants: readonly {
    readonly name: string;
    readonly variables: Readonly<Record<string, string>>;
  }[];
  /** Undefined: those that are there. */
  readonly peers: readonly PeerName[] | undefined;
  readonly rounds: number | undefined;
  readonly json: string | undefined;
  readonly markdown: string | undefined;
  /** Where profiles of daemon and agent go. */
  readonly profile: string | undefined;
}

/** A wrong word of the command line; the message says what was expected. */
export class UsageError extends Error {}

/** Undefined: help was asked for. */
export function parseOptions(argv: readonly string[]): Options | undefined {
  let values: Record<string, string | boolean | undefined>;
  try {
    ({ values } = parseArgs({
      args: [...argv],
      options: {
        ...{ quick: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
        ...{ only: { type: 'string' }, compare: { type: 'string' }, peers: { type: 'string' } },
        ...{ rounds: { type: 'string' }, json: { type: 'string' } },
        ...{ profile: { type: 'string' }, markdown: { type: 'string' } },
      },
    }));
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
  if (values.help === true) return undefined;
  const text = (name: string): string | undefined => values[name] as string | undefined;
  return {
    quick: values.quick === true,
    only: names(text('only'), 'measure', new Set(MEASURES.map(({ name }) => name))),
    variants: variants(text('compare')),
    peers: peers(text('peers')),
    rounds: rounds(text('rounds')),
    json: file(text('json')),
    markdown: file(text('markdown')),
    profile: file(text('profile')),
  };
}

/** Named from where npm was asked to run us. */
function file(text: string | undefined): string | undefined {
  return text === undefined ? undefined : resolve(process.env.INIT_CWD ?? '.', text);
}

function names(text: string | undefined, what: string, known: ReadonlySet<string>): string[] {
  const list = text === undefined ? [] : text.split(',');
  for (const name of list) {
    if (known.has(name)) continue;
    throw new UsageError(`there is no ${what} '${name}'; there are ${[...known].join(', ')}`);
  }
  return list;
}

function peers(text: string | undefined): readonly PeerName[] | undefined {
  if (text === undefined) return undefined;
  if (text === 'none') return [];
  return names(text, 'peer', new Set<string>(PEERS)) as PeerName[];
}

function rounds(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^[1-9]\d{0,2}$/.test(text)) throw new UsageError(`--rounds ${text}: expected 1 to 999`);
  return Number(text);
}

function variants(text: string | undefined): Options['variants'] {
  if (text === undefined) return [{ name: 'Livery', variables: {} }];
  const match = /^([A-Z][A-Z0-9_]*)=([^,]+(?:,[^,]+)+)$/.exec(text);
  if (!match) {
    throw new UsageError(`--compare ${text}: expected VARIABLE=A,B as in LIVERY_CONFINE=on,off`);
  }
  const [, variable = '', values = ''] = match;
  return values
    .split(',')
    .map((value) => ({ name: `Livery ${value}`, variables: { [variable]: value } }));
}
