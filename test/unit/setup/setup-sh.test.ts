/**
 * What scripts/setup.sh does before there is a Node.js to trust: it says in one
 * line what is missing, and lets two set-ups of one checkout take turns. `node`
 * is a shell script here, since each case is about another node.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findProgram } from '../../../scripts/run.mjs';

const TOOLS = ['sh', 'dirname', 'mkdir', 'flock'];

let folder: string;
const children: ChildProcess[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'livery-setup-'));
  mkdirSync(join(folder, 'scripts'));
  mkdirSync(join(folder, 'bin'));
  cpSync('scripts/setup.sh', join(folder, 'scripts/setup.sh'));
  for (const tool of TOOLS) {
    const found = findProgram(tool);
    if (found === undefined) throw new Error(`no ${tool} on this machine`);
    symlinkSync(found, join(folder, 'bin', tool));
  }
});

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

function plantNode(version: string, more = 'echo "went on: $*"'): void {
  const file = join(folder, 'bin/node');
  writeFileSync(
    file,
    `#!/bin/sh\nif [ "$1" = --version ]; then echo '${version}'; exit 0; fi\n${more}\n`,
  );
  chmodSync(file, 0o755);
}

interface Started {
  readonly child: ChildProcess;
  readonly output: { stdout: string; stderr: string };
  readonly ended: Promise<number | null>;
  /** Resolves when standard error has this text. */
  says(text: string): Promise<void>;
}

function start(...args: string[]): Started {
  const child = spawn(join(folder, 'bin/sh'), [join(folder, 'scripts/setup.sh'), ...args], {
    env: { PATH: join(folder, 'bin') },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    output.stdout += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    output.stderr += chunk;
  });
  const ended = once(child, 'close').then(([code]) => code as number | null);
  const says = async (text: string): Promise<void> => {
    while (!output.stderr.includes(text)) await once(child.stderr, 'data');
  };
  return { child, output, ended, says };
}

describe('the check for Node.js', () => {
  it.each([
    ['none', undefined],
    ['v18.19.1', 'v18.19.1'],
    ['v20.18.3', 'v20.18.3'],
    ['v21.7.3', 'v21.7.3'],
    ['v22.11.0', 'v22.11.0'],
    ['v9.99.0', 'v9.99.0'],
    ['something else', 'something else'],
  ])('refuses %s with one line', async (shown, version) => {
    if (version !== undefined) plantNode(version);
    const run = start('demo');
    expect(await run.ended).toBe(3);
    expect(run.output.stdout).toBe('');
    expect(run.output.stderr).toMatch(/^livery: Node\.js 20\.19 or newer .* is needed, .*\n$/);
    expect(run.output.stderr).toContain(`found ${shown};`);
    expect(existsSync(join(folder, '.stamp'))).toBe(false);
  });

  it.each(['v20.19.0', 'v20.20.2', 'v22.12.0', 'v23.0.0', 'v100.1.0'])(
    'goes on with %s',
    async (version) => {
      plantNode(version);
      const run = start('demo');
      expect(await run.ended).toBe(0);
      expect(run.output).toEqual({ stdout: '', stderr: 'went on: scripts/setup.mjs demo\n' });
    },
  );

  it('refuses a mode that there is not', async () => {
    plantNode('v20.20.2');
    const run = start('everything');
    expect(await run.ended).toBe(2);
    expect(run.output.stderr).toMatch(/^livery: unknown set-up 'everything'.*\n$/);
  });
});

describe('two set-ups at the same time', () => {
  /** A node that says that it is there and ends when the test writes into the fifo. */
  function plantWaitingNode(): string {
    const fifo = join(folder, 'fifo');
    execFileSync('mkfifo', [fifo]);
    plantNode('v20.20.2', `echo begun >&2; read -r line <${fifo}; echo "end $$" >>${folder}/log`);
    return fifo;
  }

  it('take turns', async () => {
    const fifo = plantWaitingNode();
    const first = start('demo');
    await first.says('begun');
    const second = start('test');
    await second.says('waiting for another set-up');
    expect(second.output.stderr).not.toContain('begun');
    writeFileSync(fifo, 'go\n');
    expect(await first.ended).toBe(0);
    await second.says('begun');
    writeFileSync(fifo, 'go\n');
    expect(await second.ended).toBe(0);
    expect(readFileSync(join(folder, 'log'), 'utf8').split('\n')).toEqual([
      `end ${first.child.pid}`,
      `end ${second.child.pid}`,
      '',
    ]);
  });

  it('are not kept waiting by one that was killed', async () => {
    plantNode('v20.20.2', 'echo begun >&2; read -r line <fifo');
    execFileSync('mkfifo', [join(folder, 'fifo')]);
    const first = start('demo');
    await first.says('begun');
    const second = start('demo');
    await second.says('waiting for another set-up');
    first.child.kill('SIGKILL');
    await second.says('begun');
  });
});
