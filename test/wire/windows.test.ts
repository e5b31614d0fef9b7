/**
 * A1 to A26: windows come, go, are shown and placed; judged by the daemon's
 * bytes and by what stands on its X server.
 */
import { afterAll, beforeAll, expect } from 'vitest';
import type { VmWindowId } from '../../src/base/ids.ts';
import { ATOM, getCardinals } from '../../src/x11/properties.ts';
import { type Peer, W, WireDaemon } from './daemon.ts';
import { ENDS } from './differs.ts';
import { configure, create, destroy, dump, map, title, unmap } from './says.ts';
import { vector } from './vector.ts';

/** The frame around a content. */
const B = 6;
const W2 = 0x0040_0009 as VmWindowId;
const SIZE = { width: 640, height: 480 };
/** As much as a managed window may have of the monitor. */
const WHOLE = { x: B, y: B, width: 1920 - 2 * B, height: 1080 - 2 * B };

let daemon: WireDaemon;

beforeAll(async () => {
  daemon = await WireDaemon.start();
});

afterAll(() => daemon[Symbol.asyncDispose]());

/** After what `prepare` says, the vector ends the session by its rule, at 1.8 and `minors`. */
function ends(id: string, minors: readonly number[] = [8]): void {
  vector(id, async () => {
    for (const minor of minors) {
      await using peer = await daemon.connect({ minor });
      peer.say(id);
      await peer.ended(ENDS[id] as string);
    }
  });
}

/** Where the desktop puts the frame's content, as the window manager or a user would. */
function place(
  peer: Peer,
  frame: number,
  rect: { x: number; y: number; width: number; height: number },
): void {
  const { x, y, width, height } = rect;
  peer.x.X.ConfigureWindow(frame, {
    ...{ x: x - B, y: y - B, width: width + 2 * B, height: height + 2 * B },
  });
  peer.x.flush();
}

const transientFor = (peer: Peer, frame: number) =>
  getCardinals(peer.x, frame, ATOM.WM_TRANSIENT_FOR, ATOM.WINDOW);

vector('A1', async () => {
  await using peer = await daemon.connect();
  peer.say('A1');
  const frame = await peer.frame();
  await peer.inStep();
  expect(frame).toMatchObject({ mapped: false, overrideRedirect: false, rect: SIZE });
  expect(peer.heard()).toEqual([]);
  peer.send(map());
  expect((await peer.mapped()).rect).toEqual({ x: 10, y: 20, ...SIZE });
});

ends('A2');

vector('A3', async () => {
  for (const [width, height, minor] of [
    [0, 0, 8],
    [0, 480, 8],
    [640, 0, 8],
    [0, 0, 1],
  ] as const) {
    await using peer = await daemon.connect({ minor });
    if (width === 0 && height === 0) peer.say('A3');
    else peer.send(create(W, { width, height }));
    await peer.ended('GUI_CREATE_SIZE');
  }
});

vector('A4', async () => {
  await using peer = await daemon.connect();
  peer.say('A4');
  await peer.ended('GUI_CREATE_SIZE');
});

vector('A5', async () => {
  await using peer = await daemon.connect();
  peer.say('A5');
  peer.send(map());
  expect((await peer.mapped()).rect).toEqual(WHOLE);
  expect((await peer.agent.hear('configure'))[0]).toMatchObject(WHOLE);
  await peer.inStep();
});

vector('A6', async () => {
  await using peer = await daemon.connect();
  peer.say('A6');
  expect((await peer.frame()).rect).toMatchObject(SIZE);
  peer.send(map());
  const { rect } = await peer.mapped();
  // x = -16384 is left of the monitor, y = 6144 below it.
  expect(rect).toEqual({ x: B, y: 1080 - B - 480, ...SIZE });
  await peer.inStep();
});

vector('A7', async () => {
  await using peer = await daemon.connect();
  peer.say('A7');
  const hidden = await peer.frame();
  expect(hidden.mapped).toBe(false);
  peer.send(map(W, { popup: true }));
  expect((await peer.mapped()).overrideRedirect).toBe(true);
  expect(await transientFor(peer, hidden.window)).toEqual([]);
  // The flag of MAP is the one that counts.
  peer.send(unmap(), map());
  await peer.frame(W, ({ mapped, overrideRedirect }) => mapped && !overrideRedirect, 'is managed');
});

