/**
 * Attacks of the field survey on what the user sees: fake desktops, tiles of
 * popups, frames inside of the content, transparent and shaped windows, old
 * pixels in new windows. Judged by the pixels of a real screen.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Rect } from '../../src/base/geometry.ts';
import type { VmWindowId } from '../../src/base/ids.ts';
import { NEUTRAL_FILL } from '../../src/desktop/frame.ts';
import { native } from '../../src/native/addon.ts';
import { WINDOW_FLAG } from '../../src/protocol/from-vm.ts';
import type { FromVmDraft } from '../../src/protocol/from-vm-draft.ts';
import { coveredArea } from '../../src/trust/override-redirect.ts';
import type { Geometry } from '../../src/x11/package-records.ts';
import { queryExtension } from '../../src/x11/shm.ts';
import { frameColor } from '../e2e/desktop/judge.ts';
import type { Image } from '../rig/image.ts';
import { waitUntil } from '../rig/wait.ts';
import type { Peer } from '../wire/daemon.ts';
import { fillPages, imageColor } from '../wire/pages.ts';
import { configure, create, damage, destroy, dump, flags, map, pagesOf } from '../wire/says.ts';
import { Arena, BORDER, grown, VICTIM, VICTIM_LABEL } from './arena.ts';

const W = 0x0040_0001 as VmWindowId;
const OTHER = 0x0040_0002 as VmWindowId;
const SCREEN: Rect = { x: 0, y: 0, width: 1920, height: 1080 };
/** Of the popups of one qube together, per monitor (trust/override-redirect.ts). */
const TOGETHER_SHARE = 0.9;
const HUGE: Rect = { x: -500, y: -500, width: 5000, height: 3000 };

/** Fills the pool from page 0 with one image, each pixel `color(x, y)`, 32 bits. */
function paint(
  peer: Peer,
  size: { width: number; height: number },
  color: (x: number, y: number) => number,
): void {
  const bytes = Buffer.alloc(size.width * size.height * 4);
  for (let y = 0, at = 0; y < size.height; y++) {
    for (let x = 0; x < size.width; x++, at += 4) bytes.writeUInt32LE(color(x, y) >>> 0, at);
  }
  native().writeAt(peer.pool, bytes, 0);
}

/** Waits until `rect` of the screen is as `color` says. */
async function looks(arena: Arena, rect: Rect, color: (x: number, y: number) => number) {
  let wrong = -1;
  await waitUntil(async () => {
    wrong = (await arena.look()).differences(rect, color);
    return wrong === 0;
  }, 'the screen is as it should be').catch((error: Error) => {
    throw new Error(`${error.message}: ${wrong} pixels of ${JSON.stringify(rect)} are wrong`);
  });
}

/** Where the content of a window is, once it is mapped and framed. */
async function framed(arena: Arena, peer: Peer, id: VmWindowId): Promise<Rect> {
  await arena.isFramed(peer, id);
  return (await peer.mapped(id)).rect;
}

