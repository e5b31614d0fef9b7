/**
 * Two qubes on one screen, side by side and one above the other: no pixel of a
 * window changes because another qube draws, beneath it or above it.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { intersect, type Rect } from '../../../src/base/geometry.ts';
import type { WindowListing } from '../../../src/control/messages.ts';
import type { Image } from '../../rig/rig.ts';
import { type Livery, startLivery } from '../../rig/system/livery.ts';
import { listingFaults } from '../../rig/system/look.ts';
import type { Puppet } from '../../rig/system/puppet.ts';
import { waitUntil } from '../../rig/wait.ts';
import { pictureColor } from '../desktop/scene.ts';

const SCREEN = { width: 900, height: 600 };

function changed(before: Image, after: Image, rect: Rect): number {
  return after.differences(rect, (x, y) => before.pixel(x, y) as number);
}

describe.each(['openbox', 'xfwm4', 'none'] as const)('two qubes under %s', (wm) => {
  let livery: Livery;
  let work: Puppet;
  let red: Puppet;

  beforeAll(async () => {
    livery = await startLivery({ wm, ...SCREEN, qubes: { work: 'blue', untrusted: 'red' } });
    [work, red] = await Promise.all([livery.puppet('work'), livery.puppet('untrusted')]);
  });
  afterAll(() => livery?.[Symbol.asyncDispose]());

  /** The place shows this picture of a window with its content at `content`. */
  async function showsAt(
    content: Rect,
    place: { x: number; y: number },
    seed: number,
  ): Promise<void> {
    const wanted = pictureColor(seed, place.x - content.x, place.y - content.y);
    await waitUntil(async () => {
      const image = await livery.screen.grab({ ...place, width: 1, height: 1 });
      return image.pixel(place.x, place.y) === wanted;
    }, `picture ${seed} is on the screen`);
  }

  test('beneath and above: what is drawn stays in its own window', async () => {
    const one = await work.open({
      title: 'one',
      seed: 1,
      rect: { x: 60, y: 60, width: 400, height: 300 },
    });
    const below = await livery.window('work', 'one');
    const two = await red.open({
      title: 'two',
      seed: 2,
      rect: { x: 300, y: 200, width: 400, height: 300 },
    });
    const above = await livery.window('untrusted', 'two');
    // A new window of another qube does not push itself in front; the user brings it there.
    const { content } = above;
    await livery.screen.user.click(content.x + content.width - 20, content.y + content.height - 20);
    await waitUntil(async () => {
      const faults = await listingFaults(livery, above, { seed: 2 });
      return faults.length === 0;
    }, 'the red window is in front');
    expect(intersect(below.frame, above.frame)).toBeDefined();

    const before = await livery.screen.grab();
    for (let seed = 3; seed < 9; seed++) {
      await work.retile(one, seed);
      await showsAt(below.content, { x: below.content.x + 10, y: below.content.y + 10 }, seed);
    }
    // It also tries to come in front by itself, and with a move.
    await work.configure(one, { stackMode: 0 });
    await work.configure(one, { x: below.content.x - 7, stackMode: 0 });
    const moved = async () => (await livery.pager.rect(below.window)).x === below.frame.x - 7;
    await waitUntil(moved, 'it has moved');
    await livery.follows(work, one, below.window);
    expect(changed(before, await livery.screen.grab(), above.frame)).toBe(0);

    const again = await livery.screen.grab();
    for (let seed = 10; seed < 16; seed++) {
      await red.retile(two, seed);
      await showsAt(content, { x: content.x + 30, y: content.y + 30 }, seed);
    }
    const after = await livery.screen.grab();
    const inside = (x: number, y: number): boolean =>
      intersect({ x, y, width: 1, height: 1 }, content) !== undefined;
    const everything = { x: 0, y: 0, ...SCREEN };
    const strangers = after.differences(everything, (x, y) =>
      inside(x, y) ? (after.pixel(x, y) as number) : (again.pixel(x, y) as number),
    );
    expect(strangers).toBe(0);
    await work.destroy(one);
    await red.destroy(two);
  });

  test('side by side: both whole while both draw', async () => {
    const place = { y: 80, width: 300, height: 200 };
    const left = await work.open({ title: 'left', seed: 1, rect: { x: 40, ...place } });
    const right = await red.open({ title: 'right', seed: 2, rect: { x: 400, ...place } });
    const windows: [WindowListing, Puppet, number][] = [
      [await livery.window('work', 'left'), work, left],
      [await livery.window('untrusted', 'right'), red, right],
    ];
    for (let seed = 3; seed < 12; seed++) {
      await Promise.all([work.retile(left, seed), red.retile(right, seed + 1)]);
      for (const [at, [{ content }]] of windows.entries()) {
        await showsAt(content, { x: content.x + 200, y: content.y + 150 }, seed + at);
      }
      for (const [at, [listing]] of windows.entries()) {
        expect(await listingFaults(livery, listing, { seed: seed + at })).toEqual([]);
      }
    }
    for (const [, puppet, window] of windows) await puppet.destroy(window);
  });

  test('a popup lies over another qube only with its own frame around it', async () => {
    const one = await work.open({
      title: 'base',
      seed: 1,
      rect: { x: 60, y: 60, width: 500, height: 400 },
    });
    const base = await livery.window('work', 'base');
    const two = await red.open({
      title: 'popup',
      seed: 2,
      rect: { x: 200, y: 150, width: 120, height: 90 },
      overrideRedirect: true,
    });
    const popup = await livery.window('untrusted', 'popup');
    expect(await listingFaults(livery, popup, { seed: 2 })).toEqual([]);
    const before = await livery.screen.grab(popup.frame);
    await work.retile(one, 4);
    await showsAt(base.content, { x: base.content.x + 10, y: base.content.y + 10 }, 4);
    expect(changed(before, await livery.screen.grab(popup.frame), popup.frame)).toBe(0);
    await red.destroy(two);
    await waitUntil(
      async () => (await listingFaults(livery, base, { seed: 4 })).length === 0,
      'what lay under the popup is whole again',
    );
    await work.destroy(one);
  });
});