vector('A8', async () => {
  await using peer = await daemon.connect();
  peer.say('A8');
  expect((await peer.frame(0)).rect).toMatchObject(SIZE);
  const screen = 0 as VmWindowId;
  peer.send(dump(screen, 640, 480), map(screen));
  await peer.mapped(0);
  // Its buffer outlives an unmap, which that of no other window does: damage draws at once.
  await peer.agent.hear('dumpAck');
  peer.send({ name: 'destroy', window: screen });
  expect(await peer.agent.hear('destroyAck')).toMatchObject([{ window: 0 }]);
});

vector('A9', async () => {
  await using peer = await daemon.connect();
  peer.say('A9');
  const id = 0xffff_ffff as VmWindowId;
  peer.send(title('the last number', id), map(id));
  await peer.mapped(id);
  peer.send(destroy(id));
  expect(await peer.agent.hear('destroyAck')).toMatchObject([{ window: id }]);
});

vector('A10', async () => {
  for (const minor of [8, 7, 6]) {
    await using peer = await daemon.connect({ minor });
    peer.say('A10');
    await peer.ended('GUI_LENGTH');
  }
  for (const minor of [5, 4, 3, 1, 0]) {
    await using peer = await daemon.connect({ minor });
    peer.say('A10');
    expect((await peer.frame()).rect).toMatchObject(SIZE);
    await peer.inStep();
  }
});

ends('A11');

vector('A12', async () => {
  for (const minor of [8, 7, 5, 4, 1]) {
    await using peer = await daemon.connect({ minor });
    const before = peer.agent.received.length;
    peer.say('A12');
    await peer.inStep();
    expect((await peer.frames()).size).toBe(0);
    const own = peer.agent.messages;
    expect(own).toEqual(minor >= 5 ? [{ name: 'destroyAck', window: W }] : []);
    if (minor < 5) expect(peer.agent.received).toHaveLength(before);
    else {
      const first = peer.agent.received.subarray(before, before + 12).toString('hex');
      expect(first).toBe('830000000700400000000000');
    }
  }
});

vector('A13', async () => {
  await using peer = await daemon.connect();
  peer.say('A13');
  await peer.inStep();
  expect(peer.agent.messages).toEqual([{ name: 'destroyAck', window: W }]);
  peer.send(map());
  const frame = await peer.mapped();
  place(peer, frame.window, { x: 300, y: 200, width: 700, height: 500 });
  const [told] = await peer.agent.hear('configure');
  expect(told?.window).toBe(W);
  peer.send(destroy());
  await peer.agent.hear('destroyAck', 2);
});

vector('A14', async () => {
  await using peer = await daemon.connect();
  peer.say('A14');
  await peer.ended('GUI_WINDOW_UNKNOWN');
  // What came before it was carried out and answered.
  expect(peer.agent.messages).toEqual([{ name: 'destroyAck', window: W }]);
});

vector('A15', async () => {
  await using peer = await daemon.connect();
  peer.say('A15');
  await peer.ended('GUI_LENGTH');
  // Below 1.6 the four bytes begin a header; with eight more they are type 0.
  await using old = await daemon.connect({ minor: 5 });
  old.say('A15');
  await old.agent.hear('destroyAck');
  old.agent.sendRaw(Buffer.alloc(8));
  await old.ended('GUI_TYPE');
});

vector('A16', async () => {
  await using peer = await daemon.connect();
  peer.say('A16');
  const { window } = await peer.mapped();
  expect(await transientFor(peer, window)).toEqual([]);
  peer.send(create(W2), map(W2, { of: W }));
  const child = await peer.mapped(W2);
  expect(await transientFor(peer, child.window)).toEqual([window]);
});

vector('A17', async () => {
  await using peer = await daemon.connect();
  peer.say('A17');
  const { window } = await peer.mapped();
  expect(await transientFor(peer, window)).toEqual([]);
  await peer.inStep();
});

vector('A18', async () => {
  await using peer = await daemon.connect();
  peer.say('A18');
  const { window } = await peer.mapped();
  expect(await transientFor(peer, window)).toEqual([]);
});

vector('A19', async () => {
  await using peer = await daemon.connect();
  peer.say('A19');
  const before = await peer.mapped();
  peer.send(map(W, { popup: true }));
  await peer.inStep();
  expect(await peer.frame()).toEqual(before);
  expect(before.overrideRedirect).toBe(false);
});

