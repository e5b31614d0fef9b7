/**
 * The rig itself: screens start with each window manager and leave nothing.
 */
import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { startScreen } from '../../rig/rig.ts';

describe('a test screen', () => {
  test.each(['none', 'openbox', 'xfwm4'] as const)(
    'with %s starts, is seen and ends',
    async (wm) => {
      const screen = await startScreen({ wm, width: 640, height: 480 });
      const picture = await screen.grab();
      expect(picture.pixel(639, 479)).toBeDefined();
      expect(picture.pixel(640, 479)).toBeUndefined();
      await screen.user.move(17, 23);
      const at = await screen.x.request<{ rootX: number; rootY: number }>((done) =>
        screen.x.X.QueryPointer(screen.x.root, done),
      );
      expect([at.rootX, at.rootY]).toEqual([17, 23]);
      await screen[Symbol.asyncDispose]();
      expect(existsSync(screen.directory)).toBe(false);
      expect(existsSync(`/proc/${screen.server.pid}`)).toBe(false);
    },
  );
});
