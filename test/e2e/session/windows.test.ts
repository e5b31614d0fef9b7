/**
 * Windows by the vectors A2 to A22: what the desktop is told, what the qube gets
 * back, and what ends a session.
 */
import { describe, expect, it } from 'vitest';
import type { VmWindowId } from '../../../src/base/ids.ts';
import { turns } from '../../rig/eventually.ts';
import { vectorBytes } from '../../unit/protocol/golden.ts';
import { create, map, readyStage, W, W2 } from './stage.ts';

/** Sends the bytes of the vector, after CREATE of W where it only names it, and waits for the end. */
async function endOf(vector: string, exists = false): Promise<string> {
  await using s = await readyStage();
  if (exists) s.agent.send(create(W));
  s.agent.sendRaw(vectorBytes(vector));
  const [end] = await s.desktop.wait('sessionEnded');
  await s.agent.gone();
  expect(s.session.status).toEqual({ state: 'waiting' });
  return end?.code ?? '';
}

describe('what ends a session', () => {
  it.each([
    ['A2', 'GUI_WINDOW_EXISTS'],
    ['A3', 'GUI_CREATE_SIZE'],
    ['A4', 'GUI_CREATE_SIZE'],
    ['A11', 'GUI_WINDOW_UNKNOWN'],
    ['A14', 'GUI_WINDOW_UNKNOWN'],
    ['A15', 'GUI_LENGTH'],
  ])('%s: %s', async (vector, code) => {
    expect(await endOf(vector)).toBe(code);
  });

  it.each([
    ['A29', 'GUI_DUMP_COVER'],
    ['A34', 'GUI_DUMP_TYPE'],
    ['A56', 'GUI_MFNDUMP_OFFSET'],
    ['A81', 'GUI_TYPE'],
    ['A82', 'GUI_TYPE'],
  ])('%s: %s', async (vector, code) => {
    expect(await endOf(vector, true)).toBe(code);
  });

  it('frame numbers of machine memory, which a pool does not have', async () => {
    await using s = await readyStage();
    const mfns = Uint32Array.of(1);
    s.agent.send(create(W), { name: 'mfnDump', window: W, width: 1, height: 1, offset: 0, mfns });
    expect((await s.desktop.wait('sessionEnded'))[0]?.code).toBe('GUI_MFNDUMP_UNSUPPORTED');
  });

  it('one window more than the limit', async () => {
    await using s = await readyStage({ maxWindows: 3 });
    for (let id = 1; id <= 4; id++) s.agent.send(create(id as VmWindowId));
    expect((await s.desktop.wait('sessionEnded'))[0]?.code).toBe('WINDOW_LIMIT');
    expect(s.desktop.of('windowCreated')).toHaveLength(3);
    expect(s.desktop.windows()).toEqual([]);
  });

  it('nothing of what follows in the same bytes is done', async () => {
    await using s = await readyStage();
    s.agent.sendRaw(Buffer.concat([vectorBytes('A11'), vectorBytes('A1')]));
    await s.desktop.wait('sessionEnded');
    await turns(20);
    expect(s.desktop.names()).toEqual(['sessionReady', 'sessionEnded']);
  });
});

describe('CREATE and DESTROY', () => {
  it('A1 makes a window, unmapped, and is not answered', async () => {
    await using s = await readyStage();
    const before = s.agent.received.length;
    s.agent.sendRaw(vectorBytes('A1'));
    const [created] = await s.desktop.wait('windowCreated');
    expect(created).toMatchObject({
      id: W,
      rect: { x: 10, y: 20, width: 640, height: 480 },
      overrideRedirect: false,
    });
    await turns(20);
    expect(s.agent.received).toHaveLength(before);
  });

  it('A5 to A9: clamped, parent ignored, any window number', async () => {
    const expected = {
      A5: { id: W, rect: { x: 0, y: 0, width: 16384, height: 6144 }, overrideRedirect: false },
      A6: { id: W, rect: { x: -16384, y: 6144, width: 640, height: 480 } },
      A7: { id: W, overrideRedirect: true },
      A8: { id: 0 },
      A9: { id: 0xffff_ffff },
    };
    for (const [vector, window] of Object.entries(expected)) {
      await using s = await readyStage();
      s.agent.sendRaw(vectorBytes(vector));
      expect((await s.desktop.wait('windowCreated'))[0]).toMatchObject(window);
    }
  });

  it('A12: DESTROY is acknowledged exactly once', async () => {
    await using s = await readyStage();
    s.agent.sendRaw(vectorBytes('A12'));
    expect(await s.agent.hear('destroyAck')).toEqual([{ name: 'destroyAck', window: W }]);
    await turns(20);
    expect(s.agent.heard('destroyAck')).toHaveLength(1);
    expect(s.desktop.windows()).toEqual([]);
  });

  it('A12 below 1.5: not at all', async () => {
    await using s = await readyStage({ version: { major: 1, minor: 4 } });
    s.agent.sendRaw(vectorBytes('A12'));
    await s.desktop.wait('windowDestroyed');
    s.agent.send(create(W), map(W));
    await s.desktop.wait('windowMapped');
    await turns(20);
    expect(s.agent.messages).toEqual([]);
  });

  it('A13: a number may be used again at once, and the second window is another', async () => {
    await using s = await readyStage();
    s.agent.sendRaw(vectorBytes('A13'));
    await s.desktop.wait('windowCreated', 2);
    expect(await s.agent.hear('destroyAck')).toHaveLength(1);
    expect(s.desktop.windows()).toEqual([W]);
    s.agent.send(map(W));
    await s.desktop.wait('windowMapped');
  });
});

