/**
 * Where this program lies. The same from a module of `src/`, from one of `dist/`
 * and from the bundle, whose depths differ.
 */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The directory that holds package.json, dist/ and (in a checkout) src/. */
export const PROJECT_ROOT = above(fileURLToPath(import.meta.url));

/** @param name a path below the project's directory */
export function projectFile(name: string): string {
  return join(PROJECT_ROOT, name);
}

function above(file: string): string {
  const directory = dirname(file);
  if (existsSync(join(directory, 'package.json'))) return directory;
  if (directory === file) throw new Error('package.json is missing above the program');
  return above(directory);
}
