/**
 * A qube that breaks a rule ends its own session, or its service channel, and the
 * user is told: one notice with the rule in plain words and what can be done, no more
 * however often it happens. On the daemon's own process, judged by the screen.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { VmWindowId } from '../../src/base/ids.ts';
import { ENDS_PER_MINUTE } from '../../src/daemon/session-notices.ts';
import { endText, TOLD_CODES } from '../../src/daemon/session-words.ts';
import { PROTOCOL_RULES } from '../../src/protocol/rules.ts';
import type { Image } from '../rig/image.ts';
import { ClipboardFiles } from '../rig/system/clipboard-files.ts';
import { pause } from '../rig/system/clipboard-user.ts';
import { livery } from '../rig/system/livery-process.ts';
import { type ShownWindow, shownWindows } from '../rig/system/shown.ts';
import { waitUntil } from '../rig/wait.ts';
import { create, destroy, map } from '../wire/says.ts';
import { Arena } from './arena.ts';

const W = 0x0040_0001 as VmWindowId;
const NOBODY = 0x0666_0000 as VmWindowId;
/** A notice is there for so long at most until it is drawn. */
const DRAWN_MS = 600;

const files = new ClipboardFiles('@any @any ask\n');
const home = mkdtempSync(join(tmpdir(), 'livery-end-'));
let arena: Arena;

beforeAll(async () => {
  arena = await Arena.start({ extra: files.table() });
});
afterAll(async () => {
  await arena?.[Symbol.asyncDispose]();
  files[Symbol.dispose]();
  rmSync(home, { recursive: true, force: true });
});

async function notice(): Promise<ShownWindow | undefined> {
  return (await shownWindows(arena.screen.x)).find((one) => one.title === 'livery notice');
}

/** The notice is on the screen as a picture, not as an empty window. */
async function seen(): Promise<{ rect: ShownWindow['rect']; image: Image }> {
  return waitUntil(async () => {
    const rect = (await notice())?.rect;
    if (!rect) return undefined;
    const image = await arena.screen.still(() => arena.screen.grab(rect));
    const colors = new Set<number | undefined>();
    for (let y = rect.y; y < rect.y + rect.height; y += 2) {
      for (let x = rect.x; x < rect.x + rect.width; x += 2) colors.add(image.pixel(x, y));
    }
    return colors.size > 20 ? { rect, image } : undefined;
  }, 'a notice is on the screen');
}

/** Clicks it away, so that the next one is another. */
async function dismiss(): Promise<void> {
  const { rect } = await seen();
  await arena.screen.user.click(rect.x + 5, rect.y + 5);
  await waitUntil(async () => (await notice()) === undefined, 'the notice is gone');
}

const command = (...words: string[]) =>
  livery(words, {
    env: { PATH: process.env.PATH, HOME: home, LIVERY_RUNTIME_DIR: arena.daemon.runtimeDir },
  });

it('every rule and limit that ends a session has plain words in both languages', () => {
  const ending = Object.entries(PROTOCOL_RULES)
    .filter(([code, rule]) => /^(GUI|SERVICE)_/.test(code) && rule.effect === 'end')
    .map(([code]) => code)
    .filter((code) => code !== 'GUI_VERSION_REPLY');
  expect(TOLD_CODES).toEqual(expect.arrayContaining(ending));
  const channels = (code: string) =>
    (['gui', 'service'] as const).filter(
      (channel) => !/^(GUI|SERVICE)_/.test(code) || code.startsWith(channel.toUpperCase()),
    );
  for (const code of TOLD_CODES) {
    for (const channel of channels(code)) {
      for (const language of ['en', 'de'] as const) {
        const text = endText(language, 'work', { channel, code, again: true });
        expect(text).toContain('livery qube stop work');
        expect(text).not.toContain('reconnect');
        expect(text).not.toMatch(/broke a rule|gegen eine Regel/);
        const last = endText(language, 'work', { channel, code, again: false });
        expect(last).toContain('livery qube reconnect work');
        expect(last.length).toBeLessThan(260);
      }
    }
  }
});

it('a breach of a rule is told once, with the rule, and not again within the minute', async () => {
  await using peer = await arena.hostile();
  peer.send(create(W), map(W));
  await peer.mapped(W);
  expect(await notice()).toBeUndefined();
  peer.send(destroy(NOBODY));
  await peer.ended('GUI_WINDOW_UNKNOWN');
  const { rect } = await seen();
  expect(rect.width).toBeGreaterThan(200);
  await arena.victimWorks();
  await dismiss();
  // It comes back by itself, and does it again: no second notice of the same.
  await waitUntil(() => peer.agent.connections === 2, 'it is connected again');
  await peer.agent.ready();
  peer.send(destroy(NOBODY));
  await peer.agent.gone();
  await pause(DRAWN_MS);
  expect(await notice()).toBeUndefined();
});

