/** The limit: moving the bytes of a full-HD picture once. */
import type { Measure } from './measure.ts';

const FULL_HD_BYTES = 1920 * 1080 * 4;

export const copyMeasure: Measure = {
  name: 'copy',
  title: 'memcpy of the 8.3 MB of a 1920x1080 picture: the limit of one move',
  quick: true,
  async run(bench) {
    const [subject] = await bench.pair();
    const rounds = bench.rounds(5, 3);
    for (let at = 1; at <= rounds; at++) {
      const took = (await subject?.probe.copy(FULL_HD_BYTES)) ?? [];
      const ms = took.map((nanos) => nanos / 1e6).sort((a, b) => a - b);
      bench.results.add('copy', 'memcpy', 'median', 'ms', ms[Math.floor(ms.length / 2)] as number);
    }
  },
};
