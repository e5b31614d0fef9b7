/**
 * The tables [limits] and [qube.NAME.limits]: a key for each budget of
 * base/budgets.ts, named as there in the words of the file (max_windows).
 */
import * as v from 'valibot';
import { BUDGETS, type Limits, limitsFrom } from '../base/budgets.ts';
import { integer } from './whole-number.ts';

type BudgetName = keyof typeof BUDGETS;

const NAMES = Object.keys(BUDGETS) as BudgetName[];

/** `maxWindows` in the file. */
export function keyOf(name: BudgetName): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

export const LimitsTable = v.object(
  Object.fromEntries(
    NAMES.map((name) => {
      const { low, high, what } = BUDGETS[name];
      return [keyOf(name), v.optional(integer(low, high, what))] as const;
    }),
  ),
);

/** What a table says over `base`. */
export function limitsOf(
  entry: v.InferOutput<typeof LimitsTable> | undefined,
  base: Limits,
): Limits {
  return limitsFrom(Object.fromEntries(NAMES.map((name) => [name, entry?.[keyOf(name)]])), base);
}
