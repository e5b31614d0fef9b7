/**
 * The bundles of dist/bundle (scripts/build.mjs): the programs that start with the
 * screen or with a qube share no chunk with other verbs, which would make them read more
 * at their start, and whatever a bundle names is there.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectFile } from '../../../src/native/project.ts';

const FOLDER = projectFile('dist/bundle');
const NAMED = /(?:from|import\(|import)\s*["'`](\.[^"'`]+)["'`]/g;

/** Files of other modules that those of one program name, as they are written there. */
function named(program: string): string[] {
  const files = readdirSync(FOLDER).filter(
    (file) => file === `${program}.js` || file.startsWith(`${program}-`),
  );
  return files.flatMap((file) =>
    [...readFileSync(join(FOLDER, file), 'utf8').matchAll(NAMED)].map(([, name]) => name as string),
  );
}

describe.each(['agent', 'daemon', 'renderer'])('the bundle of livery %s', (verb) => {
  const names = named(`livery-${verb}`);

  it('names its own files only, and verbs that are not its own', () => {
    expect(names).toContainEqual(expect.stringMatching(`^\\./livery-${verb}-`));
    const others = names.filter((name) => !name.startsWith(`./livery-${verb}`));
    expect(others.length).toBeGreaterThan(10);
    expect(others.filter((name) => dirname(name) !== '../cli/verbs')).toEqual([]);
    expect(others).not.toContain(`../cli/verbs/${verb}.js`);
  });

  it('names only what is there', () => {
    expect(names.filter((name) => !existsSync(join(FOLDER, name)))).toEqual([]);
  });
});
