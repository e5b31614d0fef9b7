/**
 * One case of test/golden/vectors as a test: its name is the case's id and what
 * it expects, so that the report of the suite can tell them apart and count.
 */
import { test } from 'vitest';
import { vectors } from '../unit/protocol/golden.ts';
import { differs } from './differs.ts';

/** Registers the case `id`; a case that is met in several ways is one test with all of them. */
export function vector(id: string, run: () => Promise<void>): void {
  const found = vectors.find((one) => one.id === id);
  if (!found) throw new Error(`there is no vector ${id}`);
  const own = differs[id];
  const livery = own === undefined ? '' : ` | Livery: ${own.does}`;
  test(`${id}: ${found.expect}${livery}`, run);
}
