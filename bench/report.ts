/** Tables for people, figures for machines. */
import { cpus } from 'node:os';
import type { Bench } from './bench.ts';
import { load } from './kernel.ts';
import { MARKS } from './marks.ts';
import { MEASURES } from './measures.ts';
import { type Figure, quantile, type Results } from './results.ts';

const NATIVE = 'native X';

/** Three digits that mean something. */
function number(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  if (size >= 1000) return Math.round(value).toLocaleString('en');
  if (size >= 100) return value.toFixed(0);
  if (size >= 10) return value.toFixed(1);
  return value.toFixed(size >= 1 ? 2 : 3);
}

function cell({ samples }: Figure, spread: boolean): string {
  const median = number(quantile(samples, 0.5));
  if (!spread || samples.length < 2) return median;
  return `${median} (${number(Math.min(...samples))}–${number(Math.max(...samples))})`;
}

/** The table of one measure as rows of cells; empty when nothing was measured. */
function rows(results: Results, measure: string): string[][] {
  const figures = results.of(measure);
  if (figures.length === 0) return [];
  const whats = [...new Set(figures.map((one) => one.what))];
  const subjects = [...new Set(figures.map((one) => one.subject))];
  const first = whats[0] as string;
  const native = results.median(measure, NATIVE, first);
  const copy = measure.startsWith('full') ? results.median('copy', 'memcpy', 'median') : undefined;
  const units = new Map(figures.map((one) => [one.what, one.unit]));
  const heads = whats.map((what) => {
    const unit = units.get(what);
    return unit ? `${what} ${unit}` : what;
  });
  const ratios = [
    ...(native === undefined ? [] : [{ head: '× native', by: native }]),
    ...(copy === undefined ? [] : [{ head: '× memcpy', by: copy }]),
  ];
  const lines = subjects.map((subject) => {
    const its = whats.map((what, place) => {
      const figure = results.find(measure, subject, what);
      return figure ? cell(figure, place === 0) : '';
    });
    const middle = results.median(measure, subject, first);
    const shares = ratios.map(({ by }) => (middle === undefined ? '' : number(middle / by)));
    return [subject, ...its, ...shares];
  });
  return [['', ...heads, ...ratios.map(({ head }) => head)], ...lines];
}

function table(lines: readonly string[][]): string {
  const widths = (lines[0] ?? []).map((_, at) =>
    Math.max(...lines.map((line) => (line[at] ?? '').length)),
  );
  return lines
    .map((line) =>
      line
        .map((text, at) =>
          at === 0 ? text.padEnd(widths[0] ?? 0) : text.padStart(widths[at] ?? 0),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

interface Verdict {
  readonly measure: string;
  readonly subject: string;
  readonly mark: string;
  readonly value: number;
  readonly met: boolean;
}

/** The marks for what was measured. */
function verdicts(results: Results): Verdict[] {
  const subjects = new Set(results.figures.map((one) => one.subject));
  return MARKS.flatMap(({ measure, what, mark, limit }) =>
    [...subjects]
      .filter((subject) => subject.startsWith('Livery'))
      .flatMap((subject) => {
        const value = what(results, subject);
        if (value === undefined || Number.isNaN(value)) return [];
        return [{ measure, subject, mark, value, met: limit(value) }];
      }),
  );
}

/** Every table as Markdown, with its marks, for docs/performance.md. */
export function markdownOf(results: Results): string {
  const parts = MEASURES.flatMap(({ name, title }) => {
    const [heads, ...lines] = rows(results, name);
    if (heads === undefined) return [];
    const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
    const marks = verdicts(results)
      .filter((one) => one.measure === name)
      .map(({ subject, mark, value, met }) => {
        return `- ${mark}: ${subject} ${number(value)}, ${met ? 'met' : '**not met**'}`;
      });
    const table = [row(heads), row(heads.map(() => '---')), ...lines.map(row)];
    return [[`### ${name}: ${title}`, '', ...table, '', ...marks, ...(marks[0] ? [''] : [])]];
  });
  return `${parts.map((lines) => lines.join('\n')).join('\n')}`;
}

/** A measure's table with its marks and notes. */
export function tableOf(results: Results, measure: string): string {
  const lines = rows(results, measure);
  if (lines.length === 0) return '';
  const title = MEASURES.find((one) => one.name === measure)?.title ?? '';
  const marks = verdicts(results)
    .filter((one) => one.measure === measure)
    .map(({ subject, mark, value, met }) => {
      return `  mark: ${mark}: ${subject} ${number(value)}: ${met ? 'met' : 'NOT met'}`;
    });
  const notes = (results.notes.get(measure) ?? []).map((note) => `  note: ${note}`);
  return [`## ${measure}: ${title}`, table(lines), ...marks, ...notes, ''].join('\n');
}

/** What each measure costs as a multiple of native X: the median, and the best of its rounds. */
export function ratiosOf(results: Results): string {
  const lines = MEASURES.flatMap(({ name }) => {
    const what = results.of(name)[0]?.what;
    const native = what === undefined ? undefined : results.find(name, NATIVE, what);
    if (what === undefined || native === undefined) return [];
    const middle = quantile(native.samples, 0.5);
    return results.of(name).flatMap((one) => {
      if (one.what !== what || one === native) return [];
      // They took turns: each round has its own native X beside it.
      const rounds = one.samples.map((sample, at) => sample / (native.samples[at] ?? middle));
      const median = number(quantile(one.samples, 0.5) / middle);
      const best = number(Math.min(...rounds));
      return [[name, one.subject, median, best, String(rounds.length)]];
    });
  });
  if (lines.length === 0) return '';
  const heads = ['', '', 'median', 'best', 'rounds'];
  return `## ratios to native X\n${table([heads, ...lines])}\n`;
}

/** Everything, as JSON. */
export function machineReadable({ results, options, absent }: Bench): string {
  const figures = results.figures.map((one) => ({
    ...one,
    median: quantile(one.samples, 0.5),
    min: Math.min(...one.samples),
    max: Math.max(...one.samples),
  }));
  const machine = { processors: cpus().length, model: cpus()[0]?.model, node: process.version };
  const report = { machine, load: load(), quick: options.quick, absent };
  return `${JSON.stringify({ ...report, figures, marks: verdicts(results) }, null, 2)}\n`;
}
