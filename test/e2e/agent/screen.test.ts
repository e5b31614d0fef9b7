/**
 * The qube's screen follows dom0's while programs run: what they see, that their
 * windows keep their pixels, that the pointer reaches the new parts, and what is
 * answered to a size that cannot be had. On each kind of X server.
 */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { Size } from '../../../src/base/geometry.ts';
import { STATUS } from '../../../src/protocol/service.ts';
import type { Geometry } from '../../../src/x11/package-records.ts';
import { monitors } from '../../../src/x11/randr.ts';
import { waitUntil } from '../../rig/wait.ts';
import type { AgentRig } from './rig.ts';
import { onStage } from './stage.ts';

const run = promisify(execFile);
const CROSSING = { state: 0, mode: 0, detail: 0, focus: false } as const;

async function tell(rig: AgentRig, size: Size, dpi = 96): Promise<number> {
  const service = await rig.service();
  const monitor = { x: 0, y: 0, ...size };
  return (await service.ask({ name: 'setScreen', ...size, dpi, monitors: [monitor] })).status;
}

async function isEverywhere(rig: AgentRig, size: Size): Promise<void> {
  const x = await rig.x();
  const root = await x.request<Geometry>((done) => x.X.GetGeometry(x.root, done));
  expect(root).toMatchObject(size);
  expect(await monitors(x)).toMatchObject([{ x: 0, y: 0, ...size }]);
  expect((await rig.client()).screen).toMatchObject(size);
  const env = {
    ...process.env,
    DISPLAY: `:${rig.agent.displayNumber}`,
    XAUTHORITY: rig.xauthority,
  };
  const { stdout } = await run('xwininfo', ['-root'], { env });
  expect(stdout).toContain(`Width: ${size.width}\n  Height: ${size.height}`);
  expect((await run('xrandr', [], { env })).stdout).toContain(
    `current ${size.width} x ${size.height},`,
  );
}

describe.each(['xvfb', 'xvnc'] as const)('on %s', (xServer) => {
  test('it grows and shrinks, and windows keep their pixels on the way', () =>
    onStage(
      async ({ rig, daemon, program }) => {
        const window = program.window({ x: 700, y: 500, width: 300, height: 200 });
        program.fill(window, 0xff8040, [20, 20, 100, 100]);
        await daemon.expect('shmImage', (one) => one.window === window);
        await rig.samePixels(daemon, window);
        const before = daemon.all('configure', window).length;
        for (const size of [
          { width: 2560, height: 1440 },
          { width: 800, height: 600 },
          { width: 1366, height: 768 },
          { width: 3840, height: 2160 },
          { width: 1024, height: 768 },
        ]) {
          expect(await tell(rig, size)).toBe(STATUS.ok);
          await isEverywhere(rig, size);
          await rig.samePixels(daemon, window);
          program.fill(window, 0x10_0000 + size.width, [150, 20, 100, 100]);
          await rig.samePixels(daemon, window);
        }
        // A window is where it was: only dom0 moves windows.
        expect(daemon.all('configure', window)).toHaveLength(before);
        expect(daemon.all('dump', window)).toHaveLength(1);
      },
      { xServer },
    ));

  test('what is told twice, or at once, ends as it was said last', () =>
    onStage(
      async ({ rig }) => {
        const service = await rig.service();
        const sizes = [1100, 1200, 1300, 1200, 1250].map((width) => ({ width, height: 900 }));
        const ids = sizes.map((size) =>
          service.tell({ name: 'setScreen', ...size, dpi: 0, monitors: [{ x: 0, y: 0, ...size }] }),
        );
        await waitUntil(
          () => ids.every((id) => service.all('answer').some((one) => one.id === id)),
          'every one is answered',
        );
        expect(service.all('answer').map(({ status }) => status)).toEqual(sizes.map(() => 0));
        await isEverywhere(rig, { width: 1250, height: 900 });
        expect(await tell(rig, { width: 1250, height: 900 }, 144)).toBe(STATUS.ok);
        const { screen } = await rig.client();
        expect(Math.round((screen.width * 25.4) / screen.widthMm)).toBeCloseTo(144, -1);
      },
      { xServer },
    ));
});

describe('on xvfb', () => {
  test('the pointer reaches what is new, and no more than there is', () =>
    onStage(async ({ rig, daemon, program }) => {
      expect(await tell(rig, { width: 2000, height: 1200 })).toBe(STATUS.ok);
      const window = program.window({ x: 1700, y: 900, width: 290, height: 290 });
      await daemon.expect('map', (one) => one.window === window);
      daemon.send({ name: 'crossing', window, entered: true, x: 280, y: 280, ...CROSSING });
      daemon.send({ name: 'motion', window, x: 285, y: 283, state: 0 });
      const motion = await program.expect('MotionNotify', (one) => one.x === 285);
      expect(motion).toMatchObject({ wid: window, x: 285, y: 283, rootx: 1985, rooty: 1183 });
      const pointer = () =>
        program.x.request<{ rootX: number; rootY: number }>((done) =>
          program.x.X.QueryPointer(program.x.root, done),
        );
      expect(await pointer()).toMatchObject({ rootX: 1985, rootY: 1183 });
      expect(await tell(rig, { width: 1000, height: 700 })).toBe(STATUS.ok);
      await waitUntil(async () => {
        const { rootX, rootY } = await pointer();
        return rootX < 1000 && rootY < 700;
      }, 'the pointer is on what there is of the screen');
    }));

  test('a size beyond its room is answered "unsupported", and the screen stays', () =>
    onStage(async ({ rig }) => {
      expect(await tell(rig, { width: 5120, height: 2160 })).toBe(STATUS.ok);
      expect(await tell(rig, { width: 1024, height: 768 })).toBe(STATUS.ok);
      expect(await tell(rig, { width: 5121, height: 768 })).toBe(STATUS.unsupported);
      expect(await tell(rig, { width: 1024, height: 2161 })).toBe(STATUS.unsupported);
      await isEverywhere(rig, { width: 1024, height: 768 });
      // And what was refused can be asked for again, with the same answer.
      expect(await tell(rig, { width: 5121, height: 768 })).toBe(STATUS.unsupported);
    }));

  test('room to grow costs no memory until it is used, and leaves no file', () =>
    onStage(async ({ rig }) => {
      const status = readFileSync(`/proc/${rig.agent.xServerPid}/status`, 'latin1');
      const sharedKib = Number(/RssShmem:\s+(\d+)/.exec(status)?.[1]);
      // Rows of 5120 pixels of which 1024 are there: five pages in a row, two or three in use.
      expect(sharedKib).toBeGreaterThan(0);
      expect(sharedKib).toBeLessThan(768 * 3 * 4 + 2048);
      expect(readdirSync('/dev/shm').filter((name) => /^livery-screen/.test(name))).toEqual([]);
    }));
});
