/**
 * I1 to I8: icon streams as qrexec hands them over, on the standard input of
 * `livery icons`, taken by the daemon's own process and seen on its X server.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { VmWindowId } from '../../src/base/ids.ts';
import { tinted } from '../../src/trust/icon-tint.ts';
import { BUILTIN_LABELS } from '../../src/trust/label.ts';
import { getCardinals } from '../../src/x11/properties.ts';
import { IconCall, iconRecord as record } from '../rig/icon-call.ts';
import { waitUntil } from '../rig/wait.ts';
import { vectorBytes } from '../unit/protocol/golden.ts';
import { type Peer, W, WireDaemon } from './daemon.ts';
import { create } from './says.ts';
import { vector } from './vector.ts';

/** The label of every qube of the rig. */
const BLUE = BUILTIN_LABELS.find(({ name }) => name === 'blue')?.color as number;

let daemon: WireDaemon;

beforeAll(async () => {
  daemon = await WireDaemon.start();
});

afterAll(() => daemon[Symbol.asyncDispose]());

/** A call of the peer's qube. */
function callOf(peer: Peer, args: readonly string[] = [], env: NodeJS.ProcessEnv = {}): IconCall {
  return new IconCall(peer.daemon.runtimeDir, args, { QREXEC_REMOTE_DOMAIN: peer.name, ...env });
}

/** [width, height, ARGB…] of the frame, or nothing. */
async function icon(peer: Peer, id: number = W): Promise<number[]> {
  const { _NET_WM_ICON: atom } = await peer.x.intern(['_NET_WM_ICON']);
  const frame = (await peer.frames()).get(id);
  return frame ? getCardinals(peer.x, frame.window, atom, 0, 300_000) : [];
}

/** The property that an icon of these pixels becomes. */
function property(width: number, height: number, rgba: Uint8Array): number[] {
  const { pixels } = tinted({ width, height, pixels: rgba }, BLUE);
  const words = [width, height];
  for (let at = 0; at < pixels.length; at += 4) {
    const [r = 0, g = 0, b = 0, a = 0] = pixels.subarray(at, at + 4);
    words.push(((a << 24) | (r << 16) | (g << 8) | b) >>> 0);
  }
  return words;
}

async function becomes(peer: Peer, words: readonly number[], id: number = W): Promise<void> {
  let seen: number[] = [];
  await waitUntil(async () => {
    seen = await icon(peer, id);
    return seen.join() === words.join();
  }, 'the icon is on the frame').catch((error: Error) => {
    throw new Error(`${error.message}: it is ${seen.slice(0, 10)}`);
  });
}

async function withWindow(): Promise<Peer> {
  const peer = await daemon.connect();
  peer.send(create());
  await peer.frame();
  return peer;
}

/** The stream is closed because of the rule `code`; the windows of the qube stay. */
async function closes(peer: Peer, call: IconCall, code: string): Promise<void> {
  const { status, said } = await call.over();
  expect(status).toBe(1);
  expect(said).toContain('the daemon ended the icon stream');
  await daemon.process.said(new RegExp(`^.*"qube":"${peer.name}".*"code":"${code}".*$`, 'm'));
  await peer.inStep();
  expect(daemon.process.over).toBe(false);
}

vector('I1', async () => {
  await using peer = await withWindow();
  await using call = callOf(peer).write(vectorBytes('I1'));
  const pixels = Buffer.from('010203ff00000000', 'hex');
  await becomes(peer, property(2, 1, pixels));
  expect((await call.end().over()).status).toBe(0);
});

vector('I2', async () => {
  await using peer = await withWindow();
  await using call = callOf(peer).write(vectorBytes('I2'));
  await closes(peer, call, 'ICON_SIDE');
});

vector('I3', async () => {
  await using peer = await withWindow();
  await using call = callOf(peer).write(vectorBytes('I3'));
  await closes(peer, call, 'ICON_SIDE');
});

vector('I4', async () => {
  await using peer = await withWindow();
  await using call = callOf(peer).write(vectorBytes('I4'));
  await closes(peer, call, 'ICON_SIZE_LINE');
});

vector('I5', async () => {
  await using peer = await withWindow();
  await using call = callOf(peer).write(`${'1'.repeat(40)}\n1 1\n`);
  await closes(peer, call, 'ICON_ID_LINE');
  // 31 digits are a line: of no window, and the stream goes on.
  const pixels = Buffer.from([9, 8, 7, 6]);
  const long = Buffer.concat([Buffer.from(`${'9'.repeat(31)}\n1 1\n`), pixels]);
  await using other = callOf(peer).write(long, record(W, 1, 1, pixels));
  await becomes(peer, property(1, 1, pixels));
  expect((await other.end().over()).status).toBe(0);
});

