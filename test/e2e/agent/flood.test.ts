/**
 * Updates far beyond what a screen shows: they are merged into a copy per millisecond,
 * and the last of them arrives.
 */
import { expect, test } from 'vitest';
import { BURST_COPIES, FLOOD_MS } from '../../../src/agent/pace.ts';
import { onStage } from './stage.ts';

const UPDATES = 3000;

test('a flood of small updates is paced, and its end is seen', () =>
  onStage(async ({ rig, daemon, program }) => {
    const window = program.window({ width: 64, height: 64 });
    await daemon.expect('shmImage', (one) => one.window === window);
    const before = daemon.all('shmImage', window).length;
    const startMs = performance.now();
    for (let i = 0; i < UPDATES; i++) {
      program.fill(window, i * 0x010203, [i % 32, i % 32, 32, 32]);
      await program.x.sync();
    }
    await rig.samePixels(daemon, window);
    const copies = daemon.all('shmImage', window).length - before;
    const tookMs = performance.now() - startMs;
    expect(copies).toBeGreaterThan(BURST_COPIES);
    expect(copies).toBeLessThanOrEqual(tookMs / FLOOD_MS + BURST_COPIES + 1);
  }));
