import { describe, expect, it } from 'vitest';
import type { VmWindowId } from '../../../src/base/ids.ts';
import { QubeWindow, WindowTable } from '../../../src/session/window-table.ts';

const rect = { x: 0, y: 0, width: 1, height: 1 };

/** A table of `count` windows, numbered from 1, each transient for the one before it. */
function chain(count: number): { table: WindowTable; windows: QubeWindow[] } {
  const table = new WindowTable(1000);
  const windows = Array.from({ length: count }, (_, i) => {
    const window = new QubeWindow((i + 1) as VmWindowId, rect, false);
    table.add(window);
    return window;
  });
  windows.forEach((window, i) => {
    window.transientFor = windows[i - 1];
  });
  return { table, windows };
}

describe('whom a window is transient for', () => {
  it('is followed up a chain, but not without end', () => {
    const { table, windows } = chain(40);
    const loose = new QubeWindow(99 as VmWindowId, rect, false);
    table.add(loose);
    expect(table.transientTarget(loose, 10 as VmWindowId)).toBe(windows[9]);
    expect(table.transientTarget(loose, 40 as VmWindowId)).toBeUndefined();
  });

  it('is nobody when the chain leads back, however long the circle', () => {
    const { table, windows } = chain(10);
    const [first] = windows;
    if (!first) throw new Error('no window');
    expect(table.transientTarget(first, 10 as VmWindowId)).toBeUndefined();
    expect(table.transientTarget(first, 1 as VmWindowId)).toBeUndefined();
  });

  it('does not look behind a window that is gone', () => {
    const { table, windows } = chain(3);
    const [first, second] = windows;
    if (!first || !second) throw new Error('no windows');
    table.remove(second);
    expect(table.transientTarget(first, 3 as VmWindowId)).toBe(windows[2]);
  });
});

describe('the end of a conversation', () => {
  it('retires every window and its timer', () => {
    const { table, windows } = chain(2);
    let stopped = 0;
    for (const window of windows) {
      window.timer = { [Symbol.dispose]: () => void stopped++ };
    }
    table.clear();
    expect(stopped).toBe(2);
    expect(table.size).toBe(0);
    expect(windows.every((window) => window.gone)).toBe(true);
  });
});
