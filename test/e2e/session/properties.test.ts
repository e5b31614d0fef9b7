/**
 * Titles, classes, hints, states, icons and clipboard data by the vectors A62
 * to A75.
 */
import { describe, expect, it } from 'vitest';
import { vectorBytes } from '../../unit/protocol/golden.ts';
import { create, damage, dump, map, readyStage, W } from './stage.ts';

describe('properties', () => {
  it('flags: the state before the map is whole, after it the named bits change', async () => {
    await using s = await readyStage();
    const flags = (set: number, unset: number) =>
      ({ name: 'flags', window: W, set, unset }) as const;
    s.agent.send(create(W), flags(1, 0), flags(0, 0), flags(4, 0), map(W));
    s.agent.send(flags(0, 0), flags(5, 0), flags(0, 2), flags(0, 4), flags(8, 0));
    s.agent.send({ name: 'dock', window: W }, { name: 'cursor', window: W, glyph: 0 });
    await s.desktop.wait('cursorChanged');
    expect(s.desktop.of('flagsRequested').map(({ set, unset }) => [set, unset])).toEqual([
      [1, 2],
      [0, 3],
      [0, 3],
      [4, 0],
      [0, 2],
    ]);
    expect(s.desktop.of('docked')).toEqual([]);
  });

  it('A66: the same bit in both words is dropped', async () => {
    await using s = await readyStage();
    s.agent.send(create(W), map(W));
    s.agent.sendRaw(vectorBytes('A66'));
    s.agent.send({ name: 'cursor', window: W, glyph: 0 });
    await s.desktop.wait('cursorChanged');
    expect(s.desktop.of('flagsRequested')).toEqual([]);
    expect(s.session.droppedMessages).toBe(1);
  });

  it('the difference of the state in dom0 goes to the qube', async () => {
    await using s = await readyStage();
    s.agent.send(create(W), map(W));
    await s.desktop.wait('windowMapped');
    const { qube } = s.session;
    qube.flags(W, 1);
    qube.flags(W, 1);
    qube.flags(W, 6);
    qube.flags(W, 0);
    const told = await s.agent.hear('flags', 3);
    expect(told.map(({ set, unset }) => [set, unset])).toEqual([
      [1, 0],
      [6, 1],
      [0, 6],
    ]);
  });

  it('what the qube set before the map is known to it; what it unmaps has no state', async () => {
    await using s = await readyStage();
    const { qube } = s.session;
    s.agent.send(create(W), { name: 'flags', window: W, set: 3, unset: 0 }, map(W));
    await s.desktop.wait('windowMapped');
    qube.flags(W, 3);
    qube.flags(W, 1);
    expect(await s.agent.hear('flags')).toMatchObject([{ set: 0, unset: 2 }]);
    s.agent.send({ name: 'unmap', window: W }, map(W));
    await s.desktop.wait('windowMapped', 2);
    qube.flags(W, 0);
    qube.flags(W, 2);
    expect((await s.agent.hear('flags', 2))[1]).toMatchObject({ set: 2, unset: 0 });
  });

  it('A63, A64: hints arrive in groups, those out of range are missing', async () => {
    await using s = await readyStage();
    s.agent.send(create(W));
    s.agent.sendRaw(vectorBytes('A63'));
    await s.desktop.wait('hintsChanged');
    s.agent.sendRaw(vectorBytes('A64'));
    const [first, second] = await s.desktop.wait('hintsChanged', 2);
    expect(first?.hints.max).toBeUndefined();
    expect(second?.hints).toEqual({
      userPosition: true,
      programPosition: true,
      min: { width: 49, height: 44 },
      max: undefined,
      increment: { width: 8, height: 17 },
      base: { width: 17, height: 27 },
    });
  });

  it('A62: the class is taken before the map and ignored after it', async () => {
    await using s = await readyStage();
    s.agent.send(create(W));
    s.agent.sendRaw(vectorBytes('A62'));
    const [named] = await s.desktop.wait('classChanged');
    expect(named?.resClass).toHaveLength(63);
    s.agent.send(map(W));
    s.agent.sendRaw(vectorBytes('A62'));
    s.agent.send({ name: 'cursor', window: W, glyph: 0 });
    await s.desktop.wait('cursorChanged');
    expect(s.desktop.of('classChanged')).toHaveLength(1);
  });

  it('A73, A74: a docked icon; MAP and UNMAP of it are ignored', async () => {
    await using s = await readyStage();
    s.agent.send(create(W), { name: 'dock', window: W }, { name: 'unmap', window: W });
    s.agent.send({ name: 'flags', window: W, set: 0, unset: 0 }, map(W));
    s.agent.send(dump(W, 22, 22), { name: 'unmap', window: W }, damage(W, 0, 0, 9, 9));
    s.agent.send({ name: 'dock', window: W });
    await s.desktop.wait('damaged');
    expect(s.desktop.of('docked')).toHaveLength(1);
    expect(s.desktop.of('windowMapped')).toEqual([]);
    expect(s.desktop.of('windowUnmapped')).toEqual([]);
  });

  it('A75: clipboard data may name any window', async () => {
    await using s = await readyStage();
    s.agent.sendRaw(vectorBytes('A75'));
    expect((await s.desktop.wait('clipboardData'))[0]?.text).toBe('hello');
  });

  it('clipboard data is overwritten as soon as it was handed on', async () => {
    await using s = await readyStage();
    let seen = new Uint8Array(0);
    let text = '';
    s.desktop.clipboardData = (data) => {
      seen = data as Uint8Array<ArrayBuffer>;
      text = Buffer.from(data).toString();
    };
    s.agent.send({ name: 'clipboardData', window: W, data: Buffer.from('correct horse') });
    s.agent.send(create(W));
    await s.desktop.wait('windowCreated');
    expect(text).toBe('correct horse');
    expect(Buffer.from(seen).toString()).not.toContain('horse');
  });
});
