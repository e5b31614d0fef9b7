/**
 * What a person feels: from a key that is pressed in dom0 to the changed pixels
 * there, and how long a new window takes.
 */
import type { Size } from '../../src/base/geometry.ts';
import type { Bench } from '../bench.ts';
import { quantile } from '../results.ts';
import { type Subject, showWindow } from '../subject.ts';
import type { Measure } from './measure.ts';

/** Keycode of "a" on every X server here. */
const KEY = 38;

/** Presses keys in a window of the subject; ms of each. */
export async function press(
  subject: Subject,
  size: Size,
  count: number,
): Promise<{ readonly ms: readonly number[]; readonly lost: number }> {
  const { place } = await showWindow(subject, size);
  await subject.drawer.keys();
  // The first ones find caches cold and code that was never run.
  await subject.probe.keys(place, 20, KEY);
  const { took, lost } = await subject.probe.keys(place, count, KEY);
  return { ms: took.map((nanos) => nanos / 1e6), lost };
}

async function measure(bench: Bench, name: string, size: Size): Promise<void> {
  const { results } = bench;
  const subjects = await bench.everybody();
  const rounds = bench.rounds(5, 2);
  const count = bench.options.quick ? 50 : 100;
  for (let at = 1; at <= rounds; at++) {
    for (const subject of subjects) {
      bench.progress(`${name}: round ${at} of ${rounds}, ${subject.name}`);
      const pressed = await press(subject, size, count).catch((error: Error) => {
        results.note(name, `${subject.name}: ${error.message}`);
      });
      if (!pressed) continue;
      const { ms, lost } = pressed;
      if (lost > 0) results.note(name, `${subject.name}: ${lost} of ${count} keys changed nothing`);
      results.add(name, subject.name, 'median', 'ms', quantile(ms, 0.5));
      results.add(name, subject.name, 'p90', 'ms', quantile(ms, 0.9));
      results.add(name, subject.name, 'p99', 'ms', quantile(ms, 0.99));
    }
  }
}

async function measureWindow(bench: Bench): Promise<void> {
  const subjects = await bench.pair();
  const rounds = bench.rounds(15, 4);
  for (let at = 1; at <= rounds; at++) {
    for (const subject of subjects) {
      const { firstPixelsMs } = await showWindow(subject, { width: 400, height: 300 });
      if (Number.isNaN(firstPixelsMs)) continue;
      bench.results.add('window', subject.name, 'first pixels', 'ms', firstPixelsMs);
    }
  }
}

export const keyMeasures: readonly Measure[] = [
  {
    ...{ name: 'keys400', title: 'key in dom0 to changed pixels, 400x300', quick: true },
    run: (bench) => measure(bench, 'keys400', { width: 400, height: 300 }),
  },
  {
    ...{ name: 'keys1600', title: 'key in dom0 to changed pixels, 1600x900', quick: true },
    run: (bench) => measure(bench, 'keys1600', { width: 1600, height: 900 }),
  },
  {
    name: 'window',
    title: 'a program maps a window of 400x300: ms to its first pixels in dom0',
    quick: true,
    run: measureWindow,
  },
];