it('on the service channel it ends that channel and no window, and is told in the same way', async () => {
  await using peer = await arena.hostile();
  peer.send(create(W), map(W));
  await peer.mapped(W);
  await peer.service.connection();
  expect(await notice()).toBeUndefined();
  const breach = { name: 'answer', id: 77, status: 0, detail: new Uint8Array(0) } as const;
  const reason = async () => {
    const rows = JSON.parse((await command('qube', 'list', '--json')).out) as {
      name: string;
      reason: string | null;
    }[];
    return rows.find((row) => row.name === peer.name)?.reason;
  };
  peer.service.say(breach);
  await peer.service.gone();
  await arena.daemon.process.said(new RegExp(`"${peer.name}".*SERVICE_ANSWER`));
  expect((await seen()).rect.width).toBeGreaterThan(200);
  await arena.isFramed(peer, W);
  await arena.victimWorks();
  await dismiss();
  // It comes back by itself, after a pause; the same once more is not told again.
  await peer.service.connection(2);
  await waitUntil(async () => (await reason()) === null, 'it is connected again');
  peer.service.say(breach);
  await peer.service.gone();
  await pause(DRAWN_MS);
  expect(await notice()).toBeUndefined();
  expect((await command('qube', 'reconnect', peer.name)).status).toBe(0);
  await peer.service.connection(3);
  await waitUntil(async () => (await reason()) === null, 'it is connected again by hand');
  // Half a minute from now on, which nobody here waits for.
  peer.service.say(breach);
  await peer.service.gone();
  expect(await reason()).toMatch(/request that was not made/);
  expect((await command('qube', 'reconnect', peer.name)).status).toBe(0);
  await peer.service.connection(4);
  // Its windows are another matter, which is told as well.
  peer.send(destroy(NOBODY));
  await peer.ended('GUI_WINDOW_UNKNOWN');
  await dismiss();
});

it('an end that is nobody\u2019s fault is not told', async () => {
  await using peer = await arena.hostile();
  peer.send(create(W), map(W));
  await peer.mapped(W);
  peer.agent.hangUp();
  await waitUntil(async () => (await peer.frames()).size === 0, 'its windows are gone');
  await pause(DRAWN_MS);
  expect(await notice()).toBeUndefined();
});

it('`livery qube reconnect` shows it again at once, and `livery qube list` says why it went', async () => {
  await using peer = await arena.hostile();
  const again = () => command('qube', 'reconnect', peer.name);
  for (const round of [1, 2, 3]) {
    await waitUntil(() => peer.agent.connections === round, 'it is connected');
    await peer.agent.ready();
    peer.send(destroy(NOBODY));
    await peer.agent.gone();
    if (round < 3) expect((await again()).status).toBe(0);
  }
  // After the third breach the pause is half a minute: longer than is waited for here.
  const list = await command('qube', 'list', '--json');
  const rows = JSON.parse(list.out) as { name: string; reason: string | null }[];
  expect(rows.find((row) => row.name === peer.name)?.reason).toMatch(/window that does not exist/);
  const run = await again();
  expect(run).toMatchObject({ status: 0, err: '' });
  expect(run.out).toMatch(new RegExp(`^${peer.name} connect(ed|ing)\n$`));
  await waitUntil(() => peer.agent.connections === 4, 'it is connected again');
  await peer.agent.ready();
  peer.send(create(W), map(W));
  await peer.mapped(W);
  expect((await command('qube', 'reconnect', 'nobody')).status).toBe(4);
  // And it can be stopped.
  const stopped = await command('qube', 'stop', peer.name);
  expect(stopped.out).toBe(`${peer.name} stopped\n`);
  await arena.victimWorks();
});

it('many qubes that end at once make few notices, and the daemon says that it is silent', async () => {
  const peers = [];
  for (let i = 0; i < ENDS_PER_MINUTE + 3; i++) peers.push(await arena.hostile());
  for (const peer of peers) peer.send(destroy(NOBODY));
  for (const peer of peers) await peer.agent.gone();
  await arena.daemon.process.said(/too many sessions end/);
  await arena.victimWorks();
  for (const peer of peers) await peer[Symbol.asyncDispose]();
});
