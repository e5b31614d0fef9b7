/**
 * Weaknesses of the reference daemon (gui-daemon.md, section 9) about input:
 * rows 10, 11, 25. On the daemon's own process, judged by what qubes receive.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { VmWindowId } from '../../src/base/ids.ts';
import { GUARD_MS } from '../../src/desktop/click-guard.ts';
import { decodeToVm } from '../../src/protocol/decode-to-vm.ts';
import { FrameReader } from '../../src/protocol/framing.ts';
import { toVm } from '../../src/protocol/to-vm.ts';
import { NEWEST } from '../../src/protocol/version.ts';
import { pause } from '../rig/system/clipboard-user.ts';
import { KEYSYM } from '../rig/user.ts';
import { waitUntil } from '../rig/wait.ts';
import type { Peer } from '../wire/daemon.ts';
import { create, map } from '../wire/says.ts';
import { Arena, VICTIM } from './arena.ts';

const W = 0x0040_0001 as VmWindowId;
const PLACE = { x: 300, y: 300, width: 400, height: 300 } as const;
/** Version and screen. */
const HANDSHAKE_BYTES = 4 + 16;
const A = 'a'.charCodeAt(0);
/** More than fits between two processes when each is a message. */
const MOVES = 6000;

let arena: Arena;

beforeAll(async () => {
  arena = await Arena.start();
});
afterAll(() => arena?.[Symbol.asyncDispose]());

async function focusVictim(): Promise<void> {
  const { rect } = VICTIM;
  const told = arena.victim.agent.heard('focus').length;
  await arena.screen.user.click(rect.x + 30, rect.y + 30);
  await waitUntil(
    () => arena.victim.agent.heard('focus').slice(told).at(-1)?.focused,
    'the victim has the focus',
  );
}

async function shown(): Promise<Peer> {
  // Not under the pointer: clicks into what has just appeared there are nobody's.
  await arena.screen.user.move(5, 5);
  const peer = await arena.hostile();
  peer.send(create(W, PLACE), map(W));
  await arena.isFramed(peer, W);
  return peer;
}

/** The keys of every KEYMAP_NOTIFY, from the bytes themselves. */
function keymaps({ agent }: Peer): Buffer[] {
  const reader = new FrameReader(toVm, { version: NEWEST });
  reader.push(agent.received.subarray(HANDSHAKE_BYTES));
  const found: Buffer[] = [];
  for (let frame = reader.next(); frame; frame = reader.next()) {
    const message = decodeToVm(frame);
    if (message.name === 'keymap') found.push(Buffer.from(message.bitmap));
  }
  return found;
}

it('row 10: a window that the pointer enters learns of no key and no modifier of another qube', async () => {
  const { user } = arena.screen;
  await using peer = await shown();
  await focusVictim();
  const keys = arena.victim.agent.heard('key').length;
  for (const key of [KEYSYM.shift, KEYSYM.control, A]) await user.key(key, true);
  await arena.victim.agent.hear('key', keys + 3);
  await user.move(PLACE.x + 50, PLACE.y + 50);
  await user.move(PLACE.x + 60, PLACE.y + 70);
  await peer.agent.hear('motion', 1);
  await waitUntil(() => peer.agent.heard('motion').at(-1)?.y === 70, 'the last motion');
  const entered = peer.agent.heard('crossing').filter((one) => one.entered);
  expect(entered.length).toBeGreaterThan(0);
  const maps = keymaps(peer);
  expect(maps.length).toBeGreaterThan(0);
  for (const bitmap of maps) expect(bitmap.toString('hex')).toMatch(/^(00){32}$/);
  for (const { state } of [...entered, ...peer.agent.heard('motion')]) expect(state).toBe(0);
  expect(peer.agent.heard('key')).toEqual([]);
  for (const key of [A, KEYSYM.control, KEYSYM.shift]) await user.key(key, false);
  await arena.victim.agent.hear('key', keys + 6);
});

it('row 11: keys and buttons that are held when the focus goes are let go in the qube', async () => {
  const { user } = arena.screen;
  await using peer = await shown();
  // A click into a window that has just appeared is nobody's.
  await pause(GUARD_MS + 50);
  await user.click(PLACE.x + 50, PLACE.y + 50);
  await peer.agent.hear('focus');
  for (const key of [KEYSYM.shift, A]) await user.key(key, true);
  await peer.agent.hear('key', 2);
  const victims = arena.victim.agent.heard('key').length;
  await focusVictim();
  const codes = [KEYSYM.shift, A].map((key) => user.keycode(key));
  await peer.agent.hear('key', 4);
  const released = peer.agent.heard('key').filter((one) => !one.pressed);
  expect(released.map((one) => one.keycode).sort()).toEqual(codes.sort());
  await waitUntil(() => peer.agent.heard('focus').at(-1)?.focused === false, 'it is told');
  for (const key of [A, KEYSYM.shift]) await user.key(key, false);
  await user.tap('b'.charCodeAt(0));
  const b = user.keycode('b'.charCodeAt(0));
  await waitUntil(() => {
    const last = arena.victim.agent.heard('key').at(-1);
    return last?.keycode === b && !last.pressed;
  }, 'the next key has gone');
  // Nor does the next qube get releases of keys that were never pressed in it.
  const later = arena.victim.agent.heard('key').slice(victims);
  expect(later.map((one) => [one.pressed, one.keycode])).toEqual([
    [true, b],
    [false, b],
  ]);
  expect(peer.agent.heard('key')).toHaveLength(4);
});

it('row 25: while a qube does not read, the pointer costs one message, and its last place arrives', async () => {
  const { user } = arena.screen;
  await using peer = await shown();
  await user.move(PLACE.x + 5, PLACE.y + 5);
  await peer.agent.hear('crossing');
  peer.agent.stopReading();
  for (let i = 0; i < MOVES; i++) {
    await user.move(PLACE.x + 10 + (i % 350), PLACE.y + 10 + (i % 250));
  }
  await user.move(PLACE.x + 123, PLACE.y + 45);
  await arena.victimWorks();
  peer.agent.goOnReading();
  await waitUntil(() => {
    const last = peer.agent.heard('motion').at(-1);
    return last?.x === 123 && last.y === 45;
  }, 'the last place is told');
  expect(peer.agent.heard('motion').length).toBeLessThan(MOVES / 2);
});
