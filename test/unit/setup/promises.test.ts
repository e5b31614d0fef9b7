/** The promises of SECURITY.md are checked and told as they are, whatever is missing. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { promiseProblems } from '../../../scripts/checks/promises.mjs';
import {
  filesOf,
  outcomesOf,
  promiseLines,
  promisesOf,
  testsNamed,
} from '../../../scripts/promises.mjs';

const DOCUMENT = `# Security

## Promises

| # | promise | held by |
| --- | --- | --- |
| 1 | Frames, \`npm run\` aside | \`test/hostile/frames\`, \`test/unit/desktop\` |
| 2 | Popups | \`test/sandbox/*\` |

## Known attacks

| attack | held by |
| --- | --- |
| 26 | \`H/floods\` |
`;
const FILES = [
  'src/desktop/frame.ts',
  'test/hostile/floods.test.ts',
  'test/hostile/frames.test.ts',
  'test/hostile/frames-model.test.ts',
  'test/sandbox/files.test.ts',
  'test/unit/desktop/geometry.test.ts',
  'test/unit/desktop-clipboard/keys.test.ts',
];
const mutation = (promise: string, test: string) => ({
  ...{ promise, test, file: 'src/desktop/frame.ts', search: 'a', replace: 'b', suite: 'unit' },
});
const MUTATIONS = [
  mutation('1: all sides', 'test/hostile/frames.test.ts'),
  mutation('2: together', 'test/sandbox/files.test.ts'),
  mutation('D2-26: floods', 'test/hostile/floods.test.ts'),
];

const problems = (document = DOCUMENT, files = FILES, mutations = MUTATIONS) =>
  promiseProblems(document, files, mutations);

describe('what SECURITY.md names', () => {
  it('are files, folders and beginnings, and nothing else', () => {
    expect(testsNamed('`test/a/b`, `H/c`, `src/d` and test/e')).toEqual([
      'test/a/b',
      'test/hostile/c',
    ]);
    expect(filesOf('test/hostile/frames', FILES)).toEqual(['test/hostile/frames.test.ts']);
    expect(filesOf('test/hostile/f*', FILES)).toHaveLength(3);
    expect(filesOf('test/unit/desktop', FILES)).toEqual(['test/unit/desktop/geometry.test.ts']);
    expect(promisesOf(DOCUMENT).map(({ number, tests }) => [number, tests.length])).toEqual([
      [1, 2],
      [2, 1],
    ]);
  });

  it('holds together', () => {
    expect(problems()).toEqual([]);
  });

  it.each([
    [
      'a test that is gone',
      problems(DOCUMENT.replace('H/floods', 'H/flood')),
      'no test test/hostile/flood',
    ],
    [
      'a promise without a test',
      problems(DOCUMENT.replace('`test/sandbox/*`', '-')),
      'names no test',
    ],
    [
      'a number that is left out',
      problems(DOCUMENT.replace('| 2 |', '| 3 |')),
      'promise 2 is not there',
    ],
    ['no table', problems(DOCUMENT.replace('## Promises', '## Other')), 'no table of promises'],
    [
      'no mutation',
      problems(DOCUMENT, FILES, MUTATIONS.slice(0, 1)),
      'no mutation breaks promise 2',
    ],
    [
      'a mutation of no promise',
      problems(DOCUMENT, FILES, [...MUTATIONS, mutation('7: more', 'test/hostile/floods.test.ts')]),
      'is no promise',
    ],
    [
      'a mutation that another test notices',
      problems(DOCUMENT, FILES, [...MUTATIONS, mutation('2: x', 'test/hostile/floods.test.ts')]),
      'promise 2 does not name test/hostile/floods.test.ts',
    ],
    [
      'a mutation whose test is gone',
      problems(DOCUMENT, FILES, [...MUTATIONS, mutation('D2-1: x', 'test/gone.test.ts')]),
      'has no test test/gone.test.ts',
    ],
  ])('%s is a problem', (_what, found, said) => {
    expect(found.join('\n')).toContain(said);
  });
});

describe('the line of a promise', () => {
  const promises = promisesOf(DOCUMENT);
  const good = { passed: 3, failed: 0, skipped: 0 };
  const outcomes = (change: Record<string, typeof good | undefined> = {}) => {
    const all = { ...Object.fromEntries(FILES.map((file) => [file, good])), ...change };
    return new Map(Object.entries(all).flatMap(([file, one]) => (one ? [[file, one]] : [])));
  };

  it('says what held it in this run', () => {
    expect(promiseLines(promises, outcomes())).toEqual([
      'promise  1 held by 6 passed, 0 failed: test/hostile/frames 3, test/unit/desktop 3',
      'promise  2 held by 3 passed, 0 failed: test/sandbox/* 3',
    ]);
  });

  it.each([
    [{ passed: 2, failed: 1, skipped: 0 }, 'NOT HELD by 5 passed, 1 failed: '],
    [undefined, 'NOT HELD by 3 passed, 0 failed: test/hostile/frames NOT RUN'],
    [{ passed: 2, failed: 0, skipped: 1 }, 'held by 5 passed, 0 failed, 1 skipped: '],
  ])('is no praise when a test failed, was not run or was left out (%o)', (outcome, said) => {
    const [line] = promiseLines(promises, outcomes({ 'test/hostile/frames.test.ts': outcome }));
    expect(line).toContain(said);
  });

  it('says that a suite apart was not run, which breaks no promise; it counts when it was', () => {
    const file = 'test/hostile/frames.test.ts';
    const line = (outcome?: typeof good) =>
      promiseLines(promises, outcomes({ [file]: outcome }), ['hostile'])[0];
    expect(line()).toContain('held by 3 passed, 0 failed: test/hostile/frames apart, not run');
    expect(line({ ...good, failed: 1 })).toContain('NOT HELD by 6 passed, 1 failed: ');
  });

  it('comes from the reports; a file that could not be loaded has failed', () => {
    const folder = mkdtempSync(join(tmpdir(), 'livery-promises-'));
    const file = (name: string, statuses: string[], status = 'passed') => ({
      ...{ name: resolve(name), status },
      assertionResults: statuses.map((one) => ({ status: one })),
    });
    const write = (name: string, ...testResults: object[]) => {
      writeFileSync(join(folder, name), JSON.stringify({ testResults }));
      return join(folder, name);
    };
    const one = write(
      'one.json',
      file('test/a.test.ts', ['passed', 'failed', 'pending'], 'failed'),
    );
    const two = write('two.json', file('test/a.test.ts', ['passed']), file('b.ts', [], 'failed'));
    expect([...outcomesOf([one, two, join(folder, 'missing.json')])]).toEqual([
      ['test/a.test.ts', { passed: 2, failed: 1, skipped: 1 }],
      ['b.ts', { passed: 0, failed: 1, skipped: 0 }],
    ]);
    rmSync(folder, { recursive: true });
  });
});
