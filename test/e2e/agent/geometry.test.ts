/**
 * Place and size: dom0's word is echoed exactly and obeyed, the program's own
 * wish is told afterwards, and the picture follows.
 */
import { describe, expect, test } from 'vitest';
import type { Rect } from '../../../src/base/geometry.ts';
import type { VmWindowId } from '../../../src/base/ids.ts';
import type { Geometry } from '../../../src/x11/package-records.ts';
import { waitUntil } from '../../rig/wait.ts';
import type { Program } from './program.ts';
import type { ScriptedDaemon } from './scripted-daemon.ts';
import { onStage } from './stage.ts';

async function geometryOf(program: Program, window: number): Promise<Rect> {
  const { x } = program;
  const now = await x.request<Geometry>((done) => x.X.GetGeometry(window, done));
  return { x: now.xPos, y: now.yPos, width: now.width, height: now.height };
}

function configure(daemon: ScriptedDaemon, window: VmWindowId, rect: Rect): void {
  daemon.send({ name: 'configure', window, ...rect });
}

function said(daemon: ScriptedDaemon, window: VmWindowId): Rect[] {
  return daemon
    .all('configure', window)
    .map(({ x, y, width, height }) => ({ x, y, width, height }));
}

describe('CONFIGURE of the daemon', () => {
  test('is echoed, carried out, and followed by a dump of the new size', () =>
    onStage(async ({ rig, daemon, program }) => {
      const window = program.window({ title: 'moved' });
      await daemon.expect('shmImage', (one) => one.window === window);
      const rect = { x: 301, y: 77, width: 333, height: 222 };
      configure(daemon, window, rect);
      await waitUntil(() => said(daemon, window).length > 0, 'the echo');
      await daemon.expect('dump', (one) => one.window === window && one.width === 333);
      await rig.samePixels(daemon, window);
      expect(await geometryOf(program, window)).toEqual(rect);
      expect(said(daemon, window)).toEqual([rect]);
    }));

  test('that changes nothing is echoed too, and needs no dump', () =>
    onStage(async ({ daemon, program }) => {
      const window = program.window({ x: 5, y: 6, width: 70, height: 80 });
      await daemon.expect('shmImage', (one) => one.window === window);
      const rect = { x: 5, y: 6, width: 70, height: 80 };
      for (let i = 0; i < 3; i++) configure(daemon, window, rect);
      await waitUntil(() => said(daemon, window).length === 3, 'three echoes');
      await program.x.sync();
      expect(said(daemon, window)).toEqual([rect, rect, rect]);
      expect(daemon.all('dump', window)).toHaveLength(1);
    }));

  test('with a side of 0 is left alone', () =>
    onStage(async ({ daemon, program }) => {
      const window = program.window({ width: 70, height: 80 });
      await daemon.expect('map', (one) => one.window === window);
      configure(daemon, window, { x: 0, y: 0, width: 0, height: 10 });
      const rect = { x: 9, y: 9, width: 71, height: 81 };
      configure(daemon, window, rect);
      await waitUntil(() => said(daemon, window).length > 0, 'the echo');
      expect(said(daemon, window)).toEqual([rect]);
    }));

  test('numbers beyond the X server\u2019s are echoed as they came', () =>
    onStage(async ({ daemon, program }) => {
      const window = program.window({});
      await daemon.expect('map', (one) => one.window === window);
      const rect = { x: -16384, y: 6144, width: 100, height: 100 };
      configure(daemon, window, rect);
      await waitUntil(() => said(daemon, window).length > 0, 'the echo');
      await waitUntil(
        async () => (await geometryOf(program, window)).y === 6144,
        'the window is there',
      );
      expect(said(daemon, window)).toEqual([rect]);
    }));

  test('a program that insists is heard after the echo', () =>
    onStage(async ({ daemon, program }) => {
      const window = program.window({ width: 100, height: 100 });
      program.x.on((event) => {
        // Never wider than 150, as some programs have it.
        if (event.name === 'ConfigureNotify' && event.width > 150) {
          program.x.X.ConfigureWindow(window, { width: 150 });
        }
      });
      await daemon.expect('map', (one) => one.window === window);
      const rect = { x: 10, y: 10, width: 400, height: 100 };
      configure(daemon, window, rect);
      await waitUntil(() => said(daemon, window).length === 2, 'echo and wish');
      expect(said(daemon, window)).toEqual([rect, { ...rect, width: 150 }]);
    }));

  test('a program\u2019s older move is not told behind the echo', () =>
    onStage(async ({ daemon, program }) => {
      const window = program.window({ x: 10, y: 10, width: 100, height: 100 });
      await daemon.expect('map', (one) => one.window === window);
      for (let i = 1; i <= 20; i++) {
        const rect = { x: 500 + i, y: 300 + i, width: 100, height: 100 };
        // dom0's word is there first; the program moves before the agent can carry it out.
        configure(daemon, window, rect);
        program.x.X.ConfigureWindow(window, { x: i, y: i });
        program.x.flush();
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
        await program.expect('ConfigureNotify', (event) => event.x === rect.x);
        await waitUntil(() => said(daemon, window).some((one) => one.x === rect.x), 'the echo');
        await program.x.sync();
        const list = said(daemon, window);
        expect(list.slice(list.findIndex((one) => one.x === rect.x))).toEqual([rect]);
      }
    }));

  test('a storm of sizes ends in the right picture and holds two buffers at most', () =>
    onStage(
      async ({ rig, daemon, program }) => {
        const window = program.window({ width: 100, height: 100 });
        await daemon.expect('shmImage', (one) => one.window === window);
        for (let i = 0; i < 200; i++) {
          configure(daemon, window, { x: 0, y: 0, width: 400 + i, height: 300 + i });
        }
        await daemon.expect('dump', (one) => one.width === 599 && one.height === 499);
        await rig.samePixels(daemon, window);
        expect(rig.lines.filter((line) => line.includes('pool'))).toEqual([]);
      },
      // Room for three buffers of the largest size.
      { poolBytes: 4 * 1024 * 1024 },
    ));
});

