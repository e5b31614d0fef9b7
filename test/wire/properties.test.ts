/**
 * A57 to A84: what a window is called, hints and states, pointers, icons, the
 * clipboard, and the framing of messages.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CursorImage } from '../../src/x11/extensions.ts';
import { openFixes } from '../../src/x11/extensions.ts';
import { ATOM, getProperty } from '../../src/x11/properties.ts';
import { waitUntil } from '../rig/wait.ts';
import { fromHex, vectorBytes } from '../unit/protocol/golden.ts';
import { type Peer, W, WireDaemon } from './daemon.ts';
import { ENDS } from './differs.ts';
import { sizeHints, statesOf, textOf } from './frames.ts';
import { clipboardHeader, create, damage, dump, flags, map, title, unmap } from './says.ts';
import { vector } from './vector.ts';

const B = 6;
/** WM_NORMAL_HINTS bits. */
const HINT = { min: 16, max: 32, increment: 64, base: 256 };
const ATTENTION = '_NET_WM_STATE_DEMANDS_ATTENTION';

let daemon: WireDaemon;

beforeAll(async () => {
  daemon = await WireDaemon.start();
});

afterAll(() => daemon[Symbol.asyncDispose]());

async function created(minor = 8): Promise<Peer> {
  const peer = await daemon.connect({ minor });
  peer.send(create());
  await peer.frame();
  return peer;
}

async function shown(minor = 8): Promise<Peer> {
  const peer = await created(minor);
  peer.send(map());
  await peer.mapped();
  return peer;
}

/** The title of the frame once everything that was said has been carried out. */
async function titleOf(peer: Peer): Promise<string | undefined> {
  await peer.inStep();
  return textOf(peer.x, (await peer.frame()).window, '_NET_WM_NAME');
}

vector('A57', async () => {
  await using peer = await created();
  peer.say('A57');
  expect(await titleOf(peer)).toBe(`[${peer.name}] ${'A'.repeat(119)}\u2026`);
  // Byte 127 is no letter: the next title begins where it should.
  peer.say('A60');
  expect((await titleOf(peer))?.trim()).toBe(`[${peer.name}]`);
});

vector('A58', async () => {
  await using peer = await created();
  peer.say('A58');
  expect(await titleOf(peer)).toBe(`[${peer.name}] ab \ufffd\u00e9`);
  await using plain = await daemon.connect({ titles: 'ascii' });
  plain.send(create());
  plain.say('A58');
  expect(await titleOf(plain)).toBe(`[${plain.name}] ab ___`);
});

vector('A59', async () => {
  await using peer = await created();
  peer.say('A59');
  // This qube may have titles in Unicode.
  expect(await titleOf(peer)).toBe(`[${peer.name}] long\u2026`);
  await using plain = await daemon.connect({ titles: 'ascii' });
  plain.send(create());
  plain.say('A59');
  expect(await titleOf(plain)).toBe(`[${plain.name}] long...`);
});

vector('A60', async () => {
  await using peer = await created();
  peer.send(title('something'));
  peer.say('A60');
  const text = await titleOf(peer);
  expect(text?.trim()).toBe(`[${peer.name}]`);
});

vector('A61', async () => {
  await using peer = await created();
  peer.say('A61');
  await peer.ended('GUI_LENGTH');
  await using old = await created(5);
  old.say('A61');
  old.agent.sendRaw(Buffer.from('y'));
  expect(await titleOf(old)).toContain('xxx');
});

vector('A62', async () => {
  await using peer = await created();
  peer.say('A62');
  await peer.inStep();
  const { window } = await peer.frame();
  const wmClass = async () =>
    (await getProperty(peer.x, window, ATOM.WM_CLASS))?.data.toString('latin1').split('\0');
  const before = await wmClass();
  expect(before).toEqual([`${peer.name}:n_`, `${peer.name}:${'C'.repeat(63)}`, '']);
  peer.send(map());
  await peer.mapped();
  const other = { resClass: Buffer.from('Other'), resName: Buffer.from('other') };
  peer.send({ name: 'wmClass', window: W, ...other });
  await peer.inStep();
  expect(await wmClass()).toEqual(before);
});

vector('A63', async () => {
  await using peer = await created();
  peer.say('A63');
  await peer.inStep();
  const { flags: bits } = await sizeHints(peer.x, (await peer.frame()).window);
  expect(bits & HINT.max).toBe(0);
});

