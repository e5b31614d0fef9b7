/**
 * The qube's name on every frame but a menu's (`name = true` in [frame]): below an upper side that is as on every other frame there is a strip with the
 * name, and everything else about the window is where it would be without.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { intersect, type Rect } from '../../../src/base/geometry.ts';
import { GUARD_MS } from '../../../src/desktop/click-guard.ts';
import { frameAround } from '../../../src/desktop/geometry.ts';
import { nameHeight } from '../../../src/surface/name-picture.ts';
import { type Image, writePng } from '../../rig/rig.ts';
import { pause } from '../../rig/system/clipboard-user.ts';
import { BORDER, type Livery, startLivery } from '../../rig/system/livery.ts';
import { windowFaults } from '../../rig/system/look.ts';
import type { Puppet } from '../../rig/system/puppet.ts';
import { waitUntil } from '../../rig/wait.ts';
import { pictureColor } from '../desktop/scene.ts';

const INSETS = { side: BORDER, top: BORDER + nameHeight(1) };
const LABELS = { work: 'blue', vault: 'yellow' } as const;
const COLOR = { work: 0x3465a4, vault: 0xedd400 } as const;
/** What the name is written in: black or white, whichever stands out from the label. */
const INK = { work: 0xffffff, vault: 0x000000 } as const;
type Qube = keyof typeof LABELS;

function stripOf({ x, y, width }: Rect): Rect {
  return {
    x: x + BORDER,
    y: y + BORDER,
    width: width - 2 * BORDER,
    height: INSETS.top - BORDER,
  };
}

