/**
 * What is to be reached, as the project's plan says it. The C stack's figures were
 * measured on a machine of two processors; ratios of one run say more.
 */
import type { Results } from './results.ts';

export interface Mark {
  readonly measure: string;
  /** In words, with the figure that it is about. */
  readonly mark: string;
  what(results: Results, subject: string): number | undefined;
  limit(value: number): boolean;
}

const atMost = (most: number) => (value: number) => value <= most;
const figure = (measure: string, what: string) => (results: Results, subject: string) =>
  results.median(measure, subject, what);
const worst = (measure: string, what: string) => (results: Results, subject: string) => {
  const samples = results.find(measure, subject, what)?.samples;
  return samples && Math.max(...samples);
};

export const MARKS: readonly Mark[] = [
  {
    measure: 'full60',
    mark: 'at most 3.65 ms per update (0.9 × the C stack)',
    what: figure('full60', 'all'),
    limit: atMost(3.65),
  },
  {
    measure: 'full60',
    mark: 'agent and daemon at most 0.45 ms in TypeScript, 0.3 ms natively',
    what: figure('full60', 'agent+daemon'),
    limit: atMost(0.45),
  },
  {
    measure: 'full60',
    mark: 'last picture within 50 ms',
    what: worst('full60', 'last late'),
    limit: atMost(50),
  },
  {
    measure: 'fullmax',
    mark: 'more than the 460 to 580 updates/s of the C stack',
    what: figure('fullmax', 'shown'),
    limit: (value) => value > 580,
  },
  {
    measure: 'fullmax',
    mark: 'last picture within 50 ms',
    what: worst('fullmax', 'last late'),
    limit: atMost(50),
  },
  {
    measure: 'fullmaxfill',
    mark: 'more than the 460 to 580 updates/s of the C stack',
    what: figure('fullmaxfill', 'shown'),
    limit: (value) => value > 580,
  },
  {
    measure: 'small10k',
    mark: 'at most 100 µs per update',
    what: figure('small10k', 'all'),
    limit: atMost(100),
  },
  {
    measure: 'small50k',
    mark: 'the picture never more than 50 ms late',
    what: worst('small50k', 'age max'),
    limit: atMost(50),
  },
  {
    measure: 'squares10k',
    mark: 'at most 100 µs per update',
    what: figure('squares10k', 'all'),
    limit: atMost(100),
  },
  {
    measure: 'keys400',
    mark: 'median at most 1.3 ms',
    what: figure('keys400', 'median'),
    limit: atMost(1.3),
  },
  {
    measure: 'keys400',
    mark: 'p99 at most 3 × the median',
    what: (results, subject) => {
      const median = results.median('keys400', subject, 'median');
      const p99 = results.median('keys400', subject, 'p99');
      return median === undefined || p99 === undefined ? undefined : p99 / median;
    },
    limit: atMost(3),
  },
  {
    measure: 'window',
    mark: 'first pixels within 90 ms',
    what: figure('window', 'first pixels'),
    limit: atMost(90),
  },
  {
    measure: 'start',
    mark: 'ready within 400 ms',
    what: figure('start', 'ready'),
    limit: atMost(400),
  },
  {
    measure: 'start',
    mark: 'attach to first pixels within 90 ms',
    what: figure('start', 'attach to pixels'),
    limit: atMost(90),
  },
  {
    measure: 'memory',
    mark: 'agent at most 45 MB',
    what: figure('memory', 'agent'),
    limit: atMost(45),
  },
  {
    measure: 'memory',
    mark: 'daemon at most 60 MB with its first qube',
    what: figure('memory', 'daemon'),
    limit: atMost(60),
  },
  {
    measure: 'qubes',
    mark: 'daemon at most 60 MB with its first qube',
    what: figure('qubes', 'first qube'),
    limit: atMost(60),
  },
  {
    measure: 'qubes',
    mark: 'at most 0.5 MB for each further qube',
    what: figure('qubes', 'each further'),
    limit: atMost(0.5),
  },
  {
    measure: 'qubes',
    mark: 'at rest less than 0.5 % of a core',
    what: figure('qubes', 'idle'),
    limit: (value) => value < 0.5,
  },
  {
    measure: 'qubes',
    mark: 'at rest no wake-ups',
    what: figure('qubes', 'wake-ups'),
    limit: (value) => value < 0.5,
  },
  {
    measure: 'messages',
    mark: 'a message costs the same with any number of windows, within 15 %',
    what: figure('messages', 'dearest/first'),
    limit: atMost(1.15),
  },
  {
    measure: 'idle20',
    mark: 'at most 10 % more with 20 idle qubes',
    what: figure('idle20', 'ratio'),
    limit: atMost(1.1),
  },
];
