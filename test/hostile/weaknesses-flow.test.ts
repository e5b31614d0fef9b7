/**
 * Weaknesses of the reference daemon (gui-daemon.md, section 9) about who waits
 * for whom, and about what ends more than it should: rows 1, 2, 13, 14, 19, 42,
 * 43, 44. On the daemon's own process, judged by pixels, by what qubes receive
 * and by the log.
 */
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { VmWindowId } from '../../src/base/ids.ts';
import { encodeFromVm } from '../../src/protocol/encode.ts';
import { NEWEST } from '../../src/protocol/version.ts';
import { getCardinals } from '../../src/x11/properties.ts';
import { ClipboardFiles } from '../rig/system/clipboard-files.ts';
import { pause } from '../rig/system/clipboard-user.ts';
import { shownWindows } from '../rig/system/shown.ts';
import { KEYSYM } from '../rig/user.ts';
import { waitUntil } from '../rig/wait.ts';
import type { Peer } from '../wire/daemon.ts';
import { textOf } from '../wire/frames.ts';
import { fillPages } from '../wire/pages.ts';
import { create, damage, destroy, dump, map, pagesOf, title } from '../wire/says.ts';
import { Arena, VICTIM } from './arena.ts';
import { Counting } from './counting.ts';

const W = 0x0040_0001 as VmWindowId;
const OTHER = 0x0040_0002 as VmWindowId;
const PLACE = { x: 60, y: 820, width: 200, height: 100 } as const;
const REFS = pagesOf(PLACE.width, PLACE.height);
/** The second picture of a window. */
const SECOND = 40;
const LETTER = { c: 0x63, v: 0x76 } as const;
/** Until chords in a window that has just got the focus count. */
const SETTLED_MS = 400;
const DEAF_ACKS = 220_000;

const files = new ClipboardFiles('@any @any ask\n');
let arena: Arena;

beforeAll(async () => {
  const deaf = `
[qube.deaf]
label = "red"
id = 90
[qube.deaf.limits]
max_queue_mib = 1
dumps_per_second = 1000000
`;
  arena = await Arena.start({ extra: files.table() + deaf });
});
afterAll(async () => {
  await arena?.[Symbol.asyncDispose]();
  files[Symbol.dispose]();
});

/** Its window W with a picture. */
async function shown(peer: Peer): Promise<void> {
  fillPages(peer.pool, 0, 2 * SECOND);
  peer.send(create(W, PLACE), map(W), dump(W, PLACE.width, PLACE.height));
  await peer.shows(REFS, PLACE.width, PLACE.height, W);
}

/** A second picture is shown: the whole way of a qube's pixels works. */
async function redraws(peer: Peer, from = SECOND): Promise<void> {
  peer.send(dump(W, PLACE.width, PLACE.height, from), damage(W, 0, 0, PLACE.width, PLACE.height));
  const refs = pagesOf(PLACE.width, PLACE.height, from);
  await peer.shows(refs, PLACE.width, PLACE.height, W);
}

/** Something of dom0's lies over the window for a moment. */
async function coverAndUncover(peer: Peer): Promise<void> {
  const { x } = arena.screen;
  const cover = x.allocWindowId();
  x.X.CreateWindow(cover, x.root, PLACE.x, PLACE.y, PLACE.width, PLACE.height, 0, 0, 1, 0, {
    overrideRedirect: 1,
    backgroundPixel: 0x123456,
  });
  x.X.MapWindow(cover);
  await waitUntil(async () => {
    const image = await arena.screen.grab(PLACE);
    return image.pixel(PLACE.x + 50, PLACE.y + 50) === 0x123456;
  }, 'it is covered');
  x.X.DestroyWindow(cover);
  await peer.shows(REFS, PLACE.width, PLACE.height, W);
}

async function askToClose(peer: Peer): Promise<void> {
  const { x } = arena.screen;
  const { WM_PROTOCOLS, WM_DELETE_WINDOW } = await x.intern(['WM_PROTOCOLS', 'WM_DELETE_WINDOW']);
  const { window } = await peer.mapped(W);
  x.X.SendEvent(window, 0, 0, {
    name: 'ClientMessage',
    format: 32,
    wid: window,
    message_type: WM_PROTOCOLS,
    data: [WM_DELETE_WINDOW, 0, 0, 0, 0],
  });
  await peer.agent.hear('close');
}

