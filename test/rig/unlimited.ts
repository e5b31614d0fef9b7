/** Limits of a qube that may say as much as it can, for tests of other things than rates. */
import { BUDGETS, type Limits, limitsFrom } from '../../src/base/budgets.ts';

const FASTEST = 1e9;

export function unlimited(values: Partial<Limits> = {}): Limits {
  const rates = Object.keys(BUDGETS)
    .filter((name) => /Per(Second|Minute)$/.test(name))
    .map((name) => [name, FASTEST]);
  return limitsFrom({ ...Object.fromEntries(rates), ...values }, undefined);
}
