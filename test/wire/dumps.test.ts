/**
 * A27 to A56: buffers and damage. Every page of a pool has a colour of its own,
 * so the screen shows which references were drawn where.
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect } from 'vitest';
import type { VmWindowId } from '../../src/base/ids.ts';
import { native } from '../../src/native/addon.ts';
import { waitUntil } from '../rig/wait.ts';
import { vectorBytes } from '../unit/protocol/golden.ts';
import { type Peer, type PeerOptions, W, WireDaemon } from './daemon.ts';
import { ENDS } from './differs.ts';
import { fillPages, imageColor } from './pages.ts';
import { create, damage, destroy, dump, map, pagesOf, title } from './says.ts';
import { vector } from './vector.ts';

const W2 = 0x0040_0009 as VmWindowId;
const SIZE = { width: 640, height: 480 };

let daemon: WireDaemon;

beforeAll(async () => {
  daemon = await WireDaemon.start();
});

afterAll(() => daemon[Symbol.asyncDispose]());

/** A peer with coloured pages and the window of the vectors, mapped. */
async function showing(options: PeerOptions = {}, place = {}): Promise<Peer> {
  const peer = await daemon.connect(options);
  fillPages(peer.pool, 0, 700);
  peer.send(create(W, place), map());
  await peer.mapped();
  return peer;
}

/** What the daemon said besides CONFIGURE. */
const acks = (peer: Peer) => peer.agent.heard('dumpAck').map(({ window }) => window);

/** The vector ends the session of a window that is there, at each of the versions. */
function ends(id: string, ...minors: number[]): void {
  vector(id, async () => {
    for (const minor of [8, ...minors]) {
      await using peer = await showing({ minor });
      peer.say(id);
      await peer.ended(ENDS[id] as string);
      expect(acks(peer)).toEqual([]);
    }
  });
}

/** The vector's dump is accepted and shows the pages `refs`. */
function accepted(id: string, refs: readonly number[], width: number, height: number): void {
  vector(id, async () => {
    await using peer = await showing({}, { width: 1100 });
    const before = peer.agent.received.length;
    peer.say(id);
    peer.send(damage(W, 0, 0, width, height));
    await peer.shows(refs, width, height);
    expect(acks(peer)).toEqual([W]);
    const bytes = peer.agent.received.subarray(before).toString('hex');
    expect(bytes).toContain('950000000700400000000000');
    await peer.inStep();
  });
}

vector('A27', async () => {
  for (const minor of [8, 7, 6, 2]) {
    await using peer = await showing({ minor });
    peer.say('A27');
    peer.send(damage(W, 0, 0, 1, 1));
    await peer.shows([8], 1, 1);
    await peer.inStep();
    expect(acks(peer)).toEqual(minor >= 7 ? [W] : []);
  }
  // Also of a hidden window.
  await using hidden = await daemon.connect();
  hidden.send(create());
  hidden.say('A27');
  await hidden.agent.hear('dumpAck');
});

accepted('A28', [8], 1024, 1);
ends('A29', 2);
accepted('A30', [8, 9], 1025, 1);
accepted('A31', [8], 1, 1);
accepted('A32', pagesOf(640, 480, 8), 640, 480);

vector('A33', async () => {
  await using peer = await showing();
  const refs = pagesOf(640, 480, 30);
  peer.send(dump(W, 640, 480, 30), damage(W, 0, 0, 640, 480));
  await peer.shows(refs, 640, 480);
  peer.say('A33');
  await peer.agent.hear('dumpAck', 2);
  peer.send(damage(W, 0, 0, 640, 480));
  await peer.inStep();
});

ends('A34');
ends('A35');
ends('A36');

