/** Something that is measured: a table of the output. */
import type { Bench } from '../bench.ts';

export interface Measure {
  readonly name: string;
  /** What its table shows, with units. */
  readonly title: string;
  /** Part of --quick. */
  readonly quick: boolean;
  run(bench: Bench): Promise<void>;
}
