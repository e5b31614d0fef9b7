/**
 * The benchmark: node build/bench/bench/main.js, after scripts/setup.sh bench
 * (npm run bench). Tables on standard output, progress on standard error.
 */
import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Bench } from './bench.ts';
import { load } from './kernel.ts';
import { MEASURES } from './measures.ts';
import { HELP, type Options, parseOptions, UsageError } from './options.ts';
import { ADDON } from './paths.ts';
import { machineReadable, markdownOf, ratiosOf, tableOf } from './report.ts';

/** What was begun when it was told to end, and closing everything, may take so long each. */
const END_MS = 15_000;

async function run(options: Options): Promise<number> {
  const startMs = performance.now();
  const bench = new Bench(options);
  const stopped = new Promise<number>((resolve) => {
    for (const [signal, number] of Object.entries({ SIGINT: 2, SIGTERM: 15, SIGHUP: 1 })) {
      process.on(signal, () => resolve(128 + number));
    }
  });
  const work = measureAll(bench);
  // When it is told to end, what is being measured fails on the way out.
  const over = work.then(
    () => {},
    () => {},
  );
  let status: number;
  try {
    status = await Promise.race([work, stopped]);
  } finally {
    bench.stop();
    await Promise.race([over, sleep(END_MS)]);
    await Promise.race([bench[Symbol.asyncDispose](), sleep(END_MS)]);
  }
  process.stderr.write(`bench: took ${Math.round((performance.now() - startMs) / 1000)} s\n`);
  return status;
}

async function measureAll(bench: Bench): Promise<number> {
  const { quick, only, json, markdown } = bench.options;
  const chosen = MEASURES.filter(({ name, quick: isQuick }) =>
    only.length > 0 ? only.includes(name) : isQuick || !quick,
  );
  const before = load();
  if (before > 0.5) bench.progress(`the machine has other work (load ${before})`);
  let status = 0;
  for (const measure of chosen) {
    bench.progress(measure.name);
    try {
      await measure.run(bench);
    } catch (error) {
      if (bench.stopped) throw error;
      // The others are of use all the same.
      process.stderr.write(`bench: ${measure.name}: ${(error as Error).message}\n`);
      status = 1;
    }
    process.stdout.write(`${tableOf(bench.results, measure.name)}\n`);
    // A run that is ended before its time leaves what it has.
    if (json !== undefined) writeFileSync(json, machineReadable(bench));
    if (markdown !== undefined) writeFileSync(markdown, markdownOf(bench.results));
  }
  process.stdout.write(ratiosOf(bench.results));
  if (bench.absent.length > 0) {
    process.stdout.write(`not compared with: ${bench.absent.join(', ')}\n`);
  }
  return status;
}

// Compiled where this is, src/ does not find the addon by itself.
process.env.LIVERY_ADDON ??= ADDON;
try {
  const options = parseOptions(process.argv.slice(2));
  if (options === undefined) process.stdout.write(HELP);
  else process.exitCode = await run(options);
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`bench: ${message}\n`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
// Whatever is still open is of no use now.
process.exit();
