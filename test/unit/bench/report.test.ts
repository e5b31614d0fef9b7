/** What is made of the benchmark's figures: medians, ratios, marks. */
import { describe, expect, it } from 'vitest';
import { markdownOf, ratiosOf, tableOf } from '../../../bench/report.ts';
import { quantile, Results } from '../../../bench/results.ts';

describe('a quantile', () => {
  it('lies between the samples', () => {
    expect(quantile([5], 0.5)).toBe(5);
    expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5);
    expect(quantile([4, 1, 3, 2], 0)).toBe(1);
    expect(quantile([4, 1, 3, 2], 1)).toBe(4);
    expect(quantile([], 0.5)).toBeNaN();
  });
});

describe('a table', () => {
  function results(livery: number): Results {
    const results = new Results();
    results.add('copy', 'memcpy', 'median', 'ms', 0.5);
    results.add('full60', 'Livery', 'all', 'ms', livery - 0.1, livery, livery + 0.1);
    results.add('full60', 'Livery', 'last late', 'ms', 3, 60, 5);
    results.add('full60', 'native X', 'all', 'ms', 1, 1, 1);
    results.note('full60', 'something happened');
    return results;
  }

  it('has the median with its spread, and ratios to native X and to a copy', () => {
    const text = tableOf(results(3), 'full60');
    expect(text).toMatch(/^## full60: .*CPU ms/);
    const [, heads = '', livery = '', native = ''] = text.split('\n');
    expect(heads.trim().split(/ {2,}/)).toEqual(['all ms', 'last late ms', '× native', '× memcpy']);
    expect(livery.trim().split(/ {2,}/)).toEqual([
      ...['Livery', '3.00 (2.90–3.10)', '5.00', '3.00', '6.00'],
    ]);
    expect(native.trim().split(/ {2,}/)).toEqual([
      ...['native X', '1.00 (1.00–1.00)', '1.00', '2.00'],
    ]);
    expect(text).toContain('note: something happened');
  });

  it('says which marks are met, of Livery only', () => {
    const met = tableOf(results(3.6), 'full60');
    expect(met).toMatch(/mark: at most 3.65 ms .*: Livery 3.60: met/);
    const missed = tableOf(results(3.7), 'full60');
    expect(missed).toMatch(/mark: at most 3.65 ms .*: Livery 3.70: NOT met/);
    // One late picture is enough.
    expect(missed).toMatch(/mark: last picture within 50 ms: Livery 60.0: NOT met/);
    expect(missed).not.toMatch(/mark: .*native X/);
  });

  it('is the same as Markdown', () => {
    const lines = markdownOf(results(3)).split('\n');
    expect(lines).toContain('| Livery | 3.00 (2.90–3.10) | 5.00 | 3.00 | 6.00 |');
    expect(lines).toContain('| --- | --- | --- | --- | --- |');
    expect(lines).toContain('- last picture within 50 ms: Livery 60.0, **not met**');
  });

  it('of ratios has the median and the best of rounds that took turns', () => {
    const figures = new Results();
    figures.add('keys400', 'Livery', 'median', 'ms', 6, 2, 4);
    figures.add('keys400', 'native X', 'median', 'ms', 2, 1, 1);
    figures.add('keys400', 'native X', 'p99', 'ms', 100, 100, 100);
    const [, , line = ''] = ratiosOf(figures).split('\n');
    expect(line.trim().split(/ {2,}/)).toEqual(['keys400', 'Livery', '4.00', '2.00', '3']);
    expect(ratiosOf(new Results())).toBe('');
  });

  it('is not there for what was not measured', () => {
    expect(tableOf(results(3), 'fullmax')).toBe('');
  });
});
