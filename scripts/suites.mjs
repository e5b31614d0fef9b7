/**
 * The test suites: which files, how long they may take, and how many files are
 * run at a time. vitest.config.ts and scripts/test.mjs are made from this table.
 */

/**
 * @typedef {object} Suite
 * @property {string} name
 * @property {readonly string[]} include globs of test files; none = those of another suite
 * @property {number} budgetSeconds more is said, not failed; six times as much is ended and failed
 * @property {number} testSeconds limit of one test and of one hook
 * @property {number} [workers] files at a time; as many as there are processors if not given
 * @property {boolean} [vectors] its tests are named after the cases of test/golden/vectors, which
 *   are listed and counted at its end
 * @property {boolean} [apart] not part of `npm test`, since it needs what not every machine has (a
 *   whole browser, virtual machines); run by its name, and by continuous integration
 * @property {string} [again] the suite whose tests are run again, against the addon built with
 *   AddressSanitizer
 */

/** In the order in which `npm test` runs them: fast ones first. @type {readonly Suite[]} */
export const suites = [
  {
    name: 'unit',
    include: ['test/architecture.test.ts', 'test/unit/**/*.test.ts'],
    budgetSeconds: 120,
    testSeconds: 15,
  },
  {
    name: 'property',
    include: ['test/property/**/*.test.ts'],
    budgetSeconds: 60,
    testSeconds: 30,
  },
  {
    name: 'native',
    include: ['test/native/**/*.test.ts'],
    budgetSeconds: 40,
    testSeconds: 30,
  },
  {
    name: 'asan',
    include: [],
    again: 'native',
    budgetSeconds: 80,
    testSeconds: 60,
  },
  {
    name: 'sandbox',
    include: ['test/sandbox/**/*.test.ts'],
    budgetSeconds: 120,
    testSeconds: 60,
    workers: 2,
  },
  {
    name: 'wire',
    include: ['test/wire/**/*.test.ts'],
    budgetSeconds: 240,
    testSeconds: 60,
    workers: 2,
    vectors: true,
  },
  {
    name: 'clipboard',
    include: ['test/clipboard/**/*.test.ts'],
    budgetSeconds: 300,
    testSeconds: 300,
    workers: 2,
  },
  {
    name: 'e2e',
    include: ['test/e2e/**/*.test.ts'],
    budgetSeconds: 480,
    testSeconds: 60,
    workers: 2,
  },
  {
    name: 'hostile',
    include: ['test/hostile/**/*.test.ts'],
    budgetSeconds: 480,
    testSeconds: 60,
    workers: 2,
  },
  {
    name: 'qemu',
    include: ['test/qemu/**/*.test.ts'],
    budgetSeconds: 600,
    testSeconds: 400,
    workers: 1,
    apart: true,
  },
  {
    name: 'package',
    include: ['test/package/**/*.test.ts'],
    budgetSeconds: 600,
    testSeconds: 600,
    workers: 1,
    apart: true,
  },
  {
    name: 'xen',
    include: ['test/xen/**/*.test.ts'],
    budgetSeconds: 600,
    testSeconds: 300,
    workers: 1,
    apart: true,
  },
  {
    name: 'view',
    include: ['test/view/**/*.test.ts'],
    budgetSeconds: 120,
    testSeconds: 120,
    workers: 1,
    apart: true,
  },
];

/** The suites that have test files of their own. */
export const projects = suites.filter((suite) => suite.again === undefined);

/** What `npm run check` may take; with unit and property 240 s. */
export const checkBudgetSeconds = 60;
