/**
 * Dumps of the same pages, and windows that show a part of window 0: what a
 * session makes of them.
 */
import { afterEach, describe, expect, it } from 'vitest';
import type { VmWindowId } from '../../../src/base/ids.ts';
import { create, damage, dump, map, type Stage, stage, W } from './stage.ts';

const SCREEN = 0 as VmWindowId;
let current: Stage;
afterEach(() => current?.[Symbol.asyncDispose]());

async function open(): Promise<Stage> {
  current = await stage();
  await current.agent.ready();
  return current;
}

/** Everything that was sent has been handled: the answer to one more dump is there. */
async function handled({ agent }: Stage, acks: number): Promise<void> {
  agent.send(create(99 as VmWindowId), dump(99 as VmWindowId, 1, 1));
  await agent.hear('dumpAck', acks + 1);
}

const rects = ({ desktop }: Stage) =>
  desktop.told.flatMap((one) => (one.name === 'damaged' && one.id === W ? [one.rect] : []));

describe('the same dump again', () => {
  it('is the same image: nothing is made for it, and it is told', async () => {
    const scene = await open();
    scene.agent.send(create(W), map(W), dump(W, 64, 64, 3), dump(W, 64, 64, 3), dump(W, 64, 64, 4));
    await handled(scene, 3);
    const surfaces = scene.desktop.told.flatMap((one) =>
      one.name === 'surfaceChanged' && one.id === W ? [one.surface] : [],
    );
    expect(surfaces).toHaveLength(3);
    expect(surfaces[1]).toBe(surfaces[0]);
    expect(surfaces[2]).not.toBe(surfaces[0]);
  });
});

describe('damage of a window without an image', () => {
  it('is nothing while window 0 has none either', async () => {
    const scene = await open();
    scene.agent.send(create(W), create(SCREEN), map(W), damage(W, 0, 0, 9, 9));
    await handled(scene, 0);
    expect(rects(scene)).toEqual([]);
  });

  it('is cut to what window 0 shows at its place', async () => {
    const scene = await open();
    scene.agent.send(create(SCREEN, { width: 800, height: 600 }), dump(SCREEN, 800, 600));
    scene.agent.send(create(W, { x: 790, y: 590, width: 20, height: 20 }), map(W));
    scene.agent.send(damage(W, 0, 0, 20, 20), damage(W, 10, 10, 5, 5));
    const configure = { name: 'configure', overrideRedirect: false, window: W } as const;
    scene.agent.send({ ...configure, x: -5, y: -6, width: 20, height: 20 });
    scene.agent.send(damage(W, 0, 0, 20, 20));
    await handled(scene, 1);
    expect(rects(scene)).toEqual([
      { x: 0, y: 0, width: 10, height: 10 },
      { x: 5, y: 6, width: 15, height: 14 },
    ]);
  });

  it('ends with window 0', async () => {
    const scene = await open();
    scene.agent.send(create(SCREEN), dump(SCREEN, 64, 64), { name: 'unmap', window: SCREEN });
    scene.agent.send(create(W), map(W), damage(W, 1, 1, 2, 2));
    scene.agent.send({ name: 'destroy', window: SCREEN }, damage(W, 3, 3, 2, 2));
    await handled(scene, 1);
    expect(rects(scene)).toEqual([{ x: 1, y: 1, width: 2, height: 2 }]);
  });
});
