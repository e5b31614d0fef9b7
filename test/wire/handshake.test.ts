/**
 * H1 to H12: the daemon's side of the handshake, as bytes, by the daemon's own
 * process.
 */
import { afterAll, beforeAll, expect } from 'vitest';
import { waitUntil } from '../rig/wait.ts';
import { fromHex } from '../unit/protocol/golden.ts';
import { type Peer, W, WireDaemon } from './daemon.ts';
import { ENDS } from './differs.ts';
import { clipboardHeader, create, dump, map } from './says.ts';
import { vector } from './vector.ts';

let daemon: WireDaemon;

beforeAll(async () => {
  daemon = await WireDaemon.start();
});

afterAll(() => daemon[Symbol.asyncDispose]());

const XCONF = '80070000 38040000 18000000 a51f0000';

/** The bytes with which the daemon answers those of the vector. */
async function answer(peer: Peer, id: string, count: number): Promise<string> {
  peer.say(id);
  await waitUntil(() => peer.agent.received.length >= count, `${count} bytes`);
  // Whatever it would send besides has come before this is over.
  peer.send(create());
  await peer.frame();
  expect(peer.agent.received).toHaveLength(count);
  return peer.agent.received.toString('hex');
}

const hex = (text: string): string => text.replaceAll(' ', '');

function answered(id: string, bytes: string): void {
  vector(id, async () => {
    await using peer = await daemon.connect({ minor: null });
    expect(await answer(peer, id, hex(bytes).length / 2)).toBe(hex(bytes));
  });
}

answered('H1', `08000100 ${XCONF}`);
answered('H4', XCONF);
answered('H5', XCONF);
answered('H6', XCONF);
answered('H7', `08000100 ${XCONF}`);
answered('H8', `08000100 ${XCONF}`);

vector('H2', async () => {
  await using peer = await daemon.connect({ minor: null });
  expect(await answer(peer, 'H2', 20)).toBe(hex(`07000100 ${XCONF}`));
  await using later = await daemon.connect({ minor: 7 });
  later.send(create(), dump(W, 8, 8), dump(W, 8, 8, 1));
  await later.agent.hear('dumpAck', 2);
  later.agent.sendRaw(Buffer.concat([clipboardHeader(65_000), Buffer.alloc(65_000, 0x61)]));
  await later.inStep();
  later.agent.sendRaw(clipboardHeader(65_001));
  await later.ended('GUI_CLIPBOARD_LENGTH');
});

vector('H3', async () => {
  await using peer = await daemon.connect({ minor: null });
  expect(await answer(peer, 'H3', 20)).toBe(hex(`04000100 ${XCONF}`));
  await using later = await daemon.connect({ minor: 4 });
  later.send(create(), dump(W, 8, 8), dump(W, 8, 8, 1), { name: 'destroy', window: W });
  later.say('A10');
  await later.frame();
  await later.inStep();
  expect(later.heard()).toEqual([]);
});

for (const id of ['H9', 'H10']) {
  vector(id, async () => {
    await using peer = await daemon.connect({ minor: null });
    peer.say(id);
    await peer.ended(ENDS[id] as string);
    expect(peer.agent.received).toHaveLength(0);
  });
}

vector('H11', async () => {
  for (const part of ['', '080001']) {
    await using peer = await daemon.connect({ minor: null });
    peer.agent.sendRaw(fromHex(part));
    await peer.agent.flushed();
    peer.agent.hangUp();
    await waitUntil(() => peer.agent.connections === 2, 'it connects again');
    expect(daemon.process.err).not.toMatch(
      new RegExp(`"level":"?(warn|error|40|50).*${peer.name}"`),
    );
    // As if nothing had been said before.
    expect(await answer(peer, 'H1', 20)).toBe(hex(`08000100 ${XCONF}`));
  }
});

vector('H12', async () => {
  await using peer = await daemon.connect({ minor: null });
  peer.say('H12');
  await peer.frame(W, ({ mapped }) => !mapped, 'is hidden');
  peer.send(map());
  await peer.mapped();
  expect(peer.agent.received.subarray(0, 20).toString('hex')).toBe(hex(`08000100 ${XCONF}`));
});
