/**
 * Damage that goes past JavaScript (native/shortcut.ts): it is counted, bound by the
 * qube's rate, and only ever what came as a message of its own; whatever else a qube says
 * before it holds for it.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { VmWindowId } from '../../src/base/ids.ts';
import { native } from '../../src/native/addon.ts';
import { encodeFromVm } from '../../src/protocol/encode.ts';
import { NEWEST } from '../../src/protocol/version.ts';
import { waitUntil } from '../rig/wait.ts';
import type { Peer } from '../wire/daemon.ts';
import { fillPages } from '../wire/pages.ts';
import { create, damage, destroy, dump, map, pagesOf, title } from '../wire/says.ts';
import { Arena } from './arena.ts';
import { Counting } from './counting.ts';

const W = 0x0040_0001 as VmWindowId;
const SIZE = { width: 128, height: 96 };
const PAGES = pagesOf(SIZE.width, SIZE.height).length;
const HEADER_BYTES = 12;
const SLOW_RATE = 20;
/** More than the burst of such a qube: three seconds and its windows. */
const MANY = 400;

let arena: Arena;
let counting: Counting;

beforeAll(async () => {
  const limits = `limits = { damage_per_second = ${SLOW_RATE}, max_windows = 10 }`;
  arena = await Arena.start({ extra: `[qube.slow]\nlabel = "red"\nid = 290\n${limits}\n` });
  counting = new Counting(arena.daemon);
});
afterAll(async () => {
  counting?.[Symbol.dispose]();
  await arena?.[Symbol.asyncDispose]();
});

async function gui(peer: Peer) {
  return (await counting.of(peer.name)).gui;
}

/** Damage that is read alone. */
async function damaged(peer: Peer): Promise<void> {
  const { messages } = await gui(peer);
  peer.send(damage(W, 0, 0, SIZE.width, SIZE.height));
  await waitUntil(async () => (await gui(peer)).messages > messages, 'it is handled');
}

/** A window of the qube whose next damage goes past JavaScript. */
async function armed(peer: Peer): Promise<void> {
  fillPages(peer.pool, 0, 3 * PAGES);
  const { width, height } = SIZE;
  peer.send(create(W, { x: 300, y: 200, ...SIZE }), map(W), dump(W, width, height));
  await peer.shows(pagesOf(width, height), width, height, W);
  await goesPast(peer);
}

async function goesPast(peer: Peer): Promise<void> {
  const { past } = await gui(peer);
  await waitUntil(async () => {
    await damaged(peer);
    return (await gui(peer)).past > past;
  }, 'damage goes past JavaScript');
}

it('damage goes past JavaScript, reaches the screen and is counted as ever', async () => {
  await using peer = await arena.hostile();
  await armed(peer);
  const before = await counting.of(peer.name);
  // Other colours in the same pages.
  const { width, height } = SIZE;
  const bytes = Buffer.alloc(width * height * 4, 0x5a);
  native().writeAt(peer.pool, bytes, 0);
  await damaged(peer);
  const after = await counting.of(peer.name);
  expect(after.gui.past).toBe(before.gui.past + 1);
  expect(after.gui.messages).toBe(before.gui.messages + 1);
  expect(after.gui.turns).toBe(before.gui.turns + 1);
  expect(after.damage.put).toBe(before.damage.put + 1);
  expect(after.damage.bytes).toBe(before.damage.bytes + width * height * 4);
  await waitUntil(async () => {
    const { image, rect } = await peer.picture(W);
    return image.count({ ...rect, ...SIZE }, (color) => color !== 0x5a5a5a) === 0;
  }, 'the new picture is on the screen');
});

it.each([
  ['another message', Buffer.alloc(0)],
  ['one whose beginning came with damage', encodeFromVm(damage(W, 0, 0, 1, 1), NEWEST)],
])('what looks like damage inside of %s is none', async (_what, before) => {
  await using peer = await arena.hostile();
  await armed(peer);
  const { past } = await gui(peer);
  const text = encodeFromVm(title('x'.repeat(100), W), NEWEST);
  const trap = encodeFromVm(damage(W, 0, 0, 64, 64), NEWEST);
  for (const part of [Buffer.concat([before, text.subarray(0, HEADER_BYTES + 20)]), trap]) {
    const { turns } = await gui(peer);
    peer.agent.sendRaw(part);
    await waitUntil(async () => (await gui(peer)).turns > turns, 'it is read alone');
  }
  peer.agent.sendRaw(text.subarray(HEADER_BYTES + 20 + trap.length));
  await peer.inStep();
  expect((await gui(peer)).past).toBe(past);
  await arena.victimWorks();
});

it('after another image it is the other one that is put', async () => {
  await using peer = await arena.hostile();
  const { width, height } = SIZE;
  await armed(peer);
  peer.send(dump(W, width, height, PAGES));
  peer.send(damage(W, 0, 0, width, height));
  await goesPast(peer);
  await peer.shows(pagesOf(width, height, PAGES), width, height, W);
  // A window that has gone is named by nobody: its number is the next one's.
  peer.send(destroy(W));
  peer.send(create(W, { x: 500, y: 400, ...SIZE }), map(W), dump(W, width, height, 2 * PAGES));
  await goesPast(peer);
  await peer.shows(pagesOf(width, height, 2 * PAGES), width, height, W);
});

it('damage past JavaScript takes of the rate as any', async () => {
  await using peer = await arena.daemon.connectTo('slow');
  await armed(peer);
  for (let i = 0; i < MANY && (await gui(peer)).pauses === 0; i++) {
    peer.send(damage(W, 0, 0, 1, 1));
    await counting.stats();
  }
  const { pauses, past } = await gui(peer);
  expect(pauses).toBeGreaterThan(0);
  expect(past).toBeGreaterThan(SLOW_RATE);
  await arena.victimWorks();
});
