import { expect, test } from 'vitest';
import { BUDGETS } from '../../../src/base/budgets.ts';
import { NoticeBudget } from '../../../src/desktop/clipboard/notice-budget.ts';

test('a qube gets so many notices a minute, and leaves room for others', () => {
  const budget = new NoticeBudget();
  const shown = (qube: string, atMs: number): number => {
    let count = 0;
    while (budget.take(qube, atMs, BUDGETS.noticesPerMinute.value) && count < 100) count++;
    return count;
  };
  expect(shown('flood', 0)).toBe(6);
  expect(shown('other', 1000)).toBe(6);
  expect(shown('third', 1000)).toBe(6);
  expect(shown('fourth', 1000)).toBe(2);
  expect(shown('flood', 59_999)).toBe(0);
  expect(shown('flood', 60_000)).toBe(6);
});
