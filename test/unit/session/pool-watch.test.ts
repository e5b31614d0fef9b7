import { expect, it } from 'vitest';
import type { Rect } from '../../../src/base/geometry.ts';
import type { VmWindowId } from '../../../src/base/ids.ts';
import { type Log, silentLog } from '../../../src/base/log.ts';
import { PoolWatch } from '../../../src/session/pool-watch.ts';
import { makeSurface } from '../../../src/session/surface-pages.ts';
import { QubeWindow, WindowTable } from '../../../src/session/window-table.ts';
import { ManualClock } from '../../rig/manual-clock.ts';

/** A pool of 1 MiB; a window of 256x192 takes 48 pages of its 256. */
const POOL_PAGES = 256;
const place: Rect = { x: 0, y: 0, width: 256, height: 192 };

function watched(usedPages = 0) {
  const clock = new ManualClock();
  const windows = new WindowTable(10);
  const said: string[] = [];
  const log: Log = { ...silentLog, warn: (_fields, text) => void said.push(text) };
  const options = { clock, log, windows, poolPages: POOL_PAGES, usedPages: () => usedPages };
  const watch = new PoolWatch(options);
  const add = (id: number): QubeWindow => {
    const window = new QubeWindow(id as VmWindowId, place, false);
    window.mapped = true;
    windows.add(window);
    return window;
  };
  const look = (): void => {
    watch.changed();
    clock.advance(1000);
  };
  return { watch, add, look, said, clock };
}

const picture = () =>
  makeSurface({ ...place, refs: Uint32Array.from({ length: 48 }, (_, i) => i) }, POOL_PAGES);

it('says once that the pool is full, and for how many windows', () => {
  const { watch, add, look, said } = watched(POOL_PAGES - 47);
  add(1);
  add(2);
  look();
  look();
  expect(said).toEqual([
    'its shared memory of 1 MiB is full, 2 windows are without a picture; close some or set a larger pool_mib',
  ]);
  expect(watch.shortage).toBe(said[0]);
});

it('is silent while there is room: the program may just be slow', () => {
  const { watch, add, look, said } = watched(POOL_PAGES - 48);
  add(1);
  look();
  expect(said).toEqual([]);
  expect(watch.shortage).toBeUndefined();
});

it('is over when the windows have pictures, are hidden, or show the whole screen', () => {
  const { watch, add, look } = watched(POOL_PAGES);
  const window = add(1);
  const screen = add(0);
  look();
  expect(watch.shortage).toBeDefined();

  window.surface = picture();
  look();
  expect(watch.shortage).toBeUndefined();

  window.surface = undefined;
  window.mapped = false;
  look();
  expect(watch.shortage).toBeUndefined();

  window.mapped = true;
  screen.surface = picture();
  look();
  expect(watch.shortage).toBeUndefined();
});

it('looks once for many changes, and not after its end', () => {
  const { watch, add, said, clock } = watched(POOL_PAGES);
  add(1);
  for (let i = 0; i < 100; i++) watch.changed();
  expect(clock.waiting).toBe(1);
  watch[Symbol.dispose]();
  clock.advance(5000);
  expect(said).toEqual([]);
});