describe('MAP and UNMAP', () => {
  it.each(['A16', 'A17', 'A18'])('%s: transient for no other window means none', async (vector) => {
    await using s = await readyStage();
    s.agent.sendRaw(vectorBytes(vector));
    expect((await s.desktop.wait('windowMapped'))[0]?.transientFor).toBeUndefined();
  });

  it('transient for another window; never in a circle', async () => {
    await using s = await readyStage();
    s.agent.send(create(W), create(W2), map(W, W2), map(W2, W));
    const maps = await s.desktop.wait('windowMapped', 2);
    expect(maps.map((event) => event.transientFor)).toEqual([W2, undefined]);
  });

  it('transient for a number that was destroyed and made again is no circle', async () => {
    await using s = await readyStage();
    s.agent.send(create(W), create(W2), map(W, W2));
    s.agent.send({ name: 'destroy', window: W2 }, create(W2), map(W2, W));
    expect((await s.desktop.wait('windowMapped', 2))[1]?.transientFor).toBe(W);
  });

  it('A19: a second MAP is ignored', async () => {
    await using s = await readyStage();
    s.agent.sendRaw(vectorBytes('A19'));
    s.agent.send(map(W, undefined, true), { name: 'cursor', window: W, glyph: undefined });
    await s.desktop.wait('cursorChanged');
    expect(s.desktop.of('windowMapped')).toHaveLength(1);
    expect(s.desktop.of('windowMapped')[0]?.overrideRedirect).toBe(false);
  });

  it('A20: UNMAP of an unmapped window is no error', async () => {
    await using s = await readyStage();
    s.agent.sendRaw(vectorBytes('A20'));
    s.agent.send(map(W), { name: 'unmap', window: W }, { name: 'unmap', window: W });
    await s.desktop.wait('windowUnmapped');
    s.agent.send(map(W));
    await s.desktop.wait('windowMapped', 2);
    expect(s.desktop.of('windowUnmapped')).toHaveLength(1);
  });

  it('MAP decides about override-redirect anew', async () => {
    await using s = await readyStage();
    s.agent.send(create(W, { overrideRedirect: false }), map(W, undefined, true));
    expect((await s.desktop.wait('windowMapped'))[0]?.overrideRedirect).toBe(true);
  });
});

describe('CONFIGURE', () => {
  it('A21: a side of 0 is dropped and counted, the session goes on', async () => {
    await using s = await readyStage();
    s.agent.sendRaw(vectorBytes('A21'));
    s.agent.send(map(W));
    await s.desktop.wait('windowMapped');
    expect(s.desktop.of('windowConfigured')).toEqual([]);
    expect(s.session.droppedMessages).toBe(1);
  });

  it('A22: clamped, override-redirect ignored', async () => {
    await using s = await readyStage();
    s.agent.sendRaw(vectorBytes('A22'));
    expect((await s.desktop.wait('windowConfigured'))[0]?.rect).toEqual({
      x: -16384,
      y: -6144,
      width: 16384,
      height: 6144,
    });
  });

  it('is sent when dom0 moved the window, with exactly its numbers', async () => {
    await using s = await readyStage();
    s.agent.send(create(W), map(W));
    await s.desktop.wait('windowMapped');
    s.session.qube.placed(W, { x: 0, y: 0, width: 640, height: 480 });
    s.session.qube.placed(W, { x: 30, y: -40, width: 641, height: 482 });
    expect(await s.agent.hear('configure')).toEqual([
      {
        name: 'configure',
        window: W,
        x: 30,
        y: -40,
        width: 641,
        height: 482,
        overrideRedirect: false,
      },
    ]);
    s.agent.send({
      name: 'configure',
      window: W,
      x: 30,
      y: -40,
      width: 641,
      height: 482,
      overrideRedirect: false,
    });
    s.agent.send({ name: 'cursor', window: W, glyph: 68 });
    await s.desktop.wait('cursorChanged');
    expect(s.desktop.of('windowConfigured')).toEqual([]);
    expect(s.agent.heard('configure')).toHaveLength(1);
  });

  it('tells a clamped popup its place at once when dom0 says it from inside the call', async () => {
    await using s = await readyStage();
    const wished = { x: 1900, y: 10, width: 100, height: 50 };
    const place = { ...wished, x: 1814 };
    const { qube } = s.session;
    s.desktop.windowMapped = (id, how) => {
      s.desktop.told.push({ name: 'windowMapped', id, ...how });
      qube.placed(id, place);
    };
    s.agent.send(create(W, { ...wished, overrideRedirect: true }), map(W, undefined, true));
    expect(await s.agent.hear('configure')).toMatchObject([place]);
    qube.placed(W, place);
    s.agent.send({ name: 'cursor', window: W, glyph: 0 });
    await s.desktop.wait('cursorChanged');
    expect(s.agent.heard('configure')).toHaveLength(1);
  });
});