vector('I6', async () => {
  await using peer = await daemon.connect();
  await using call = callOf(peer);
  const ids = Array.from({ length: 7 }, (_, i) => (W + 16 * i) as VmWindowId);
  const pixelsOf = (i: number) => Buffer.from([i, 2 * i, 255, 255]);
  for (const [i, id] of ids.entries()) call.write(record(id, 1, 1, pixelsOf(i)));
  expect((await call.end().over()).status).toBe(0);
  for (const id of ids) peer.send(create(id));
  for (const [i, id] of ids.entries()) {
    // The newest five; not mapped yet.
    if (i >= 2) await becomes(peer, property(1, 1, pixelsOf(i)), id);
  }
  for (const id of ids.slice(0, 2)) expect(await icon(peer, id)).toEqual([]);
});

vector('I7', async () => {
  await using peer = await withWindow();
  const other = (W + 1) as VmWindowId;
  peer.send(create(other));
  await peer.frame(other);
  await using call = callOf(peer);
  const first = Buffer.from([255, 0, 0, 255]);
  const second = Buffer.from([0, 255, 0, 128]);
  call.write(record(W, 1, 1, first), record(other, 1, 1, second));
  await becomes(peer, property(1, 1, first));
  await becomes(peer, property(1, 1, second), other);
  const pixels = Buffer.from(Array.from({ length: 2 * 2 * 4 }, (_, i) => i * 15));
  const whole = record(W, 2, 2, pixels);
  for (const [from, to] of [
    [0, 5],
    [5, 14],
    [14, whole.length],
  ] as const) {
    call.write(whole.subarray(from, to));
    // The daemon has read so far when it answers another conversation.
    await peer.inStep();
  }
  await becomes(peer, property(2, 2, pixels));
});

vector('I8', async () => {
  await using peer = await withWindow();
  const pixels = Buffer.from([1, 1, 1, 255]);
  await using call = callOf(peer);
  call.write(record(W, 1, 1, pixels), record(W, 8, 8, Buffer.alloc(8 * 8 * 4 - 1)));
  expect((await call.end().over()).status).toBe(0);
  await becomes(peer, property(1, 1, pixels));
  await peer.inStep();
  expect(await icon(peer)).toEqual(property(1, 1, pixels));
  // The next call begins anew.
  await using again = callOf(peer).write(record(W, 1, 1, Buffer.from([7, 7, 7, 7])));
  await becomes(peer, property(1, 1, Buffer.from([7, 7, 7, 7])));
  expect((await again.end().over()).status).toBe(0);
});

test('a qube reaches only its own windows, whatever argument its call has', async () => {
  await using peer = await withWindow();
  await using other = await withWindow();
  const pixels = Buffer.from([1, 2, 3, 4]);
  await using operand = callOf(other, [peer.name])
    .write(record(W, 1, 1, pixels))
    .end();
  expect((await operand.over()).status).toBe(2);
  await using option = callOf(other, ['--qube', peer.name]).write(record(W, 1, 1, pixels));
  expect((await option.end().over()).status).toBe(2);
  await using path = callOf(other, [], { QREXEC_REMOTE_DOMAIN: `../${peer.name}` });
  expect((await path.end().over()).status).toBe(2);
  await using own = callOf(other).write(record(W, 1, 1, pixels));
  await becomes(other, property(1, 1, pixels));
  expect((await own.end().over()).status).toBe(0);
  expect(await icon(peer)).toEqual([]);
});

test('the largest icon is shown small, and a flood of them holds up no other qube', async () => {
  await using peer = await withWindow();
  await using other = await withWindow();
  await using flood = callOf(peer);
  const large = record(W, 2048, 2048, Buffer.alloc(2048 * 2048 * 4, 200));
  flood.write(large, large, large);
  const pixels = Buffer.from([4, 3, 2, 1]);
  const startMs = performance.now();
  await using call = callOf(other).write(record(W, 1, 1, pixels));
  await becomes(other, property(1, 1, pixels));
  expect((await call.end().over()).status).toBe(0);
  await other.inStep();
  const quietMs = performance.now() - startMs;
  await waitUntil(async () => (await icon(peer)).slice(0, 2).join() === '128,128', 'the icon', {
    limitMs: 20_000,
  });
  await peer.inStep();
  // Nobody waited for 48 MiB, which take 6 s at the rate that one qube has.
  expect(quietMs).toBeLessThan(5000);
});
