/**
 * Where windows are: what a window manager, a person or the qube does to them
 * ends on the screen as it is told to the qube, without creep, with the frame
 * whole and the content exact.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { contains, type Rect } from '../../../src/base/geometry.ts';
import { WINDOW_FLAG } from '../../../src/session/port.ts';
import { waitUntil } from '../../rig/rig.ts';
import { Pager } from '../../rig/system/pager.ts';
import { frameFaults, windowFaults } from './judge.ts';
import { openScene, type Scene, type TestQube } from './scene.ts';

const SCREEN: Rect = { x: 0, y: 0, width: 1280, height: 800 };
const HOME: Rect = { x: 300, y: 200, width: 320, height: 240 };
const SEED = 3;

describe.each(['none', 'openbox', 'xfwm4'] as const)('geometry with window manager: %s', (wm) => {
  let scene: Scene;
  let qube: TestQube;
  let pager: Pager;
  let next = 1;

  beforeAll(async () => {
    scene = await openScene({ wm });
    qube = await scene.qube('work', 'blue');
    pager = await Pager.open(scene.screen.x);
  });

  afterAll(async () => {
    expect(qube.attached.faults).toBe(0);
    await scene[Symbol.asyncDispose]();
  });

  /** A new window at HOME that shows its picture. */
  async function openWindow(rect = HOME): Promise<{ id: number; window: number }> {
    const id = next++;
    qube.open(id, rect, { seed: SEED });
    const { window } = await scene.shown(qube, id);
    return { id, window };
  }

  /** Somebody of dom0 moves or resizes the window. */
  function moveResize(window: number, rect: Partial<Rect>): void {
    if (wm !== 'none') {
      pager.moveResize(window, {
        ...rect,
        ...(rect.x === undefined ? {} : { x: rect.x - 6 }),
        ...(rect.y === undefined ? {} : { y: rect.y - 6 }),
        ...(rect.width === undefined ? {} : { width: rect.width + 12 }),
        ...(rect.height === undefined ? {} : { height: rect.height + 12 }),
      });
      return;
    }
    scene.screen.x.X.ConfigureWindow(window, {
      ...(rect.x === undefined ? {} : { x: rect.x - 6 }),
      ...(rect.y === undefined ? {} : { y: rect.y - 6 }),
      ...(rect.width === undefined ? {} : { width: rect.width + 12 }),
      ...(rect.height === undefined ? {} : { height: rect.height + 12 }),
    });
  }

  /** Where the content really is, by the server's word. */
  async function truth(window: number): Promise<Rect> {
    const frame = await pager.rect(window);
    return { x: frame.x + 6, y: frame.y + 6, width: frame.width - 12, height: frame.height - 12 };
  }

  async function settledAt(id: number, window: number, expected: Rect): Promise<void> {
    await waitUntil(
      async () => {
        const told = qube.session.place(id);
        const real = await truth(window);
        return (
          JSON.stringify(real) === JSON.stringify(expected) &&
          JSON.stringify(told) === JSON.stringify(expected)
        );
      },
      `window ${id} is at ${JSON.stringify(expected)}`,
      { limitMs: 3000 },
    ).catch(async (error: unknown) => {
      expect({ real: await truth(window), told: qube.session.place(id) }).toEqual({
        real: expected,
        told: expected,
      });
      throw error;
    });
  }

  test('a window appears exactly where its qube wants it, and says so', async () => {
    const { id, window } = await openWindow();
    await settledAt(id, window, HOME);
    const info = await scene.shown(qube, id);
    expect(windowFaults(await scene.screen.grab(), info, qube.config.label, SEED)).toEqual([]);
    qube.port.windowDestroyed(info.id);
  });

  test('200 moves by dom0: every place is told as it is, nothing creeps', async () => {
    const { id, window } = await openWindow();
    for (let n = 0; n < 200; n++) {
      const to = { ...HOME, x: 100 + ((n * 37) % 700), y: 60 + ((n * 53) % 400) };
      moveResize(window, { x: to.x, y: to.y });
      if (n % 20 === 19) await settledAt(id, window, to);
    }
    const places = qube.session.of('placed').filter((one) => one.id === id);
    expect(
      places.every(({ rect }) => rect.width === HOME.width && rect.height === HOME.height),
    ).toBe(true);
    qube.port.windowDestroyed((await scene.shown(qube, id)).id);
  });

  test('the qube repeats what it was told 100 times, and its window stays', async () => {
    const { id, window } = await openWindow();
    const vm = (await scene.shown(qube, id)).id;
    for (let n = 0; n < 100; n++) {
      qube.port.windowConfigured(vm, qube.session.place(id) ?? HOME);
      if (n % 10 === 0) await scene.idle();
    }
    await settledAt(id, window, HOME);
    qube.port.windowDestroyed(vm);
  });

  test('20 unmaps and maps: it comes back where it was', async () => {
    const { id, window } = await openWindow();
    const vm = (await scene.shown(qube, id)).id;
    for (let n = 0; n < 20; n++) {
      qube.port.windowUnmapped(vm);
      if (n % 2) await scene.idle();
      qube.port.windowConfigured(vm, qube.session.place(id) ?? HOME);
      qube.port.windowMapped(vm, { transientFor: undefined, overrideRedirect: false });
      await waitUntil(() => scene.info(qube, id)?.mapped, 'it is mapped again');
      await settledAt(id, window, HOME);
    }
    qube.port.windowDestroyed(vm);
  });

  test('60 moves with resizes: frame whole and content exact after each', async () => {
    const { id, window } = await openWindow();
    const vm = (await scene.shown(qube, id)).id;
    for (let n = 0; n < 60; n++) {
      const to = {
        x: 100 + ((n * 31) % 400),
        y: 60 + ((n * 17) % 200),
        width: 120 + ((n * 71) % 500),
        height: 80 + ((n * 43) % 400),
      };
      moveResize(window, to);
      await settledAt(id, window, to);
      if (n % 6 !== 0) continue;
      qube.port.surfaceChanged(vm, qube.picture(to, SEED));
      await scene.idle();
      const info = await scene.shown(qube, id);
      expect(info.content).toEqual(to);
      expect(windowFaults(await scene.screen.grab(), info, qube.config.label, SEED)).toEqual([]);
    }
    qube.port.windowDestroyed(vm);
  });

  test('the qube moves and resizes its window itself', async () => {
    const { id, window } = await openWindow();
    const vm = (await scene.shown(qube, id)).id;
    for (let n = 0; n < 20; n++) {
      const to = { x: 150 + n * 11, y: 100 + n * 7, width: 200 + n * 5, height: 150 + n * 3 };
      qube.port.windowConfigured(vm, to);
      if (n % 5 === 4) await settledAt(id, window, to);
    }
    qube.port.windowDestroyed(vm);
  });

  test('content as large as the screen still shows all four sides', async () => {
    const id = next++;
    qube.open(id, SCREEN, { seed: SEED });
    const info = await scene.shown(qube, id);
    expect(contains(SCREEN, info.frame)).toBe(true);
    expect(frameFaults(await scene.screen.grab(), info.frame, qube.config.label, 6)).toBe(0);
    expect(qube.session.place(id)).toEqual(info.content);
    qube.port.windowConfigured(info.id, { x: -4000, y: 4000, width: 100, height: 100 });
    await scene.idle();
    const after = await scene.shown(qube, id);
    expect(contains(SCREEN, after.frame)).toBe(true);
    expect(qube.session.place(id)).toEqual(after.content);
    qube.port.windowDestroyed(info.id);
  });

  if (wm === 'none') return;

  test('maximised and back: all sides, the old geometry', async () => {
    const { id, window } = await openWindow();
    const vm = (await scene.shown(qube, id)).id;
    pager.maximise(window, true);
    await waitUntil(() => (qube.session.place(id)?.width ?? 0) > 1200, 'it is maximised');
    const large = await scene.shown(qube, id);
    expect(contains(SCREEN, large.frame)).toBe(true);
    qube.port.surfaceChanged(vm, qube.picture(large.content, SEED));
    await scene.idle();
    const picture = await scene.screen.grab();
    expect(windowFaults(picture, large, qube.config.label, SEED)).toEqual([]);
    // Not fullscreen: nobody asked for that.
    expect(qube.session.of('flags').filter((one) => one.id === id && one.state !== 0)).toEqual([]);
    pager.maximise(window, false);
    await settledAt(id, window, HOME);
    qube.port.windowDestroyed(vm);
  });

  test('iconified and restored: the qube is told, the picture comes back', async () => {
    const { id, window } = await openWindow();
    const vm = (await scene.shown(qube, id)).id;
    pager.iconify(window);
    await waitUntil(
      () => qube.session.of('flags').at(-1)?.state === WINDOW_FLAG.minimize,
      'minimised',
    );
    await waitUntil(() => scene.info(qube, id)?.mapped === false, 'hidden');
    pager.activate(window);
    await waitUntil(() => qube.session.of('flags').at(-1)?.state === 0, 'restored');
    await settledAt(id, window, HOME);
    const info = await scene.shown(qube, id);
    expect(windowFaults(await scene.screen.grab(), info, qube.config.label, SEED)).toEqual([]);
    qube.port.windowDestroyed(vm);
  });

  test('fullscreen is refused without the focus and becomes maximise with it', async () => {
    const { id, window } = await openWindow();
    const vm = (await scene.shown(qube, id)).id;
    const other = await openWindow({ x: 700, y: 500, width: 100, height: 100 });
    await scene.screen.user.click(10, 700);
    qube.port.flagsRequested(vm, WINDOW_FLAG.fullscreen, 0);
    await scene.idle();
    await settledAt(id, window, HOME);
    pager.activate(window);
    await waitUntil(
      () => qube.session.of('focus').some((one) => one.id === id && one.focused),
      'focus',
    );
    qube.port.flagsRequested(vm, WINDOW_FLAG.fullscreen, 0);
    await waitUntil(
      () => qube.session.of('flags').at(-1)?.state === WINDOW_FLAG.fullscreen,
      'it is told to be fullscreen',
    );
    const info = await scene.shown(qube, id);
    expect(contains(SCREEN, info.frame)).toBe(true);
    expect(frameFaults(await scene.screen.grab(), info.frame, qube.config.label, 6)).toBe(0);
    qube.port.flagsRequested(vm, 0, WINDOW_FLAG.fullscreen);
    await settledAt(id, window, HOME);
    for (const gone of [vm, (await scene.shown(qube, other.id)).id])
      qube.port.windowDestroyed(gone);
  });

  test('real fullscreen, where it is allowed, keeps the frame in sight', async () => {
    const free = await scene.qube('films', 'orange', { fullscreen: true });
    const vm = free.open(1, HOME, { seed: SEED });
    const { window } = await scene.shown(free, 1);
    pager.activate(window);
    await waitUntil(() => free.session.focused === 1, 'focus');
    free.port.flagsRequested(vm, WINDOW_FLAG.fullscreen, 0);
    await waitUntil(() => free.session.place(1)?.width === SCREEN.width - 12, 'it is fullscreen');
    await waitUntil(
      () => free.session.of('flags').at(-1)?.state === WINDOW_FLAG.fullscreen,
      'it is told so',
    );
    const info = await scene.shown(free, 1);
    expect(info.frame).toEqual(SCREEN);
    free.port.surfaceChanged(vm, free.picture(info.content, SEED));
    await scene.idle();
    const picture = await scene.screen.grab();
    expect(windowFaults(picture, info, free.config.label, SEED)).toEqual([]);
    free.port.flagsRequested(vm, 0, WINDOW_FLAG.fullscreen);
    await waitUntil(() => free.session.place(1)?.width === HOME.width, 'it is small again');
    await free.attached.detach();
  });

  test('size increments of the content: an 80x24 terminal stays one', async () => {
    const id = next++;
    const cell = { width: 6, height: 13 };
    const base = { width: 4, height: 4 };
    const rect = {
      ...HOME,
      width: 80 * cell.width + base.width,
      height: 24 * cell.height + base.height,
    };
    qube.open(id, rect, { seed: SEED, hints: { increment: cell, base, min: base } });
    const info = await scene.shown(qube, id);
    expect(info.content).toEqual(rect);
    moveResize(info.window, { width: 100 * cell.width + base.width + 3, height: rect.height });
    await waitUntil(() => (qube.session.place(id)?.width ?? 0) > rect.width, 'wider');
    const { width } = (await scene.shown(qube, id)).content;
    expect((width - base.width) % cell.width === 0 || wm === 'xfwm4').toBe(true);
    qube.port.windowDestroyed(info.id);
  });
});
