/**
 * Weaknesses of the reference daemon (gui-daemon.md, section 9) about where
 * windows are and what is seen of them: rows 15, 16, 17, 18, 20, 29, 40. On the
 * daemon's own process, judged by the pixels of a real screen.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { VmWindowId } from '../../src/base/ids.ts';
import { STATUS } from '../../src/protocol/service.ts';
import { ANSWER_MS } from '../../src/session/service-session.ts';
import { coveredArea } from '../../src/trust/override-redirect.ts';
import { ATOM, getCardinals } from '../../src/x11/properties.ts';
import { frameFaults } from '../e2e/desktop/judge.ts';
import { waitUntil } from '../rig/wait.ts';
import { type Peer, WireDaemon } from '../wire/daemon.ts';
import { statesOf } from '../wire/frames.ts';
import { fillPages, imageColor } from '../wire/pages.ts';
import { create, damage, destroy, dump, flags, map, pagesOf } from '../wire/says.ts';
import { Arena, BORDER, grown, HOSTILE_LABEL } from './arena.ts';

const run = promisify(execFile);
const W = 0x0040_0001 as VmWindowId;
const OTHER = 0x0040_0002 as VmWindowId;
const FLAG = { fullscreen: 1, attention: 2, minimize: 4 } as const;

describe('one monitor', () => {
  let arena: Arena;
  beforeAll(async () => {
    arena = await Arena.start();
  });
  afterAll(() => arena?.[Symbol.asyncDispose]());

  it('row 15: when a window goes, only its own dialogs belong to it no more', async () => {
    await using peer = await arena.hostile();
    const ids = [0, 1, 2, 3].map((i) => (W + i) as VmWindowId);
    const [first = W, second = W, dialog = W, stays = W] = ids;
    for (const [i, id] of ids.entries()) {
      peer.send(create(id, { x: 100 + 200 * i, y: 100, width: 120, height: 90 }));
    }
    peer.send(map(first), map(second), map(dialog, { of: first }), map(stays, { of: second }));
    const parent = async (id: VmWindowId): Promise<number | undefined> => {
      const { window } = await peer.mapped(id);
      return (await getCardinals(peer.x, window, ATOM.WM_TRANSIENT_FOR, ATOM.WINDOW))[0];
    };
    const frames = { first: (await peer.mapped(first)).window };
    expect(await parent(dialog)).toBe(frames.first);
    const other = (await peer.mapped(second)).window;
    expect(await parent(stays)).toBe(other);
    peer.send(destroy(first));
    await waitUntil(async () => (await parent(dialog)) === undefined, 'it belongs to none');
    expect(await parent(stays)).toBe(other);
  });

  it.each([
    ['right of it', { x: 5000, y: 300, width: 90, height: 60 }],
    ['below it', { x: 300, y: 5000, width: 90, height: 60 }],
    ['above and left of it', { x: -5000, y: -5000, width: 90, height: 60 }],
    ['low and tall, at the lower edge', { x: 300, y: 1070, width: 20, height: 500 }],
    ['wide and flat, at the right edge', { x: 1900, y: 300, width: 900, height: 20 }],
  ])(
    'row 16: a popup that asks to be %s is on the monitor with all four sides',
    async (_, rect) => {
      await using peer = await arena.hostile();
      peer.send(create(W, { ...rect, overrideRedirect: true }), map(W, { popup: true }));
      expect((await peer.mapped(W)).overrideRedirect).toBe(true);
      await arena.isFramed(peer, W);
      const configure = { ...rect, x: rect.x + 7, y: rect.y + 7, overrideRedirect: true };
      peer.send({ name: 'configure', window: W, ...configure });
      await peer.inStep();
      await arena.isFramed(peer, W);
      await arena.victimIsWhole();
    },
  );

  it('row 18: updates of the inside only, of an image smaller than the popup, leave its frame', async () => {
    await using peer = await arena.hostile();
    fillPages(peer.pool, 0, 10);
    const place = { x: 200, y: 150, width: 220, height: 160, overrideRedirect: true };
    peer.send(create(W, place), dump(W, 60, 40), map(W, { popup: true }));
    for (let i = 0; i < 50; i++) peer.send(damage(W, i, 10, 30, 20));
    await peer.inStep();
    await arena.isFramed(peer, W);
    // And the far sides, when the image does not reach them.
    peer.send(damage(W, 0, 0, 220, 160), dump(W, 219, 10), damage(W, 0, 0, 219, 10));
    await peer.inStep();
    await arena.isFramed(peer, W);
    await arena.victimIsWhole();
  });

  it('row 29: a resize shows the old picture until the new one comes, with the daemon stopped too', async () => {
    const { x } = arena.screen;
    await using peer = await arena.hostile();
    const size = { width: 240, height: 160 };
    const refs = pagesOf(size.width, size.height);
    fillPages(peer.pool, 0, refs.length);
    peer.send(create(W, { x: 300, y: 200, ...size }), map(W), dump(W, size.width, size.height));
    await peer.shows(refs, size.width, size.height, W);
    const frame = await peer.mapped(W);
    arena.daemon.process.signal('SIGSTOP');
    try {
      // The content as well: the daemon would do that next, and nothing is painted meanwhile.
      x.X.ConfigureWindow(frame.window, { width: 400, height: 300 });
      x.X.ConfigureWindow(frame.content, { width: 400 - 2 * BORDER, height: 300 - 2 * BORDER });
      await x.sync();
      const image = await arena.look();
      const { rect } = frame;
      const wrong = image.differences(
        { ...rect, ...size },
        (px, py) => imageColor(refs, size.width, px - rect.x, py - rect.y) ?? -1,
      );
      expect(wrong).toBe(0);
      const outer = { ...grown(rect), width: 400, height: 300 };
      expect(frameFaults(image, outer, HOSTILE_LABEL, BORDER)).toBe(0);
    } finally {
      arena.daemon.process.signal('SIGCONT');
    }
    await arena.victimWorks();
  });
});

describe('several monitors, and a screen that changes', () => {
  let arena: Arena;
  beforeAll(async () => {
    arena = await Arena.start({ kind: 'xvnc' });
  });
  afterAll(() => arena?.[Symbol.asyncDispose]());

  const xrandr = (...words: string[]) =>
    run('xrandr', words, { env: { ...process.env, ...arena.screen.env } });

  it('row 17: no monitor of several can be covered, by one popup or by many', async () => {
    const { stdout } = await xrandr('--listmonitors');
    const output = stdout.trim().split('\n')[1]?.trim().split(/\s+/).at(-1) ?? '';
    await xrandr('--setmonitor', 'left', '960/254x1080/286+0+0', output);
    await xrandr('--setmonitor', 'right', '960/254x1080/286+960+0', 'none');
    const right = { x: 960, y: 0, width: 960, height: 1080 };
    await using peer = await arena.hostile();
    const inner = { x: 960 + BORDER, y: BORDER, width: 948, height: 1068 };
    peer.send(create(W, { ...inner, overrideRedirect: true }), map(W, { popup: true }));
    // As large as a monitor, and half of the screen.
    await peer.frame(W, (frame) => frame.mapped && !frame.overrideRedirect, 'is managed');
    peer.send(destroy(W));
    const height = 1080 / 5 - 2 * BORDER;
    for (let i = 0; i < 5; i++) {
      const id = (OTHER + i) as VmWindowId;
      const place = { x: inner.x, y: BORDER + (i * 1080) / 5, width: inner.width, height };
      peer.send(create(id, { ...place, overrideRedirect: true }), map(id, { popup: true }));
      await peer.mapped(id);
    }
    const popups = [...(await peer.frames()).values()].filter((one) => one.overrideRedirect);
    const covered = coveredArea(
      popups.map(({ rect }) => grown(rect)),
      right,
    );
    expect(popups.length).toBe(4);
    expect(covered).toBeLessThanOrEqual(0.9 * right.width * right.height);
    await xrandr('--delmonitor', 'right');
    await xrandr('--delmonitor', 'left');
  });

  it('row 40: a change of the screen is noticed by itself: windows and qubes are told at once', async () => {
    await using peer = await arena.hostile();
    const place = { x: 1500, y: 900, width: 200, height: 100, overrideRedirect: true };
    peer.send(create(W, place), map(W, { popup: true }));
    await arena.isFramed(peer, W);
    await xrandr('-s', '1024x768');
    await waitUntil(async () => {
      const frame = (await peer.frames()).get(W);
      if (!frame) return false;
      const { rect } = frame;
      return rect.x + rect.width + BORDER <= 1024 && rect.y + rect.height + BORDER <= 768;
    }, 'the popup is on what there is of the screen');
    const { rect } = await peer.mapped(W);
    const [told] = (await peer.agent.hear('configure')).slice(-1);
    expect([told?.x, told?.y]).toEqual([rect.x, rect.y]);
    // A qube that runs is told over the service channel, and asked for nothing else.
    const screens = () => peer.service.requests.filter((one) => one.name === 'setScreen');
    await waitUntil(() => screens().length === 2, 'the qube is told');
    expect(screens()).toMatchObject([
      { width: 1920, height: 1080 },
      { width: 1024, height: 768, monitors: [{ x: 0, y: 0, width: 1024, height: 768 }] },
    ]);
    // The next conversation is told the new size; no signal was needed.
    await using late = await arena.hostile();
    expect(late.agent.screen).toMatchObject({ width: 1024, height: 768 });
    await xrandr('-s', '1920x1080');
  });

  it('row 40: a qube that does not answer is told the newest size, and delays no other', async () => {
    await using peer = await arena.hostile();
    peer.send(create(W), map(W));
    await peer.mapped(W);
    peer.service.onRequest = undefined;
    const told = (one: Peer) =>
      one.service.requests.flatMap((request) =>
        request.name === 'setScreen' ? [request.width] : [],
      );
    const startMs = performance.now();
    const sizes = ['1280x720', '1024x768', '1600x1200', '1400x1050'];
    for (const size of sizes) {
      await xrandr('-s', size);
      const width = Number(size.split('x')[0]);
      await waitUntil(() => told(arena.victim).at(-1) === width, `the victim is told ${size}`);
    }
    // One that is not answered is given up after some seconds; this may be a slow machine.
    const givenUp = Math.floor((performance.now() - startMs) / ANSWER_MS.screen);
    expect(told(peer).length).toBeLessThanOrEqual(2 + givenUp);
    for (const { id } of peer.service.requests.slice(1)) {
      peer.service.say({ name: 'answer', id, status: STATUS.ok });
    }
    await waitUntil(() => told(peer).at(-1) === 1400, 'it is told the newest');
    expect(told(peer).slice(0, 2)).toEqual([1920, 1280]);
    peer.service.onRequest = ({ id }) =>
      peer.service.say({ name: 'answer', id, status: STATUS.ok });
    await xrandr('-s', '1920x1080');
    await waitUntil(() => told(arena.victim).at(-1) === 1920, 'the screen is what it was');
    await arena.victimWorks();
  });
});

describe('row 20: what a window asks of the window manager', () => {
  let daemon: WireDaemon;
  let peer: Peer;
  beforeAll(async () => {
    const toml = '[qube.full]\nlabel = "red"\nid = 7\nfullscreen = true\n';
    daemon = await WireDaemon.start({ wm: 'openbox', toml });
    peer = await daemon.connectTo('full');
    peer.send(create(W, { x: 200, y: 200, width: 300, height: 200 }), map(W));
    const { rect } = await peer.mapped(W);
    await daemon.screen.user.click(rect.x + 20, rect.y + 20);
    await peer.agent.hear('focus');
  });
  afterAll(async () => {
    await peer?.[Symbol.asyncDispose]();
    await daemon?.[Symbol.asyncDispose]();
  });

  async function has(state: string, wanted: boolean): Promise<void> {
    const { window } = await peer.frame(W);
    await waitUntil(
      async () => (await statesOf(peer.x, window)).includes(state) === wanted,
      `${state} is ${wanted ? 'there' : 'gone'}`,
    );
  }

  it('row 20: attention that is asked for can be asked away while it is mapped', async () => {
    // In the window with the focus a window manager takes it away by itself.
    peer.send(create(OTHER, { x: 700, y: 200, width: 200, height: 200 }), map(OTHER));
    const { rect } = await peer.mapped(OTHER);
    await daemon.screen.user.click(rect.x + 20, rect.y + 20);
    await waitUntil(() => peer.agent.heard('focus').at(-1)?.window === OTHER, 'the focus moved');
    peer.send(flags(FLAG.attention, 0, W));
    await has('_NET_WM_STATE_DEMANDS_ATTENTION', true);
    peer.send(flags(0, FLAG.attention, W));
    await has('_NET_WM_STATE_DEMANDS_ATTENTION', false);
    peer.send(destroy(OTHER));
  });

  it('row 20: fullscreen and minimize in one message minimize, and leave fullscreen as it was', async () => {
    const { rect } = await peer.mapped(W);
    await daemon.screen.user.click(rect.x + 30, rect.y + 30);
    await waitUntil(() => peer.agent.heard('focus').at(-1)?.window === W, 'the focus moved');
    peer.send(flags(FLAG.fullscreen, 0, W));
    await has('_NET_WM_STATE_FULLSCREEN', true);
    peer.send(flags(FLAG.fullscreen | FLAG.minimize, 0, W));
    await has('_NET_WM_STATE_HIDDEN', true);
    await has('_NET_WM_STATE_FULLSCREEN', true);
    expect(peer.agent.ended).toBe(false);
  });
});
