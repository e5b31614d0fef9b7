/** Starts: the daemon until it is ready, a window's pixels after that; and memory of one qube. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench } from '../bench.ts';
import { cpuNanos, memoryMb } from '../kernel.ts';
import { now } from '../probe.ts';
import { quantile } from '../results.ts';
import { showWindow } from '../subject.ts';
import { prepareLivery, startLivery } from '../subjects/livery.ts';
import { press } from './keys.ts';
import type { Measure } from './measure.ts';

const SIZE = { width: 400, height: 300 } as const;
const IDLE_QUBES = 20;

async function measureStart(bench: Bench): Promise<void> {
  const { results, options } = bench;
  const rounds = bench.rounds(9, 3);
  for (const variant of options.variants) {
    await using livery = await prepareLivery(variant);
    await livery.startDaemon();
    await livery.connected(livery.qubes[0] as string);
    await livery.draw();
    const { colour } = await showWindow(livery, SIZE);
    for (let at = 1; at <= rounds; at++) {
      bench.progress(`start: round ${at} of ${rounds}, ${variant.name}`);
      await livery.stopDaemon();
      const { shown } = await livery.probe.await(colour, 20_000);
      const start = now();
      const readyMs = await livery.startDaemon();
      const readyCpuMs = cpuNanos(livery.daemon.pid) / 1e6;
      const pixelsMs = ((await shown) - start) / 1e6;
      results.add('start', variant.name, 'ready', 'ms', readyMs);
      results.add('start', variant.name, 'CPU until then', 'ms', readyCpuMs);
      results.add('start', variant.name, 'attach to pixels', 'ms', pixelsMs - readyMs);
      results.add('start', variant.name, 'start to pixels', 'ms', pixelsMs);
    }
  }
}

async function measureMemory(bench: Bench): Promise<void> {
  for (const livery of await bench.liveries()) {
    await showWindow(livery, SIZE);
    await sleep(3000);
    for (const role of ['daemon', 'agent', 'qube X', 'dom0 X']) {
      bench.results.add('memory', livery.name, role, 'MB', memoryMb(livery.pid(role)));
    }
  }
}

/** Keys with twenty more qubes beside, and without before and after. */
async function measureIdle(bench: Bench): Promise<void> {
  const { results, options } = bench;
  const others = Array.from({ length: IDLE_QUBES }, (_, at) => `idle${at}`);
  for (const variant of options.variants) {
    await using livery = await startLivery({ ...variant, qubes: ['work', ...others] });
    const keys = async (what: string): Promise<number> => {
      const rounds: number[] = [];
      for (let at = 1; at <= bench.rounds(5, 2); at++) {
        bench.progress(`idle20: ${what}, round ${at}`);
        rounds.push(quantile((await press(livery, SIZE, 100)).ms, 0.5));
      }
      results.add('idle20', variant.name, what, 'ms', ...rounds);
      return quantile(rounds, 0.5);
    };
    const before = await keys('alone');
    bench.progress(`idle20: starting ${IDLE_QUBES} qubes`);
    for (const qube of others) await livery.start(qube);
    await sleep(5000);
    const beside = await keys(`beside ${IDLE_QUBES}`);
    for (const qube of others) await livery.client.ask('qube.stop', { qube });
    await sleep(2000);
    const after = await keys('alone again');
    results.add('idle20', variant.name, 'ratio', '', (2 * beside) / (before + after));
  }
}

export const lifeMeasures: readonly Measure[] = [
  {
    name: 'start',
    title: 'the daemon starts while a window of a qube is open',
    quick: true,
    run: measureStart,
  },
  {
    name: 'memory',
    title: 'one sandboxed qube with a window: memory (PSS)',
    quick: true,
    run: measureMemory,
  },
  {
    name: 'idle20',
    title: 'key to changed pixels, 400x300, with 20 idle sandboxed qubes beside',
    quick: false,
    run: measureIdle,
  },
];
