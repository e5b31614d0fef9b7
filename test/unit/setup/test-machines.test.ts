/**
 * What the suites with virtual machines say where there is no QEMU: the real
 * script, on a path that has every program but those that a test leaves out.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { packagesFor } from '../../../scripts/packages.mjs';

const SUITES = ['qemu', 'xen'] as const;
/** With dpkg's own list the packages of this host would count, whatever the path has. */
const ABSENT = ['dpkg-query', 'sudo', 'qemu-system-x86_64', 'apt-get'];
/** Fails as one does without a network. */
const APT = "#!/bin/sh\necho 'E: Unable to locate package' >&2\nexit 100\n";

let path: string;
beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), 'livery-path-'));
  for (const { programs } of packagesFor('xen')) {
    for (const name of programs) {
      // They are looked for, and none of them is run.
      if (!ABSENT.includes(name)) symlinkSync(process.execPath, join(path, name));
    }
  }
});
afterEach(() => rmSync(path, { recursive: true, force: true }));

function run(suite: string): string {
  const words = ['scripts/test-machines.mjs', suite];
  return execFileSync(process.execPath, words, {
    env: { PATH: path },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}

function skipped(suite: string, packages: string): string {
  const title = `${suite}:`.padEnd(10);
  const x64 = process.arch === 'x64';
  const why = x64
    ? `not installed: ${packages}`
    : `guests are made for x64, this is ${process.arch}`;
  return `${title} skipped: ${why}\n0 passed, 0 failed, 1 skipped\n`;
}

describe('a suite with virtual machines', () => {
  it.each(SUITES)('%s is skipped in one line where nothing can be installed', (suite) => {
    expect(run(suite)).toBe(skipped(suite, 'apt qemu-system-x86'));
  });

  it.each(SUITES)('%s is skipped in one line where it is tried in vain', (suite) => {
    writeFileSync(join(path, 'apt-get'), APT, { mode: 0o755 });
    expect(run(suite)).toBe(skipped(suite, 'qemu-system-x86'));
  });
});