test('one size is dumped at a time: the next when this one is acknowledged', () =>
  onStage(
    async ({ rig, daemon, program }) => {
      const window = program.window({ width: 100, height: 100 });
      await daemon.expect('shmImage', (one) => one.window === window);
      daemon.send({ name: 'dumpAck', window });
      for (let width = 101; width <= 130; width++) {
        program.x.X.ConfigureWindow(window, { width });
        await program.x.sync();
        await daemon.expect('configure', (one) => one.width === width);
      }
      expect(daemon.all('dump', window).map((one) => one.width)).toEqual([100, 101]);
      daemon.send({ name: 'dumpAck', window });
      await daemon.expect('dump', (one) => one.width === 130);
      await rig.samePixels(daemon, window);
      expect(daemon.all('dump', window)).toHaveLength(3);
    },
    { daemon: { acknowledge: false } },
  ));

describe('a program that moves its own window', () => {
  test('is told once per change, with a dump only for a new size', () =>
    onStage(async ({ rig, daemon, program }) => {
      const window = program.window({ x: 1, y: 2, width: 50, height: 60 });
      await daemon.expect('shmImage', (one) => one.window === window);
      program.x.X.ConfigureWindow(window, { x: 20 });
      program.x.X.ConfigureWindow(window, { stackMode: 0 });
      program.x.X.ConfigureWindow(window, { width: 90 });
      program.x.flush();
      await daemon.expect('dump', (one) => one.width === 90);
      await rig.samePixels(daemon, window);
      expect(said(daemon, window)).toEqual([
        { x: 20, y: 2, width: 50, height: 60 },
        { x: 20, y: 2, width: 90, height: 60 },
      ]);
    }));

  test('larger than any daemon takes is told at the limit', () =>
    onStage(
      async ({ rig, daemon, program }) => {
        const window = program.window({ width: 20_000, height: 20, title: 'wide' });
        await daemon.expect('shmImage', (one) => one.window === window);
        expect(daemon.all('create', window)[0]?.width).toBe(16_384);
        expect(daemon.all('dump', window)[0]?.width).toBe(16_384);
        expect(rig.lines.filter((line) => line.includes('warning'))).toEqual([]);
      },
      { poolBytes: 16 * 1024 * 1024 },
    ));
});

describe('the pool', () => {
  test('when it is full a window stays without a picture, others go on, and room is used again', () =>
    onStage(
      async ({ rig, daemon, program }) => {
        const small = program.window({ title: 'small', width: 100, height: 100 });
        await daemon.expect('shmImage', (one) => one.window === small);
        const first = program.window({ width: 600, height: 400 });
        await daemon.expect('shmImage', (one) => one.window === first);
        const second = program.window({ width: 610, height: 400 });
        await daemon.expect('map', (one) => one.window === second);
        await waitUntil(() => rig.lines.some((line) => /pool is full/.test(line)), 'it is said');
        program.fill(small, 0x123456, [0, 0, 50, 50]);
        await rig.samePixels(daemon, small);
        expect(daemon.all('dump', second)).toEqual([]);
        program.x.X.DestroyWindow(first);
        await daemon.expect('shmImage', (one) => one.window === second);
        await rig.samePixels(daemon, second);
        expect(rig.lines.filter((line) => /pool is full/.test(line))).toHaveLength(1);
      },
      { poolBytes: 1536 * 1024 },
    ));

  test('pages are used again only after the daemon said so', () =>
    onStage(
      async ({ daemon, program }) => {
        const window = program.window({ width: 200, height: 200 });
        await daemon.expect('shmImage', (one) => one.window === window);
        daemon.send({ name: 'dumpAck', window });
        const pagesOf = (at: number) => [...(daemon.all('dump', window)[at]?.refs ?? [])];
        program.x.X.ConfigureWindow(window, { width: 201 });
        program.x.flush();
        await waitUntil(() => daemon.all('dump', window).length === 2, 'the second dump');
        // Not acknowledged: the first buffer's pages are still the daemon's.
        const other = program.window({ width: 200, height: 200 });
        const otherDump = await daemon.expect('dump', (one) => one.window === other);
        const used = new Set([...pagesOf(0), ...pagesOf(1)]);
        expect([...otherDump.refs].filter((ref) => used.has(ref))).toEqual([]);
        daemon.send({ name: 'dumpAck', window });
        daemon.send({ name: 'dumpAck', window: other });
        const third = program.window({ width: 200, height: 200 });
        const thirdDump = await daemon.expect('dump', (one) => one.window === third);
        expect([...thirdDump.refs]).toEqual(pagesOf(0));
      },
      { daemon: { acknowledge: false } },
    ));

  test('one acknowledgement too many is said and harmless', () =>
    onStage(async ({ rig, daemon, program }) => {
      const window = program.window({});
      await daemon.expect('shmImage', (one) => one.window === window);
      daemon.send({ name: 'dumpAck', window });
      daemon.send({ name: 'dumpAck', window: 0 as VmWindowId });
      program.fill(window, 0x445566, [0, 0, 10, 10]);
      await rig.samePixels(daemon, window);
      expect(rig.lines.filter((line) => /not sent/.test(line))).toHaveLength(2);
    }));
});
