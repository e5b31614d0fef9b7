/**
 * Buffers and damage by the vectors A27 to A33 and A42 to A55: which pages,
 * which rectangles, which acknowledgements.
 */
import { describe, expect, it } from 'vitest';
import type { VmWindowId } from '../../../src/base/ids.ts';
import { turns } from '../../rig/eventually.ts';
import { vectorBytes } from '../../unit/protocol/golden.ts';
import { create, damage, dump, map, type Stage, stage, W, W2 } from './stage.ts';

async function mapped(options: Parameters<typeof stage>[0] = {}): Promise<Stage> {
  const s = await stage(options);
  await s.agent.ready();
  s.agent.send(create(W), map(W));
  await s.desktop.wait('windowMapped');
  return s;
}

/** Waits until everything that was sent so far has been handled. */
async function handled(s: Stage): Promise<void> {
  const before = s.desktop.of('cursorChanged').length;
  s.agent.send({ name: 'cursor', window: W, glyph: 0 });
  await s.desktop.wait('cursorChanged', before + 1);
}

const rects = (s: Stage) =>
  s.desktop.of('damaged').map(({ rect }) => [rect.x, rect.y, rect.width, rect.height]);

describe('WINDOW_DUMP', () => {
  it.each(['A27', 'A28', 'A30', 'A31', 'A32'])('%s is accepted and acknowledged', async (name) => {
    await using s = await mapped();
    s.agent.sendRaw(vectorBytes(name));
    const [changed] = await s.desktop.wait('surfaceChanged');
    expect(changed?.surface?.firstPage).toBe(8);
    expect(await s.agent.hear('dumpAck')).toEqual([{ name: 'dumpAck', window: W }]);
  });

  it('surplus references are not kept', async () => {
    await using s = await mapped();
    s.agent.sendRaw(vectorBytes('A31'));
    expect((await s.desktop.wait('surfaceChanged'))[0]?.surface?.refs).toEqual(Uint32Array.of(8));
  });

  it('knows scattered pages from pages that follow each other', async () => {
    await using s = await mapped();
    const refs = Uint32Array.of(5, 6, 9);
    s.agent.send({ name: 'dump', window: W, width: 1024, height: 3, refs });
    expect((await s.desktop.wait('surfaceChanged'))[0]?.surface).toEqual({
      width: 1024,
      height: 3,
      refs,
      firstPage: undefined,
    });
  });

  it('A33: an image without pixels is acknowledged and is no buffer', async () => {
    await using s = await mapped();
    s.agent.send(dump(W, 8, 8));
    s.agent.sendRaw(vectorBytes('A33'));
    await s.agent.hear('dumpAck', 2);
    expect(s.desktop.of('surfaceChanged')[1]?.surface).toBeUndefined();
  });

  it('A42, A43: every dump is acknowledged, in order, over all windows', async () => {
    await using s = await mapped();
    s.agent.send(create(W2), dump(W, 8, 8), dump(W2, 8, 8, 1), dump(W, 8, 8));
    s.agent.sendRaw(vectorBytes('A42'));
    const acks = await s.agent.hear('dumpAck', 5);
    expect(acks.map(({ window }) => window)).toEqual([W, W2, W, W, W]);
  });

  it('A43 below 1.7: no acknowledgement', async () => {
    await using s = await mapped({ version: { major: 1, minor: 6 } });
    s.agent.send(dump(W, 8, 8), dump(W, 8, 8));
    await s.desktop.wait('surfaceChanged', 2);
    await turns(20);
    expect(s.agent.heard('dumpAck')).toEqual([]);
  });

  it('A44: a page beyond the pool: acknowledged, no buffer, the next one works', async () => {
    await using s = await mapped({ poolPages: 100 });
    s.agent.send(dump(W, 8, 8, 99));
    s.agent.send(dump(W, 8, 8, 100), damage(W, 0, 0, 8, 8));
    s.agent.send(dump(W, 8, 8, 0xffff_ffff), dump(W, 8, 8, 7));
    await s.agent.hear('dumpAck', 4);
    expect(s.desktop.of('surfaceChanged').map(({ surface }) => surface?.firstPage)).toEqual([
      99,
      undefined,
      7,
    ]);
    expect(s.desktop.of('damaged')).toEqual([]);
  });

  it('A45: the dump is acknowledged before the destroy', async () => {
    await using s = await mapped();
    s.agent.send(dump(W, 8, 8), { name: 'destroy', window: W });
    await s.agent.hear('destroyAck');
    const names = s.agent.messages.map((message) => message.name);
    expect(names).toEqual(['dumpAck', 'destroyAck']);
  });

  it('a qube cannot make dom0 keep more page lists than its pool warrants', async () => {
    await using s = await mapped({ poolPages: 16 });
    // Each image lists all 16 pages; two of them are twice the pool.
    for (let id = 1; id <= 5; id++) {
      s.agent.send(create(id as VmWindowId), dump(id as VmWindowId, 128, 128));
    }
    await s.agent.hear('dumpAck', 5);
    expect(s.desktop.of('surfaceChanged')).toHaveLength(2);
    s.agent.send({ name: 'destroy', window: 1 as VmWindowId }, dump(5 as VmWindowId, 128, 128));
    await s.agent.hear('dumpAck', 6);
    expect(s.desktop.of('surfaceChanged')).toHaveLength(3);
  });
});

