/** The native program that looks at dom0's screen (bench/native/probe.cc). */
import type { Rect } from '../src/base/geometry.ts';
import { Child } from './child.ts';
import { PROBE } from './paths.ts';
import { Talk } from './talk.ts';

/** What was seen while something was drawn. */
export interface Watched {
  /** Pixels that changed in the window, counted as often as they changed. */
  readonly area: number;
  readonly changes: number;
  /** How long it was looked at. */
  readonly nanos: number;
  /** Of each process, in ns. */
  readonly cpu: readonly number[];
  /** How old the picture was, in ns, at each look. */
  readonly ages: readonly number[];
  /** The colour that both corners had at the end, and since when; -1: two colours. */
  readonly shown: number;
  readonly since: number;
}

export interface WatchOptions {
  readonly place: Rect;
  /** Moments of CLOCK_MONOTONIC in ns: the drawing begins, and what is counted. */
  readonly drawn: number;
  readonly start: number;
  readonly end: number;
  /** The corners are looked at until then. */
  readonly settle: number;
  /** How often the age of the picture is looked at, in ns; 0 = not. */
  readonly sample: number;
  readonly pids: readonly number[];
}

/** The moment by CLOCK_MONOTONIC, in ns. */
export function now(): number {
  return Number(process.hrtime.bigint());
}

export class Probe implements AsyncDisposable {
  readonly #child: Child;
  readonly #talk: Talk;

  /** @param env says which screen */
  constructor(env: NodeJS.ProcessEnv) {
    this.#child = new Child({ name: 'probe', argv: [PROBE], env });
    const { stdout, stdin } = this.#child.process;
    if (!stdout || !stdin) throw new Error('probe has no standard input');
    this.#talk = new Talk('probe', stdout, stdin);
  }

  /** The smallest rectangle that holds all pixels of a colour. */
  find(colour: number): Promise<Rect> {
    return this.#talk.ask('find', colour);
  }

  click(x: number, y: number): Promise<void> {
    return this.#talk.ask('click', Math.round(x), Math.round(y));
  }

  /** Resolves once it looks; `shown` when a change shows the colour: the moment in ns. */
  async await(colour: number, limitMs: number): Promise<{ readonly shown: Promise<number> }> {
    await this.#talk.ask('await', colour, limitMs * 1e6);
    const shown = this.#talk.next<{ at: number }>().then(({ at }) => at);
    // Whoever waits for it may not do so yet.
    shown.catch(() => {});
    return { shown };
  }

  watch({ place, drawn, start, end, settle, sample, pids }: WatchOptions): Promise<Watched> {
    const { x, y, width, height } = place;
    const moments = [drawn, start, end, settle, sample].map(Math.round);
    return this.#talk.ask('watch', x, y, width, height, ...moments, ...pids);
  }

  /** From each press to the changed pixels, in ns. */
  keys(
    { x, y, width, height }: Rect,
    count: number,
    code: number,
  ): Promise<{ readonly lost: number; readonly took: readonly number[] }> {
    return this.#talk.ask('keys', x, y, width, height, count, code);
  }

  /** What copying so many bytes takes, in ns. */
  async copy(bytes: number): Promise<readonly number[]> {
    return (await this.#talk.ask<{ took: number[] }>('copy', bytes)).took;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#child[Symbol.asyncDispose]();
  }
}
