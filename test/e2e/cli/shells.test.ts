/**
 * Completion in the real shells, and the manual pages read by the real groff:
 * what is made from the table of verbs is what they take.
 */
import { execFile } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { VERBS } from '../../../src/cli/verbs.ts';
import { expectComplaint } from '../../rig/system/complaint.ts';
import { livery } from '../../rig/system/livery-process.ts';

const execute = promisify(execFile);
const SCRIPT = resolve('dist/bin/livery.js');

let directory: string;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'livery-shells-'));
  const bin = join(directory, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'livery'), `#!/bin/sh\nexec "${process.execPath}" "${SCRIPT}" "$@"\n`);
  chmodSync(join(bin, 'livery'), 0o755);
  const config = join(directory, 'livery.toml');
  writeFileSync(config, '[qube.work]\nlabel = "blue"\n[qube.vault]\nlabel = "black"\n');
  env = {
    PATH: `${bin}:${process.env.PATH}`,
    HOME: directory,
    TERM: 'dumb',
    LANG: 'C.UTF-8',
    LIVERY_CONFIG: config,
  };
  for (const shell of ['bash', 'zsh', 'fish']) {
    const { out, status } = await livery(['completion', shell], { env });
    expect(status).toBe(0);
    writeFileSync(join(directory, shell === 'zsh' ? '_livery' : `livery.${shell}`), out);
  }
  writeFileSync(join(directory, '.zshrc'), ZSHRC);
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Notes every word that is offered, and ends on Ctrl-Y. */
const ZSHRC = `fpath=($ZDOTDIR $fpath); autoload -Uz compinit; compinit -u -D
compadd() { local -a got; builtin compadd -O got "$@"; print -rl -- $got >> $OFFERED; builtin compadd "$@" }
finish() { exit }; zle -N finish; bindkey '^Y' finish
`;

async function bash(line: string): Promise<string[]> {
  const script = `source ${join(directory, 'livery.bash')}
COMP_WORDS=(${line}${line.endsWith(' ') ? "''" : ''}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
_livery; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout } = await execute('bash', ['--norc', '-c', script], { env });
  return offered(stdout);
}

async function fish(line: string): Promise<string[]> {
  const script = `source ${join(directory, 'livery.fish')}; complete -C '${line}'`;
  const { stdout, stderr } = await execute('fish', ['--no-config', '-c', script], { env });
  expect(stderr).toBe('');
  return offered(stdout);
}

/** Types the line, Tab and Ctrl-Y on a terminal of its own. */
async function zsh(line: string): Promise<string[]> {
  const file = join(directory, 'offered');
  rmSync(file, { force: true });
  const typed = join(directory, 'typed');
  writeFileSync(typed, `${line}\t\u0019`);
  const command = `script -qec 'zsh -i' /dev/null < '${typed}'`;
  await execute('sh', ['-c', command], { env: { ...env, ZDOTDIR: directory, OFFERED: file } });
  return offered(readFileSync(file, 'utf8'));
}

function offered(text: string): string[] {
  const words = text.split('\n').map((line) => line.split('\t')[0]?.trim() ?? '');
  return [...new Set(words.filter((word) => word !== ''))].sort();
}

describe.each([
  ['bash', bash],
  ['zsh', zsh],
  ['fish', fish],
] as const)('%s', (_name, complete) => {
  test.each([
    ['livery qu', ['qube']],
    ['livery qube st', ['start', 'stop']],
    ['livery qube start ', ['vault', 'work']],
    ['livery policy explain vault w', ['work']],
    ['livery log verify --h', ['--head', '--help']],
    ['livery completion ', ['bash', 'fish', 'zsh']],
    ['livery run work -- xcloc', ['xclock']],
  ])('%s', async (line, words) => {
    expect(await complete(line)).toEqual(words);
  });

  test('offers every command, and none that is not for people', async () => {
    const words = (await complete('livery ')).filter((word) => !word.startsWith('-'));
    const firsts = VERBS.filter(({ internal }) => !internal).map(({ name }) => name.split(' ')[0]);
    expect(words).toEqual([...new Set(firsts)].sort());
  });

  test('offers nothing when there is no configuration', async () => {
    const { LIVERY_CONFIG } = env;
    env.LIVERY_CONFIG = '/nonexistent.toml';
    try {
      expect(await complete('livery qube start x')).toEqual([]);
    } finally {
      env.LIVERY_CONFIG = LIVERY_CONFIG;
    }
  });
});

test('an unknown shell is refused with the known ones', async () => {
  expectComplaint(await livery(['completion', 'bahs'], { env }), {
    status: 2,
    says: `there is no shell 'bahs' (did you mean "bash"?)`,
    hint: 'expected one of bash, zsh, fish',
  });
});

describe('manual pages', () => {
  test('are written for every command, and groff has nothing to say against them', async () => {
    const pages = join(directory, 'man');
    const { status, out } = await livery(['man', '--dir', pages], { env });
    const shown = VERBS.filter(({ internal }) => !internal);
    expect([status, out]).toEqual([0, `${shown.length + 1} pages in ${pages}\n`]);
    for (const file of readdirSync(pages)) {
      const args = ['-man', '-Tutf8', '-ww', '-z', join(pages, file)];
      expect((await execute('groff', args)).stderr, file).toBe('');
    }
  });

  test('say what the help says', async () => {
    const { out } = await livery(['man', 'policy', 'explain'], { env });
    const page = join(directory, 'page.1');
    writeFileSync(page, out);
    const { stdout } = await execute('groff', ['-man', '-Tutf8', '-P-cbou', page]);
    const text = stdout.replaceAll(/\s+/g, ' ');
    const verb = VERBS.find(({ name }) => name === 'policy explain');
    expect(text).toContain(verb?.details);
    expect(text).toContain(
      `${verb?.example} SEE ALSO livery(1), livery‐policy‐check(1)`.replaceAll('‐', '-'),
    );
    for (const [name, { text: words }] of Object.entries(verb?.options ?? {})) {
      expect(text).toMatch(new RegExp(`--${name}( [A-Z]+)? `));
      expect(text).toContain(words);
    }
  });

  test('are told apart from what is none', async () => {
    expect((await livery(['man', 'qube', 'lsit'], { env })).status).toBe(2);
    expectComplaint(await livery(['man', '--dir', join(env.LIVERY_CONFIG ?? '', 'man')], { env }), {
      status: 1,
      says: /^the pages cannot be written: .*ENOTDIR/,
      hint: 'name a directory of your own: livery man --dir DIR',
    });
  });
});
