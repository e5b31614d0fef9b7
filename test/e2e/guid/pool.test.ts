/**
 * Images out of a pool directory: contiguous and scattered pages, pages that
 * are not there, a file that is taken away.
 */

import { execFileSync } from 'node:child_process';
import { ftruncateSync, mkdirSync, readFileSync, renameSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { VmWindowId } from '../../../src/base/ids.ts';
import { create, damage, map, W, W2 } from '../session/stage.ts';
import { dumpOf, GuidStage, pages } from './guid-stage.ts';

let stage: GuidStage;
afterEach(() => stage?.[Symbol.asyncDispose]());

/** 64 x 64 pixels are 4 pages of 16 rows. */
const SIZE = { width: 64, height: 64 };
const NEUTRAL = 0xffffff;

async function show(window: VmWindowId, x: number, refs: readonly number[]): Promise<void> {
  stage.agent.send(
    create(window, { x, y: 100, ...SIZE }),
    map(window),
    dumpOf(window, 64, 64, refs),
    damage(window, 0, 0, 64, 64),
  );
  await stage.agent.hear('dumpAck', 1);
  await stage.shown(window);
}

describe('a pool directory', () => {
  it('is made by whoever comes first, and whole', async () => {
    stage = await GuidStage.open();
    await stage.serve();
    // `create` of the stage finds the one that the daemon made.
    expect(stage.pool.size()).toBe(32 << 20);
  });

  it('shows contiguous and scattered pages', async () => {
    stage = await GuidStage.open();
    stage.paint(pages(8, 4), (offset) => 0x100000 + offset);
    const scattered = [900, 17, 4000, 3];
    stage.paint(scattered, (offset) => 0x200000 + offset);
    await stage.serve();
    await show(W, 100, pages(8, 4));
    await show(W2, 300, scattered);
    for (const [left, base] of [
      [100, 0x100000],
      [300, 0x200000],
    ] as const) {
      await stage.pixel(left + 63, 163, base + 64 * 64 - 1);
      const rect = { x: left, y: 100, ...SIZE };
      const image = await stage.screen.grab(rect);
      expect(image.differences(rect, (x, y) => base + (y - 100) * 64 + (x - left))).toBe(0);
    }
  });

  it('acknowledges pages that it does not have, and shows no buffer', async () => {
    stage = await GuidStage.open();
    stage.paint(pages(8, 4), () => 0x123456);
    await stage.serve();
    await show(W, 100, [8, 9, 10, 1 << 20]);
    await stage.agent.hear('dumpAck', 1);
    await stage.pixel(110, 110, NEUTRAL);
    stage.agent.send(dumpOf(W, 64, 64, pages(8, 4)));
    await stage.agent.hear('dumpAck', 2);
    await stage.pixel(110, 110, 0x123456);
  });

  it('loses nothing but its own pixels when the file is emptied', async () => {
    stage = await GuidStage.open();
    stage.paint(pages(8, 4), () => 0x123456);
    const run = await stage.serve();
    await show(W, 100, pages(8, 4));
    await stage.pixel(110, 110, 0x123456);
    ftruncateSync(stage.pool.number, 0);
    stage.agent.send(damage(W, 0, 0, 64, 64));
    await stage.pixel(110, 110, NEUTRAL);
    stage.agent.send(dumpOf(W, 64, 64, pages(8, 4)), create(W2, { x: 300, y: 100, ...SIZE }));
    await stage.agent.hear('dumpAck', 2);
    stage.agent.send(map(W2));
    await stage.shown(W2);
    expect(run.err).toContain('an image of the qube is not shown');
  });

  it('is mapped by nobody of ours, whatever lies in it', async () => {
    stage = await GuidStage.open();
    stage.paint(pages(8, 4), () => 0x123456);
    const run = await stage.serve();
    await show(W, 100, pages(8, 4));
    await stage.pixel(110, 110, 0x123456);
    for (const pid of [run.pid, stage.screen.server.pid]) {
      const maps = readFileSync(`/proc/${pid}/maps`, 'utf8');
      expect(maps).toContain('livery-staging');
      expect(maps).not.toContain('.pool');
    }
  });

  it('is opened afresh for each dump', async () => {
    stage = await GuidStage.open();
    stage.paint(pages(8, 4), () => 0x123456);
    await stage.serve();
    await show(W, 100, pages(8, 4));
    await stage.pixel(110, 110, 0x123456);
    stage.replacePool();
    stage.paint(pages(8, 4), () => 0x654321);
    stage.agent.send(dumpOf(W, 64, 64, pages(8, 4)));
    await stage.pixel(110, 110, 0x654321);
  });

  it.each(['link', 'fifo', 'folder'])(
    'a %s in its place is no memory, and holds up nothing',
    async (kind) => {
      stage = await GuidStage.open();
      stage.paint(pages(8, 4), () => 0x123456);
      const run = await stage.serve();
      const path = join(stage.poolDir, 'dom-5.pool');
      const aside = join(stage.poolDir, 'aside');
      renameSync(path, aside);
      if (kind === 'link') symlinkSync(aside, path);
      else if (kind === 'fifo') execFileSync('mkfifo', [path]);
      else mkdirSync(path);
      await show(W, 100, pages(8, 4));
      await stage.pixel(110, 110, NEUTRAL);
      await run.said(/an image of the qube is not shown/);
      expect(stage.agent.connected).toBe(true);
    },
  );
});
