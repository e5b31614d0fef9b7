/**
 * The strip on a real screen: under window managers and without one it is at
 * its edge, above everything of the qubes, on room that is its own, and says
 * who has the keyboard, what is copied and which qubes are paused.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type ScriptedLivery,
  startScriptedLivery,
  WINDOW,
} from '../../rig/system/scripted-livery.ts';
import type { ShownWindow } from '../../rig/system/shown.ts';
import { waitUntil } from '../../rig/wait.ts';
import { countLabel, shown } from './look.ts';

const QUBES = { work: 'label = "blue"', vault: 'label = "green"' } as const;

describe.each(['openbox', 'xfwm4', 'i3', 'none'] as const)('the strip under %s', (wm) => {
  let livery: ScriptedLivery;
  let strip: ShownWindow;
  const colors = async (): Promise<{ blue: number; green: number }> => {
    const image = await livery.screen.grab(strip.rect);
    return {
      blue: countLabel(image, strip.rect, 'blue'),
      green: countLabel(image, strip.rect, 'green'),
    };
  };

  beforeAll(async () => {
    livery = await startScriptedLivery({ wm, qubes: QUBES, panel: 'enabled = true' });
    strip = await shown(livery.screen, 'livery panel');
  });
  afterAll(() => livery?.[Symbol.asyncDispose]());

  it('lies along the upper edge', () => {
    expect(strip.rect).toEqual({ x: 0, y: 0, width: 1200, height: 38 });
  });

  it('keeps windows of qubes off its room', async () => {
    const place = await livery.place('work');
    if (wm === 'none') {
      livery.agent('work').send({
        ...{ name: 'configure', window: WINDOW, x: 300, y: 0, width: 220, height: 120 },
        overrideRedirect: false,
      });
    } else {
      livery.pager.maximise(place.window, true);
    }
    await waitUntil(async () => {
      const { frame } = await livery.place('work');
      return frame.y >= 38 && frame.y < 100;
    }, 'the frame is right below the strip');
    if (wm === 'none' || wm === 'i3') return;
    livery.pager.maximise(place.window, false);
    // It has its place again: the next tests click on it.
    await waitUntil(async () => (await livery.place('work')).frame.y > 300, 'it is back');
  });

  it('shows the colour of the qube that has the keyboard, and no other', async () => {
    await livery.focus('work');
    await waitUntil(async () => {
      const { blue, green } = await colors();
      return blue > 200 && green === 0;
    }, 'the strip shows work');
    await livery.focus('vault');
    await waitUntil(async () => {
      const { blue, green } = await colors();
      return blue === 0 && green > 200;
    }, 'the strip shows vault');
  });

  it('shows from where a text was copied, until it is wiped', async () => {
    await livery.copy('work', 'a text');
    await livery.focus('vault');
    await waitUntil(async () => {
      const { blue, green } = await colors();
      return blue > 200 && green > 200;
    }, 'the strip shows both');
    await livery.client.ask('clipboard.wipe', {});
    await waitUntil(async () => (await colors()).blue === 0, 'the source has gone');
  });

  it('shows which qube is paused', async () => {
    await livery.focus('vault');
    await livery.keeper.pause('work');
    await waitUntil(async () => (await colors()).blue > 200, 'work is shown');
    await livery.keeper.start('work');
    await waitUntil(async () => (await colors()).blue === 0, 'it is not any more');
  });
});
