/**
 * The first minutes with Livery as README.md has them, word for word: a clean clone on
 * a Debian 12 that has nothing but git and a Node.js from elsewhere.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { FreshRoot, type Said } from './fresh-root.ts';

const README = readFileSync('README.md', 'utf8');
const CLONE = 'root/livery';
/** It shows the screen until it is ended; all other commands end by themselves. */
const STAYS = /livery\.js view\b/;
/** What a person sees before going on: `ready`, and after `run` the window. */
const SEES_READY = 'until grep -qx ready daemon.log; do sleep 0.1; done';
const SEES_WINDOW =
  'until node dist/bin/livery.js windows --json | grep -q \'"mapped":true\'; do sleep 0.2; done';

/** The commands of each block below a heading, without their comments. */
function blocksOf(heading: string): string[][] {
  const section = README.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  return [...section.matchAll(/```sh\n(.*?)```/gs)].map(([, block = '']) =>
    block
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map((line) => line.replace(/ +# .*$/, '')),
  );
}

let root: FreshRoot;
const inClone = (script: string): Promise<Said> => root.run(`cd /${CLONE}\n${script}`);

/** Puts the Node.js that runs this test there, with its npm and its headers. */
function takeNode(): void {
  const modules = execFileSync('npm', ['root', '--global'], { encoding: 'utf8' }).trim();
  const local = (name: string): string => join(root.path, 'usr/local', name);
  cpSync(join(modules, 'npm'), local('lib/node_modules/npm'), { recursive: true });
  root.take(process.execPath, 'usr/local/bin/node');
  const headers = join(dirname(process.execPath), '../include/node');
  cpSync(headers, local('include/node'), { recursive: true });
  execFileSync('ln', ['-s', '../lib/node_modules/npm/bin/npm-cli.js', local('bin/npm')]);
}

beforeAll(async () => {
  root = FreshRoot.make();
  takeNode();
  const certificates = process.env.NODE_EXTRA_CA_CERTS;
  if (certificates !== undefined && existsSync(certificates)) root.trust(certificates);
  const clone = ['clone', '--quiet', `file://${process.cwd()}`, join(root.path, CLONE)];
  execFileSync('git', clone);
  const { status, err } = await root.run(
    `echo 'APT::Keep-Downloaded-Packages "true";' >/etc/apt/apt.conf.d/99keep && apt-get update -q && apt-get install -q -y --no-install-recommends git mount`,
  );
  expect(status, err).toBe(0);
});
afterAll(() => root?.[Symbol.dispose]());

it('the first of the two commands sets up what it needs and shows three qubes', async () => {
  expect(blocksOf('Two commands')[0]).toEqual(['npm run demo', 'npm test']);
  const { status, out, err } = await inClone('npm run demo -- --check --screenshot /root/demo.png');
  root.keepArchives();
  expect(status, err.slice(-4000)).toBe(0);
  expect(JSON.parse(out.trim().split('\n').at(-1) as string)).toMatchObject({ ok: true });
  const picture = readFileSync(join(root.path, 'root/demo.png'));
  expect(picture.readUInt32BE(16)).toBeGreaterThan(600);
});

it('does nothing the second time', async () => {
  const { status, err } = await inClone('sh scripts/setup.sh demo');
  expect(status, err).toBe(0);
  expect(err).toBe('');
});

/** The line as it is typed, and a line that says how it ended. */
function typed(command: string): string {
  let line = command;
  if (STAYS.test(command)) line = `timeout --preserve-status -s INT 5 ${command}`;
  if (command.endsWith(' &')) line = command.replace(/ &$/, ' >daemon.log 2>&1 &');
  return `${line}\necho "== $? ${command.replaceAll('"', '')}"`;
}

it('the commands of everyday use, one after the other', async () => {
  const [before = [], after = []] = blocksOf('Everyday use');
  expect(before.at(-1)).toMatch(/livery\.js daemon &$/);
  expect(after.length).toBeGreaterThan(4);
  const script = [
    'Xvfb :7 -screen 0 1280x800x24 -nolisten tcp 2>/dev/null & export DISPLAY=:7',
    'while [ ! -S /tmp/.X11-unix/X7 ]; do sleep 0.1; done',
    ...before.map(typed),
    SEES_READY,
    ...after.map((line) => (/ run /.test(line) ? `${typed(line)}\n${SEES_WINDOW}` : typed(line))),
  ].join('\n');
  const { out, err } = await inClone(script);
  const said = out.split('\n').filter((line) => line.startsWith('== '));
  const failed = said.filter((line) => !line.startsWith('== 0 '));
  expect(failed, `${out}\n${err}`.slice(-6000)).toEqual([]);
  expect(said).toHaveLength(before.length + after.length);
  expect(existsSync(join(root.path, CLONE, 'work.png'))).toBe(true);
});

it('`livery install --user` puts in place what README says, and takes it away again', async () => {
  expect(README).toContain('`livery install --user`');
  const files = async () => (await root.run('find /root/.config /root/.local -type f')).out;
  const earlier = await files();
  const { status, out, err } = await inClone('npm link --silent && livery install --user');
  expect(status, `${out}\n${err}`).toBe(0);
  const placed = await files();
  const wanted = ['livery.service', 'livery-keeper.service', 'livery.1', 'livery.fish', '_livery'];
  for (const name of [...wanted, 'livery.toml', 'bash-completion/completions/livery']) {
    expect(placed).toContain(`/${name}\n`);
  }
  expect((await inClone('livery uninstall --user')).status).toBe(0);
  expect((await files()).split('\n').sort()).toEqual(earlier.split('\n').sort());
});
