/** The pure parts of the panel and the overlay. */
import { describe, expect, it } from 'vitest';
import { intersect, type Rect } from '../../../src/base/geometry.ts';
import type { QubeName } from '../../../src/base/ids.ts';
import { GUARD_MS } from '../../../src/desktop/fresh-keys.ts';
import { monitorsWithout } from '../../../src/desktop/geometry.ts';
import { OverlayInput } from '../../../src/desktop/panel/overlay-input.ts';
import { OverlayList } from '../../../src/desktop/panel/overlay-list.ts';
import { placeIn, visibleRegion } from '../../../src/desktop/panel/visible.ts';
import type { OverlayRow } from '../../../src/surface/overlay-picture.ts';
import { BUILTIN_LABELS, type Label } from '../../../src/trust/label.ts';
import { KEY, keyboard } from '../desktop-clipboard/keyboards.ts';

const MONITOR = { x: 0, y: 0, width: 1000, height: 800 };
const SECOND = { x: 1000, y: 100, width: 800, height: 600 };

describe('the room that the strip leaves', () => {
  it.each([
    [
      { x: 0, y: 0, width: 1000, height: 38 },
      { ...MONITOR, y: 38, height: 762 },
    ],
    [
      { x: 0, y: 762, width: 1000, height: 38 },
      { ...MONITOR, height: 762 },
    ],
    // Below a bar of somebody else's.
    [
      { x: 0, y: 20, width: 1000, height: 38 },
      { ...MONITOR, y: 58, height: 742 },
    ],
  ])('is the monitor without %j', (strip, left) => {
    expect(monitorsWithout([MONITOR, SECOND], strip)).toEqual([left, SECOND]);
  });

  it('is everything without one, and never nothing', () => {
    expect(monitorsWithout([MONITOR], undefined)).toEqual([MONITOR]);
    expect(monitorsWithout([MONITOR], MONITOR)).toEqual([MONITOR]);
  });
});

describe('what of a window shows', () => {
  const window = { x: 100, y: 100, width: 400, height: 300 };
  const covers: Rect[] = [
    { x: 50, y: 50, width: 200, height: 150 },
    { x: 300, y: 250, width: 400, height: 90 },
    { x: 450, y: 90, width: 20, height: 40 },
  ];

  it('is every pixel that nothing covers, and no other', () => {
    const region = visibleRegion(window, covers);
    const has = (rects: readonly Rect[], x: number, y: number): boolean =>
      rects.some((rect) => intersect(rect, { x, y, width: 1, height: 1 }) !== undefined);
    for (let y = 90; y < 420; y += 3) {
      for (let x = 90; x < 520; x += 3) {
        const wanted = has([window], x, y) && !has(covers, x, y);
        expect(has(region, x, y), `${x}, ${y}`).toBe(wanted);
      }
    }
  });

  it('is nothing of a window that is covered', () => {
    expect(visibleRegion(window, [{ x: 0, y: 0, width: 900, height: 900 }])).toEqual([]);
  });

  it('has a place for a name where nothing covers it, if there is room', () => {
    const region = visibleRegion(window, covers);
    const size = { width: 120, height: 40 };
    const point = placeIn(region, size);
    expect(point).toBeDefined();
    for (const cover of covers)
      expect(intersect({ ...size, ...point } as Rect, cover)).toBeUndefined();
    expect(placeIn(region, { width: 390, height: 200 })).toBeUndefined();
  });
});

const US = keyboard(['us']);
const ESCAPE = KEY.escape;
const TAB = KEY.tab;
const P = 33;
const S = 39;

describe('keys in the overlay', () => {
  it('mean nothing for 300 ms, and nothing while they were held before', () => {
    const input = new OverlayInput(US, 1000, [P]);
    expect(input.press(ESCAPE, 1000 + GUARD_MS - 1)).toBeUndefined();
    expect(input.press(ESCAPE, 1000 + GUARD_MS)).toBeUndefined();
    input.release(ESCAPE, 1400);
    expect(input.press(ESCAPE, 1500)).toBe('close');
    expect(input.press(P, 1600)).toBeUndefined();
    input.release(P, 1700);
    expect(input.press(P, 1701)).toBe('pause');
    expect(input.mayClick(1000 + GUARD_MS - 1)).toBe(false);
    expect(input.mayClick(1000 + GUARD_MS)).toBe(true);
  });

  it('do not count when they repeat', () => {
    const input = new OverlayInput(US, 0, []);
    expect(input.press(S, 1000)).toBe('stop');
    input.release(S, 1500);
    expect(input.press(S, 1500)).toBeUndefined();
    expect(input.press(TAB, 1600)).toBe('down');
    expect(input.press(KEY.c, 1650)).toBe('other');
    input.release(KEY.c, 1660);
    expect([...input.down].toSorted((a, b) => a - b)).toEqual([TAB, S]);
  });

  it('stop only with a second press that comes a moment later', () => {
    const input = new OverlayInput(US, 0, []);
    expect(input.confirmStop(1000)).toBe(false);
    expect(input.confirmStop(1000 + GUARD_MS - 1)).toBe(false);
    expect(input.confirmStop(1000 + GUARD_MS)).toBe(true);
    input.forgetStop();
    expect(input.confirmStop(5000)).toBe(false);
  });
});

describe('the list of the overlay', () => {
  const label = BUILTIN_LABELS[0] as Label;
  const row = (name: string, more: Partial<OverlayRow> = {}): OverlayRow => ({
    ...{ qube: name as QubeName, label, note: undefined, own: true, windows: 1 },
    ...more,
  });

  it('keeps its choice by name when qubes come and go', () => {
    const list = new OverlayList();
    list.update([row('a'), row('b')], 'b' as QubeName);
    list.arm();
    list.update([row('new'), row('a'), row('b')]);
    expect(list.facts).toMatchObject({ chosen: 2, armed: 2 });
    expect(list.stopAct()).toEqual({ kind: 'stop', qube: 'b' });
    list.update([row('new'), row('a')]);
    expect(list.facts).toMatchObject({ chosen: 0, armed: undefined });
  });

  it('forgets that "stop" was asked for when another qube is chosen', () => {
    const list = new OverlayList();
    list.update([row('a'), row('b')]);
    list.arm();
    expect(list.isArmed).toBe(true);
    list.move(-1);
    expect(list.facts).toMatchObject({ chosen: 1, armed: undefined });
    list.move(1);
    expect(list.isArmed).toBe(false);
  });

  it('lets a paused qube go on, and leaves one alone that somebody else runs', () => {
    const list = new OverlayList();
    list.update([row('a', { note: 'paused' }), row('b', { own: false })]);
    expect(list.pauseAct()).toEqual({ kind: 'go-on', qube: 'a' });
    list.move(1);
    expect(list.pauseAct()).toBeUndefined();
    expect(list.stopAct()).toBeUndefined();
  });
});
