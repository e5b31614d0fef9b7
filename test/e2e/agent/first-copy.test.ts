/**
 * A buffer that the daemon is told of has the window in it already: dom0 draws from it
 * at once, and what lay there before would be seen.
 */
import { expect, test } from 'vitest';
import { native } from '../../../src/native/addon.ts';
import { waitUntil } from '../../rig/wait.ts';
import { onStage } from './stage.ts';

const BACKGROUND = 0x204060;
const SIZES = 12;

test('each new buffer of a window that grows is whole when it is told', () =>
  onStage(async ({ rig, daemon, program }) => {
    const window = program.window({ width: 900, height: 600, background: BACKGROUND });
    const pixel = Buffer.alloc(4);
    const colors: number[] = [];
    daemon.onMessage = (message) => {
      if (message.name !== 'dump') return;
      const { width, height, refs } = message;
      const last = (refs[0] as number) * 4096 + (width * height - 1) * 4;
      native().readAt(rig.pool, pixel, last);
      colors.push(pixel.readUInt32LE(0) & 0xffffff);
    };
    await waitUntil(() => colors.length > 0, 'the first buffer is told');
    for (let i = 1; i <= SIZES; i++) {
      const height = 600 + i * 10;
      program.x.X.ConfigureWindow(window, { height });
      program.x.flush();
      await daemon.expect('dump', (one) => one.height === height);
    }
    expect(colors).toEqual(colors.map(() => BACKGROUND));
    await rig.samePixels(daemon, window);
  }));
