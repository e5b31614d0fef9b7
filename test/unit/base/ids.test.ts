import { expect, test } from 'vitest';
import { parseDomainId, parseQubeName } from '../../../src/base/ids.ts';

test('domain ids are those that a guest may have', () => {
  expect([1, 5, 0x7fef].map(parseDomainId)).toEqual([1, 5, 0x7fef]);
  for (const no of [0, -1, 0x7ff0, 1.5, Number.NaN, 2 ** 32 + 1]) {
    expect(parseDomainId(no)).toBeUndefined();
  }
});

test('names of qubes are safe in paths, properties and logs', () => {
  for (const yes of ['work', 'a', 'sys-net', 'my.qube_2', `q${'x'.repeat(30)}`]) {
    expect(parseQubeName(yes)).toBe(yes);
  }
  const no = ['', '2work', '.hidden', '../up', 'a/b', 'a b', 'a\n', '$(id)', 'ä', 'x'.repeat(32)];
  for (const name of [...no, 'none', 'Default', 'dom0', 'Domain-0', 'work-dm']) {
    expect(parseQubeName(name)).toBeUndefined();
  }
});