describe('nothing waits for one qube', () => {
  it.each([
    ['a header', 7],
    ['a body', 40],
  ])('row 1: half of %s stops neither its own windows nor others', async (_, bytes) => {
    await using peer = await arena.hostile();
    await shown(peer);
    const whole = encodeFromVm(title('late', W), NEWEST);
    peer.agent.sendRaw(whole.subarray(0, bytes));
    await coverAndUncover(peer);
    await askToClose(peer);
    await arena.screen.user.click(PLACE.x + 20, PLACE.y + 20);
    await peer.agent.hear('button', 2);
    await arena.victimWorks();
    peer.agent.sendRaw(whole.subarray(bytes));
    await redraws(peer);
    const { window } = await peer.mapped(W);
    expect(await textOf(arena.screen.x, window, '_NET_WM_NAME')).toContain('late');
  });

  it('row 2: while a prompt is open, and while the policy cannot be read, all windows go on', async () => {
    const { user, x } = arena.screen;
    const { rect } = VICTIM;
    await using peer = await arena.hostile();
    await shown(peer);
    await user.click(rect.x + 10, rect.y + 10);
    await pause(SETTLED_MS);
    const since = files.now;
    await user.tap(KEYSYM.control, KEYSYM.shift, LETTER.c);
    await arena.victim.agent.hear('clipboardRequest');
    const data = Buffer.from('asked about');
    arena.victim.send({ name: 'clipboardData', window: VICTIM.window, data });
    await files.record(since, { event: 'copied' });
    await user.click(PLACE.x + 20, PLACE.y + 20);
    await pause(SETTLED_MS);
    await user.tap(KEYSYM.control, KEYSYM.shift, LETTER.v);
    const prompts = async () =>
      (await shownWindows(x)).filter((one) => one.title === 'livery prompt').length;
    await waitUntil(async () => (await prompts()) === 1, 'there is a prompt');
    await redraws(peer);
    await arena.victimWorks();
    // A file that is opened and never read to its end; whoever waits for it waits for ever.
    rmSync(files.policy);
    execFileSync('mkfifo', ['-m', '600', files.policy]);
    await arena.daemon.process.said(/clipboard policy: .*not a regular file/);
    await redraws(peer, 0);
    await arena.victimWorks();
    rmSync(files.policy);
    files.setPolicy('@any @any ask\n');
    await waitUntil(async () => (await prompts()) === 0, 'the prompt is gone');
    expect(peer.agent.heard('clipboardData')).toEqual([]);
  });

  it('row 44: a qube that does not read loses its session at a bound, and the daemon nothing', async () => {
    await using peer = await arena.daemon.connectTo('deaf');
    await shown(peer);
    const { connections } = peer.agent;
    peer.agent.stopReading();
    const dumps = encodeFromVm(dump(W, 8, 8), NEWEST);
    const many = Buffer.concat(Array.from({ length: 1000 }, () => dumps));
    for (let sent = 0; sent < DEAF_ACKS; sent += 1000) peer.agent.sendRaw(many);
    await arena.daemon.process.said(/"qube":"deaf".*"code":"CHANNEL_QUEUE"/);
    await arena.victimWorks();
    expect((await peer.frames()).size).toBe(0);
    // It is shown again when it comes again.
    peer.agent.goOnReading();
    await waitUntil(() => peer.agent.connections > connections, 'it is connected again');
    await peer.agent.ready();
    await shown(peer);
  });
});