vector('A37', async () => {
  await using peer = await showing({ poolBytes: 98_304 * 4096 });
  const header = vectorBytes('A37');
  const refs = Buffer.alloc(98_304 * 4);
  for (let i = 0; i < 98_304; i++) refs.writeUInt32LE(98_303 - i, i * 4);
  fillPages(peer.pool, 98_304 - 32_000, 32_000);
  peer.agent.sendRaw(header);
  await peer.agent.flushed();
  // The body is still to come: others are served meanwhile.
  await using other = await daemon.connect();
  await other.inStep();
  expect(acks(peer)).toEqual([]);
  for (let at = 0; at < refs.length; at += 65_536) {
    peer.agent.sendRaw(refs.subarray(at, at + 65_536));
    await peer.agent.flushed();
  }
  await peer.agent.hear('dumpAck');
  peer.send(damage(W, 0, 0, 640, 480));
  // Rows of 16384 pixels are 16 pages each; the window shows the first 640 columns.
  const first = Array.from({ length: 16 * 480 }, (_, i) => 98_303 - i);
  await waitUntil(async () => {
    const { image, rect } = await peer.picture();
    const colorAt = (x: number, y: number) => imageColor(first, 16_384, x, y) ?? -1;
    const area = { x: rect.x, y: rect.y, ...SIZE };
    return image.differences(area, (x, y) => colorAt(x - rect.x, y - rect.y)) === 0;
  }, 'the largest image is shown');
  await peer.inStep();
});

ends('A38');
ends('A39', 5);
ends('A40', 5);

vector('A41', async () => {
  for (const minor of [8, 2]) {
    await using peer = await showing({ minor });
    peer.agent.sendRaw(vectorBytes('A41').subarray(0, 12));
    await peer.ended('GUI_DUMP_LENGTH');
  }
  expect(residentKiB()).toBeLessThan(400_000);
});

vector('A42', async () => {
  await using peer = await showing();
  peer.say('A42');
  peer.send(damage(W, 0, 0, 2, 2));
  await peer.shows([8], 2, 2);
  expect(acks(peer)).toEqual([W, W]);
});

vector('A43', async () => {
  await using peer = await showing();
  peer.send(create(W2), dump(W, 8, 8), dump(W2, 8, 8, 1), dump(W, 8, 8, 2));
  await peer.agent.hear('dumpAck', 3);
  expect(acks(peer)).toEqual([W, W2, W]);
});

vector('A44', async () => {
  await using peer = await showing();
  const lastPage = 16 * 256;
  for (const page of [lastPage, 0xffff_ffff]) {
    peer.send({ name: 'dump', window: W, width: 8, height: 8, refs: Uint32Array.of(page) });
    peer.send(damage(W, 0, 0, 8, 8));
  }
  await peer.agent.hear('dumpAck', 2);
  await peer.inStep();
  peer.send(dump(W, 640, 480, 40), damage(W, 0, 0, 640, 480));
  await peer.shows(pagesOf(640, 480, 40), 640, 480);
  expect(acks(peer)).toEqual([W, W, W]);
});

vector('A45', async () => {
  await using peer = await showing();
  peer.agent.messages = [];
  peer.send(dump(W, 8, 8), destroy());
  await peer.agent.hear('destroyAck');
  expect(peer.heard()).toEqual([`dumpAck ${W}`, `destroyAck ${W}`]);
});

vector('A46', async () => {
  await using peer = await showing();
  peer.say('A46');
  await peer.inStep();
  peer.send(create(W2, { x: 800 }), dump(W2, 640, 480, 50), damage(W2, 0, 0, 640, 480), map(W2));
  // Dumped while hidden, the whole picture is there when it is shown.
  await peer.shows(pagesOf(640, 480, 50), 640, 480, W2);
  expect(acks(peer)).toEqual([W2]);
});

/** A shown 640x480 window whose pool has changed since: what is drawn now is seen. */
async function repainted(): Promise<Peer> {
  const peer = await showing();
  peer.send(dump(W, 640, 480, 0), damage(W, 0, 0, 640, 480));
  await peer.shows(pagesOf(640, 480, 0), 640, 480);
  const white = Buffer.alloc(4096, 0xff);
  for (let page = 0; page < 300; page++) native().writeAt(peer.pool, white, page * 4096);
  return peer;
}

/** How many pixels of the window are white by now, once `fence` has been drawn. */
async function whitePixels(peer: Peer): Promise<number> {
  await peer.inStep();
  // A draw of its own in a corner: those before it are done when it is.
  const corner = { x: 0, y: 479, width: 1, height: 1 };
  peer.send(damage(W, corner.x, corner.y, 1, 1));
  await waitUntil(async () => {
    const { image, rect } = await peer.picture();
    return image.pixel(rect.x, rect.y + 479) === 0xff_ff_ff;
  }, 'the corner is drawn');
  const { image, rect } = await peer.picture();
  return image.count(rect, (color) => color === 0xff_ff_ff) - 1;
}

