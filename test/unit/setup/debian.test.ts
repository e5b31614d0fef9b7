/**
 * The step for the system's packages, with programs of ours in the place of
 * dpkg, apt and sudo: what is asked of them, in which order, and what a person
 * is told who may not install anything.
 */
import { execFile } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'livery-debian-'));
  mkdirSync(join(folder, 'bin'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function plant(program: string, script: string): void {
  const file = join(folder, 'bin', program);
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
}

/** An apt-get that notes its call and ends as the line of this number of the plan says. */
function plantApt(...plan: string[]): void {
  writeFileSync(join(folder, 'calls'), '');
  const cases = plan.map((line, place) => `${place + 1}) ${line};;`).join('\n');
  plant(
    'apt-get',
    `echo "$*" >>${folder}/calls; n=0; while read -r l; do n=$((n+1)); done <${folder}/calls
case $n in ${cases}
*) exit 99;; esac`,
  );
}

const WORK = `
  const { missingPackages, installPackages } = await import(process.argv[1]);
  process.getuid = () => Number(process.argv[2]);
  const notes = [];
  try {
    const missing = await missingPackages('test');
    if (missing.length > 0) await installPackages(missing, (note) => notes.push(note));
    console.log(JSON.stringify({ missing: missing.map((item) => item.name), notes }));
  } catch (error) {
    console.log(JSON.stringify({ notes, message: error.message, exitCode: error.exitCode }));
  }`;

interface Outcome {
  readonly missing?: string[];
  readonly notes: string[];
  readonly message?: string;
  readonly exitCode?: number;
}

async function work(uid: number): Promise<Outcome> {
  const module = pathToFileURL(resolve('scripts/setup/debian.mjs')).href;
  const args = ['--input-type=module', '-e', WORK, module, String(uid)];
  const env = { PATH: join(folder, 'bin') };
  const output = await new Promise<string>((done, failed) => {
    execFile(process.execPath, args, { env }, (error, stdout) =>
      error ? failed(error) : done(stdout),
    );
  });
  return JSON.parse(output) as Outcome;
}

/** The packages that were to be installed, and the calls without their options. */
function calls(): string[] {
  const file = join(folder, 'calls');
  const lines = existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : [];
  return lines.map((line) => line.replace(/-o \S+ |-y |-q /g, ''));
}

const ALL_BUT_TWO =
  'for p in "$@"; do case $p in -*|*Status*|xclip|xfwm4) ;; *) echo "ii  $p";; esac; done; exit 1';
const LOCKED =
  "echo 'E: Could not get lock /var/lib/apt/lists/lock. It is held by process 1 (apt)'; exit 100";

describe('the packages of the system', () => {
  it('are asked for once and installed without recommended ones', async () => {
    plant('dpkg-query', ALL_BUT_TWO);
    plantApt('exit 0');
    const outcome = await work(0);
    expect(outcome).toEqual({ missing: ['xclip', 'xfwm4'], notes: [] });
    expect(calls()).toEqual(['install --no-install-recommends xclip xfwm4']);
    const [line] = readFileSync(join(folder, 'calls'), 'utf8').split('\n');
    expect(line).toContain('-y');
    expect(line).toContain('DPkg::Lock::Timeout=600');
  });

  it('count as there when their programs are', async () => {
    plant('dpkg-query', ALL_BUT_TWO);
    plant('xclip', '');
    plant('xfwm4', '');
    expect(await work(0)).toEqual({ missing: [], notes: [] });
  });

  it('are not taken for installed when only their settings are left', async () => {
    plant(
      'dpkg-query',
      'for p in "$@"; do case $p in xclip) echo "rc  $p";; *) echo "ii  $p";; esac; done',
    );
    plantApt('exit 0');
    expect((await work(0)).missing).toEqual(['xclip']);
  });

  it('wait for an apt that is at work', async () => {
    plant('dpkg-query', ALL_BUT_TWO);
    plantApt(LOCKED, 'exit 0');
    const outcome = await work(0);
    expect(outcome.notes).toEqual(['waiting for another apt']);
    expect(calls()).toHaveLength(2);
  });

  it('are looked for in fresh lists when the old ones do not have them', async () => {
    plant('dpkg-query', ALL_BUT_TWO);
    plantApt("echo 'E: Unable to locate package xclip'; exit 100", 'exit 0', 'exit 0');
    await work(0);
    expect(calls()).toEqual([
      'install --no-install-recommends xclip xfwm4',
      'update',
      'install --no-install-recommends xclip xfwm4',
    ]);
  });

  it('are installed after an interrupted dpkg was finished', async () => {
    plant('dpkg-query', ALL_BUT_TWO);
    plant('dpkg', `echo "dpkg $*" >>${folder}/calls`);
    plantApt("echo 'E: you must manually run dpkg --configure -a'; exit 100", 'exit 99', 'exit 0');
    await work(0);
    expect(calls()[1]).toBe('dpkg --configure -a');
    expect(calls()).toHaveLength(3);
  });

  it('are named with what apt said when it cannot install them', async () => {
    plant('dpkg-query', ALL_BUT_TWO);
    plantApt("echo 'E: no'; exit 100", 'echo offline; exit 100', "echo 'E: still no'; exit 100");
    const outcome = await work(0);
    expect(outcome.exitCode).toBe(3);
    expect(outcome.message).toMatch(/offline[\s\S]*still no[\s\S]*could not install: xclip xfwm4$/);
  });

  it('are installed through a sudo that asks nothing', async () => {
    plant('dpkg-query', ALL_BUT_TWO);
    plantApt('exit 0');
    plant(
      'sudo',
      `[ "$1" = -n ] && shift; [ "$1" = env ] && shift
while case $1 in *=*) true;; *) false;; esac; do export "$1"; shift; done
[ "$1" = true ] || "$@"`,
    );
    expect(await work(1000)).toEqual({ missing: ['xclip', 'xfwm4'], notes: [] });
    expect(calls()).toEqual(['install --no-install-recommends xclip xfwm4']);
  });

  it('are left to the person, with the exact line, when we may not install them', async () => {
    plant('dpkg-query', ALL_BUT_TWO);
    plantApt('exit 0');
    plant('sudo', 'exit 1');
    const outcome = await work(1000);
    expect(outcome.exitCode).toBe(3);
    expect(outcome.message?.split('\n')[1]).toBe(
      'sudo apt-get update && sudo apt-get install -y --no-install-recommends xclip xfwm4',
    );
    expect(calls()).toEqual(['']);
  });

  it('are named by their programs where there is no dpkg', async () => {
    for (const program of ['g++', 'make', 'python3', 'bwrap', 'xclip']) plant(program, '');
    const outcome = await work(0);
    expect(outcome.exitCode).toBe(3);
    expect(outcome.message).toContain('Xvfb (Debian: xvfb)');
    expect(outcome.message).not.toContain('bwrap');
    expect(outcome.message).not.toContain('fonts');
  });
});
