/**
 * When the user last acted in a window, as the window manager reads it: late
 * while a key is on its way, never later than the next window.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { XWindowId } from '../../../src/base/ids.ts';
import { UserTime } from '../../../src/desktop/user-time.ts';
import { getCardinals } from '../../../src/x11/properties.ts';
import { ManualClock } from '../../rig/manual-clock.ts';
import { KEYSYM, type Screen, startScreen, waitUntil } from '../../rig/rig.ts';
import { openScene } from './scene.ts';

describe('the time of the user’s last act', () => {
  let screen: Screen;
  let atom: number;
  let frame: XWindowId;
  let clock: ManualClock;
  let userTime: UserTime;

  beforeAll(async () => {
    screen = await startScreen({ wm: 'none' });
    atom = (await screen.x.intern(['_NET_WM_USER_TIME']))._NET_WM_USER_TIME;
  });

  afterAll(async () => {
    await screen[Symbol.asyncDispose]();
  });

  beforeEach(() => {
    frame = newWindow();
    clock = new ManualClock();
    userTime = new UserTime(screen.x, atom, clock);
  });

  function newWindow(): XWindowId {
    const id = screen.x.allocWindowId();
    screen.x.X.CreateWindow(id, screen.x.root, 0, 0, 10, 10, 0, 0, 0, 0, {});
    return id;
  }

  const written = (window = frame) => getCardinals(screen.x, window, atom);

  test('is written a little later, the newest only', async () => {
    userTime.acted(frame, 1000);
    clock.advance(50);
    userTime.acted(frame, 1050);
    expect(await written()).toEqual([]);
    clock.advance(50);
    expect(await written()).toEqual([1050]);
    expect(clock.waiting).toBe(0);
  });

  test('is written at once for one window when the user acts in another', async () => {
    const other = newWindow();
    userTime.acted(frame, 1000);
    userTime.acted(other, 1001);
    expect(await written()).toEqual([1000]);
    expect(await written(other)).toEqual([]);
  });

  test('is written at once when it is asked for, and not twice', async () => {
    userTime.acted(frame, 1000);
    userTime.flush();
    expect(await written()).toEqual([1000]);
    expect(clock.waiting).toBe(0);
  });

  test('of a window that is gone is not written', async () => {
    const errors: unknown[] = [];
    using _ = screen.x.onError((error) => errors.push(error));
    userTime.acted(frame, 1000);
    userTime.forget(frame);
    screen.x.X.DestroyWindow(frame);
    clock.advance(100);
    await screen.x.sync();
    expect(errors).toEqual([]);
  });
});

test('a window that is mapped after a key finds the time of that key', async () => {
  await using scene = await openScene({ wm: 'none' }, { clock: new ManualClock() });
  const work = await scene.qube('work', 'blue');
  const first = work.open(1, { x: 100, y: 200, width: 300, height: 200 });
  const { window } = await scene.shown(work, first);
  await scene.screen.user.click(150, 250);
  await waitUntil(() => work.session.focused === first, 'it has the focus');
  await scene.screen.user.key(KEYSYM.shift, true);
  await scene.screen.user.key(KEYSYM.shift, false);
  await waitUntil(() => work.session.told.some(({ name }) => name === 'key'), 'the key came');
  const { x } = scene.screen;
  const { _NET_WM_USER_TIME: atom } = await x.intern(['_NET_WM_USER_TIME']);
  expect(await getCardinals(x, window, atom)).toEqual([0]);
  const second = work.open(2, { x: 500, y: 200, width: 300, height: 200 });
  const later = (await scene.shown(work, second)).window;
  const [[before], [after]] = [
    await getCardinals(x, window, atom),
    await getCardinals(x, later, atom),
  ];
  expect(before).toBeGreaterThan(0);
  expect(after).toBe(before);
});
