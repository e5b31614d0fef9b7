/** A whole number in a range, for schemas, with what was expected in words. */
import * as v from 'valibot';

export const integer = (low: number, high: number, what: string) => {
  const expected = `expected ${what}: a whole number, ${low} to ${high}`;
  return v.pipe(
    v.number(expected),
    v.integer(expected),
    v.minValue(low, expected),
    v.maxValue(high, expected),
  );
};
