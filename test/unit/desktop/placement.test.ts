import { describe, expect, test } from 'vitest';
import type { Rect } from '../../../src/base/geometry.ts';
import {
  newPlacement,
  type PlacementEvent,
  type PlacementState,
  stepPlacement,
} from '../../../src/desktop/placement.ts';

const HERE: Rect = { x: 100, y: 100, width: 50, height: 40 };

function run(state: PlacementState, ...events: PlacementEvent[]) {
  const effects: string[] = [];
  let now = state;
  for (const event of events) {
    const step = stepPlacement(now, event);
    now = step.state;
    for (const effect of step.effects) {
      if (effect.kind === 'placed') {
        const { x, y, width, height } = effect.rect;
        effects.push(`placed ${x},${y} ${width}x${height}`);
      } else if (effect.kind === 'fit') effects.push(`fit ${effect.width}x${effect.height}`);
      else effects.push(effect.kind);
    }
  }
  return { state: now, effects };
}

const live = run(newPlacement(HERE, 6), { kind: 'mapping', rect: HERE }, { kind: 'shown' }).state;
const managed = run(
  live,
  { kind: 'reparented', parentIsRoot: false, x: 1, y: 20 },
  { kind: 'located', x: 100, y: 100 },
).state;

function configured(synthetic: boolean, rect: Rect): PlacementEvent {
  return { kind: 'configured', synthetic, borderWidth: 0, ...rect };
}

