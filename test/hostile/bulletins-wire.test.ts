/**
 * The bulletins of Qubes OS about bytes: QSB-009 (padding that tells something),
 * QSB-013 (half a message), QSB-087 (terminal escapes in the log), QSB-105 (no
 * label), tried on the daemon's own process.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { VmWindowId } from '../../src/base/ids.ts';
import { decodeToVm } from '../../src/protocol/decode-to-vm.ts';
import { encodeFromVm, encodeToVm } from '../../src/protocol/encode.ts';
import { FrameReader } from '../../src/protocol/framing.ts';
import { type ToVm, toVm } from '../../src/protocol/to-vm.ts';
import { NEWEST } from '../../src/protocol/version.ts';
import { livery } from '../rig/system/livery-process.ts';
import { KEYSYM } from '../rig/user.ts';
import { waitUntil } from '../rig/wait.ts';
import type { Peer } from '../wire/daemon.ts';
import { fillPages } from '../wire/pages.ts';
import { create, damage, dump, map } from '../wire/says.ts';
import { Arena } from './arena.ts';

const W = 0x0040_0001 as VmWindowId;
/** Version word and screen: what comes before the first message. */
const HANDSHAKE_BYTES = 4 + 16;
/** Longest line of the log; what a qube says in it is capped far below. */
const LINE_CHARS = 1000;

let arena: Arena;

beforeAll(async () => {
  arena = await Arena.start();
});

afterAll(async () => {
  await arena?.[Symbol.asyncDispose]();
});

/** A window with pixels that was clicked into, so that it has the keys. */
async function focused(peer: Peer): Promise<{ x: number; y: number }> {
  fillPages(peer.pool, 0, 20);
  peer.send(create(W, { x: 600, y: 400, width: 200, height: 100 }), map(W), dump(W, 200, 100));
  const { rect } = await peer.mapped(W);
  const place = { x: rect.x + 20, y: rect.y + 20 };
  await arena.screen.user.click(place.x, place.y);
  await peer.agent.hear('focus');
  return place;
}

describe('QSB-009: what is sent to a qube', () => {
  it('is its messages to the byte, with nothing in the gaps', async () => {
    await using peer = await arena.hostile();
    const { user } = arena.screen;
    const { x, y } = await focused(peer);
    await user.tap(KEYSYM.shift, 'a'.charCodeAt(0));
    await user.move(x + 30, y + 30);
    await user.move(5, 1000);
    await peer.agent.hear('crossing', 2);
    await peer.inStep();

    const sent = peer.agent.received.subarray(HANDSHAKE_BYTES);
    const reader = new FrameReader(toVm, { version: NEWEST });
    reader.push(sent);
    const names = new Set<string>();
    const again: Uint8Array[] = [];
    for (let frame = reader.next(); frame; frame = reader.next()) {
      const message = decodeToVm(frame);
      names.add(message.name);
      again.push(encodeToVm(message as ToVm, NEWEST));
    }
    const wanted = ['key', 'button', 'crossing', 'keymap', 'focus', 'destroyAck'];
    expect([...names]).toEqual(expect.arrayContaining(wanted));
    expect(Buffer.concat(again).equals(sent)).toBe(true);
  });
});

describe('QSB-013: half a message', () => {
  it('stalls nobody: keys go on in order, and none is said twice when the rest comes', async () => {
    await using peer = await arena.hostile();
    await focused(peer);
    const whole = encodeFromVm(
      { name: 'clipboardData', window: W, data: Buffer.from('late text') },
      NEWEST,
    );
    peer.agent.sendRaw(whole.subarray(0, 14));
    const { user } = arena.screen;
    for (const letter of 'stalled') await user.tap(letter.charCodeAt(0));
    const codes = (): number[] =>
      peer.agent.heard('key').flatMap((key) => (key.pressed ? key.keycode : []));
    await waitUntil(() => codes().length >= 7, 'all seven keys arrive');
    await arena.victimWorks();
    peer.agent.sendRaw(whole.subarray(14));
    await peer.inStep();
    expect(codes()).toEqual([...'stalled'].map((letter) => user.keycode(letter.charCodeAt(0))));
  });
});

describe('QSB-087: the log', () => {
  it('has printable ASCII only and no long lines, whatever a qube says', async () => {
    const nasty = Buffer.from('\x1b]0;owned\x07\r\n\x9b31m\0\u202e[dom0] \u{e0041}%s%n');
    await using peer = await arena.hostile();
    peer.send(create(W), { name: 'title', window: W, text: nasty });
    peer.send({ name: 'wmClass', window: W, resClass: nasty, resName: nasty }, map(W));
    await peer.inStep();
    for (const bytes of [
      // An unknown type, and a message for a window that is not there.
      Buffer.concat([Buffer.from([0x1b, 0x5b, 0x33, 0x31]), Buffer.alloc(8), nasty]),
      encodeFromVm({ name: 'title', window: 0x1b5b_336d as VmWindowId, text: nasty }, NEWEST),
    ]) {
      await using other = await arena.hostile();
      other.agent.sendRaw(bytes);
      await other.agent.gone();
    }
    // The service channel says words of its own.
    await arena.victimWorks();
    const lines = arena.daemon.process.err.split('\n');
    expect(lines.length).toBeGreaterThan(5);
    for (const line of lines) {
      expect(line).toMatch(/^[\x20-\x7e]*$/);
      expect(line.length).toBeLessThan(LINE_CHARS);
    }
  });
});

describe('QSB-105: a qube without a label', () => {
  it.each([
    ['an empty label', 'label = ""'],
    ['an unknown label', 'label = "mauve"'],
    ['no label at all', 'id = 7'],
  ])('is not shown: the daemon refuses to start with %s', async (_what, line) => {
    const directory = mkdtempSync(join(tmpdir(), 'livery-label-'));
    try {
      const config = join(directory, 'livery.toml');
      writeFileSync(config, `[qube.bare]\n${line}\n`);
      const env = { ...arena.screen.env, PATH: process.env.PATH, HOME: directory };
      const run = await livery(['daemon', '--config', config], {
        env: { ...env, LIVERY_RUNTIME_DIR: directory },
      });
      expect(run.status).not.toBe(0);
      expect(run.err).toContain('label');
      expect(run.out).not.toContain('ready');
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });
});

describe('a qube that breaks a rule at once', () => {
  it('disturbs no other one: its windows go, theirs stay', async () => {
    await using peer = await arena.hostile();
    fillPages(peer.pool, 0, 20);
    peer.send(
      create(W, { width: 200, height: 100 }),
      map(W),
      dump(W, 200, 100),
      damage(W, 0, 0, 9, 9),
    );
    await peer.mapped(W);
    peer.send({ name: 'destroy', window: 0x0666_0000 as VmWindowId });
    await peer.ended('GUI_WINDOW_UNKNOWN');
    await arena.victimWorks();
  });
});
