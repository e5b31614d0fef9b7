/**
 * A directory for PATH with the programs that the keeper and its shells use,
 * but for those that a test leaves out or replaces by a script of its own.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PROGRAMS = ['bwrap', 'flock', 'grep', 'mkdir', 'mount', 'prlimit', 'rm', 'rmdir'];
PROGRAMS.push('setpriv', 'sh', 'unshare');

export interface ProgramPath extends Disposable {
  readonly path: string;
}

/** Where a program really is. */
export function realProgram(name: string): string {
  const found = execFileSync('/bin/sh', ['-c', `command -v ${name}`], { encoding: 'utf8' });
  return realpathSync(found.trim());
}

/**
 * @param without a program that is not installed
 * @param scripts shell scripts in the place of programs
 */
export function programPath(
  without = '',
  scripts: Readonly<Record<string, string>> = {},
): ProgramPath {
  const path = mkdtempSync(join(tmpdir(), 'lk-path-'));
  for (const name of PROGRAMS) {
    const place = join(path, name);
    const script = scripts[name];
    if (name === without) continue;
    if (script === undefined) symlinkSync(realProgram(name), place);
    else writeFileSync(place, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }
  // The users of qubes walk through it.
  chmodSync(path, 0o755);
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}
