/** A renderer of a test: real processes, and what of them can be seen from outside. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../../src/base/clock.ts';
import type { Log } from '../../../src/base/log.ts';
import { RendererClient } from '../../../src/surface/renderer-client.ts';
import { eventually } from '../../rig/eventually.ts';

const SCRIPT = fileURLToPath(new URL('../../../dist/bin/livery.js', import.meta.url));

export interface TestRenderer extends AsyncDisposable {
  readonly client: RendererClient;
  /** What was logged, as `message: reason`. */
  readonly said: string[];
  readonly pid: number;
  /** The workers that run: those that stay, or those for a secret. */
  workers(kind: 'permanent' | 'once'): number[];
}

export async function startRenderer(script = SCRIPT): Promise<TestRenderer> {
  const said: string[] = [];
  const record: Log['warn'] = (fields, message) => {
    said.push(`${message}: ${fields['reason']}`);
  };
  const log: Log = { debug() {}, info: record, warn: record, error: record, child: () => log };
  const client = await RendererClient.start({ log, clock: systemClock, script });
  const pid = client.pid as number;
  return {
    client,
    said,
    pid,
    workers: (kind) =>
      childrenOf(pid).filter((child) => argsOf(child).at(-1) === `--worker=${kind}`),
    [Symbol.asyncDispose]: async () => {
      const all = [pid, ...childrenOf(pid)];
      client[Symbol.dispose]();
      await gone(all);
    },
  };
}

export function svg(text: string, width = 420, height = 120, fill = '#336699'): string {
  const shapes = `<rect width="${width}" height="${height}" fill="${fill}"/><text x="10" y="40" font-family="DejaVu Sans" font-size="20">${text}</text>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${shapes}</svg>`;
}

export function drawing(text: string, width = 420, height = 120) {
  return { svg: svg(text, width, height), width, height };
}

/** Resolves when none of these processes is left. */
export async function gone(pids: readonly number[]): Promise<void> {
  const over = (): true | undefined => (pids.some(alive) ? undefined : true);
  await eventually(over, `the processes ${pids.join()} have ended`);
}

/** The process is there and no zombie. */
export function alive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

export function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`)
      .map((task) => readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').trim())
      .flatMap((line) => (line === '' ? [] : line.split(' ').map(Number)));
  } catch {
    return [];
  }
}

function argsOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
  } catch {
    return [];
  }
}

/** Proportional share of memory, in kB. */
export function pssOf(pid: number): number {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  return Number(/^Pss:\s+(\d+)/m.exec(rollup)?.[1]);
}