describe.each(['none', 'openbox'] as const)('with window manager %s', (wm) => {
  let arena: Arena;

  beforeAll(async () => {
    arena = await Arena.start({ wm });
  });
  afterAll(() => arena?.[Symbol.asyncDispose]());

  const routes: [string, (id: VmWindowId) => FromVmDraft[]][] = [
    ['a flag before the map', (id) => [create(id), flags(WINDOW_FLAG.fullscreen, 0, id), map(id)]],
    ['a flag after the map', (id) => [create(id), map(id), flags(WINDOW_FLAG.fullscreen, 0, id)]],
    ['the size of the screen', (id) => [create(id, SCREEN), map(id)]],
    [
      'a popup of the size of the screen',
      (id) => [create(id, { ...SCREEN, overrideRedirect: true }), map(id, { popup: true })],
    ],
    [
      'a popup that grows',
      (id) => [
        create(id, { width: 50, height: 50, overrideRedirect: true }),
        map(id, { popup: true }),
        { name: 'configure', window: id, ...SCREEN, overrideRedirect: true },
      ],
    ],
    ['a window that grows beyond it', (id) => [create(id), map(id), configure(HUGE, id)]],
    [
      'hints that allow no other size',
      (id) => [
        create(id, SCREEN),
        {
          ...{ name: 'hints', window: id, flags: 0x134 },
          ...{ minWidth: 1920, minHeight: 1080, maxWidth: 1920, maxHeight: 1080 },
          ...{ widthInc: 0, heightInc: 0, baseWidth: 1920, baseHeight: 1080 },
        },
        map(id),
      ],
    ],
  ];

  it.each(routes)('D2-01: a fake desktop by %s keeps all four sides', async (_route, says) => {
    await using peer = await arena.hostile();
    // With the focus, so that nothing is refused for the want of it.
    peer.send(create(OTHER, { x: 300, y: 300, width: 200, height: 150 }), map(OTHER));
    const { rect } = await peer.mapped(OTHER);
    await arena.screen.user.click(rect.x + 50, rect.y + 50);
    await peer.agent.hear('focus');
    peer.send(...says(W));
    await peer.inStep();
    await arena.isFramed(peer, W);
    await peer[Symbol.asyncDispose]();
    await arena.victimWorks();
  });
});

