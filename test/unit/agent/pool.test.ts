import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DumpLedger } from '../../../src/agent/dump-ledger.ts';
import { PageAllocator } from '../../../src/agent/page-allocator.ts';

describe('PageAllocator', () => {
  it('never gives a page twice, never page 0, and gets all of them back', () => {
    const pages = 64;
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -8, max: 20 }), { maxLength: 200 }), (steps) => {
        const allocator = new PageAllocator(pages);
        const runs: { start: number; count: number }[] = [];
        const used = new Set<number>();
        for (const step of steps) {
          if (step > 0) {
            const start = allocator.alloc(step);
            if (start === undefined) continue;
            for (let page = start; page < start + step; page++) {
              expect(page >= 1 && page < pages && !used.has(page)).toBe(true);
              used.add(page);
            }
            runs.push({ start, count: step });
          } else {
            const [run] = runs.splice(-step % Math.max(1, runs.length), 1);
            if (!run) continue;
            allocator.free(run.start, run.count);
            for (let page = run.start; page < run.start + run.count; page++) used.delete(page);
          }
          expect(allocator.freePages).toBe(pages - 1 - used.size);
        }
        for (const run of runs) allocator.free(run.start, run.count);
        // Everything has joined again.
        expect(allocator.alloc(pages - 1)).toBe(1);
      }),
    );
  });

  it('refuses to take back what is free', () => {
    const allocator = new PageAllocator(10);
    const start = allocator.alloc(3) as number;
    allocator.free(start, 3);
    expect(() => allocator.free(start, 3)).toThrow(/not in use/);
    expect(() => allocator.free(0, 1)).toThrow(/not in use/);
    expect(() => allocator.free(9, 2)).toThrow(/not in use/);
  });

  it('says when there is no run that long', () => {
    const allocator = new PageAllocator(10);
    const [a, , c] = [allocator.alloc(3), allocator.alloc(3), allocator.alloc(3)];
    allocator.free(a as number, 3);
    allocator.free(c as number, 3);
    expect(allocator.freePages).toBe(6);
    expect(allocator.alloc(4)).toBeUndefined();
    expect(allocator.alloc(3)).toBe(1);
  });
});

describe('DumpLedger', () => {
  const run = (start: number) => ({ start, count: 1 });

  function ledger() {
    const released: number[] = [];
    return { released, ledger: new DumpLedger(({ start }) => released.push(start)) };
  }

  it('releases what a dump replaced with that dump, not with the one before', () => {
    const { ledger: one, released } = ledger();
    one.sent(1);
    one.retire(run(10));
    one.sent(2);
    expect(one.acknowledged()).toBe(1);
    expect(released).toEqual([]);
    expect(one.acknowledged()).toBe(2);
    expect(released).toEqual([10]);
    expect(one.acknowledged()).toBeUndefined();
  });

  it('releases what was unmapped with anything that is acknowledged later', () => {
    const { ledger: one, released } = ledger();
    one.sent(1);
    one.retire(run(10));
    one.sentDestroy();
    one.retire(run(11));
    one.acknowledged();
    expect(released).toEqual([]);
    one.acknowledgedDestroy();
    expect(released).toEqual([10]);
    one.acknowledgedDestroy();
    expect(released).toEqual([10]);
    one.sent(2);
    one.acknowledged();
    expect(released).toEqual([10, 11]);
  });

  it('gives all back when the daemon goes, once', () => {
    const { ledger: one, released } = ledger();
    one.sent(1);
    one.retire(run(10));
    one.retire(run(11));
    one.sent(2);
    one.reset();
    expect(released).toEqual([10, 11]);
    expect(one.outstanding).toBe(0);
    one.reclaim();
    expect(released).toEqual([10, 11]);
  });
});