describe.each(['none', 'i3-bare', 'openbox'] as const)('names on frames under %s', (wm) => {
  let livery: Livery;
  const puppets = new Map<string, Puppet>();

  beforeAll(async () => {
    const frame = 'name = true';
    livery = await startLivery({ wm, width: 900, height: 600, qubes: LABELS, frame });
    for (const qube of Object.keys(LABELS)) puppets.set(qube, await livery.puppet(qube));
  });
  afterAll(() => livery?.[Symbol.asyncDispose]());

  const puppet = (qube: Qube): Puppet => puppets.get(qube) as Puppet;

  /** Pixels of the strip in the ink of the name; it is drawn a moment after the frame. */
  async function written(qube: Qube, strip: Rect): Promise<Image> {
    return waitUntil(async () => {
      const image = await livery.screen.grab();
      return image.count(strip, (color) => color === INK[qube]) > 20 ? image : undefined;
    }, `the name of ${qube} is written`);
  }

  test('a strip has the name, the sides are whole, the content is the qube`s', async () => {
    const opened = new Map<Qube, number>();
    for (const [qube, x] of [
      ['work', 60],
      ['vault', 480],
    ] as const) {
      const rect = { x, y: 90, width: 300, height: 200 };
      opened.set(qube, await puppet(qube).open({ title: `of ${qube}`, seed: 4, rect }));
      await livery.window(qube, `of ${qube}`);
    }
    for (const qube of ['work', 'vault'] as const) {
      const { frame, content, window: number } = await livery.window(qube, `of ${qube}`);
      expect(frame).toEqual(frameAround(content, INSETS));
      expect(await livery.pager.rect(number)).toEqual(frame);
      const inside = () => puppet(qube).geometry(opened.get(qube) as number);
      expect(await livery.settled(inside, 'the qube knows its place')).toEqual(content);
      const strip = stripOf(frame);
      const image = await written(qube, strip);
      expect(await windowFaults(livery, number, { label: LABELS[qube] })).toEqual([]);
      const wrong = image.differences(content, (px, py) =>
        pictureColor(4, px - content.x, py - content.y),
      );
      expect(wrong).toBe(0);
      const ground = image.count(strip, (color) => color === COLOR[qube]);
      expect(ground / (strip.width * strip.height)).toBeGreaterThan(0.65);
      // Wherever some of the strip shows, some of a name does.
      for (let left = strip.x; left + 80 <= strip.x + strip.width; left += 20) {
        const part = { ...strip, x: left, width: 80 };
        expect(image.count(part, (color) => color !== COLOR[qube])).toBeGreaterThan(5);
      }
    }
    if (process.env.LIVERY_TEST_PICTURES !== undefined) {
      writePng(
        `${process.env.LIVERY_TEST_PICTURES}/names-${wm}.png`,
        await livery.screen.grab(),
        1,
      );
    }
  });

  test('moved, resized and moved by the qube: it is where the qube knows it', async () => {
    const { window: frame } = await livery.window('work', 'of work');
    if (wm === 'none') {
      livery.screen.x.X.ConfigureWindow(frame, { x: 120, y: 200, width: 330, height: 260 });
    } else if (wm === 'openbox') {
      livery.pager.moveResize(frame, { x: 120, y: 200, width: 330, height: 260 });
    }
    const listing = await livery.settled(async () => {
      const found = (await livery.windows()).find((one) => one.window === frame);
      const rect = await livery.pager.rect(frame);
      return found && JSON.stringify(found.frame) === JSON.stringify(rect) ? found : undefined;
    }, 'the daemon knows where it is');
    if (wm !== 'i3-bare') expect(listing.frame).toMatchObject({ width: 330, height: 260 });
    expect(listing.frame).toEqual(frameAround(listing.content, INSETS));
    expect(await windowFaults(livery, frame, { label: 'blue' })).toEqual([]);
    await written('work', stripOf(listing.frame));
  });

  test('a click arrives where it was made', async () => {
    const { content, window } = await livery.window('work', 'of work');
    // The click guard is about time: the window has moved below the pointer's next place.
    await pause(GUARD_MS + 50);
    const before = puppet('work').events.length;
    await livery.screen.user.click(content.x + 17, content.y + 23);
    await waitUntil(async () => (await livery.pager.focus()) === window, 'it has the focus');
    const press = await waitUntil(
      () =>
        puppet('work')
          .events.slice(before)
          .find((one) => one.name === 'ButtonPress'),
      'the qube was told of the press',
    );
    expect(press).toMatchObject({ x: 17, y: 23 });
  });

  test('a popup has the frame without it, and stays on the monitor', async () => {
    const rect = { x: 30, y: 2, width: 140, height: 60 };
    const menu = await puppet('vault').open({
      ...{ title: 'menu', seed: 2, rect, overrideRedirect: true, type: 'POPUP_MENU' },
    });
    await livery.focus(await livery.window('vault', 'of vault'));
    const { frame, content, window } = await livery.window('vault', 'menu');
    expect(frame).toEqual(frameAround(content, BORDER));
    expect(intersect(frame, { x: 0, y: 0, width: 900, height: 600 })).toEqual(frame);
    expect(await windowFaults(livery, window, { label: 'yellow' })).toEqual([]);
    await puppet('vault').destroy(menu);
  });

  test('with another label the name is written on its colour, and nothing moves', async () => {
    const { window, frame } = await livery.window('work', 'of work');
    const text = readFileSync(livery.configFile, 'utf8');
    writeFileSync(livery.configFile, text.replace('"blue"', '"black"'));
    await livery.client.ask('reload', {});
    const strip = stripOf(frame);
    const white = async (): Promise<number> =>
      (await livery.screen.grab()).count(strip, (color) => color === 0xffffff);
    await waitUntil(async () => (await white()) > 20, 'the name is written anew');
    const image = await livery.screen.grab();
    expect(image.count(strip, (color) => color === COLOR.work)).toBe(0);
    expect(image.count(strip, (color) => color === 0)).toBeGreaterThan(strip.width);
    expect((await livery.window('work', 'of work')).frame).toEqual(frame);
    expect(await windowFaults(livery, window, { label: 'black' })).toEqual([]);
    writeFileSync(livery.configFile, text);
    await livery.client.ask('reload', {});
    await written('work', strip);
  });

  test('as large as the screen: nothing of it is off the screen without a window manager', async () => {
    if (wm !== 'none') return;
    const rect = { x: 0, y: 0, width: 900, height: 600 };
    const window = await puppet('work').open({ title: 'large', seed: 1, rect });
    const { frame } = await livery.window('work', 'large');
    expect(frame).toEqual({ x: 0, y: 0, width: 900, height: 600 });
    await puppet('work').destroy(window);
  });
});
