import { describe, expect, it } from 'vitest';
import { makeSurface, PageBudget, pagesOf } from '../../../src/session/surface-pages.ts';

const refs = (...pages: number[]) => Uint32Array.from(pages);

describe('the pages of an image', () => {
  it.each([
    [1, 1, 1],
    [1024, 1, 1],
    [1025, 1, 2],
    [640, 480, 300],
    [16384, 6144, 98304],
    [0, 10, 0],
  ])('%s x %s pixels lie in %s', (width, height, pages) => {
    expect(pagesOf(width, height)).toBe(pages);
  });
});

describe('a surface', () => {
  it('may use the last page of the pool and not the one after it', () => {
    expect(makeSurface({ width: 1024, height: 1, refs: refs(9) }, 10)?.firstPage).toBe(9);
    expect(makeSurface({ width: 1024, height: 1, refs: refs(10) }, 10)).toBeUndefined();
    expect(makeSurface({ width: 1024, height: 2, refs: refs(0, 10) }, 10)).toBeUndefined();
  });

  it('is not made of references that do not cover it', () => {
    expect(makeSurface({ width: 1024, height: 2, refs: refs(0) }, 10)).toBeUndefined();
  });

  it('has a first page only when the pages follow each other upwards', () => {
    const image = { width: 1024, height: 3 };
    expect(makeSurface({ ...image, refs: refs(4, 5, 6) }, 10)?.firstPage).toBe(4);
    expect(makeSurface({ ...image, refs: refs(6, 5, 4) }, 10)?.firstPage).toBeUndefined();
    expect(makeSurface({ ...image, refs: refs(4, 4, 4) }, 10)?.firstPage).toBeUndefined();
  });

  it('keeps its own copy of the references', () => {
    const given = refs(4, 5);
    const surface = makeSurface({ width: 1024, height: 2, refs: given }, 10);
    given[0] = 9;
    expect(surface?.refs).toEqual(refs(4, 5));
  });
});

describe('the budget of pages', () => {
  it('is twice the pool, and what is released can be used again', () => {
    const budget = new PageBudget(4);
    const four = makeSurface({ width: 1024, height: 4, refs: refs(0, 1, 2, 3) }, 4);
    if (!four) throw new Error('no surface');
    expect([budget.take(four), budget.take(four), budget.take(four)]).toEqual([true, true, false]);
    budget.release(undefined);
    budget.release(four);
    expect(budget.take(four)).toBe(true);
    expect(budget.used).toBe(8);
  });
});