describe('the life of a buffer', () => {
  it('ends with UNMAP', async () => {
    await using s = await mapped();
    s.agent.send(dump(W, 8, 8), { name: 'unmap', window: W }, damage(W, 0, 0, 1, 1), map(W));
    s.agent.send(damage(W, 0, 0, 1, 1));
    await handled(s);
    expect(s.desktop.of('surfaceChanged').map(({ surface }) => surface?.firstPage)).toEqual([
      0,
      undefined,
    ]);
    expect(s.desktop.of('damaged')).toEqual([]);
  });

  it('except that of window 0', async () => {
    await using s = await mapped();
    const screen = 0 as VmWindowId;
    s.agent.send(create(screen), dump(screen, 8, 8), map(screen));
    s.agent.send({ name: 'unmap', window: screen }, map(screen), damage(screen, 0, 0, 1, 1));
    await handled(s);
    expect(s.desktop.of('surfaceChanged')).toHaveLength(1);
    expect(s.desktop.of('damaged')).toHaveLength(1);
  });

  it('A55: a dump before MAP is kept; the replay of an agent tells it all', async () => {
    await using s = await stage();
    await s.agent.ready();
    s.agent.send(
      create(W),
      {
        name: 'configure',
        window: W,
        x: 9,
        y: 9,
        width: 640,
        height: 480,
        overrideRedirect: false,
      },
      dump(W, 640, 480),
      { name: 'wmClass', window: W, resClass: Buffer.from('XTerm'), resName: Buffer.from('xterm') },
      map(W),
      { name: 'title', window: W, text: Buffer.from('replayed') },
      { name: 'flags', window: W, set: 0, unset: 0 },
    );
    await s.desktop.wait('titleChanged');
    expect(s.desktop.names()).toEqual([
      'sessionReady',
      'windowCreated',
      'windowConfigured',
      'surfaceChanged',
      'classChanged',
      'windowMapped',
      'titleChanged',
    ]);
  });
});

describe('SHMIMAGE', () => {
  it('A46: before any dump it is ignored', async () => {
    await using s = await mapped();
    s.agent.sendRaw(vectorBytes('A46'));
    await handled(s);
    expect(rects(s)).toEqual([]);
  });

  it('and while unmapped', async () => {
    await using s = await mapped();
    s.agent.send(create(W2), dump(W2, 8, 8), damage(W2, 0, 0, 8, 8));
    await handled(s);
    expect(rects(s)).toEqual([]);
  });

  it.each(['A47', 'A48', 'A50', 'A51'])('%s draws nothing and is no error', async (vector) => {
    await using s = await mapped();
    s.agent.send(dump(W, 640, 480));
    s.agent.sendRaw(vectorBytes(vector));
    await handled(s);
    expect(rects(s)).toEqual([]);
  });

  it('A49, A52: clipped to the buffer', async () => {
    await using s = await mapped();
    s.agent.send(dump(W, 640, 480));
    s.agent.sendRaw(vectorBytes('A49'));
    s.agent.send(dump(W, 320, 240), damage(W, 0, 0, 640, 480), damage(W, 320, 0, 5, 5));
    await handled(s);
    expect(rects(s)).toEqual([
      [630, 470, 10, 10],
      [0, 0, 320, 240],
    ]);
  });

  it('A54: without a buffer of its own a window shows its part of the whole screen', async () => {
    await using s = await mapped();
    const screen = 0 as VmWindowId;
    const popup = { x: 790, y: 590, width: 20, height: 20, overrideRedirect: true };
    s.agent.send(create(screen, { width: 800, height: 600 }), dump(screen, 800, 600));
    s.agent.send(create(W2, popup), map(W2, undefined, true), damage(W2, 0, 0, 20, 20));
    s.agent.send(
      { name: 'configure', window: W2, ...popup, x: -5, y: 0 },
      damage(W2, 0, 0, 20, 20),
      { name: 'configure', window: W2, ...popup, x: 800, y: 0 },
      damage(W2, 0, 0, 20, 20),
      dump(W2, 20, 20, 500),
      damage(W2, 0, 0, 20, 20),
    );
    await handled(s);
    expect(rects(s)).toEqual([
      [0, 0, 10, 10],
      [5, 0, 15, 20],
      [0, 0, 20, 20],
    ]);
  });

  it('A53: ten thousand in one burst: all arrive, none is answered', async () => {
    await using s = await mapped();
    let drawn = 0;
    s.desktop.onDamage = () => {
      drawn++;
    };
    s.agent.send(dump(W, 640, 480));
    await s.agent.hear('dumpAck');
    const before = s.agent.received.length;
    s.agent.send(...Array.from({ length: 10_000 }, (_, i) => damage(W, i % 600, 0, 10, 10)));
    await handled(s);
    expect(drawn).toBe(10_000);
    expect(s.agent.received).toHaveLength(before);
  });
});