describe('what ends a session ends no more than that', () => {
  it.each([
    ['width', { width: 0, height: 10 }],
    ['height', { width: 10, height: 0 }],
  ])('row 13: a window of no %s ends its session, and makes no X error', async (_, size) => {
    await using peer = await arena.hostile();
    await shown(peer);
    peer.send(create(OTHER, { x: 0, y: 0, ...size }));
    await peer.ended('GUI_CREATE_SIZE');
    await arena.victimWorks();
    expect(arena.daemon.process.err).not.toContain('BadValue');
  });

  it('row 14: a qube has so many windows and no more, and they go with its session', async () => {
    const { x } = arena.screen;
    const children = async (): Promise<number> => {
      const tree = await x.request<{ children: readonly number[] }>((done) =>
        x.X.QueryTree(x.root, done),
      );
      return tree.children.length;
    };
    await using peer = await arena.hostile();
    await peer.inStep();
    const before = await children();
    const ids = Array.from({ length: 513 }, (_, i) => (W + i) as VmWindowId);
    peer.send(...ids.map((id) => create(id, { x: 0, y: 0, width: 9, height: 9 })));
    await peer.ended('WINDOW_LIMIT');
    await waitUntil(async () => (await children()) === before, 'nothing of them is left');
    await arena.victimWorks();
  });

  it('row 42: windows that others destroy, and X errors after it, end nothing', async () => {
    const { x } = arena.screen;
    await using peer = await arena.hostile();
    await shown(peer);
    peer.send(create(OTHER, { x: 500, y: 820, width: 50, height: 50 }), map(OTHER));
    const frame = await peer.mapped(OTHER);
    x.X.DestroyWindow(frame.window);
    await x.sync();
    // Each of these asks for a window that is not there.
    const rect = { x: 510, y: 830, width: 60, height: 60 };
    peer.send(
      dump(OTHER, 50, 50),
      damage(OTHER, 0, 0, 50, 50),
      { name: 'configure', window: OTHER, ...rect, overrideRedirect: false },
      title('gone', OTHER),
      { name: 'unmap', window: OTHER },
      map(OTHER),
      destroy(OTHER),
    );
    await peer.inStep();
    await redraws(peer);
    await arena.victimWorks();
    expect(peer.agent.ended).toBe(false);
  });
});

describe('text and icons of one qube', () => {
  it('row 19: UTF-8 is taken as it is defined; what deceives is taken out', async () => {
    await using peer = await arena.hostile();
    await shown(peer);
    const { window } = await peer.mapped(W);
    const caption = async (bytes: Buffer): Promise<string> => {
      peer.send({ name: 'title', window: W, text: bytes });
      await peer.inStep();
      return (await textOf(arena.screen.x, window, '_NET_WM_NAME')) ?? '';
    };
    const prefix = `[${peer.name}] `;
    expect(await caption(Buffer.from('\u{1f600} \u{20000} zł'))).toBe(
      `${prefix}\u{1f600} \u{20000} zł`,
    );
    // F4 begins characters too: they are private ones, and each is one sign for that.
    expect(await caption(Buffer.from('a\u{10fffd}b'))).toBe(`${prefix}a\ufffdb`);
    // C1, an override of direction, zero width, a tag; and bytes that are no UTF-8.
    const bad = 'a\u009bb\u202ec\u200bd\u{e0041}e';
    expect(await caption(Buffer.from(bad))).toMatch(/^\[bad\d+\] a ?bcde$/);
    const broken = Buffer.from([0x61, 0xf4, 0x90, 0x80, 0x80, 0xc0, 0xaf, 0xed, 0xa0, 0x80, 0x62]);
    expect(await caption(broken)).toMatch(/^\[bad\d+\] a\ufffd+b$/);
  });

  it('row 43: icons of one qube push out none of another, and the largest one is shown', async () => {
    const side = 256;
    const icon = (peer: Peer, window: VmWindowId, value: number, size: number): void => {
      const pixels = new Uint8Array(size * size * 4).fill(value);
      peer.service.say({ name: 'iconRecord', window, width: size, height: size, pixels });
    };
    await using peer = await arena.hostile();
    await using other = await arena.hostile();
    const { x } = arena.screen;
    const { _NET_WM_ICON } = await x.intern(['_NET_WM_ICON']);
    using counting = new Counting(arena.daemon);
    /** Says icons, and waits until the daemon has heard them: a large one takes it many turns. */
    const heard = async ({ name }: Peer, count: number, say: () => void): Promise<void> => {
      const messages = async () => (await counting.of(name)).service.messages;
      const before = await messages();
      say();
      await waitUntil(async () => (await messages()) >= before + count, `${name} was heard`);
    };
    // For a window that comes later: kept, however many another qube sends meanwhile.
    await heard(peer, 1, () => icon(peer, W, 255, side));
    await heard(other, 40, () => {
      for (let i = 0; i < 40; i++) icon(other, (0x0050_0000 + i) as VmWindowId, 0, 8);
    });
    peer.send(create(W, PLACE), map(W));
    const { window } = await peer.mapped(W);
    // One colour everywhere: white in the hue of the label, not the plain icon of the label.
    const width = await waitUntil(async () => {
      const words = await getCardinals(x, window, _NET_WM_ICON, 0, 1 << 18);
      const [columns = 0, , ...rest] = words;
      return new Set(rest).size === 1 ? columns : undefined;
    }, 'the icon is the one that was sent');
    expect(width).toBeLessThanOrEqual(side);
    await arena.victimWorks();
  });
});
