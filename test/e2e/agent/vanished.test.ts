/**
 * Windows that are gone again before the agent has asked for their pixels: the
 * first of each depth must not spoil what all later windows of it use.
 */
import { expect, test } from 'vitest';
import { onStage } from './stage.ts';

const STARTS = 4;

test('the first windows vanish as soon as they are announced; later ones have their pixels', async () => {
  for (let start = 0; start < STARTS; start++) {
    await onStage(async ({ rig, daemon, program }) => {
      const vanished = new Set<number>();
      daemon.onMessage = (message) => {
        if (message.name !== 'create' || !vanished.has(message.window)) return;
        program.x.X.DestroyWindow(message.window);
        program.x.flush();
      };
      for (const argb of [false, true]) {
        const early = program.window({ argb });
        vanished.add(early);
        await daemon.expect('destroy', (one) => one.window === early);
      }
      for (const argb of [false, true]) {
        const window = program.window({ argb, x: 30, y: 40 });
        await daemon.expect('shmImage', (one) => one.window === window);
        await rig.samePixels(daemon, window);
        expect(daemon.all('dump', window).length).toBeGreaterThan(0);
      }
    });
  }
});
