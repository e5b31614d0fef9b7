/**
 * Command lines as getopt_long of the C library reads them: clustered short
 * options, values in the same word or the next, `--name=value`, long names cut
 * short as long as they are clear. Scanning stops at the first word that is no
 * option. Pure; the messages are those that scripts know.
 */

export interface OptionRow {
  /** One letter, or undefined when there is only the long name. */
  readonly short?: string;
  readonly long: string;
  readonly takesValue: boolean;
  /** Not to be cut short: the name is no part of what scripts were written for. */
  readonly exact?: boolean;
}

export interface Given<R extends OptionRow> {
  readonly row: R;
  /** Empty when the option takes none. */
  readonly value: string;
}

export interface Scan<R extends OptionRow> {
  readonly given: readonly Given<R>[];
  /** What was wrong, in the order in which it stood there. */
  readonly faults: readonly string[];
  /** The word at which scanning stopped: no option, or what follows `--`. */
  readonly rest: readonly string[];
  /** It stopped at `--`. */
  readonly dashes: boolean;
}

/** @param words what follows the program's name */
export function scanOptions<R extends OptionRow>(
  rows: readonly R[],
  words: readonly string[],
): Scan<R> {
  const given: Given<R>[] = [];
  const faults: string[] = [];
  let at = 0;
  while (at < words.length) {
    const word = words[at] as string;
    if (word === '--') return { given, faults, rest: words.slice(at + 1), dashes: true };
    if (word === '-' || !word.startsWith('-')) break;
    at++;
    if (word.startsWith('--')) {
      const found = longOption(rows, word.slice(2), words[at]);
      if ('fault' in found) faults.push(found.fault);
      else {
        given.push(found.given);
        if (found.tookNext) at++;
      }
      continue;
    }
    at += cluster(rows, word.slice(1), words[at], given, faults);
  }
  return { given, faults, rest: words.slice(at), dashes: false };
}

type Long<R extends OptionRow> =
  | { readonly given: Given<R>; readonly tookNext: boolean }
  | { readonly fault: string };

function longOption<R extends OptionRow>(
  rows: readonly R[],
  text: string,
  next: string | undefined,
): Long<R> {
  const equals = text.indexOf('=');
  const name = equals < 0 ? text : text.slice(0, equals);
  const attached = equals < 0 ? undefined : text.slice(equals + 1);
  const row = rows.find((one) => one.long === name);
  const candidates = row ? [row] : rows.filter((one) => !one.exact && one.long.startsWith(name));
  const [found] = candidates;
  if (candidates.length > 1) {
    const names = candidates.map((one) => `'--${one.long}'`).join(' ');
    return { fault: `option '--${name}' is ambiguous; possibilities: ${names}` };
  }
  if (!found) return { fault: `unrecognized option '--${name}'` };
  if (!found.takesValue) {
    if (attached !== undefined) {
      return { fault: `option '--${found.long}' doesn't allow an argument` };
    }
    return { given: { row: found, value: '' }, tookNext: false };
  }
  const value = attached ?? next;
  if (value === undefined) return { fault: `option '--${found.long}' requires an argument` };
  return { given: { row: found, value }, tookNext: attached === undefined };
}

/** The letters of one word; returns how many further words were taken (0 or 1). */
function cluster<R extends OptionRow>(
  rows: readonly R[],
  letters: string,
  next: string | undefined,
  given: Given<R>[],
  faults: string[],
): number {
  for (const [place, letter] of [...letters].entries()) {
    const row = rows.find((one) => one.short === letter);
    if (!row) {
      faults.push(`invalid option -- '${letter}'`);
      continue;
    }
    if (!row.takesValue) {
      given.push({ row, value: '' });
      continue;
    }
    const attached = [...letters].slice(place + 1).join('');
    const value = attached === '' ? next : attached;
    if (value === undefined) faults.push(`option requires an argument -- '${letter}'`);
    else given.push({ row, value });
    return attached === '' && next !== undefined ? 1 : 0;
  }
  return 0;
}
