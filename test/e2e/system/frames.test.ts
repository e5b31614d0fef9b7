/**
 * The first promise: every window of a qube has its frame in the label's
 * colour, complete on all four sides, whatever kind of window it is and
 * whoever manages it.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Rect } from '../../../src/base/geometry.ts';
import { BORDER, type Livery, startLivery } from '../../rig/system/livery.ts';
import { listingFaults } from '../../rig/system/look.ts';
import type { Puppet, WindowKind } from '../../rig/system/puppet.ts';
import { waitUntil } from '../../rig/wait.ts';

const SCREEN = { width: 900, height: 700 };
const at = (x: number, y: number, width: number, height: number): Rect => ({ x, y, width, height });

type Kind = Omit<WindowKind, 'title' | 'seed'>;
const KINDS: Readonly<Record<string, Kind>> = {
  normal: { rect: at(80, 90, 300, 200) },
  'fixed size': {
    rect: at(100, 120, 250, 150),
    hints: { min: { width: 250, height: 150 }, max: { width: 250, height: 150 } },
  },
  splash: { rect: at(200, 200, 260, 140), type: 'SPLASH' },
  undecorated: { rect: at(150, 160, 240, 180), motif: true },
  'override-redirect menu': {
    rect: at(300, 100, 160, 220),
    overrideRedirect: true,
    type: 'POPUP_MENU',
  },
  tooltip: { rect: at(310, 330, 90, 18), overrideRedirect: true, type: 'TOOLTIP' },
  'one pixel': { rect: at(400, 300, 1, 1) },
  'one pixel popup': { rect: at(420, 320, 1, 1), overrideRedirect: true },
  'four by fifty': { rect: at(440, 200, 4, 50) },
  'four by fifty popup': { rect: at(480, 200, 4, 50), overrideRedirect: true },
  'as large as the screen': { rect: at(0, 0, SCREEN.width, SCREEN.height) },
  'larger than the screen': { rect: at(0, 0, 1500, 1200) },
  'at a negative position': { rect: at(-70, -50, 220, 160) },
  'popup at a negative position': { rect: at(-70, -50, 120, 60), overrideRedirect: true },
  'outside of the screen': { rect: at(3000, 2500, 220, 160) },
  'popup outside of the screen': { rect: at(3000, 2500, 120, 60), overrideRedirect: true },
};

describe.each(['openbox', 'xfwm4', 'none'] as const)('frames under %s', (wm) => {
  let livery: Livery;
  let puppet: Puppet;

  beforeAll(async () => {
    livery = await startLivery({ wm, ...SCREEN, qubes: { work: 'blue' } });
    puppet = await livery.puppet('work');
  });
  afterAll(() => livery?.[Symbol.asyncDispose]());

  test.each(Object.entries(KINDS))(
    '%s: four sides, and the content inside',
    async (title, kind) => {
      const window = await puppet.open({ ...kind, title, seed: 3 });
      const listing = await livery.window('work', title);
      expect(await listingFaults(livery, listing, { seed: 3 })).toEqual([]);
      // The frame lies around the content, never on it.
      expect(listing.frame.width - listing.content.width).toBe(2 * BORDER);
      const inside = await livery.settled(() => puppet.geometry(window), 'it has its place inside');
      expect(inside).toEqual(listing.content);
      await puppet.destroy(window);
    },
  );

  test('a dialog over its parent: both frames, the dialog above', async () => {
    const parent = await puppet.open({ title: 'parent', seed: 1, rect: at(100, 100, 500, 400) });
    const below = await livery.window('work', 'parent');
    const dialog = await puppet.open({
      title: 'dialog',
      seed: 2,
      rect: at(200, 200, 200, 120),
      transientFor: parent,
      type: 'DIALOG',
    });
    const above = await livery.window('work', 'dialog');
    expect(await listingFaults(livery, above, { seed: 2 })).toEqual([]);
    await puppet.destroy(dialog);
    expect(await listingFaults(livery, below, { seed: 1 })).toEqual([]);
    await puppet.destroy(parent);
  });

  test('pushed half off the screen by the user: what shows of the frame is whole', async () => {
    const rect = at(200, 200, 300, 200);
    const window = await puppet.open({ title: 'pushed', seed: 6, rect });
    const { window: frame } = await livery.window('work', 'pushed');
    for (const place of [
      { x: -150, y: 300 },
      { x: 700, y: 550 },
      { x: 300, y: 560 },
    ]) {
      if (wm === 'none') livery.screen.x.X.ConfigureWindow(frame, place);
      else livery.pager.moveResize(frame, place);
      await waitUntil(async () => (await livery.pager.rect(frame)).y === place.y, 'it has moved');
      await livery.follows(puppet, window, frame);
      const listing = await livery.window('work', 'pushed');
      expect(await listingFaults(livery, listing, { seed: 6, sides: 2 })).toEqual([]);
    }
    await puppet.destroy(window);
  });
});
