/**
 * `livery stats`: what was handled for a qube, and what became of its damage, on
 * the real daemon with a qube that says exactly so much.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { QubeStats } from '../../../src/control/messages.ts';
import { livery as runLivery } from '../../rig/system/livery-process.ts';
import {
  type ScriptedLivery,
  startScriptedLivery,
  WINDOW,
} from '../../rig/system/scripted-livery.ts';
import { waitUntil } from '../../rig/wait.ts';

const SMALL = { width: 10, height: 20 } as const;
const SMALL_BYTES = SMALL.width * SMALL.height * 4;

describe('livery stats', () => {
  let livery: ScriptedLivery;

  beforeAll(async () => {
    livery = await startScriptedLivery({ qubes: { work: 'label = "blue"' } });
  });
  afterAll(() => livery?.[Symbol.asyncDispose]());

  async function now(): Promise<QubeStats> {
    const { qubes } = await livery.client.ask('stats', {});
    return qubes.find((one) => one.name === 'work') as QubeStats;
  }

  /** Says that something changed, at a place of its own each time. */
  function say(count: number, place: (at: number) => number): void {
    const messages = Array.from({ length: count }, (_, at) => ({
      ...{ name: 'shmImage' as const, window: WINDOW, x: place(at), y: 5, ...SMALL },
    }));
    livery.agent('work').send(...messages);
  }

  /** The counts once so many more rectangles were told. */
  function told(before: QubeStats, count: number): Promise<QubeStats> {
    return waitUntil(async () => {
      const found = await now();
      return found.damage.told >= before.damage.told + count ? found : undefined;
    }, `${count} rectangles are counted`);
  }

  test('counts each rectangle that is told and put, and the bytes of its pixels', async () => {
    let before = await now();
    const first = before;
    for (let at = 0; at < 10; at++) {
      say(1, () => at * 12);
      before = await told(before, 1);
    }
    const { damage, gui } = await now();
    expect(damage.told - first.damage.told).toBe(10);
    expect(damage.put - first.damage.put).toBe(10);
    expect(damage.bytes - first.damage.bytes).toBe(10 * SMALL_BYTES);
    expect(damage.merged).toBe(first.damage.merged);
    expect(gui.messages - first.gui.messages).toBe(10);
  });

  test('counts what became part of another rectangle', async () => {
    const before = await now();
    livery.daemon.signal('SIGSTOP');
    try {
      say(100, () => 30);
      await livery.agent('work').flushed();
    } finally {
      livery.daemon.signal('SIGCONT');
    }
    const { damage } = await told(before, 100);
    const [put, merged] = [damage.put - before.damage.put, damage.merged - before.damage.merged];
    expect(put).toBeGreaterThan(0);
    expect(put).toBeLessThan(10);
    expect(put + merged).toBe(100);
  });

  test('says how long turns take and what waits for the qube', async () => {
    const { gui, queuedBytes } = await now();
    expect(gui.mostTurnMs).toBeGreaterThan(0);
    expect(gui.turnMs).toBeGreaterThanOrEqual(gui.mostTurnMs);
    // Each turn is short, and there were fewer than a thousand.
    expect(gui.turnMs).toBeLessThan(gui.turns * 1000);
    expect(queuedBytes).toBe(0);
  });

  test('shows all of it as a table', async () => {
    const { damage } = await now();
    const { status, out } = await runLivery(['stats'], { env: livery.env });
    expect(status).toBe(0);
    const [heads = '', row = ''] = out.trimEnd().split('\n');
    const names = heads.trim().split(/ {2,}/);
    const cells = row.trim().split(/ {2,}/);
    const cell = (name: string) => cells[names.indexOf(name)];
    expect(cell('QUBE')).toBe('work');
    expect(Number(cell('DAMAGE'))).toBe(damage.told);
    expect(Number(cell('MERGED'))).toBe(damage.merged);
    expect(Number(cell('PUT'))).toBe(damage.put);
    expect(Number(cell('MB'))).toBeCloseTo(damage.bytes / 1e6, 1);
    expect(cell('QUEUE')).toBe('0');
    expect(Number(cell('MAX MS'))).toBeGreaterThan(0);
  });
});
