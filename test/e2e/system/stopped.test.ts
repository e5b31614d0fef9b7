/**
 * A daemon that does not run any more loses no frame: the X server itself keeps
 * all four sides where they belong, whoever resizes the window and however.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Point, type Rect, sameRect } from '../../../src/base/geometry.ts';
import type { WindowListing } from '../../../src/control/messages.ts';
import { KEYSYM } from '../../rig/rig.ts';
import { type Livery, startLivery } from '../../rig/system/livery.ts';
import { listingFaults, windowFaults } from '../../rig/system/look.ts';
import type { Puppet, WindowKind } from '../../rig/system/puppet.ts';
import { waitUntil } from '../../rig/wait.ts';

const SCREEN = { width: 1000, height: 700 };
const STEPS = 60;
const at = (x: number, y: number, width: number, height: number): Rect => ({ x, y, width, height });
const fixed = { width: 250, height: 150 };

const KINDS: Readonly<Record<string, Omit<WindowKind, 'title' | 'seed'>>> = {
  normal: { rect: at(120, 90, 300, 200) },
  'fixed size': { rect: at(140, 120, 250, 150), hints: { min: fixed, max: fixed } },
  splash: { rect: at(200, 200, 260, 140), type: 'SPLASH' },
  undecorated: { rect: at(150, 160, 240, 180), motif: true },
  menu: { rect: at(300, 100, 160, 220), overrideRedirect: true, type: 'POPUP_MENU' },
  tooltip: { rect: at(310, 330, 90, 18), overrideRedirect: true, type: 'TOOLTIP' },
  'four by fifty': { rect: at(440, 200, 4, 50) },
};

/** From the size that it has down to nearly nothing, up to most of the screen, and in between. */
function sizeAt(step: number, { width, height }: Rect): { width: number; height: number } {
  const factor = step % 3 === 0 ? 0.1 : step % 3 === 1 ? 2.2 : 0.3 + (step % 7) / 4;
  const whole = (side: number, most: number): number =>
    Math.min(most, Math.max(13, Math.round(side * factor) + (step % 5)));
  return { width: whole(width, 700), height: whole(height, 500) };
}

describe.each(['openbox', 'xfwm4', 'none'] as const)('with the daemon stopped under %s', (wm) => {
  let livery: Livery;
  let puppet: Puppet;

  beforeAll(async () => {
    livery = await startLivery({ wm, ...SCREEN, qubes: { work: 'purple' } });
    puppet = await livery.puppet('work');
  });
  afterAll(() => livery?.[Symbol.asyncDispose]());

  /** Whoever is responsible for the window resizes it. */
  function resize({ window }: WindowListing, overrideRedirect: boolean, size: Partial<Rect>): void {
    if (wm === 'none' || overrideRedirect) livery.screen.x.X.ConfigureWindow(window, size);
    else livery.pager.moveResize(window, size);
  }

  async function hasSize({ window }: WindowListing, wanted: Partial<Rect>): Promise<void> {
    const look = async (): Promise<boolean> => {
      const { width, height } = await livery.pager.rect(window);
      return width === wanted.width && height === wanted.height;
    };
    await waitUntil(look, `it has the size ${JSON.stringify(wanted)}`);
  }

  async function otherSize(frame: number, last: Rect): Promise<Rect> {
    return waitUntil(async () => {
      const now = await livery.pager.rect(frame);
      return (now.width !== last.width || now.height !== last.height) && now;
    }, `its size is no longer ${last.width}x${last.height}`);
  }

  /** Window managers begin when they have seen the mouse go some way, in more than one step. */
  async function beginDrag(from: Point, frame: number, last: Rect): Promise<Rect> {
    let away = 0;
    return waitUntil(async () => {
      away = (away + 5) % 40;
      await livery.screen.user.move(from.x - 20 - away, from.y - 20 - away);
      const now = await livery.pager.rect(frame);
      return !sameRect(now, last) && now;
    }, 'the window manager begins to resize');
  }

  async function whileStopped(work: () => Promise<void>): Promise<void> {
    livery.daemon.signal('SIGSTOP');
    try {
      await work();
    } finally {
      livery.daemon.signal('SIGCONT');
    }
  }

  test.each(Object.entries(KINDS))(
    `%s: whole after each of ${STEPS} sizes`,
    async (title, kind) => {
      const window = await puppet.open({ ...kind, title, seed: 3 });
      const listing = await livery.window('work', title);
      // A window manager may hold a fixed size.
      const isHeld = title === 'fixed size' && wm !== 'none';
      await whileStopped(async () => {
        const original = await livery.pager.rect(listing.window);
        for (let step = 0; step < STEPS; step++) {
          const size = sizeAt(step, original);
          resize(listing, kind.overrideRedirect === true, size);
          // In the middle of it, and when it is done.
          for (const moment of ['in', 'after']) {
            if (moment === 'after' && !isHeld) await hasSize(listing, size);
            const faults = await windowFaults(livery, listing.window, { label: 'purple' });
            expect(faults, `${moment} step ${step}`).toEqual([]);
          }
        }
      });
      // Once it runs again, the content is where the frame is.
      await livery.follows(puppet, window, listing.window);
      expect(await listingFaults(livery, await livery.window('work', title), { seed: 3 })).toEqual(
        [],
      );
      await puppet.destroy(window);
    },
  );

  test(`resized by the mouse: whole after each of ${STEPS} steps`, async () => {
    const { user, x } = livery.screen;
    const window = await puppet.open({ title: 'dragged', seed: 5, rect: at(100, 100, 400, 300) });
    const { window: frame, content } = await livery.window('work', 'dragged');
    const corner = { x: content.x + content.width - 20, y: content.y + content.height - 20 };
    await livery.focus({ window: frame, content });
    await whileStopped(async () => {
      await user.move(corner.x, corner.y);
      await user.key(KEYSYM.alt, true);
      await user.button(3, true);
      let last = await livery.pager.rect(frame);
      if (wm !== 'none') last = await beginDrag(corner, frame, last);
      for (let step = 1; step <= STEPS; step++) {
        const away = step % 2 === 0 ? -(step * 3) : 10 + step * 4;
        await user.move(corner.x + away, corner.y + Math.round(away / 2));
        if (wm === 'none') {
          const size = { width: 412 + away, height: 312 + Math.round(away / 2) };
          x.X.ConfigureWindow(frame, size);
        }
        for (const moment of ['in', 'after']) {
          if (moment === 'after') last = await otherSize(frame, last);
          const faults = await windowFaults(livery, frame, { label: 'purple' });
          expect(faults, `${moment} step ${step}`).toEqual([]);
        }
      }
      await user.button(3, false);
      await user.key(KEYSYM.alt, false);
    });
    await livery.follows(puppet, window, frame);
    const listing = await livery.window('work', 'dragged');
    expect(await listingFaults(livery, listing, { seed: 5 })).toEqual([]);
    await puppet.destroy(window);
  });
});
