/**
 * Four programs on one screen, one qube each; the memory of one is taken away
 * while the other three draw.
 */
import { ftruncateSync } from 'node:fs';
import { afterEach, expect, it } from 'vitest';
import { create, damage, map, W } from '../session/stage.ts';
import { dumpOf, GuidStage, pages } from './guid-stage.ts';

const stages: GuidStage[] = [];
afterEach(async () => {
  for (const stage of stages.splice(0).reverse()) await stage[Symbol.asyncDispose]();
});

const ROUNDS = 40;

it('a file truncated to nothing disturbs none of three others', async () => {
  const first = await GuidStage.open({ domain: 1 });
  stages.push(first);
  for (const domain of [2, 3, 4]) stages.push(await GuidStage.beside(first, domain));
  const runs = await Promise.all(stages.map((stage) => stage.serve()));
  for (const [at, stage] of stages.entries()) {
    stage.paint(pages(0, 16), () => 0x100000 * (at + 1));
    stage.agent.send(
      create(W, { x: 20 + at * 150, y: 20, width: 128, height: 128 }),
      map(W),
      dumpOf(W, 128, 128, pages(0, 16)),
      damage(W, 0, 0, 128, 128),
    );
    await stage.pixel(30 + at * 150, 30, 0x100000 * (at + 1));
  }
  const [victim, ...others] = stages;
  for (let round = 0; round < ROUNDS; round++) {
    if (round === ROUNDS / 2) ftruncateSync((victim as GuidStage).pool.number, 0);
    for (const stage of stages) stage.agent.send(damage(W, 0, 0, 128, 128));
    for (const stage of others) stage.paint(pages(0, 16), () => 0x010101 * (round + 1));
    await Promise.all(stages.map((stage) => stage.agent.flushed()));
  }
  for (const stage of others) stage.agent.send(damage(W, 0, 0, 128, 128));
  await (victim as GuidStage).pixel(30, 30, 0xffffff);
  for (const at of [1, 2, 3]) await first.pixel(30 + at * 150, 30, 0x010101 * ROUNDS);
  for (const stage of stages) expect(stage.agent.connected).toBe(true);
  for (const run of runs) expect(run.err).not.toContain('the X server refused a request');
});
