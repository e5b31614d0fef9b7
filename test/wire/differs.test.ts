/**
 * PROTOCOL.md says of each case what differs, in the words of differs.ts; and
 * what is not run is said to be not run.
 */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { vectors } from '../unit/protocol/golden.ts';
import { differs } from './differs.ts';

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');

/** Cases with the same words share a row. */
function table(): string {
  const rows = new Map<string, string[]>();
  for (const { id } of vectors) {
    const own = differs[id];
    if (!own) continue;
    const words = `${own.does} | ${own.why}`;
    rows.set(words, [...(rows.get(words) ?? []), id]);
  }
  const lines = [...rows].map(([words, ids]) => `| ${ids.join(', ')} | ${words} |`);
  return ['| case | Livery | why |', '| --- | --- | --- |', ...lines].join('\n');
}

test('PROTOCOL.md has the differences as they are tested', () => {
  const [, after = ''] = read('../../PROTOCOL.md').split('<!-- begin differences -->');
  const [between = ''] = after.split('<!-- end differences -->');
  expect(between.trim()).toBe(table());
});

test('every difference is one of a case that there is', () => {
  const ids = vectors.map(({ id }) => id);
  expect(Object.keys(differs).filter((id) => !ids.includes(id))).toEqual([]);
  const notRun: Record<string, string> = JSON.parse(read('not-run.json'));
  expect(Object.keys(notRun).filter((id) => !ids.includes(id))).toEqual([]);
  expect(Object.keys(notRun).filter((id) => id in differs)).toEqual([]);
});
