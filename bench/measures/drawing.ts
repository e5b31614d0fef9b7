/**
 * Programs that draw: whole windows at 60 a second and as fast as they can,
 * small updates in floods. What each process of the path spends on it, how much
 * reaches dom0's screen, and how late the last of it.
 */
import type { Rect, Size } from '../../src/base/geometry.ts';
import type { Bench } from '../bench.ts';
import type { Kind } from '../drawer.ts';
import { now } from '../probe.ts';
import { quantile } from '../results.ts';
import { type Subject, showWindow } from '../subject.ts';
import type { Measure } from './measure.ts';

interface Drawing {
  readonly name: string;
  readonly title: string;
  readonly size: Size;
  readonly kind: Kind;
  /** Updates a second; 0 = as fast as the X server answers. */
  readonly rate: number;
  /** Whose cost is told: of what was shown in ms, or of what was drawn in µs. */
  readonly per: 'shown' | 'drawn';
  /** How old the picture is, is looked at so often. */
  readonly sampleMs?: number;
  readonly peers?: boolean;
  readonly quick?: boolean;
  /** So long it is drawn between a round that is told apart, the first one, and those that count. */
  readonly warmSeconds?: number;
}

const FULL_HD: Size = { width: 1920, height: 1080 };
const SMALL: Size = { width: 64, height: 64 };
const HD: Size = { width: 1280, height: 720 };

/** Before what is counted. */
const WARM_MS = 500;
/** At the end of the drawing, after what is counted: the last picture is looked at. */
const LEAD_MS = 60;
const SETTLE_MS = 700;
/** Until everybody has heard that it begins. */
const NOTICE_MS = 150;

const DRAWINGS: readonly Drawing[] = [
  {
    ...{ name: 'full60', size: FULL_HD, kind: 'photo', rate: 60, per: 'shown' },
    ...{ title: '1920x1080 pictures from shared memory, 60 a second', peers: true, quick: true },
    // By then V8 has compiled what is hot; the peers are given the same.
    warmSeconds: 15,
  },
  {
    ...{ name: 'full60fill', size: FULL_HD, kind: 'fill', rate: 60, per: 'shown' },
    ...{ title: '1920x1080 of one colour, 60 a second', peers: true },
  },
  {
    ...{ name: 'fullmax', size: FULL_HD, kind: 'photo', rate: 0, per: 'shown' },
    ...{ title: '1920x1080 pictures from shared memory, full rate', peers: true, quick: true },
  },
  {
    ...{ name: 'fullmaxfill', size: FULL_HD, kind: 'fill', rate: 0, per: 'shown' },
    ...{ title: '1920x1080 of one colour, full rate', peers: true },
  },
  {
    ...{ name: 'small10k', size: SMALL, kind: 'fill', rate: 10_000, per: 'drawn', sampleMs: 10 },
    ...{ title: 'a window of 64x64, 10,000 updates a second', quick: true },
  },
  {
    ...{ name: 'small50k', size: SMALL, kind: 'fill', rate: 50_000, per: 'drawn', sampleMs: 10 },
    ...{ title: 'a window of 64x64, 50,000 updates a second', quick: true },
  },
  {
    ...{ name: 'smallmax', size: SMALL, kind: 'fill', rate: 0, per: 'drawn', sampleMs: 10 },
    ...{ title: 'a window of 64x64, full rate', peers: true },
  },
  {
    ...{ name: 'squares10k', size: HD, kind: 'squares', rate: 10_000, per: 'drawn', sampleMs: 10 },
    ...{ title: 'squares of 64x64 all over a window of 1280x720, 10,000 a second' },
  },
];

interface Round {
  readonly shownPerSecond: number;
  readonly drawnPerSecond: number;
  /** Rectangles that changed on the screen. */
  readonly changesPerSecond: number;
  /** ns by role, per update as `per` says. */
  readonly cost: ReadonlyMap<string, number>;
  readonly lateMs: number | undefined;
  readonly agesMs: readonly number[];
}

