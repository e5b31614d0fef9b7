/**
 * The strip beside the bars of i3, one at each edge: all of them are seen whole, and
 * windows of qubes have the room that they leave.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { intersect, type Rect } from '../../../src/base/geometry.ts';
import { writePng } from '../../rig/png.ts';
import { type ScriptedLivery, startScriptedLivery } from '../../rig/system/scripted-livery.ts';
import { shownWindows } from '../../rig/system/shown.ts';
import { waitUntil } from '../../rig/wait.ts';
import { countLabel, shown } from './look.ts';

const QUBES = { work: 'label = "blue"', vault: 'label = "green"' } as const;

describe.each(['top', 'bottom'] as const)('the strip at the %s beside two bars of i3', (edge) => {
  let livery: ScriptedLivery;
  let bars: Rect[];

  beforeAll(async () => {
    const panel = `enabled = true\nedge = "${edge}"`;
    livery = await startScriptedLivery({ wm: 'i3-bars', qubes: QUBES, panel });
    bars = await waitUntil(async () => {
      const windows = await shownWindows(livery.screen.x);
      const found = windows.filter(({ title }) => /^i3bar for output/.test(title));
      return found.length === 2 ? found.map(({ rect }) => rect) : undefined;
    }, 'both bars show');
  });
  afterAll(() => livery?.[Symbol.asyncDispose]());

  it('covers none of them, and no window of a qube is below any', async () => {
    const { rect: strip } = await shown(livery.screen, 'livery panel');
    const taken = [strip, ...bars];
    for (const [at, one] of taken.entries()) {
      for (const two of taken.slice(at + 1)) expect(intersect(one, two)).toBeUndefined();
    }
    for (const name of ['work', 'vault']) {
      const { frame } = await livery.place(name);
      for (const one of taken) expect(intersect(frame, one), name).toBeUndefined();
    }
  });

  it('says who has the keyboard, with the bars as they are', async () => {
    const { rect: strip } = await shown(livery.screen, 'livery panel');
    await livery.focus('work');
    await waitUntil(
      async () => countLabel(await livery.screen.grab(), strip, 'blue') > 200,
      'the strip shows work',
    );
    const image = await livery.screen.grab();
    // A bar of i3 is black where it has nothing to say.
    for (const bar of bars) {
      const black = image.count(bar, (color) => color === 0);
      expect(black / (bar.width * bar.height)).toBeGreaterThan(0.8);
    }
    const directory = process.env.LIVERY_TEST_PICTURES;
    if (directory) writePng(join(directory, `bars-${edge}.png`), image, 1);
  });
});