for (const id of ['A47', 'A48', 'A50', 'A51']) {
  vector(id, async () => {
    await using peer = await repainted();
    const before = peer.agent.received.length;
    peer.say(id);
    expect(await whitePixels(peer)).toBe(0);
    // Only the acknowledgement of the probe's DESTROY.
    expect(peer.agent.received).toHaveLength(before + 12);
  });
}

vector('A49', async () => {
  await using peer = await repainted();
  peer.say('A49');
  expect(await whitePixels(peer)).toBe(100);
  const { image, rect } = await peer.picture();
  const corner = { x: rect.x + 630, y: rect.y + 470, width: 10, height: 10 };
  expect(image.count(corner, (color) => color === 0xff_ff_ff)).toBe(100);
});

vector('A52', async () => {
  await using peer = await showing();
  const neutral = (await peer.picture()).image;
  peer.send(dump(W, 320, 240, 60), damage(W, 0, 0, 640, 480));
  await peer.shows(pagesOf(320, 240, 60), 320, 240);
  const { image, rect } = await peer.picture();
  const right = { x: rect.x + 320, y: rect.y, width: 320, height: 480 };
  const below = { x: rect.x, y: rect.y + 240, width: 640, height: 240 };
  for (const area of [right, below]) {
    expect(image.differences(area, (x, y) => neutral.pixel(x, y) ?? -1)).toBe(0);
  }
});

/** Resident memory of the daemon. */
function residentKiB(): number {
  const status = readFileSync(`/proc/${daemon.process.pid}/status`, 'latin1');
  return Number(/VmRSS:\s*(\d+)/.exec(status)?.[1]);
}

vector('A53', async () => {
  await using peer = await repainted();
  const before = peer.agent.received.length;
  const residentBefore = residentKiB();
  peer.send(...Array.from({ length: 10_000 }, (_, i) => damage(W, i % 600, 0, 10, 10)));
  expect(await whitePixels(peer)).toBe(609 * 10);
  expect(peer.agent.received).toHaveLength(before + 12);
  expect(residentKiB() - residentBefore).toBeLessThan(64_000);
});

vector('A54', async () => {
  await using peer = await daemon.connect();
  fillPages(peer.pool, 0, 700);
  const screen = 0 as VmWindowId;
  const popup = { x: 790, y: 590, width: 20, height: 20, overrideRedirect: true };
  peer.send(create(screen, { width: 800, height: 600 }), dump(screen, 800, 600));
  peer.send(create(W, popup), map(W, { popup: true }));
  await peer.mapped();
  const blank = (await peer.picture()).image;
  peer.send(damage(W, 0, 0, 20, 20));
  const refs = pagesOf(800, 600);
  let wrong = -1;
  await waitUntil(async () => {
    const { image, rect } = await peer.picture();
    expect(rect).toMatchObject({ x: 790, y: 590, width: 20, height: 20 });
    wrong = image.differences(rect, (x, y) =>
      x < 800 && y < 600 ? (imageColor(refs, 800, x, y) ?? -1) : (blank.pixel(x, y) ?? -1),
    );
    return wrong === 0;
  }, 'ten by ten pixels of the screen are shown, and nothing of what is beyond it');
});

vector('A55', async () => {
  await using peer = await daemon.connect();
  fillPages(peer.pool, 0, 400);
  const rect = { x: 200, y: 150, ...SIZE };
  peer.send(
    create(W, rect),
    { name: 'configure', window: W, ...rect, overrideRedirect: false },
    dump(W, 640, 480, 70),
    { name: 'wmClass', window: W, resClass: Buffer.from('XTerm'), resName: Buffer.from('xterm') },
  );
  peer.say('A64');
  peer.send(map(), title('replayed'), { name: 'flags', window: W, set: 0, unset: 0 });
  await peer.shows(pagesOf(640, 480, 70), 640, 480);
  expect(acks(peer)).toEqual([W]);
});

vector('A56', async () => {
  await using peer = await showing();
  peer.say('A56');
  await peer.ended('GUI_MFNDUMP_OFFSET');
  // A legal one has no meaning where there is no machine memory: refused in words.
  await using legal = await showing({ minor: 1 });
  const bytes = Buffer.from(vectorBytes('A56'));
  bytes.writeUInt32LE(0, 12 + 16);
  legal.agent.sendRaw(bytes);
  await legal.ended('GUI_MFNDUMP_UNSUPPORTED');
  expect(acks(legal)).toEqual([]);
});
