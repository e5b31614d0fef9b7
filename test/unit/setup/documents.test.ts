/** docs/dependencies.md and docs/errors.md say what is so. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { packageGroups } from '../../../scripts/packages.mjs';
import { filesUnder } from '../../../scripts/setup/stamps.mjs';
import { EXIT } from '../../../src/base/errors.ts';

/** First and second cell of each row of the tables under a heading. */
function rows(file: string, heading: string): [string, string][] {
  const text = readFileSync(file, 'utf8');
  const section = text.split(/^## /m).find((part) => part.startsWith(`${heading}\n`));
  if (section === undefined) throw new Error(`${file} has no section '${heading}'`);
  return [...section.matchAll(/^\| `?([^`|]+?)`? \| ([^|]+?) \|/gm)]
    .map(([, first = '', second = '']): [string, string] => [first, second])
    .slice(1)
    .filter(([first]) => !first.startsWith('---'));
}

interface Manifest {
  readonly dependencies: Record<string, string>;
  readonly devDependencies: Record<string, string>;
}

describe('docs/dependencies.md', () => {
  const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest;
  const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
    packages: Record<string, { version: string }>;
  };

  it.each([
    ['npm packages of the program', manifest.dependencies],
    ['npm packages of development', manifest.devDependencies],
  ])('lists the %s with their versions', (heading, dependencies) => {
    const used = Object.keys(dependencies).map((name) => [
      name,
      lock.packages[`node_modules/${name}`]?.version,
    ]);
    expect(rows('docs/dependencies.md', heading).sort()).toEqual(used.sort());
  });

  it('lists the Debian packages with what needs them', () => {
    const used = Object.entries(packageGroups).flatMap(([group, packages]) =>
      packages.map((item) => [item.name, group]),
    );
    expect(rows('docs/dependencies.md', 'Debian packages').sort()).toEqual(used.sort());
  });
});

describe('docs/errors.md', () => {
  it('lists the exit codes', () => {
    const documented = rows('docs/errors.md', 'Exit codes').map(([code, name]) => [
      name,
      Number(code),
    ]);
    expect(Object.fromEntries(documented)).toEqual(EXIT);
  });

  it('explains every code that a person or the log can meet', () => {
    const thrown = /new (?:UserError|LimitExceeded|ProtocolViolation)\(\s*'([A-Z0-9_]+)'/g;
    const rules = readFileSync('src/protocol/rules.ts', 'utf8');
    const explained = new Set(rows('docs/errors.md', 'Codes').map(([code]) => code));
    const missing = filesUnder('src').flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(thrown)]
        .map(([, code = '']) => code)
        .filter((code) => !explained.has(code) && !new RegExp(`^  ${code}: `, 'm').test(rules))
        .map((code) => `${code} of ${file}`),
    );
    expect(missing).toEqual([]);
  });
});