vector('A20', async () => {
  await using peer = await daemon.connect();
  peer.say('A20');
  await peer.inStep();
  expect(await peer.frame()).toMatchObject({ mapped: false });
  // All of it in one write: the last word counts, both ways.
  peer.send(map(), unmap());
  await peer.inStep();
  await peer.frame(W, ({ mapped }) => !mapped, 'is hidden');
  peer.send(map(), unmap(), map(W, { popup: true }));
  await peer.frame(W, ({ mapped, overrideRedirect }) => mapped && overrideRedirect, 'is a popup');
});

vector('A21', async () => {
  await using peer = await daemon.connect();
  peer.say('A21');
  peer.send(map());
  await peer.mapped();
  await peer.inStep();
  // The CONFIGURE had another place as well: nothing of it was done.
  expect((await peer.frame()).rect).toEqual({ x: B, y: B, ...SIZE });
  peer.send(configure({ x: 100, y: 100, width: 2 ** 32 - 1, height: 2 ** 31 }));
  await peer.frame(W, ({ rect }) => rect.width > 640 && rect.height > 480, 'is clamped');
});

vector('A22', async () => {
  await using peer = await daemon.connect();
  peer.say('A22');
  peer.send(map());
  const frame = await peer.mapped();
  expect(frame).toMatchObject({ overrideRedirect: false, rect: WHOLE });
  expect((await peer.agent.hear('configure'))[0]).toMatchObject(WHOLE);
});

/** A window that dom0 has just put at 300x200+100+120. */
async function moved(peer: Peer): Promise<{ frame: number; told: typeof TOLD }> {
  peer.send(create(), map());
  const { window } = await peer.mapped();
  // What is on its way after a map has passed.
  await new Promise((resolve) => setTimeout(resolve, 700));
  peer.agent.messages = [];
  place(peer, window, TOLD);
  const [told] = await peer.agent.hear('configure');
  expect(told).toMatchObject({ window: W, ...TOLD });
  return { frame: window, told: TOLD };
}
const TOLD = { x: 100, y: 120, width: 300, height: 200 };

vector('A23', async () => {
  await using peer = await daemon.connect();
  const { frame, told } = await moved(peer);
  peer.send(configure(told));
  await peer.inStep();
  expect(peer.agent.heard('configure')).toHaveLength(1);
  place(peer, frame, { ...told, width: 310 });
  expect((await peer.agent.hear('configure', 2))[1]).toMatchObject({ ...told, width: 310 });
});

vector('A24', async () => {
  await using peer = await daemon.connect();
  const { frame, told } = await moved(peer);
  const wish = { ...told, width: 304 };
  peer.send(configure(wish));
  expect((await peer.agent.hear('configure', 2))[1]).toMatchObject(told);
  // An exact answer first, then the wish: it is granted, and nothing more is said.
  peer.send(configure(told), configure(wish));
  await peer.frame(W, ({ rect }) => rect.width === 304, 'has its wish');
  await peer.inStep();
  expect(peer.agent.heard('configure')).toHaveLength(2);
  expect((await peer.frame()).window).toBe(frame);
});

vector('A25', async () => {
  await using peer = await daemon.connect();
  const { frame, told } = await moved(peer);
  peer.send(title('still served'), dump(W, 300, 200));
  await peer.agent.hear('dumpAck');
  place(peer, frame, { ...told, x: 150, height: 220 });
  const heard = await peer.agent.hear('configure', 2);
  expect(heard[1]).toMatchObject({ ...told, x: 150, height: 220 });
});

vector('A26', async () => {
  await using peer = await daemon.connect();
  peer.send(create(W, { x: 0, y: 0, width: 22, height: 22 }), { name: 'dock', window: W });
  await peer.inStep();
  peer.agent.messages = [];
  peer.send(configure({ x: 0, y: 0, width: 64, height: 64 }));
  const [own] = await peer.agent.hear('configure');
  expect(own).toMatchObject({ window: W, width: 22, height: 22 });
  // On the screen it waits for a tray in the size of a tray's slot, and shows nowhere.
  await peer.inStep();
  const { rect, mapped } = await peer.frame();
  expect(mapped).toBe(false);
  expect(Math.max(rect.width, rect.height)).toBeLessThanOrEqual(22);
});