describe('placement', () => {
  test('a map tells what was asked for, and then nothing until the window shows', () => {
    const { effects } = run(
      newPlacement(HERE, 6),
      { kind: 'mapping', rect: HERE },
      { kind: 'reparented', parentIsRoot: false, x: 0, y: 0 },
      { kind: 'located', x: 300, y: 400 },
      configured(false, { x: 1, y: 20, width: 62, height: 52 }),
      { kind: 'located', x: 301, y: 420 },
      { kind: 'shown' },
      { kind: 'located', x: 302, y: 440 },
    );
    expect(effects).toEqual([
      'placed 100,100 50x40',
      'query',
      'fit 50x40',
      'query',
      'query',
      'placed 302,440 50x40',
    ]);
  });

  test('a synthetic event tells the place at once', () => {
    const { effects } = run(managed, configured(true, { x: 194, y: 294, width: 62, height: 52 }));
    expect(effects).toEqual(['placed 200,300 50x40']);
  });

  test('the border of a frame that a window manager gave it is counted', () => {
    const event = { kind: 'configured', synthetic: true, borderWidth: 2 } as const;
    const { effects } = run(managed, { ...event, x: 194, y: 294, width: 62, height: 52 });
    expect(effects).toEqual(['placed 202,302 50x40']);
  });

  test('a new size waits until its place is known', () => {
    const { effects } = run(managed, configured(false, { x: 1, y: 20, width: 112, height: 82 }), {
      kind: 'located',
      x: 400,
      y: 300,
    });
    expect(effects).toEqual(['fit 100x70', 'query', 'placed 400,300 100x70']);
  });

  test('of two resizes while a query is under way only the last pair is told', () => {
    const { effects } = run(
      managed,
      configured(false, { x: 1, y: 20, width: 112, height: 82 }),
      configured(false, { x: 1, y: 20, width: 212, height: 182 }),
      { kind: 'located', x: 400, y: 300 },
    );
    expect(effects.filter((one) => one.startsWith('placed'))).toEqual(['placed 400,300 200x170']);
  });

  test('a synthetic event with a size that the server has not told asks instead', () => {
    const { effects } = run(managed, configured(true, { x: 194, y: 294, width: 99, height: 99 }));
    expect(effects).toEqual(['query']);
  });

  test('a move of the ancestor during a query asks once more', () => {
    const { state, effects } = run(
      managed,
      { kind: 'ancestor-moved' },
      { kind: 'ancestor-moved' },
      { kind: 'ancestor-moved' },
      { kind: 'located', x: 110, y: 100 },
      { kind: 'located', x: 130, y: 100 },
    );
    expect(effects).toEqual(['query', 'placed 110,100 50x40', 'query', 'placed 130,100 50x40']);
    expect(state.query).toBe('none');
  });

  test('what changes nothing is not told', () => {
    const { effects } = run(
      managed,
      configured(true, { x: 94, y: 94, width: 62, height: 52 }),
      { kind: 'ancestor-moved' },
      { kind: 'located', x: 100, y: 100 },
    );
    expect(effects).toEqual(['query']);
  });

  test('a window manager that ends puts the window somewhere: that is told', () => {
    const { effects } = run(managed, { kind: 'reparented', parentIsRoot: true, x: 89, y: 52 });
    expect(effects).toEqual(['placed 95,58 50x40']);
  });

  test('a wish that the policy cut is answered with what became of it', () => {
    const wish = { x: -5, y: 0, width: 50, height: 40 };
    const rect = { x: 6, y: 6, width: 50, height: 40 };
    const direct = run(live, { kind: 'asked', wish, rect, direct: true });
    expect(direct.effects).toEqual(['placed 6,6 50x40']);
    const asked = run(managed, { kind: 'asked', wish, rect, direct: false });
    expect(asked.effects).toEqual(['placed 6,6 50x40', 'query']);
  });

  test('a wish that the window manager ignores without a word is answered by the truth', () => {
    const wish = { x: 500, y: 500, width: 50, height: 40 };
    const { effects } = run(
      managed,
      { kind: 'asked', wish: { ...wish, x: 9000 }, rect: wish, direct: false },
      { kind: 'located', x: 100, y: 100 },
    );
    expect(effects).toEqual(['placed 500,500 50x40', 'query', 'placed 100,100 50x40']);
  });

  test('an old event of our own request comes after the answer and is put right by the next', () => {
    const first = { x: 200, y: 200, width: 50, height: 40 };
    const second = { x: 300, y: 300, width: 50, height: 40 };
    const { state, effects } = run(
      live,
      { kind: 'asked', wish: first, rect: first, direct: true },
      { kind: 'asked', wish: second, rect: second, direct: true },
      configured(false, { x: 194, y: 194, width: 62, height: 52 }),
      configured(false, { x: 294, y: 294, width: 62, height: 52 }),
    );
    expect(effects.at(-1)).toBe('placed 300,300 50x40');
    expect(state.content).toEqual(second);
  });

  test('a withdrawn window tells nothing, but its content follows its frame', () => {
    const { effects } = run(
      managed,
      { kind: 'withdrawn' },
      { kind: 'reparented', parentIsRoot: true, x: 1, y: 2 },
      configured(false, { x: 1, y: 2, width: 62, height: 62 }),
    );
    expect(effects).toEqual(['fit 50x50']);
  });

  test('a window that went while it was asked for is left alone', () => {
    const { state } = run(managed, { kind: 'ancestor-moved' }, { kind: 'lost' });
    expect(state.query).toBe('none');
  });

  const NAMED = { side: 6, top: 19 };

  test('another border takes from a content whose frame stays, and gives it back', () => {
    const more = run(managed, { kind: 'bordered', border: NAMED, around: undefined });
    expect(more.effects).toEqual(['fit 50x27', 'placed 100,113 50x27', 'query']);
    const less = run(more.state, { kind: 'bordered', border: 6, around: undefined });
    expect(less.effects).toEqual(['fit 50x40', 'placed 100,100 50x40']);
    expect(less.state.query).toBe('under-way-again');
  });

  test('where nobody stands between, the frame goes around the content', () => {
    const { state, effects } = run(
      live,
      { kind: 'bordered', border: NAMED, around: HERE },
      configured(false, { x: 94, y: 81, width: 62, height: 65 }),
    );
    expect(effects).toEqual(['fit 50x40', 'fit 50x40']);
    expect(state.content).toEqual(HERE);
  });

  test('a window that is not mapped has it from the next map on', () => {
    const { state, effects } = run(newPlacement(HERE, 6), {
      ...{ kind: 'bordered', border: NAMED, around: undefined },
    });
    expect(effects).toEqual([]);
    expect(state).toMatchObject({ border: NAMED, content: HERE });
  });
});