async function round(
  { probe, drawer, parts }: Subject,
  place: Rect,
  { kind, rate, per, sampleMs = 0 }: Drawing,
  seconds: number,
): Promise<Round> {
  const begin = now() + NOTICE_MS * 1e6;
  const length = seconds * 1e9 + WARM_MS * 1e6 + LEAD_MS * 1e6;
  const end = begin + length - LEAD_MS * 1e6;
  const [seen, drawn] = await Promise.all([
    probe.watch({
      ...{ place, drawn: begin, start: begin + WARM_MS * 1e6, end },
      ...{ settle: begin + length + SETTLE_MS * 1e6, sample: sampleMs * 1e6 },
      pids: parts.map((part) => part.pid),
    }),
    drawer.run(kind, rate, begin, length),
  ]);
  const counted = seen.nanos / 1e9;
  const drawnPerSecond = drawn.drawn / ((drawn.ended - begin) / 1e9);
  // More than was drawn is shown where something is put twice.
  const area = seen.area / (place.width * place.height);
  const shownPerSecond = Math.min(area / counted, drawnPerSecond);
  const updates = (per === 'shown' ? shownPerSecond : drawnPerSecond) * counted;
  const cost = new Map<string, number>();
  parts.forEach(({ role }, at) => {
    cost.set(role, (seen.cpu[at] as number) / updates);
  });
  return {
    ...{ shownPerSecond, drawnPerSecond, cost },
    changesPerSecond: seen.changes / counted,
    lateMs: seen.shown === drawn.last ? (seen.since - drawn.lastAt) / 1e6 : undefined,
    agesMs: seen.ages.map((age) => age / 1e6),
  };
}

/** What agent and daemon spend, in ns per update. */
function ours({ cost }: Round): number {
  return (cost.get('agent') ?? 0) + (cost.get('daemon') ?? 0);
}

async function measure(bench: Bench, drawing: Drawing): Promise<void> {
  const { results } = bench;
  const { name, per, kind, rate } = drawing;
  const all = await (drawing.peers ? bench.everybody() : bench.pair());
  const subjects = all.filter((one) => kind !== 'photo' || !one.noPhoto);
  const [unit, scale] = per === 'shown' ? ['ms', 1e6] : ['µs', 1e3];
  const rounds = bench.rounds(5, 2);
  const seconds = bench.options.quick ? 1.5 : 4;
  const places = new Map<Subject, Rect>();
  for (const subject of subjects) {
    try {
      places.set(subject, (await showWindow(subject, drawing.size)).place);
    } catch (error) {
      // The others can be measured all the same.
      results.note(name, `${subject.name}: ${(error as Error).message}`);
    }
  }
  const first = new Map<Subject, number>();
  if (drawing.warmSeconds !== undefined && !bench.options.quick) {
    for (const [subject, place] of places) {
      bench.progress(`${name}: warming up, ${subject.name}`);
      const one = await round(subject, place, drawing, seconds);
      if (one.cost.has('agent')) first.set(subject, ours(one) / scale);
      await round(subject, place, drawing, drawing.warmSeconds);
    }
  }
  for (let at = 1; at <= rounds; at++) {
    for (const subject of subjects) {
      bench.progress(`${name}: round ${at} of ${rounds}, ${subject.name}`);
      const place = places.get(subject);
      if (!place) continue;
      const one = await round(subject, place, drawing, seconds);
      const add = (what: string, its: string, ...values: number[]) =>
        results.add(name, subject.name, what, its, ...values);
      const costs = [...one.cost.values()];
      add('all', unit, costs.reduce((sum, cost) => sum + cost, 0) / scale);
      for (const [role, cost] of one.cost) add(role, unit, cost / scale);
      if (one.cost.has('agent')) add('agent+daemon', unit, ours(one) / scale);
      if (per === 'drawn' || rate === 0) add('drawn', '/s', one.drawnPerSecond);
      if (per === 'shown') add('shown', '/s', one.shownPerSecond);
      else add('changes', '/s', one.changesPerSecond);
      if (one.lateMs === undefined) {
        results.note(
          name,
          `${subject.name}, round ${at}: the last picture did not reach the screen`,
        );
        add('wrong', '', 1);
      } else add('last late', 'ms', one.lateMs);
      if (one.agesMs.length > 0) {
        add('age', 'ms', quantile(one.agesMs, 0.5));
        add('age max', 'ms', Math.max(...one.agesMs));
      }
    }
  }
  for (const [subject, cost] of first) {
    results.add(name, subject.name, `agent+daemon, first ${seconds} s`, unit, cost);
  }
}

export const drawingMeasures: readonly Measure[] = DRAWINGS.map((drawing) => ({
  name: drawing.name,
  title:
    drawing.per === 'shown'
      ? `${drawing.title}: CPU ms per update that is shown`
      : `${drawing.title}: CPU µs per update that is drawn`,
  quick: drawing.quick ?? false,
  run: (bench) => measure(bench, drawing),
}));
