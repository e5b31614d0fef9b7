/**
 * How conversations begin and end: any split of the bytes, an end at every
 * byte, violations and the pauses after them.
 */
import { describe, expect, it } from 'vitest';
import { encodeFromVm } from '../../../src/protocol/encode.ts';
import type { FromVmDraft } from '../../../src/protocol/from-vm-draft.ts';
import { NEWEST } from '../../../src/protocol/version.ts';
import { eventually, turns } from '../../rig/eventually.ts';
import { ManualClock } from '../../rig/manual-clock.ts';
import { traces } from '../../unit/protocol/golden.ts';
import { create, damage, dump, map, readyStage, stage, W, W2 } from './stage.ts';

const story: readonly FromVmDraft[] = [
  create(W),
  { name: 'title', window: W, text: Buffer.from('one') },
  map(W),
  dump(W, 64, 64),
  damage(W, 1, 2, 3, 4),
  { name: 'clipboardData', window: W, data: Buffer.from('text') },
  create(W2, { overrideRedirect: true }),
  map(W2, W, true),
  { name: 'destroy', window: W },
];
const storyBytes = Buffer.concat(story.map((message) => encodeFromVm(message, NEWEST)));

describe('the bytes', () => {
  it('mean the same in any split', async () => {
    await using whole = await readyStage();
    whole.agent.sendRaw(storyBytes);
    await whole.desktop.wait('windowDestroyed');
    for (const size of [1, 2, 5, 7, 11, 12, 13, 64, 1000]) {
      await using s = await readyStage();
      for (let at = 0; at < storyBytes.length; at += size) {
        s.agent.sendRaw(storyBytes.subarray(at, at + size));
        // Each piece arrives alone; a large count of them would only take time.
        if (size > 4 || at % 16 === 0) await s.agent.flushed();
      }
      await s.desktop.wait('windowDestroyed');
      expect(s.desktop.told).toEqual(whole.desktop.told);
    }
  });

  it('may end anywhere: all windows go, and the next conversation starts afresh', async () => {
    const clock = new ManualClock();
    await using s = await stage({ version: null, clock });
    clock.advance(0);
    const hello = Uint8Array.of(8, 0, 1, 0);
    const all = Buffer.concat([hello, storyBytes]);
    for (let cut = 0; cut <= all.length; cut += cut < 60 ? 3 : 37) {
      const { connections } = s.agent;
      await eventually(() => (s.agent.connected ? true : undefined), 'a connection');
      s.agent.sendRaw(all.subarray(0, cut));
      s.agent.hangUp();
      await eventually(() => {
        clock.advance(500);
        return s.agent.connections > connections ? true : undefined;
      }, 'the next connection');
      expect(s.desktop.windows()).toEqual([]);
    }
    const ends = s.desktop.of('sessionEnded').map(({ code }) => code);
    expect(new Set(ends)).toEqual(new Set(['CHANNEL_CLOSED']));
    expect(s.desktop.of('sessionReady')).toHaveLength(ends.length);
  });

  it.each(traces().map((trace) => [trace.name, trace] as const))(
    'recorded from a real agent break no rule: %s',
    async (_name, trace) => {
      await using s = await stage({ version: null, poolPages: 2 ** 20 });
      await eventually(() => (s.agent.connected ? true : undefined), 'a connection');
      s.agent.sendRaw(trace.agent);
      s.agent.hangUp();
      const [end] = await s.desktop.wait('sessionEnded');
      expect(end?.code).toBe('CHANNEL_CLOSED');
      expect(s.desktop.of('windowCreated').length).toBeGreaterThan(0);
      expect(s.desktop.of('surfaceChanged').length).toBeGreaterThan(0);
    },
  );
});

describe('after a violation', () => {
  it('the windows go at once, and the session begins again after 1, 5, 30 s, then by hand', async () => {
    const clock = new ManualClock();
    await using s = await stage({ clock });
    clock.advance(0);
    await s.agent.ready();
    for (const [count, pauseMs] of [1000, 5000, 30_000].entries()) {
      s.agent.send(create(W), create(W));
      await s.desktop.wait('sessionEnded', count + 1);
      await s.agent.gone();
      expect(s.desktop.windows()).toEqual([]);
      clock.advance(pauseMs - 1);
      await turns(10);
      expect(s.agent.connections).toBe(count + 1);
      clock.advance(1);
      await s.agent.ready();
    }
    s.agent.send(create(W), create(W));
    await s.agent.gone();
    clock.advance(24 * 3600 * 1000);
    await turns(10);
    expect(s.session.status).toEqual({ state: 'idle' });
    expect(s.agent.connections).toBe(4);
    s.session.reconnect();
    clock.advance(0);
    await s.agent.ready();
    s.agent.send(create(W));
    await s.desktop.wait('windowCreated', 5);
  });

  it('five good minutes make it as at first', async () => {
    const clock = new ManualClock();
    await using s = await stage({ clock });
    clock.advance(0);
    for (let round = 1; round <= 6; round++) {
      await s.agent.ready();
      clock.advance(5 * 60_000);
      s.agent.send(create(W), create(W));
      await s.desktop.wait('sessionEnded', round);
      await s.agent.gone();
      clock.advance(1000);
    }
    await s.agent.ready();
  });

  it('an ordinary end is followed by the next conversation at once', async () => {
    await using s = await readyStage();
    for (let round = 1; round <= 3; round++) {
      s.agent.send(create(W));
      s.agent.hangUp();
      await s.desktop.wait('sessionEnded', round);
      await eventually(() => (s.agent.connections > round ? true : undefined), 'the next');
      await s.agent.ready();
    }
  });
});

describe('closing the session', () => {
  it('tells that all windows go, closes the channel and stays silent', async () => {
    await using s = await readyStage();
    s.agent.send(create(W), map(W));
    await s.desktop.wait('windowMapped');
    s.session[Symbol.dispose]();
    await s.agent.gone();
    expect(s.desktop.of('sessionEnded').map(({ code }) => code)).toEqual(['SESSION_CLOSED']);
    s.session.qube.placed(W, { x: 1, y: 1, width: 1, height: 1 });
    s.session.qube.keymap(new Uint8Array(32));
    s.session.reconnect();
    await turns(20);
    expect(s.agent.connections).toBe(1);
  });
});
