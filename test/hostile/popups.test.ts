/**
 * Popups of a hostile qube against the user of another one: they do not stay
 * when the user went elsewhere, they do not come up beneath the pointer to take
 * a click, and they lie over nothing that is dom0's. The daemon's process on a
 * real screen, without a window manager and with one.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Rect } from '../../src/base/geometry.ts';
import type { VmWindowId } from '../../src/base/ids.ts';
import { GUARD_MS } from '../../src/desktop/click-guard.ts';
import { ATOM } from '../../src/x11/properties.ts';
import { waitUntil } from '../rig/wait.ts';
import type { Peer } from '../wire/daemon.ts';
import type { Frame } from '../wire/frames.ts';
import { create, damage, destroy, map } from '../wire/says.ts';
import { Arena, VICTIM } from './arena.ts';

const W = 0x0040_0001 as VmWindowId;
const POPUP = 0x0040_0002 as VmWindowId;
const LOCKER_COLOR = 0x0c_5e_ed;
/** Long enough for a popup that would come to be there. */
const LOOKS = 5;
/** A wrong order is put right in this time on a machine that does other things as well. */
const LOOK_AGAIN_MS = 1000;

/** A place in the middle of the victim's content. */
const ON_VICTIM = { x: VICTIM.rect.x + 100, y: VICTIM.rect.y + 100 };
/** A window that covers that place. */
const AROUND = { x: VICTIM.rect.x + 20, y: VICTIM.rect.y + 20, width: 270, height: 150 };
/** PPosition and USPosition: a window manager leaves it where it is. */
const PLACED = 5;

