/**
 * One vitest project per suite of scripts/suites.mjs. Each test file runs in a
 * process of its own: tests load the addon and own processes and sockets.
 */
import { defineConfig } from 'vitest/config';
import { projects } from './scripts/suites.mjs';

export default defineConfig({
  // Node 20 does not know `using`.
  oxc: { target: 'es2022' },
  test: {
    pool: 'forks',
    projects: projects.map((suite, place) => ({
      extends: true,
      test: {
        name: suite.name,
        include: [...suite.include],
        testTimeout: suite.testSeconds * 1000,
        hookTimeout: suite.testSeconds * 1000,
        sequence: { groupOrder: place },
        ...(suite.workers === undefined ? {} : { maxWorkers: suite.workers }),
      },
    })),
  },
});
