/**
 * Pixels: what is on the screen is what lies in the qube's memory, wherever its
 * pages are, whatever part of it changes, and nothing else when there is none.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Rect } from '../../../src/base/geometry.ts';
import type { VmWindowId } from '../../../src/base/ids.ts';
import { NEUTRAL_FILL } from '../../../src/desktop/frame.ts';
import { native, PAGE_BYTES } from '../../../src/native/addon.ts';
import type { Surface } from '../../../src/session/port.ts';
import { waitUntil } from '../../rig/rig.ts';
import { frameFaults, pictureFaults, windowFaults } from './judge.ts';
import { openScene, pictureColor, type Scene, type TestQube } from './scene.ts';

const HOME: Rect = { x: 200, y: 150, width: 301, height: 203 };

describe('painting', () => {
  let scene: Scene;
  let qube: TestQube;
  let next = 1;

  beforeAll(async () => {
    scene = await openScene({ wm: 'none' });
    qube = await scene.qube('work', 'green');
  });

  afterAll(async () => {
    expect(qube.attached.faults).toBe(0);
    await scene[Symbol.asyncDispose]();
  });

  /** Resolves when the window shows what it should; else says what is wrong. */
  async function shows(id: VmWindowId, seed: number): Promise<void> {
    let faults: string[] = [];
    await waitUntil(
      async () => {
        const info = await scene.shown(qube, id);
        faults = windowFaults(await scene.screen.grab(), info, qube.config.label, seed);
        return faults.length === 0;
      },
      `window ${id} shows its picture`,
      { limitMs: 2000 },
    ).catch(() => expect(faults).toEqual([]));
  }

  /** Overwrites a part of a picture with that of another seed, without telling anybody. */
  function repaint(surface: Surface, rect: Rect, seed: number): void {
    for (let y = rect.y; y < rect.y + rect.height; y++) {
      for (let x = rect.x; x < rect.x + rect.width; x++) {
        const at = (y * surface.width + x) * 4;
        const page = surface.refs[Math.floor(at / PAGE_BYTES)] as number;
        const pixel = Buffer.alloc(4);
        pixel.writeUInt32LE(pictureColor(seed, x, y));
        native().writeAt(qube.pool.fd, pixel, page * PAGE_BYTES + (at % PAGE_BYTES));
      }
    }
  }

  test.each([
    ['pages in a row', false],
    ['scattered pages', true],
  ])('%s: the picture, then only what is said to have changed', async (_name, scattered) => {
    const id = next++ as VmWindowId;
    qube.open(id, HOME, { map: false });
    qube.port.windowMapped(id, { transientFor: undefined, overrideRedirect: false });
    const surface = qube.picture(HOME, 1, scattered);
    qube.port.surfaceChanged(id, surface);
    await shows(id, 1);
    const half = { x: 0, y: 0, width: HOME.width, height: 100 };
    repaint(surface, half, 5);
    const told = { x: 13, y: 17, width: 120, height: 40 };
    qube.port.damaged(id, told.x, told.y, told.width, told.height);
    await scene.idle();
    await waitUntil(async () => {
      const picture = await scene.screen.grab();
      return (
        picture.differences(HOME, (x, y) => {
          const column = x - HOME.x;
          const row = y - HOME.y;
          const inside =
            column >= told.x &&
            row >= told.y &&
            column < told.x + told.width &&
            row < told.y + told.height;
          return pictureColor(inside ? 5 : 1, column, row);
        }) === 0
      );
    }, 'exactly the damage is drawn');
    qube.port.windowDestroyed(id);
  });

  test('what was covered is drawn again by itself', async () => {
    const id = next++ as VmWindowId;
    qube.open(id, HOME, { seed: 2, scattered: true });
    await shows(id, 2);
    const cover = next++ as VmWindowId;
    qube.open(cover, { ...HOME, x: HOME.x + 40 }, { seed: 3 });
    await shows(cover, 3);
    qube.port.windowDestroyed(cover);
    await shows(id, 2);
    qube.port.windowUnmapped(id);
    await scene.idle();
    const empty = await scene.screen.grab(HOME);
    expect(empty.count(HOME, (color) => color !== 0)).toBe(0);
    qube.port.windowMapped(id, { transientFor: undefined, overrideRedirect: false });
    await shows(id, 2);
    qube.port.windowDestroyed(id);
  });

  test('a window that comes up wholly covered has its picture when it is uncovered', async () => {
    const cover = next++ as VmWindowId;
    const over = { x: HOME.x - 50, y: HOME.y - 50, width: 500, height: 400 };
    qube.open(cover, over, { seed: 3, overrideRedirect: true });
    await shows(cover, 3);
    const id = next++ as VmWindowId;
    qube.open(id, HOME, { seed: 5 });
    expect((await scene.shown(qube, id)).firstPixelsMs).toBeGreaterThan(0);
    await shows(cover, 3);
    qube.port.windowDestroyed(cover);
    await shows(id, 5);
    qube.port.windowDestroyed(id);
  });

  test('a window without a picture has its frame and the neutral fill', async () => {
    const id = next++ as VmWindowId;
    qube.open(id, HOME, { map: false });
    qube.port.windowMapped(id, { transientFor: undefined, overrideRedirect: false });
    await waitUntil(() => scene.info(qube, id)?.mapped, 'mapped');
    await scene.idle();
    const info = scene.info(qube, id);
    const picture = await scene.screen.grab();
    expect(picture.count(HOME, (color) => color === NEUTRAL_FILL)).toBe(HOME.width * HOME.height);
    expect(frameFaults(picture, info?.frame ?? HOME, qube.config.label, 6)).toBe(0);
    expect(info?.firstPixelsMs).toBeUndefined();
    qube.port.surfaceChanged(id, qube.picture(HOME, 4));
    await shows(id, 4);
    expect(scene.info(qube, id)?.firstPixelsMs).toBeGreaterThan(0);
    // The buffer goes: what it showed goes as well.
    qube.port.surfaceChanged(id, undefined);
    await waitUntil(async () => {
      const after = await scene.screen.grab();
      return after.count(HOME, (color) => color === NEUTRAL_FILL) === HOME.width * HOME.height;
    }, 'the fill is back');
    qube.port.windowDestroyed(id);
  });

  test('a picture smaller than its window leaves the rest neutral, no stale strip', async () => {
    const id = next++ as VmWindowId;
    qube.open(id, HOME, { seed: 4 });
    await shows(id, 4);
    const small = { width: 120, height: 90 };
    qube.port.surfaceChanged(id, qube.picture(small, 6));
    await waitUntil(async () => {
      const picture = await scene.screen.grab();
      return (
        picture.differences(HOME, (x, y) => {
          const column = x - HOME.x;
          const row = y - HOME.y;
          const inside = column < small.width && row < small.height;
          return inside ? pictureColor(6, column, row) : NEUTRAL_FILL;
        }) === 0
      );
    }, 'the picture and the fill');
    qube.port.windowDestroyed(id);
  });

  test('a picture larger than its window never leaves the content', async () => {
    const id = next++ as VmWindowId;
    qube.open(id, HOME, { map: false });
    qube.port.windowMapped(id, { transientFor: undefined, overrideRedirect: false });
    const large = { width: 900, height: 700 };
    qube.port.surfaceChanged(id, qube.picture(large, 7));
    qube.port.damaged(id, 0, 0, 900, 700);
    qube.port.damaged(id, 850, 650, 50, 50);
    await shows(id, 7);
    const screen = { x: 0, y: 0, width: 1280, height: 800 };
    const picture = await scene.screen.grab();
    const lit = picture.count(screen, (color) => color !== 0);
    expect(lit).toBeLessThanOrEqual((HOME.width + 12) * (HOME.height + 12));
    qube.port.windowDestroyed(id);
  });

  test('a picture that is not in the pool is not drawn, and nothing breaks', async () => {
    const id = next++ as VmWindowId;
    qube.open(id, HOME, { map: false });
    qube.port.windowMapped(id, { transientFor: undefined, overrideRedirect: false });
    const pages = Math.ceil((HOME.width * HOME.height * 4) / PAGE_BYTES);
    const last = qube.pool.pages;
    const beyond = Uint32Array.from({ length: pages }, (_, i) => last - 3 + i);
    for (const firstPage of [last - 3, undefined]) {
      qube.port.surfaceChanged(id, { ...HOME, refs: beyond, firstPage });
      qube.port.damaged(id, 0, 0, 100, 100);
    }
    qube.port.surfaceChanged(id, { ...HOME, refs: beyond.subarray(0, 2), firstPage: 0 });
    await scene.idle();
    const picture = await scene.screen.grab(HOME);
    expect(picture.count(HOME, (color) => color === NEUTRAL_FILL)).toBe(HOME.width * HOME.height);
    qube.port.windowDestroyed(id);
    qube.port.damaged(id, 0, 0, 10, 10);
    qube.port.surfaceChanged(id, undefined);
    await scene.idle();
    expect(qube.attached.faults).toBe(0);
  });

  test('a flood of damage ends with the last picture, of all windows', async () => {
    const ids: VmWindowId[] = [];
    const surfaces: Surface[] = [];
    for (let n = 0; n < 4; n++) {
      const id = next++ as VmWindowId;
      qube.open(id, { x: 20 + n * 310, y: 60, width: 290, height: 200 }, { map: false });
      qube.port.windowMapped(id, { transientFor: undefined, overrideRedirect: false });
      const surface = qube.picture({ width: 290, height: 200 }, n, n % 2 === 1);
      qube.port.surfaceChanged(id, surface);
      ids.push(id);
      surfaces.push(surface);
      await shows(id, n);
    }
    for (let round = 0; round < 2000; round++) {
      for (const id of ids) {
        const x = (round * 17) % 280;
        const y = (round * 29) % 190;
        qube.port.damaged(id, x, y, 10, 10);
        if (round % 100 === 0) qube.port.damaged(id, 0, 0, 290, 200);
      }
      if (round % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    for (const [n, surface] of surfaces.entries()) {
      repaint(surface, { x: 0, y: 0, width: 290, height: 200 }, n + 10);
      qube.port.damaged(ids[n] as VmWindowId, 0, 0, 290, 200);
    }
    for (const [n, id] of ids.entries()) await shows(id, n + 10);
    for (const id of ids) qube.port.windowDestroyed(id);
  });

  test('another qube cannot draw over its frame, nor into its content', async () => {
    const other = await scene.qube('untrusted', 'red');
    const id = next++ as VmWindowId;
    qube.open(id, HOME, { seed: 8 });
    await shows(id, 8);
    const below = next++ as VmWindowId;
    other.open(below, { ...HOME, x: HOME.x + 200, y: HOME.y + 100 }, { seed: 9 });
    await scene.shown(other, below);
    await scene.screen.user.click(HOME.x + 5, HOME.y + 5);
    await shows(id, 8);
    for (let n = 0; n < 50; n++) {
      other.port.damaged(below, 0, 0, HOME.width, HOME.height);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await scene.idle();
    expect(pictureFaults(await scene.screen.grab(), HOME, 8)).toBe(0);
    await shows(id, 8);
    await other.attached.detach();
    expect(scene.desktop.windows().filter((one) => one.qube === other.config.name)).toEqual([]);
    qube.port.windowDestroyed(id);
  });
});