describe('what a qube draws', () => {
  let arena: Arena;

  beforeAll(async () => {
    arena = await Arena.start();
  });
  afterAll(() => arena?.[Symbol.asyncDispose]());

  it('D2-02: four popups cannot tile a monitor together', async () => {
    await using peer = await arena.hostile();
    const ids = [0, 1, 2, 3].map((i) => (W + i) as VmWindowId);
    const [width, height] = [SCREEN.width / 2 - 2 * BORDER, SCREEN.height / 2 - 2 * BORDER];
    for (const [i, id] of ids.entries()) {
      const place = {
        x: BORDER + (i % 2) * (SCREEN.width / 2),
        y: BORDER + (i >> 1) * (SCREEN.height / 2),
      };
      peer.send(create(id, { ...place, width, height, overrideRedirect: true }));
      peer.send(map(id, { popup: true }));
    }
    await peer.inStep();
    for (const id of ids) await peer.mapped(id);
    const popups = [...(await peer.frames()).values()].filter((one) => one.overrideRedirect);
    const share =
      coveredArea(
        popups.map(({ rect }) => grown(rect)),
        SCREEN,
      ) /
      (SCREEN.width * SCREEN.height);
    expect(popups.length).toBe(3);
    expect(share).toBeLessThanOrEqual(TOGETHER_SHARE);
    for (const id of ids) await arena.isFramed(peer, id);
    // None of them grows into what the others left.
    const [first = W] = ids;
    const wide = { x: BORDER, y: BORDER, width: SCREEN.width - 12, height: 900 };
    peer.send({ name: 'configure', window: first, ...wide, overrideRedirect: true });
    await peer.frame(first, (frame) => !frame.overrideRedirect, 'is managed now');
    await peer[Symbol.asyncDispose]();
    await arena.victimWorks();
  });

  it("D2-05: another label's frame in the content lies within the true one", async () => {
    await using peer = await arena.hostile();
    const size = { width: 300, height: 200 };
    const fake = { x: 0, y: 0, ...size };
    const inside = (x: number, y: number): boolean =>
      x >= BORDER && y >= BORDER && x < size.width - BORDER && y < size.height - BORDER;
    const color = (x: number, y: number): number =>
      inside(x, y) ? 0xffffff : frameColor(VICTIM_LABEL, BORDER, fake, x, y);
    paint(peer, size, color);
    peer.send(create(W, { x: 400, y: 300, ...size }), map(W), dump(W, size.width, size.height));
    const rect = await framed(arena, peer, W);
    await looks(arena, rect, (x, y) => color(x - rect.x, y - rect.y));
    await arena.isFramed(peer, W);
  });

  it.each([0x00, 0x7f, 0xff])(
    'D2-13: the fourth byte (%i) of a pixel means nothing, over whosever window',
    async (alpha) => {
      await using peer = await arena.hostile();
      const size = { width: 120, height: 80 };
      paint(peer, size, (x, y) => (alpha << 24) | (x << 16) | (y << 8) | 0x33);
      const place = { x: VICTIM.rect.x + 60, y: VICTIM.rect.y + 40 };
      peer.send(create(W, { ...place, ...size, overrideRedirect: true }), map(W, { popup: true }));
      peer.send(dump(W, size.width, size.height), damage(W, 0, 0, size.width, size.height));
      const rect = await framed(arena, peer, W);
      await looks(arena, rect, (x, y) => ((x - rect.x) << 16) | ((y - rect.y) << 8) | 0x33);
      const { window, content } = await peer.mapped(W);
      for (const id of [window, content]) {
        const { depth } = await peer.x.request<Geometry>((done) => peer.x.X.GetGeometry(id, done));
        expect(depth).toBe(24);
      }
      await peer[Symbol.asyncDispose]();
      await arena.victimIsWhole();
    },
  );

  it('D2-14: no message shapes a window, and the frame is a rectangle', async () => {
    await using peer = await arena.hostile();
    peer.send(create(W, { x: 500, y: 300, width: 200, height: 100, overrideRedirect: true }));
    peer.send(map(W, { popup: true }));
    await arena.isFramed(peer, W);
    const { window } = await peer.mapped(W);
    const { majorOpcode } = await queryExtension(peer.x, 'SHAPE');
    const question = Buffer.alloc(8);
    question.writeUInt8(majorOpcode, 0);
    question.writeUInt8(5, 1); // QueryExtents
    question.writeUInt16LE(2, 2);
    question.writeUInt32LE(window, 4);
    const shaped = await peer.x.sendForReply(question, (body) => [body[0], body[1]]);
    expect(shaped).toEqual([0, 0]);
  });

  it('D2-21: what no image covers is neutral, after a resize and before the new image', async () => {
    await using peer = await arena.hostile();
    const [width, height] = [100, 60];
    fillPages(peer.pool, 0, pagesOf(width, height).length);
    // Over the victim's window, whose pixels must not show through.
    const place = { x: VICTIM.rect.x + 20, y: VICTIM.rect.y + 20 };
    const big = { ...place, width: 250, height: 150 };
    peer.send(create(W, { ...place, width, height, overrideRedirect: true }));
    peer.send(map(W, { popup: true }), dump(W, width, height));
    await peer.shows(pagesOf(width, height), width, height, W);
    peer.send({ name: 'configure', window: W, ...big, overrideRedirect: true });
    peer.send(damage(W, 0, 0, big.width, big.height));
    await peer.frame(W, ({ rect }) => rect.width === big.width, 'is large');
    const refs = pagesOf(width, height);
    await looks(arena, big, (x, y) => {
      const [column, row] = [x - big.x, y - big.y];
      if (column >= width || row >= height) return NEUTRAL_FILL;
      return imageColor(refs, width, column, row) ?? -1;
    });
    await arena.isFramed(peer, W);
    await peer[Symbol.asyncDispose]();
    await arena.victimIsWhole();
  });

  it("D2-24: a new window has none of anybody's old pixels", async () => {
    await using first = await arena.hostile();
    await using peer = await arena.hostile();
    const size = { width: 240, height: 160 };
    const place = { x: 500, y: 400, ...size };
    const neutral = (image: Image): number => image.differences(place, () => NEUTRAL_FILL);
    for (const secret of [0x5ec3e7, 0xc0ffee]) {
      paint(first, size, () => secret);
      first.send(create(W, place), map(W), dump(W, size.width, size.height));
      await looks(arena, place, () => secret);
      first.send(destroy(W));
      await first.noFrame(W);
      // The same place and size, and nothing drawn: not mapped memory, not the screen's.
      peer.send(create(W, place), map(W), damage(W, 0, 0, size.width, size.height));
      await arena.isFramed(peer, W);
      expect(neutral(await arena.look())).toBe(0);
      // Pages that its owner never wrote are empty, not what others had in theirs.
      peer.send(dump(W, size.width, size.height, 1000));
      await looks(arena, place, () => 0);
      peer.send(destroy(W));
      await peer.noFrame(W);
    }
  });
});
