/**
 * Which frames say the qube's name by themselves (`name = "auto"`, the default): those
 * that the window manager gives no title bar, and no menu. Followed when a window
 * manager comes, goes or changes its mind, and never in the middle of a drag.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { WindowListing } from '../../../src/control/messages.ts';
import { frameAround } from '../../../src/desktop/geometry.ts';
import { nameHeight } from '../../../src/surface/name-picture.ts';
import { writePng } from '../../rig/rig.ts';
import { pause } from '../../rig/system/clipboard-user.ts';
import { BORDER, type Livery, startLivery } from '../../rig/system/livery.ts';
import { windowFaults } from '../../rig/system/look.ts';
import type { Puppet } from '../../rig/system/puppet.ts';
import { waitUntil } from '../../rig/wait.ts';

const AUTO = 'name = "auto"';
const PLAIN = { side: BORDER, top: BORDER };
const NAMED = { side: BORDER, top: BORDER + nameHeight(1) };
const RECT = { x: 120, y: 120, width: 320, height: 200 };
/** Longer than the daemon waits before it follows a window manager. */
const QUIET_MS = 600;

let livery: Livery;
let puppet: Puppet;

async function begin(wm: Parameters<typeof startLivery>[0]['wm']): Promise<void> {
  livery = await startLivery({
    ...{ wm, width: 900, height: 600, qubes: { work: 'blue' }, frame: AUTO },
  });
  puppet = await livery.puppet('work');
}

async function picture(name: string): Promise<void> {
  const directory = process.env.LIVERY_TEST_PICTURES;
  if (directory) writePng(join(directory, `${name}.png`), await livery.screen.grab(), 1);
}

/** The window as it stands, once it has the border that it is to have. */
async function stands(title: string, insets: typeof PLAIN): Promise<WindowListing> {
  const find = async (): Promise<WindowListing | undefined> => {
    const found = (await livery.windows()).find((one) => one.title === title && one.mapped);
    if (!found) return undefined;
    return JSON.stringify(found.frame) === JSON.stringify(frameAround(found.content, insets))
      ? found
      : undefined;
  };
  const found = await livery.settled(find, `${title} has ${insets.top} pixels above its content`);
  await waitUntil(
    async () => (await windowFaults(livery, found.window, { label: 'blue' })).length === 0,
    'its frame is whole',
  );
  const { frame } = found;
  const strip = { ...frame, x: frame.x + 9, y: frame.y + BORDER, width: 200, height: 13 };
  const ink = async (): Promise<boolean> =>
    (await livery.screen.grab()).count(strip, (color) => color === 0xffffff) > 20;
  if (insets === NAMED) await waitUntil(ink, 'the name is written');
  return found;
}

const open = (title: string, more: object = {}): Promise<number> =>
  puppet.open({ title, seed: 4, rect: RECT, ...more });

describe.each([
  ['none', NAMED],
  ['i3-bare', NAMED],
  ['i3', PLAIN],
  ['openbox', PLAIN],
  ['xfwm4', PLAIN],
] as const)('under %s', (wm, insets) => {
  beforeAll(() => begin(wm));
  afterAll(() => livery?.[Symbol.asyncDispose]());

  test('a window says the name where no title bar does, and the qube knows its size', async () => {
    const window = await open('first');
    const { content, window: frame } = await stands('first', insets);
    expect(await livery.pager.rect(frame)).toEqual(frameAround(content, insets));
    const inside = () => puppet.geometry(window);
    expect(await livery.settled(inside, 'the qube knows its place')).toEqual(content);
    if (!wm.startsWith('i3')) expect(content).toMatchObject({ width: 320, height: 200 });
  });

  test('the next one is made as the last one turned out: it never has another border', async () => {
    const seen = new Set<number>();
    const window = await open('second');
    await waitUntil(async () => {
      const found = (await livery.windows()).find((one) => one.title === 'second');
      if (found) seen.add(found.content.y - found.frame.y);
      return found?.mapped === true && found.firstPixelsMs !== null;
    }, 'it shows');
    await pause(QUIET_MS);
    const { content, frame } = await stands('second', insets);
    expect([...seen.add(content.y - frame.y)]).toEqual([insets.top]);
    await picture(`auto-${wm}`);
    await puppet.destroy(window);
  });

  test('a menu never has it', async () => {
    const rect = { x: 300, y: 300, width: 140, height: 60 };
    const menu = await open('menu', { rect, overrideRedirect: true, type: 'POPUP_MENU' });
    await livery.focus(await livery.window('work', 'first'));
    const { content } = await stands('menu', PLAIN);
    expect(content).toEqual(rect);
    await puppet.destroy(menu);
  });
});

describe('a window manager that comes and goes', () => {
  beforeAll(() => begin('none'));
  afterAll(() => livery?.[Symbol.asyncDispose]());

  test('openbox starts: the name goes, the content stays as large', async () => {
    await open('held');
    expect((await stands('held', NAMED)).content).toEqual(RECT);
    await livery.screen.startManager('openbox');
    const { content } = await stands('held', PLAIN);
    expect(content).toMatchObject({ width: RECT.width, height: RECT.height });
  });

  test('openbox ends: the name is there again, the content stays where it is', async () => {
    const before = (await stands('held', PLAIN)).content;
    await livery.screen.stopManager();
    expect((await stands('held', NAMED)).content).toEqual(before);
  });

  test('i3 without title bars starts: the name stays', async () => {
    await livery.screen.startManager('i3-bare');
    await pause(QUIET_MS);
    await stands('held', NAMED);
    await livery.screen.stopManager();
  });

  test('a title bar that goes in the middle of a drag is followed when the button is up', async () => {
    await livery.screen.startManager('openbox');
    const { window, frame, content } = await stands('held', PLAIN);
    const { user, x } = livery.screen;
    await user.move(frame.x + 40, frame.y - 8);
    await user.button(1, true);
    await user.move(frame.x + 70, frame.y + 20);
    const hints = await x.intern(['_MOTIF_WM_HINTS']);
    const words = Buffer.from(new Uint32Array([2, 0, 0, 0, 0]).buffer);
    x.X.ChangeProperty(0, window, hints._MOTIF_WM_HINTS, hints._MOTIF_WM_HINTS, 32, words);
    await x.sync();
    await pause(QUIET_MS * 2);
    const during = (await livery.windows()).find((one) => one.window === window);
    expect(during && during.content.y - during.frame.y).toBe(PLAIN.top);
    await user.button(1, false);
    const after = await stands('held', NAMED);
    expect(after.content).toMatchObject({ width: content.width, height: content.height });
  });
});
