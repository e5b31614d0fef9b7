/** How the daemon's cost grows with qubes and windows, and what it does when nothing happens. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench } from '../bench.ts';
import { cpuNanos, memoryMb, wakeUps } from '../kernel.ts';
import { quantile } from '../results.ts';
import {
  type DamageCost,
  qubeName,
  type ScriptedQubes,
  startScripted,
} from '../subjects/scripted.ts';
import type { Measure } from './measure.ts';

const WINDOWS_EACH = 5;
/** After this the garbage of the start is gone. */
const REST_MS = 4000;
const SETTLED_MS = 6000;

async function rest(bench: Bench): Promise<void> {
  await sleep(bench.options.quick ? REST_MS / 2 : REST_MS);
}

async function grow(bench: Bench, qubes: ScriptedQubes, from: number, to: number): Promise<void> {
  bench.progress(`scale: ${to} qubes with ${WINDOWS_EACH} windows each`);
  for (let at = from; at < to; at++) await qubes.start(qubeName(at), WINDOWS_EACH);
}

/** Memory, rest and the cost of a message with one qube and with many. */
async function measureQubes(bench: Bench): Promise<void> {
  const { results, options } = bench;
  const many = options.quick ? 20 : 100;
  const messages = options.quick ? 20_000 : 50_000;
  for (const { name, variables } of options.variants) {
    await using qubes = await startScripted(many, variables);
    const { pid } = qubes.daemon;
    const add = (what: string, unit: string, value: number) =>
      results.add('qubes', name, what, unit, value);
    await grow(bench, qubes, 0, 1);
    await qubes.damageCost(qubeName(0), messages);
    await rest(bench);
    const first = memoryMb(pid);
    add('first qube', 'MB', first);
    const alone = await costs(bench, qubes, qubeName(0), messages);
    await grow(bench, qubes, 1, many);
    await rest(bench);
    add('each further', 'MB', (memoryMb(pid) - first) / (many - 1));
    add(`all ${many}`, 'MB', memoryMb(pid));
    // The last of the timers of a start (5 s) has run.
    await sleep(SETTLED_MS);
    const seconds = options.quick ? 4 : 20;
    const [cpu, woken] = [cpuNanos(pid), wakeUps(pid)];
    await sleep(seconds * 1000);
    add('idle', '% of a core', ((cpuNanos(pid) - cpu) / (seconds * 1e9)) * 100);
    add('wake-ups', '/s', (wakeUps(pid) - woken) / seconds);
    const beside = await costs(bench, qubes, qubeName(0), messages);
    add('message, 1 qube', 'µs', alone.micros);
    add(`message, ${many} qubes`, 'µs', beside.micros);
  }
}

/** The medians of some rounds. */
async function costs(
  bench: Bench,
  qubes: ScriptedQubes,
  name: string,
  messages: number,
): Promise<DamageCost> {
  const samples: DamageCost[] = [];
  for (let at = 0; at < bench.rounds(7, 3); at++) {
    samples.push(await qubes.damageCost(name, messages));
  }
  return {
    micros: quantile(
      samples.map((one) => one.micros),
      0.5,
    ),
    puts: quantile(
      samples.map((one) => one.puts),
      0.5,
    ),
  };
}

async function measureWindows(bench: Bench): Promise<void> {
  const { results, options } = bench;
  const steps = options.quick ? [10, 100, 1000] : [10, 100, 1000, 3000];
  const messages = options.quick ? 20_000 : 50_000;
  for (const { name, variables } of options.variants) {
    await using qubes = await startScripted(1, variables);
    await qubes.start(qubeName(0), steps[0] as number);
    // Code that was never run is slow, and would make the first step the dearest.
    for (let at = 0; at < 4; at++) await qubes.damageCost(qubeName(0), messages);
    let first: number | undefined;
    let dearest = 0;
    for (const windows of steps) {
      bench.progress(`messages: ${windows} windows`);
      await qubes.grow(qubeName(0), windows);
      await rest(bench);
      const cost = await costs(bench, qubes, qubeName(0), messages);
      first ??= cost.micros;
      dearest = Math.max(dearest, cost.micros);
      results.add('messages', name, `${windows} windows`, 'µs', cost.micros);
      // A message that is merged is cheaper than one that is put.
      results.add('messages', name, `puts at ${windows}`, '', cost.puts);
      if (windows !== steps.at(-1)) continue;
      results.add('messages', name, 'dearest/first', '', dearest / first);
    }
  }
}

export const scaleMeasures: readonly Measure[] = [
  {
    name: 'qubes',
    title: 'many qubes with 5 windows each: memory of the daemon (PSS), rest, cost of a message',
    quick: true,
    run: measureQubes,
  },
  {
    name: 'messages',
    title: 'cost of one damage message for the daemon (CPU) beside so many windows',
    quick: false,
    run: measureWindows,
  },
];
