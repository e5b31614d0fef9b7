/**
 * A window that gets another size between its creation and its map, all before
 * the agent has asked anything about it: its buffer is made for the size, when
 * the daemon cannot be told of it yet.
 */
import { expect, test } from 'vitest';
import { onStage } from './stage.ts';

test.each([false, true])(
  'a window that is resized before its map has its pixels (argb %s)',
  async (argb) => {
    await onStage(async ({ rig, daemon, program }) => {
      const { x } = program;
      // The agent is served nothing in between.
      x.X.GrabServer();
      const window = program.window({ argb, mapped: false, width: 1, height: 1 });
      x.X.ConfigureWindow(window, { width: 200, height: 100 });
      x.X.MapWindow(window);
      x.X.UngrabServer();
      x.flush();
      await daemon.expect('dump', (one) => one.window === window);
      await daemon.expect('shmImage', (one) => one.window === window);
      await rig.samePixels(daemon, window);
      expect(daemon.all('dump', window)).toHaveLength(1);
    });
  },
);
