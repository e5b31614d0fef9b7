/**
 * A screen with more pixels for everything: frames, names, the strip and the overlay are
 * as much larger as the desktop says (Xft.dpi), and a click lands where it is seen.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GUARD_MS } from '../../../src/desktop/click-guard.ts';
import { frameAround } from '../../../src/desktop/geometry.ts';
import { nameHeight } from '../../../src/surface/name-picture.ts';
import { panelHeight } from '../../../src/surface/panel-picture.ts';
import type { Image } from '../../rig/image.ts';
import { writePng } from '../../rig/png.ts';
import { pause } from '../../rig/system/clipboard-user.ts';
import { BORDER, type Livery, startLivery } from '../../rig/system/livery.ts';
import type { Puppet } from '../../rig/system/puppet.ts';
import { waitUntil } from '../../rig/wait.ts';
import { frameColor, sidesOf } from '../desktop/judge.ts';
import { closeOverlay, countLabel, inner, labelOf, openOverlay, shown } from './look.ts';

const WHITE = 0xffffff;
const RECT = { x: 200, y: 240, width: 400, height: 240 };

/** How high the letters of the name on the frame are, in rows that have some of them. */
function letterRows(image: Image, x: number, y: number, height: number): number {
  let rows = 0;
  for (let row = 0; row < height; row++) {
    const part = { x, y: y + row, width: 120, height: 1 };
    if (image.count(part, (color) => color === WHITE) > 0) rows++;
  }
  return rows;
}

describe.each([
  [96, 1],
  [144, 1.5],
  [192, 2],
] as const)('at %i dots per inch', (dpi, scale) => {
  const border = Math.round(BORDER * scale);
  const insets = { side: border, top: border + nameHeight(scale) };
  let livery: Livery;
  let puppet: Puppet;

  beforeAll(async () => {
    livery = await startLivery({
      ...{ wm: 'none', width: 1400, height: 900, dpi, qubes: { work: 'blue' } },
      ...{ frame: 'name = "auto"', panel: 'enabled = true' },
    });
    puppet = await livery.puppet('work');
    await puppet.open({ title: 'scaled', seed: 4, rect: RECT });
  });
  afterAll(() => livery?.[Symbol.asyncDispose]());

  const picture = async (name: string): Promise<void> => {
    const directory = process.env.LIVERY_TEST_PICTURES;
    if (directory) {
      writePng(join(directory, `${name}-${dpi}.png`), await livery.screen.grab(), 1);
    }
  };

  it('the frame is as thick, each side in its pattern, and says the name in larger letters', async () => {
    const { frame, content } = await livery.window('work', 'scaled');
    expect(content).toEqual(RECT);
    expect(frame).toEqual(frameAround(RECT, insets));
    const strip = { x: frame.x + border, y: frame.y + border };
    const image = await waitUntil(async () => {
      const now = await livery.screen.grab();
      return letterRows(now, strip.x, strip.y, nameHeight(scale)) > 0 ? now : undefined;
    }, 'the name is written');
    for (const [side, rect] of Object.entries(sidesOf(frame, border))) {
      const wanted = (x: number, y: number): number =>
        frameColor(labelOf('blue'), border, frame, x - frame.x, y - frame.y);
      expect(image.differences(rect, wanted), side).toBe(0);
    }
    const rows = letterRows(image, strip.x, strip.y, nameHeight(scale));
    expect(rows / scale).toBeGreaterThan(5.5);
    expect(rows / scale).toBeLessThan(11);
  });

  it('a click arrives at the pixel that was clicked', async () => {
    const { content } = await livery.window('work', 'scaled');
    await pause(GUARD_MS + 50);
    await livery.screen.user.click(content.x + 301, content.y + 203);
    const press = await waitUntil(
      () => puppet.events.find((one) => one.name === 'ButtonPress'),
      'the qube was told of the press',
    );
    expect(press).toMatchObject({ x: 301, y: 203 });
  });

  it('the strip is as high', async () => {
    const strip = await shown(livery.screen, 'livery panel');
    expect(strip.rect).toEqual({ x: 0, y: 0, width: 1400, height: panelHeight(scale) });
    await waitUntil(
      async () => countLabel(await livery.screen.grab(), strip.rect, 'blue') > 200 * scale,
      'it shows the qube with the keyboard',
    );
    await picture('panel');
  });

  it('the overlay leaves the whole frame as it is and names the owner', async () => {
    const { frame, content } = await livery.window('work', 'scaled');
    const list = await openOverlay(livery.screen);
    await picture('overlay');
    const image = await livery.screen.grab();
    const left = sidesOf(frame, border).left;
    if (!left) throw new Error('a frame has a left side');
    const wanted = (x: number, y: number): number =>
      frameColor(labelOf('blue'), border, frame, x - frame.x, y - frame.y);
    expect(image.differences({ ...left, height: 60 }, wanted)).toBe(0);
    expect(countLabel(image, inner(content), 'blue')).toBeGreaterThan(150 * scale);
    expect(list.rect.width).toBeLessThan(1400);
    await closeOverlay(livery.screen);
  });
});
