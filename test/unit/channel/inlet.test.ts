/**
 * The one-way socket: who may come, how many at a time, how fast.
 */
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { Inlet, RATE_BYTES } from '../../../src/channel/inlet.ts';
import { native, type Stream } from '../../../src/native/addon.ts';
import { ManualClock } from '../../rig/manual-clock.ts';
import { waitUntil } from '../../rig/wait.ts';

let directory: string;
let path: string;
let inlet: Inlet | undefined;
const streams: Stream[] = [];
/** What each connection brought. */
let taken: Buffer[] = [];
let refusals: number[] = [];
/** After so many bytes of it a connection is not listened to any more. */
let refuseAfter = Number.POSITIVE_INFINITY;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'livery-inlet-'));
  path = join(directory, 'in.sock');
  taken = [];
  refusals = [];
  refuseAfter = Number.POSITIVE_INFINITY;
});

afterEach(() => {
  inlet?.[Symbol.dispose]();
  for (const stream of streams.splice(0)) stream[Symbol.dispose]();
  rmSync(directory, { recursive: true, force: true });
});

function open(clock = systemClock): void {
  inlet = new Inlet({
    path,
    clock,
    opened() {
      const own = taken.push(Buffer.alloc(0)) - 1;
      return {
        bytes(view) {
          taken[own] = Buffer.concat([taken[own] as Buffer, view]);
          return (taken[own] as Buffer).length < refuseAfter;
        },
      };
    },
    refused: (uid) => refusals.push(uid),
  });
}

/** A connection, and whether the other side has ended it. */
function connect(): { stream: Stream; over(): boolean } {
  const stream = native().connectUnix(path);
  streams.push(stream);
  let over = false;
  stream.start({
    readable() {
      if (stream.read(new Uint8Array(1)) < 0) over = true;
    },
  });
  return { stream, over: () => over };
}

test('its socket is for its owner alone and goes with it', () => {
  open();
  expect(statSync(path).mode & 0o777).toBe(0o600);
  inlet?.[Symbol.dispose]();
  inlet?.[Symbol.dispose]();
  expect(existsSync(path)).toBe(false);
});

test('a newer connection takes the place of the older one', async () => {
  open();
  const first = connect();
  first.stream.write(Buffer.from('one'));
  await waitUntil(() => taken[0]?.length === 3, 'the first is heard');
  const second = connect();
  second.stream.write(Buffer.from('two'));
  await waitUntil(() => taken[1]?.toString() === 'two', 'the second is heard');
  await waitUntil(() => first.over(), 'the first is over');
  expect(second.over()).toBe(false);
  second.stream.write(Buffer.from('!'));
  await waitUntil(() => taken[1]?.toString() === 'two!', 'the second goes on');
});

test('who is not listened to any more is hung up on, and may come again', async () => {
  refuseAfter = 2;
  open();
  const first = connect();
  first.stream.write(Buffer.from('abc'));
  await waitUntil(() => first.over(), 'it is over');
  const second = connect();
  second.stream.write(Buffer.from('d'));
  await waitUntil(() => taken[1]?.toString() === 'd', 'another one is heard');
});

test.runIf(process.getuid?.() === 0)(
  'another user is turned away where permissions let him in',
  async () => {
    open();
    const mine = connect();
    mine.stream.write(Buffer.from('mine'));
    await waitUntil(() => taken[0]?.toString() === 'mine', 'we are heard');
    chmodSync(directory, 0o755);
    chmodSync(path, 0o777);
    const script = `require('net').connect(${JSON.stringify(path)}, function () { this.write('x'); })
      .on('error', () => {}).resume();`;
    const child = spawn(process.execPath, ['-e', script], { uid: 65534, gid: 65534 });
    await new Promise((resolve) => child.on('close', resolve));
    expect(refusals).toEqual([65534]);
    expect(taken).toHaveLength(1);
    // He has not taken anybody's place.
    mine.stream.write(Buffer.from('!'));
    await waitUntil(() => taken[0]?.toString() === 'mine!', 'we go on');
  },
);

test('descriptors end the connection and are closed', async () => {
  open();
  const before = native().openHandleCount();
  const first = connect();
  const fd = native().openFile('/dev/null', 0);
  first.stream.write(Buffer.from('x'), [fd]);
  fd[Symbol.dispose]();
  await waitUntil(() => first.over(), 'it is over');
  // Only our own end of the connection is left.
  expect(native().openHandleCount()).toBe(before + 1);
});

test('what comes faster than it may waits, and nothing is lost', async () => {
  const clock = new ManualClock();
  open(clock);
  const { stream } = connect();
  const slice = RATE_BYTES / 10;
  const bytes = Buffer.alloc(3 * slice, 7);
  stream.write(bytes);
  const length = () => taken[0]?.length ?? 0;
  for (let sliceNumber = 1; sliceNumber <= 2; sliceNumber++) {
    await waitUntil(() => clock.waiting > 0, 'it pauses');
    expect(length()).toBeGreaterThanOrEqual(sliceNumber * slice);
    expect(length()).toBeLessThan(sliceNumber * slice + 64 * 1024);
    clock.advance(100);
  }
  await waitUntil(() => length() === bytes.length, 'all has come');
});
