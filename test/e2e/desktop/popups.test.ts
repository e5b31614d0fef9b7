/**
 * Popups: the same frame as every window, exactly where the qube put them
 * unless that would hide a side, never larger than allowed, never below a
 * managed window and never above what is dom0's own.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { contains, type Rect } from '../../../src/base/geometry.ts';
import type { VmWindowId, XWindowId } from '../../../src/base/ids.ts';
import { waitUntil } from '../../rig/rig.ts';
import { Pager } from '../../rig/system/pager.ts';
import { windowFaults } from './judge.ts';
import { openScene, type Scene, type TestQube } from './scene.ts';

const SCREEN: Rect = { x: 0, y: 0, width: 1280, height: 800 };

describe.each(['none', 'openbox', 'xfwm4'] as const)('popups with window manager: %s', (wm) => {
  let scene: Scene;
  let work: TestQube;
  let vault: TestQube;
  let pager: Pager;
  let next = 1;

  beforeAll(async () => {
    scene = await openScene({ wm });
    work = await scene.qube('work', 'blue');
    vault = await scene.qube('vault', 'black');
    pager = await Pager.open(scene.screen.x);
  });

  afterAll(async () => {
    expect([work.attached.faults, vault.attached.faults]).toEqual([0, 0]);
    await scene[Symbol.asyncDispose]();
  });

  async function popup(qube: TestQube, rect: Rect, transientFor?: number): Promise<VmWindowId> {
    const id = next++;
    const parent = transientFor === undefined ? {} : { transientFor };
    qube.open(id, rect, { overrideRedirect: true, ...parent });
    return (await scene.shown(qube, id)).id;
  }

  async function exact(qube: TestQube, id: VmWindowId): Promise<void> {
    // A window manager may be restacking at this very moment.
    await waitUntil(
      async () => {
        const info = await scene.shown(qube, id);
        const image = await scene.screen.grab();
        return windowFaults(image, info, qube.config.label, id).length === 0;
      },
      `popup ${id} is whole`,
      { limitMs: 1500 },
    ).catch(async () => {
      const info = await scene.shown(qube, id);
      expect(windowFaults(await scene.screen.grab(), info, qube.config.label, id)).toEqual([]);
    });
  }

  test('a menu and its submenu lie exactly where the qube put them', async () => {
    const parent = next++;
    work.open(parent, { x: 200, y: 150, width: 400, height: 300 });
    const below = (await scene.shown(work, parent)).content;
    const menu = { x: below.x + 20, y: below.y + 25, width: 120, height: 160 };
    const first = await popup(work, menu, parent);
    const second = await popup(work, { ...menu, x: menu.x + 122, y: menu.y + 30 }, first);
    expect(scene.info(work, first)?.content).toEqual(menu);
    expect(work.session.place(second)).toEqual({ ...menu, x: menu.x + 122, y: menu.y + 30 });
    await exact(work, second);
    work.port.windowUnmapped(second);
    await scene.idle();
    await exact(work, first);
    for (const id of [second, first]) work.port.windowDestroyed(id);
    work.port.windowDestroyed(parent as VmWindowId);
  });

  test.each([
    [
      'left above',
      { x: -30, y: -10, width: 100, height: 80 },
      { x: 6, y: 6, width: 100, height: 80 },
    ],
    [
      'right below',
      { x: 1270, y: 790, width: 100, height: 80 },
      { x: 1174, y: 714, width: 100, height: 80 },
    ],
    [
      'far away',
      { x: 9000, y: 300, width: 100, height: 80 },
      { x: 1174, y: 300, width: 100, height: 80 },
    ],
    [
      'wider than the screen',
      { x: 0, y: 300, width: 3000, height: 20 },
      { x: 6, y: 300, width: 1268, height: 20 },
    ],
  ])('one that would not be whole is pushed: %s', async (_name, wish, expected) => {
    const id = await popup(work, wish);
    expect(scene.info(work, id)?.content).toEqual(expected);
    expect(work.session.place(id)).toEqual(expected);
    expect(contains(SCREEN, scene.info(work, id)?.frame ?? SCREEN)).toBe(true);
    work.port.windowConfigured(id, { ...wish, height: 60 });
    await scene.idle();
    expect(contains(SCREEN, scene.info(work, id)?.frame ?? SCREEN)).toBe(true);
    work.port.windowDestroyed(id);
  });

  test('one that would cover nearly all of the screen becomes an ordinary window', async () => {
    const id = next++;
    work.open(id, { x: 10, y: 10, width: 1250, height: 780 }, { overrideRedirect: true });
    const info = await scene.shown(work, id);
    expect(info.overrideRedirect).toBe(false);
    // xfwm4 moves it down to show its own title bar; that is not asked for again.
    if (wm !== 'xfwm4') expect(contains(SCREEN, info.frame)).toBe(true);
    work.port.windowDestroyed(info.id);
  });

  test('one that grows past the limit does as well', async () => {
    const id = await popup(work, { x: 100, y: 100, width: 300, height: 200 });
    expect(scene.info(work, id)?.overrideRedirect).toBe(true);
    work.port.windowConfigured(id, { x: 0, y: 0, width: 1280, height: 790 });
    const info = await waitUntil(() => {
      const now = scene.info(work, id);
      return now?.overrideRedirect === false && now.mapped && now;
    }, 'it is managed');
    expect(contains(SCREEN, info.frame)).toBe(true);
    work.port.windowDestroyed(id);
  });

  test('two that cover the screen together cannot both be popups', async () => {
    const left = await popup(work, { x: 6, y: 6, width: 620, height: 788 });
    const id = next++;
    work.open(id, { x: 640, y: 6, width: 630, height: 788 }, { overrideRedirect: true });
    const right = await scene.shown(work, id);
    expect(scene.info(work, left)?.overrideRedirect).toBe(true);
    expect(right.overrideRedirect).toBe(false);
    for (const one of [left, right.id]) work.port.windowDestroyed(one);
  });

  test('windows that are opened or raised later do not cover it', async () => {
    const at = { x: 400, y: 300, width: 200, height: 150 };
    const stays = next++;
    vault.open(stays, { x: 20, y: 600, width: 200, height: 120 });
    const { window: holder, id: held } = await scene.shown(vault, stays);
    // What closes gives the focus back to it: a window manager may else give it to the
    // other qube's next window, and the popups of this one would be hidden.
    if (wm !== 'none') {
      pager.activate(holder);
      await waitUntil(() => vault.session.focused === stays, 'the qube has the focus');
    }
    const menu = await popup(vault, at);
    for (let n = 0; n < 4; n++) {
      const id = next++;
      const qube = n % 2 ? work : vault;
      qube.open(id, { x: 300 + n * 20, y: 200 + n * 20, width: 300, height: 250 });
      const { window } = await scene.shown(qube, id);
      await exact(vault, menu);
      if (wm === 'none') scene.screen.x.X.ConfigureWindow(window, { stackMode: 0 });
      // With the focus in another qube's window it would not show at all.
      else if (qube === vault) pager.activate(window);
      await scene.idle();
      await exact(vault, menu);
      qube.port.windowDestroyed(id as VmWindowId);
      if (wm !== 'none') {
        await waitUntil(() => vault.session.focused === stays, 'the focus is back');
      }
    }
    for (const one of [menu, held]) vault.port.windowDestroyed(one);
  });

  test('a popup that is opened among others needs no correction', async () => {
    const first = await popup(work, { x: 500, y: 300, width: 100, height: 100 });
    await scene.idle();
    await new Promise((resolve) => setTimeout(resolve, 100));
    const before = scene.desktop.restacked;
    const second = await popup(work, { x: 520, y: 320, width: 100, height: 100 });
    await exact(work, second);
    expect(scene.desktop.restacked).toBe(before);
    for (const id of [first, second]) work.port.windowDestroyed(id);
  });

  test('nothing is corrected while nothing happens', async () => {
    const menu = await popup(work, { x: 500, y: 300, width: 100, height: 100 });
    const id = next++;
    vault.open(id, { x: 400, y: 250, width: 300, height: 200 });
    await scene.shown(vault, id);
    await exact(work, menu);
    await scene.idle();
    const before = scene.desktop.restacked;
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(scene.desktop.restacked).toBe(before);
    work.port.windowDestroyed(menu);
    vault.port.windowDestroyed(id as VmWindowId);
  });

  test('it stays below a screen locker', async () => {
    const { x } = scene.screen;
    const locker = x.allocWindowId() as XWindowId;
    x.X.CreateWindow(locker, x.root, 0, 0, 1280, 800, 0, 0, 1, 0, {
      overrideRedirect: 1,
      backgroundPixel: 0x123456,
    });
    x.X.ChangeProperty(0, locker, 67, 31, 8, Buffer.from('xscreensaver\0XScreenSaver\0'));
    x.X.MapWindow(locker);
    await scene.idle();
    const menu = await popup(work, { x: 500, y: 300, width: 100, height: 100 });
    await waitUntil(async () => {
      const picture = await scene.screen.grab();
      return picture.count(SCREEN, (color) => color === 0x123456) === 1280 * 800;
    }, 'the locker covers everything');
    const id = next++;
    work.open(id, { x: 400, y: 250, width: 300, height: 200 });
    await scene.idle();
    // The window manager may put a window above it; the popup stays below.
    const popupFrame = (await scene.shown(work, menu)).window;
    const tree = await x.request<{ children: readonly number[] }>((done) =>
      x.X.QueryTree(x.root, done),
    );
    expect(tree.children.indexOf(popupFrame)).toBeLessThan(tree.children.indexOf(locker));
    const before = scene.desktop.restacked;
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(scene.desktop.restacked).toBe(before);
    x.X.DestroyWindow(locker);
    x.freeId(locker);
    await scene.idle();
    await exact(work, menu);
    for (const one of [menu, id as VmWindowId]) work.port.windowDestroyed(one);
  });

  if (wm === 'none') return;

  test('it is seen again after the window manager was replaced', async () => {
    const id = next++;
    work.open(id, { x: 350, y: 250, width: 300, height: 200 });
    const before = await scene.shown(work, id);
    // Of the same qube: whichever window the new manager gives the focus, it shows.
    const menu = await popup(work, { x: 400, y: 300, width: 150, height: 100 });
    await scene.screen.stopManager();
    await waitUntil(() => !scene.desktop.managed, 'it is noticed that the manager is gone');
    await scene.screen.startManager(wm);
    await waitUntil(() => scene.desktop.managed, 'it is noticed that one is there');
    await waitUntil(() => scene.info(work, id)?.mapped, 'the window shows');
    await exact(work, menu);
    await waitUntil(async () => {
      const told = work.session.place(id);
      const real = await pager.rect(before.window);
      return told?.x === real.x + 6 && told.y === real.y + 6;
    }, 'the qube knows where its window is');
    for (const one of [menu, before.id]) work.port.windowDestroyed(one);
  });
});
