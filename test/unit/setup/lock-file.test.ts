/**
 * package-lock.json is one that `npm ci` takes: it names every package that
 * another one asks for, also those of other platforms. `npm install` leaves the
 * latter out when the registry in use does not have them, and `npm ci` then
 * refuses the file.
 */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

interface Locked {
  readonly version?: string;
  readonly integrity?: string;
  readonly optional?: boolean;
  readonly dependencies?: Record<string, string>;
  readonly optionalDependencies?: Record<string, string>;
}

const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
  packages: Record<string, Locked>;
};

/** Where Node.js finds a package that the one at `path` asks for. */
function resolve(path: string, name: string): Locked | undefined {
  for (let base = path; ; base = base.slice(0, Math.max(0, base.lastIndexOf('/node_modules/')))) {
    const found = packages[`${base === '' ? '' : `${base}/`}node_modules/${name}`];
    if (found || base === '') return found;
  }
}

it('names every package that is asked for', () => {
  const missing = Object.entries(packages).flatMap(([path, one]) =>
    Object.keys({ ...one.dependencies, ...one.optionalDependencies })
      .filter((name) => !resolve(path, name)?.version)
      .map((name) => `${name}, asked for by ${path || 'package.json'}`),
  );
  expect(missing).toEqual([]);
});

it('has the hash of every package but those of other platforms', () => {
  const bare = Object.entries(packages)
    .filter(([path, one]) => path !== '' && !one.integrity && !one.optional)
    .map(([path]) => path);
  expect(bare).toEqual([]);
});