vector('A64', async () => {
  await using peer = await created();
  peer.say('A64');
  await peer.inStep();
  const hints = await sizeHints(peer.x, (await peer.frame()).window);
  expect(hints.flags & HINT.max).toBe(0);
  expect(hints.flags & (HINT.min | HINT.increment | HINT.base)).toBe(
    HINT.min | HINT.increment | HINT.base,
  );
  expect(hints.flags & 0x80).toBe(0);
  // The frame's own sizes: the content's and the edges.
  expect(hints).toMatchObject({
    min: [0x31 + 2 * B, 0x2c + 2 * B],
    increment: [8, 0x11],
    base: [0x11 + 2 * B, 0x1b + 2 * B],
  });
});

/** The states of the frame for a qube that may not be fullscreen: maximised instead. */
const states = async (peer: Peer) => statesOf(peer.x, (await peer.frame()).window);

for (const id of ['A65', 'A67']) {
  vector(id, async () => {
    await using peer = await shown();
    const before = await states(peer);
    peer.say(id);
    await peer.inStep();
    expect(await states(peer)).toEqual(before);
    expect(peer.agent.heard('flags')).toEqual([]);
    // Before a map it is the whole state: what was asked for before is no longer.
    await using hidden = await created();
    hidden.send(flags(3));
    hidden.say(id);
    hidden.send(map());
    await hidden.mapped();
    expect(await states(hidden)).toEqual([]);
  });
}

vector('A66', async () => {
  await using peer = await created();
  peer.send(flags(2));
  peer.say('A66');
  peer.send(flags(8, 8), map());
  await peer.mapped();
  // What was asked for before it stays, and nothing of it was done.
  expect(await states(peer)).toEqual([ATTENTION]);
  await peer.inStep();
});

vector('A68', async () => {
  await using peer = await shown();
  peer.say('A68');
  await peer.inStep();
  expect(await states(peer)).toEqual([]);
  // UNMAP and MAP bring a window back.
  peer.send(unmap(), map());
  await peer.mapped();
});

/** The pointer that is shown over the window. */
async function pointer(peer: Peer): Promise<CursorImage> {
  const { rect } = await peer.frame();
  await daemon.screen.user.move(rect.x + 40, rect.y + 40);
  const fixes = await openFixes(peer.x);
  return peer.x.request<CursorImage>((done) => fixes.GetCursorImageAndName(done));
}

/** What the X server shows for a glyph of its cursor font. */
async function glyphPicture(glyph: number): Promise<string> {
  const { x, user } = daemon.screen;
  const [font, cursor, window] = [x.allocId(), x.allocId(), x.allocWindowId()];
  x.X.OpenFont(font, 'cursor');
  const [black, white] = [
    { R: 0, G: 0, B: 0 },
    { R: 0xffff, G: 0xffff, B: 0xffff },
  ];
  x.X.CreateGlyphCursor(cursor, font, font, glyph, glyph + 1, black, white);
  x.X.CreateWindow(window, x.root, 1500, 900, 50, 50, 0, 0, 1, 0, { cursor, overrideRedirect: 1 });
  x.X.MapWindow(window);
  await user.move(1525, 925);
  const fixes = await openFixes(x);
  const image = await x.request<CursorImage>((done) => fixes.GetCursorImageAndName(done));
  x.X.DestroyWindow(window);
  await x.sync();
  return pictureOf(image);
}

const pictureOf = (image: CursorImage): string =>
  `${image.xhot},${image.yhot} ${image.cursorImage.toString('hex')}`;

async function shownPointer(peer: Peer): Promise<string> {
  await peer.inStep();
  return pictureOf(await pointer(peer));
}

vector('A69', async () => {
  const leftPtr = await glyphPicture(68);
  await using peer = await shown();
  const normal = await shownPointer(peer);
  expect(normal).not.toBe(leftPtr);
  peer.say('A69');
  expect(await shownPointer(peer)).toBe(leftPtr);
  // An odd glyph is a mask: the default pointer.
  peer.agent.sendRaw(cursorBytes(0x145));
  expect(await shownPointer(peer)).toBe(normal);
});

function cursorBytes(value: number): Uint8Array {
  const bytes = Buffer.from(vectorBytes('A69'));
  bytes.writeUInt32LE(value, 12);
  return bytes;
}

for (const id of ['A70', 'A71']) {
  vector(id, async () => {
    await using peer = await shown();
    peer.say('A69');
    const before = await shownPointer(peer);
    peer.say(id);
    peer.agent.sendRaw(cursorBytes(0x300));
    expect(await shownPointer(peer)).toBe(before);
    await peer.inStep();
  });
}

vector('A72', async () => {
  await using peer = await shown();
  const normal = await shownPointer(peer);
  peer.say('A69');
  expect(await shownPointer(peer)).not.toBe(normal);
  peer.say('A72');
  expect(await shownPointer(peer)).toBe(normal);
});

