/**
 * One qube's flood against another's work, and a qube that does not read.
 */
import { describe, expect, it } from 'vitest';
import { TURN_COST } from '../../../src/session/turn.ts';
import { eventually, turns } from '../../rig/eventually.ts';
import { create, damage, dump, map, stage, W, W2 } from './stage.ts';

describe('a flood', () => {
  it('takes turns: while another qube has something to say, it has one turn at a time', async () => {
    await using loud = await stage();
    await using quiet = await stage();
    await Promise.all([loud.agent.ready(), quiet.agent.ready()]);
    loud.agent.send(create(W), map(W), dump(W, 640, 480));
    await loud.desktop.wait('surfaceChanged');
    quiet.agent.send(create(W), map(W), dump(W, 640, 480));
    await quiet.desktop.wait('surfaceChanged');

    let flooded = 0;
    let floodedAtLast = 0;
    const gaps: number[] = [];
    loud.desktop.onDamage = () => {
      flooded++;
    };
    quiet.desktop.onDamage = () => {
      gaps.push(flooded - floodedAtLast);
      floodedAtLast = flooded;
      // The next word of the quiet qube is there before the loop goes round again.
      if (gaps.length < 200) quiet.agent.send(damage(W, 0, 0, 1, 1));
    };
    const burst = Array.from({ length: 5000 }, () => damage(W, 0, 0, 1, 1));
    let pumping = true;
    const pump = () => {
      if (!pumping) return;
      loud.agent.send(...burst);
      void loud.agent.flushed().then(pump);
    };
    pump();
    quiet.agent.send(damage(W, 0, 0, 1, 1));
    await eventually(() => (gaps.length >= 200 ? true : undefined), 'two hundred quiet words');
    pumping = false;

    expect(flooded).toBeGreaterThan(20 * TURN_COST);
    gaps.shift();
    // The scripted agents share this process, so a word may need a few turns of the loop.
    const sorted = gaps.sort((a, b) => a - b);
    expect(sorted[Math.floor(sorted.length / 2)]).toBeLessThanOrEqual(4 * TURN_COST);
    expect(sorted.at(-1)).toBeLessThanOrEqual(16 * TURN_COST);
  });

  it('of costly messages has shorter turns than one of damage', async () => {
    await using s = await stage();
    await s.agent.ready();
    const perTurn: number[] = [];
    let count = 0;
    s.desktop.windowCreated = () => {
      if (++count > 1) return;
      setImmediate(() => {
        perTurn.push(count);
        count = 0;
      });
    };
    const pair = [create(W), { name: 'destroy', window: W } as const];
    s.agent.send(...Array.from({ length: 400 }, () => pair).flat());
    await s.agent.hear('destroyAck', 400);
    await turns(2);
    expect(perTurn.length).toBeGreaterThan(20);
    expect(Math.max(...perTurn)).toBeLessThanOrEqual(TURN_COST / 16);
  });
});

describe('a qube that does not read', () => {
  it('loses its session at the bound of the queue, not dom0 its memory', async () => {
    await using s = await stage({ maxQueueBytes: 100_000 });
    await s.agent.ready();
    s.agent.send(create(W), map(W));
    await s.desktop.wait('windowMapped');
    s.agent.stopReading();
    let sent = 0;
    while (s.desktop.of('sessionEnded').length === 0 && sent < 100_000) {
      for (let i = 0; i < 1000; i++) s.session.qube.key(W, true, 0, 0, 0, 38);
      sent += 1000;
      await turns(1);
    }
    const [end] = await s.desktop.wait('sessionEnded');
    expect(end?.code).toBe('CHANNEL_QUEUE');
    expect(s.desktop.windows()).toEqual([]);
  });

  it('is told where the pointer is, not where it was', async () => {
    await using s = await stage();
    await s.agent.ready();
    s.agent.send(create(W), create(W2), map(W));
    await s.desktop.wait('windowMapped');
    s.agent.stopReading();
    const { qube } = s.session;
    // Until the socket's own buffers are full nothing has to wait.
    for (let i = 0; i < 20_000; i++) qube.key(W, i % 2 === 0, 0, 0, 0, 38);
    const before = s.agent.received.length;
    expect(before).toBeLessThan(20_000 * 32);
    for (let x = 0; x < 5000; x++) qube.motion(W, x, 0, 0);
    qube.motion(W2, 7, 7, 0);
    qube.button(W2, true, 7, 7, 0, 1);
    s.agent.goOnReading();
    await s.agent.hear('button');
    expect(s.agent.heard('key')).toHaveLength(20_000);
    const last = s.agent.messages.slice(-3);
    expect(last).toMatchObject([
      { name: 'motion', window: W, x: 4999 },
      { name: 'motion', window: W2, x: 7 },
      { name: 'button', window: W2 },
    ]);
    expect(s.agent.heard('motion')).toHaveLength(2);
  });

  it('is told the last place of the pointer when it has caught up', async () => {
    await using s = await stage();
    await s.agent.ready();
    s.agent.send(create(W), map(W));
    await s.desktop.wait('windowMapped');
    s.agent.stopReading();
    const { qube } = s.session;
    for (let i = 0; i < 20_000; i++) qube.key(W, i % 2 === 0, 0, 0, 0, 38);
    qube.motion(W, 1, 1, 0);
    qube.motion(W, 2, 2, 0);
    s.agent.goOnReading();
    expect(await s.agent.hear('motion')).toMatchObject([{ x: 2, y: 2 }]);
  });
});