describe.each(['none', 'openbox'] as const)('with window manager %s', (wm) => {
  let arena: Arena;

  beforeAll(async () => {
    arena = await Arena.start({ wm });
  });
  afterAll(() => arena?.[Symbol.asyncDispose]());

  /** Clicks into a managed window of the qube; it has the focus then. */
  async function focus(peer: Peer, id: VmWindowId): Promise<void> {
    const { rect } = await peer.mapped(id);
    await arena.screen.user.move(rect.x + 20, rect.y + 20);
    await waitUntil(
      async () => {
        const { window } = await peer.mapped(id);
        await arena.screen.user.click(rect.x + 20, rect.y + 20);
        const { focus: now } = await peer.x.request<{ focus: number }>((done) =>
          peer.x.X.GetInputFocus(done),
        );
        return now === window;
      },
      `0x${id.toString(16)} has the focus`,
    );
    await peer.inStep();
  }

  const focusVictim = (): Promise<void> => focus(arena.victim, VICTIM.window);

  /** A hostile qube with a window that has the focus. */
  async function hostileInFront(): Promise<Peer> {
    const peer = await arena.hostile();
    peer.send(create(W, { x: 200, y: 200, width: 300, height: 200 }), map(W));
    await focus(peer, W);
    const { rect } = await peer.mapped(W);
    // It came up just before: not every click is heard at first.
    await waitUntil(async () => {
      await arena.screen.user.click(rect.x + 20, rect.y + 20);
      return peer.agent.heard('button').length > 0;
    }, 'it hears clicks');
    await peer.inStep();
    return peer;
  }

  function openAt(peer: Peer, rect: Rect, popup: boolean): void {
    peer.send(create(POPUP, { ...rect, overrideRedirect: popup }), {
      ...{ name: 'hints', window: POPUP, flags: PLACED },
      ...{ minWidth: 0, minHeight: 0, maxWidth: 0, maxHeight: 0 },
      ...{ widthInc: 0, heightInc: 0, baseWidth: 0, baseHeight: 0 },
    });
    peer.send(map(POPUP, { popup }));
  }

  const openPopup = (peer: Peer, rect: Rect): void => openAt(peer, rect, true);

  /** It is not on the screen, and does not come. */
  async function staysAway(peer: Peer): Promise<void> {
    for (let look = 0; look < LOOKS; look++) {
      await peer.inStep();
      expect((await peer.frames()).get(POPUP)?.mapped).toBe(false);
    }
  }

  const isMapped = (mapped: boolean) => (frame: Frame) => frame.mapped === mapped;

  it('#8699: a menu goes when the user goes to another qube, and is there again when he comes back', async () => {
    await using peer = await hostileInFront();
    const place = { x: VICTIM.rect.x + 150, y: VICTIM.rect.y + 20, width: 120, height: 90 };
    openPopup(peer, place);
    await arena.isFramed(peer, POPUP);
    const heard = peer.agent.messages.length;
    await focusVictim();
    await peer.frame(POPUP, isMapped(false), 'is hidden');
    await arena.victimIsWhole();
    // The qube may do with it what it likes; it is told nothing of where the user is.
    const moved = { ...place, x: place.x - 30 };
    peer.send({ name: 'configure', window: POPUP, ...moved, overrideRedirect: true });
    peer.send(map(POPUP, { popup: true }), damage(POPUP, 0, 0, 120, 90));
    await staysAway(peer);
    await arena.victimIsWhole();
    const since = peer.agent.messages.slice(heard);
    const about = since.filter((one) => 'window' in one && one.window === POPUP);
    expect(about.map((one) => one.name)).toEqual([]);
    await focus(peer, W);
    await arena.isFramed(peer, POPUP);
    expect((await peer.mapped(POPUP)).rect).toEqual(moved);
  });

  it('8.2: a popup that is mapped while another qube has the focus comes up with its own', async () => {
    await using peer = await hostileInFront();
    await focusVictim();
    openPopup(peer, { ...ON_VICTIM, width: 100, height: 80 });
    await staysAway(peer);
    await arena.victimIsWhole();
    // Nor does another program bring it up.
    const { window } = await peer.frame(POPUP);
    for (let i = 0; i < LOOKS; i++) peer.x.X.MapWindow(window);
    await peer.x.sync();
    await peer.frame(POPUP, isMapped(false), 'is hidden again');
    await arena.victimIsWhole();
    await focus(peer, W);
    await arena.isFramed(peer, POPUP);
    // One that is unmapped meanwhile does not come back.
    await focusVictim();
    await peer.frame(POPUP, isMapped(false), 'is hidden');
    peer.send({ name: 'unmap', window: POPUP });
    await peer.inStep();
    await focus(peer, W);
    await staysAway(peer);
  });

  it('8.2: a button that is down in a popup which is hidden goes up in the qube', async () => {
    await using peer = await hostileInFront();
    openPopup(peer, { x: 700, y: 500, width: 150, height: 100 });
    const { user } = arena.screen;
    await arena.isFramed(peer, POPUP);
    await user.move(750, 550);
    const before = peer.agent.heard('button').length;
    await user.button(1, true);
    await peer.agent.hear('button', before + 1);
    const pressed = peer.agent.heard('button').at(-1);
    expect(pressed).toMatchObject({ window: POPUP, pressed: true });
    const frame = (await arena.victim.frames()).get(VICTIM.window);
    arena.screen.x.X.SetInputFocus(frame?.window ?? 0, 1);
    await peer.frame(POPUP, isMapped(false), 'is hidden');
    await waitUntil(
      () => peer.agent.heard('button').at(-1)?.pressed === false,
      'the release is told',
    );
    await waitUntil(
      () => peer.agent.heard('crossing').some((one) => one.window === POPUP && !one.entered),
      'the pointer left',
    );
    const count = peer.agent.heard('button').length;
    await user.button(1, false);
    await peer.inStep();
    expect(peer.agent.heard('button')).toHaveLength(count);
  });

  /**
   * Clicks until the qube hears one, each click a pixel further. How long after
   * `startedMs` the one that it heard was pressed, at most.
   */
  async function firstHeard(
    peer: Peer,
    from: { x: number; y: number },
    startedMs: number,
  ): Promise<number> {
    const { user } = arena.screen;
    const presses = () => peer.agent.heard('button').filter((one) => one.pressed);
    const before = presses().length;
    const times: number[] = [];
    await waitUntil(async () => {
      await user.move(from.x + times.length, from.y);
      await user.button(1, true);
      times.push(performance.now());
      await user.button(1, false);
      return presses().length > before;
    }, 'a click is heard');
    const first = presses()[before];
    const { rect } = await peer.mapped(first?.window);
    return (times[rect.x + (first?.x ?? 0) - from.x] as number) - startedMs;
  }

  it.each([
    ['a popup', true],
    ['a managed window', false],
  ] as const)(
    'D2-15: %s that appears under the pointer takes no click for 300 ms',
    async (_, popup) => {
      await using peer = await hostileInFront();
      if (!popup) await focusVictim();
      const { user } = arena.screen;
      await user.move(ON_VICTIM.x, ON_VICTIM.y);
      await arena.victim.inStep();
      const mine = peer.agent.heard('button').length;
      const theirs = arena.victim.agent.heard('button').length;
      const startedMs = performance.now();
      openAt(peer, AROUND, popup);
      await peer.frame(POPUP, ({ mapped, rect }) => mapped && rect.x === AROUND.x, 'is there');
      expect(await firstHeard(peer, ON_VICTIM, startedMs)).toBeGreaterThanOrEqual(GUARD_MS);
      await peer.agent.hear('button', mine + 2);
      await peer.inStep();
      // No press without its release, no release without its press; and nothing went through it.
      const heard = peer.agent.heard('button').slice(mine);
      for (const [at, { pressed }] of heard.entries()) expect(pressed).toBe(at % 2 === 0);
      // A manager's window may come up a moment after the frame in it.
      if (popup) expect(arena.victim.agent.heard('button')).toHaveLength(theirs);
    },
  );

  it('D2-15: a menu takes clicks at once from who was in its qube, or went to it', async () => {
    await using peer = await hostileInFront();
    const { user } = arena.screen;
    const { rect } = await peer.mapped(W);
    let count = peer.agent.heard('button').length;
    const place = { x: rect.x + 10, y: rect.y + 10, width: 120, height: 90 };
    openPopup(peer, place);
    // Wherever it goes, each click is heard by one of the two windows.
    for (let click = 0; click < 5; click++) {
      await user.click(rect.x + 40, rect.y + 40);
      count += 2;
      await peer.agent.hear('button', count);
    }
    expect(peer.agent.heard('button').at(-1)?.window).toBe(POPUP);
    peer.send(destroy(POPUP));
    await peer.noFrame(POPUP);
    await user.move(ON_VICTIM.x, ON_VICTIM.y);
    await arena.victim.inStep();
    openPopup(peer, { ...place, y: rect.y + rect.height + 40 });
    const { rect: there } = await peer.mapped(POPUP);
    await user.click(there.x + 5, there.y + 5);
    await peer.agent.hear('button', count + 2);
  });

  it('D2-02: popups that are wished off the screen count where they will be', async () => {
    await using peer = await hostileInFront();
    const ids = [0, 1, 2, 3].map((at) => (POPUP + at) as VmWindowId);
    for (const [at, id] of ids.entries()) {
      const spot = { x: at % 2 ? 9000 : -9000, y: at < 2 ? -4000 : 4000, width: 948, height: 528 };
      peer.send(create(id, { ...spot, overrideRedirect: true }), map(id, { popup: true }));
    }
    await peer.inStep();
    for (const id of ids) await peer.mapped(id);
    const frames = [...(await peer.frames()).values()];
    expect(frames.filter((one) => one.overrideRedirect)).toHaveLength(3);
    await peer[Symbol.asyncDispose]();
    await arena.victimIsWhole();
  });

  it('8.2: a popup that another program reparents off the screen comes back', async () => {
    await using peer = await hostileInFront();
    openPopup(peer, { x: 500, y: 500, width: 150, height: 100 });
    const { window } = await peer.mapped(POPUP);
    const { x } = arena.screen;
    x.X.ReparentWindow(window, x.root, 100, -50);
    await x.sync();
    await arena.isFramed(peer, POPUP);
  });

  it('8.2: a popup never lies over a locker, however it comes', async () => {
    await using peer = await hostileInFront();
    const { x } = arena.screen;
    const area = { x: 600, y: 400, width: 300, height: 200 };
    const locker = x.allocWindowId();
    const isWhole = async (): Promise<boolean> =>
      (await arena.look()).differences(area, () => LOCKER_COLOR) === 0;
    x.X.CreateWindow(locker, x.root, area.x, area.y, area.width, area.height, 0, 0, 1, 0, {
      overrideRedirect: 1,
      backgroundPixel: LOCKER_COLOR,
    });
    x.X.ChangeProperty(0, locker, ATOM.WM_CLASS, ATOM.STRING, 8, Buffer.from('i3lock\0i3lock\0'));
    x.X.MapWindow(locker);
    await waitUntil(isWhole, 'the locker shows');
    const over = { x: area.x + 50, y: area.y - 50, width: 150, height: 150 };
    const acts = [
      () => openPopup(peer, over),
      () =>
        peer.send({
          name: 'configure',
          window: POPUP,
          ...over,
          width: 250,
          overrideRedirect: true,
        }),
      () => peer.send({ name: 'unmap', window: POPUP }, map(POPUP, { popup: true })),
      () => peer.send(destroy(POPUP)),
      () => openPopup(peer, area),
    ];
    for (const act of acts) {
      act();
      await peer.inStep();
      await waitUntil(isWhole, 'the locker shows', { limitMs: LOOK_AGAIN_MS });
    }
    const order = (
      await x.request<{ children: readonly number[] }>((done) => x.X.QueryTree(x.root, done))
    ).children;
    const { window } = await peer.mapped(POPUP);
    expect(order.indexOf(window)).toBeLessThan(order.indexOf(locker));
    x.X.DestroyWindow(locker);
    x.freeId(locker);
  });
});