vector('A73', async () => {
  await using peer = await daemon.connect();
  peer.send(create(W, { overrideRedirect: true, width: 22, height: 22 }));
  peer.say('A73');
  await peer.inStep();
  // A docked window is never mapped by its qube.
  peer.send(map());
  await peer.inStep();
  expect((await peer.frames()).get(W)?.mapped ?? false).toBe(false);
  await using mapped = await shown();
  mapped.say('A73');
  mapped.send(unmap());
  await mapped.frame(W, (frame) => !frame.mapped, 'is an ordinary window still');
});

vector('A74', async () => {
  await using peer = await created();
  peer.send({ name: 'dock', window: W }, unmap(), flags(0), map(), title('an icon'));
  expect(await titleOf(peer)).toBe(`[${peer.name}] an icon`);
  peer.send(dump(W, 22, 22), damage(W, 0, 0, 22, 22));
  await peer.agent.hear('dumpAck');
  await peer.inStep();
});

/** The vector's header and a body of the length that it says. */
function withBody(id: string): Buffer {
  const header = Buffer.from(vectorBytes(id));
  return Buffer.concat([header, Buffer.alloc(header.readUInt32LE(8), 0x61)]);
}

test.each([
  ['A75', vectorBytes('A75')],
  ['A76', vectorBytes('A76')],
  ['A78', withBody('A78')],
  ['A79', withBody('A79')],
])(
  'clipboard data that nobody asked for is taken off the stream and dropped (%s)',
  async (_, bytes) => {
    await using peer = await created();
    const before = peer.agent.received.length;
    peer.agent.sendRaw(bytes);
    await peer.inStep();
    expect(peer.agent.received).toHaveLength(before + 12);
    expect((await peer.frames()).size).toBe(1);
  },
);

vector('A77', async () => {
  await using peer = await created(7);
  peer.say('A77');
  await peer.ended(ENDS.A77 as string);
  await using most = await created(7);
  most.agent.sendRaw(Buffer.concat([clipboardHeader(65_000), Buffer.alloc(65_000)]));
  await most.inStep();
  await using newer = await created();
  newer.agent.sendRaw(withBody('A77'));
  await newer.inStep();
});

vector('A80', async () => {
  for (const length of [256_002, 0xffff_ffff]) {
    await using peer = await created();
    peer.agent.sendRaw(clipboardHeader(length));
    await peer.ended(ENDS.A80 as string);
  }
});

vector('A81', async () => {
  for (const type of [124, 125, 126, 127, 128, 129, 137, 138, 139, 142, 149]) {
    await using peer = await created();
    const bytes = Buffer.from(vectorBytes('A81'));
    bytes.writeUInt32LE(type, 0);
    peer.agent.sendRaw(bytes);
    await peer.ended('GUI_TYPE');
  }
});

vector('A82', async () => {
  for (const type of [123, 0, 150, 0xffff_ffff]) {
    await using peer = await created();
    const bytes = Buffer.from(vectorBytes('A82'));
    bytes.writeUInt32LE(type, 0);
    peer.agent.sendRaw(bytes);
    await peer.ended('GUI_TYPE');
  }
});

vector('A83', async () => {
  await using peer = await daemon.connect();
  const bytes = vectorBytes('A1');
  peer.agent.sendRaw(bytes.subarray(0, 5));
  await peer.agent.flushed();
  await using other = await daemon.connect();
  await other.inStep();
  peer.agent.sendRaw(bytes.subarray(5, 12));
  await peer.agent.flushed();
  // A whole header and no body: neither others nor the screen wait for it.
  await other.inStep();
  for (const byte of bytes.subarray(12)) {
    peer.agent.sendRaw(Uint8Array.of(byte));
    await peer.agent.flushed();
  }
  expect((await peer.frame()).rect).toMatchObject({ width: 640, height: 480 });
  await peer.inStep();
});

vector('A84', async () => {
  const cuts = ['8200', '82000000070040001800000001', '', '93000000070040001000060000000000'];
  for (const cut of cuts) {
    await using peer = await shown();
    peer.agent.sendRaw(fromHex(cut));
    await peer.agent.flushed();
    peer.agent.hangUp();
    await waitUntil(() => peer.agent.connections === 2, 'it connects again');
    await peer.noFrame();
    await peer.agent.ready();
    expect(peer.agent.received.subarray(0, 4).toString('hex')).toBe('08000100');
    await peer.inStep();
  }
  expect(daemon.process.over).toBe(false);
});
