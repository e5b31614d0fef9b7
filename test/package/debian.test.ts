/**
 * The Debian package on a Debian 12 that has nothing else: installed with what it
 * depends on, used, and removed without a trace.
 */
import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { FreshRoot } from './fresh-root.ts';

/** Says a field of the package that is installed. */
const field = (name: string): string => `dpkg-query -W -f='$\{${name}}' livery`;

let root: FreshRoot;
let before = '';

/** Everything that there is, but for what apt and dpkg keep about packages. */
const LIST =
  "find / -xdev -not -path '/var/lib/*' -not -path '/var/cache/*' -not -path '/var/log/*' -not -path '/root/*' -iname '*livery*' -not -iname '*delivery*'";

beforeAll(async () => {
  const file = execFileSync(process.execPath, ['scripts/deb.mjs'], { encoding: 'utf8' }).trim();
  root = FreshRoot.make();
  root.take(file, 'root/livery.deb');
  before = (await root.run('apt-get update -q >/dev/null; dpkg -l | grep ^ii | wc -l')).out;
  const installed = await root.run(
    'apt-get install -q -y --no-install-recommends -o APT::Keep-Downloaded-Packages=true /root/livery.deb',
  );
  expect(installed.status, installed.err).toBe(0);
});
afterAll(() => root?.[Symbol.dispose]());

it('brings more than the program: what it depends on', async () => {
  const { out } = await root.run('dpkg -l | grep ^ii | wc -l');
  expect(Number(out)).toBeGreaterThan(Number(before) + 5);
});

it('names who makes it, without an address that nobody reads', async () => {
  const { out } = await root.run(field('Maintainer'));
  expect(out).toBe('The Livery developers');
});

it('says its version and its commit', async () => {
  const { status, out } = await root.run('livery --version');
  expect(status).toBe(0);
  expect(out).toMatch(/^livery \d+\.\d+\.\d+ \([0-9a-f]{12}\)\n$/);
});

it('the doctor finds a sandbox, an addon and fonts; only a screen is missing', async () => {
  const { status, out } = await root.run('livery doctor --json');
  const { findings } = JSON.parse(out) as { findings: { check: string; state: string }[] };
  const problems = findings.filter(({ state }) => state === 'problem').map(({ check }) => check);
  expect(problems).toEqual(['display']);
  expect(status).toBe(3);
});

it('has an example configuration where it says that there is one', async () => {
  const { status, err } = await root.run('livery config check');
  expect(status).toBe(2);
  const example = /start from (\S+),/.exec(err)?.[1];
  const { status: judged } = await root.run(`livery config check ${example}`);
  expect(judged).toBe(0);
});

it('has manual pages and words for the shell', async () => {
  const page = await root.run('gzip -dc /usr/share/man/man1/livery.1.gz');
  expect(page.out).toMatch(/^\.TH LIVERY 1/m);
  const { out } = await root.run(
    "bash -c '. /usr/share/bash-completion/completions/livery; complete -p livery'",
  );
  expect(out).toBe('complete -F _livery livery\n');
});

it('shows the demo: real windows of three qubes, each whole in its frame', async () => {
  const more = await root.run(
    `apt-get install -q -y --no-install-recommends -o APT::Keep-Downloaded-Packages=true $(${field('Recommends')} | tr -d ,)`,
  );
  expect(more.status, more.err).toBe(0);
  root.keepArchives();
  const { status, out, err } = await root.run('livery demo --check');
  expect(status, err.slice(-3000)).toBe(0);
  expect(JSON.parse(out.trim().split('\n').at(-1) as string)).toMatchObject({ ok: true });
});

it('is gone without a trace when it is purged', async () => {
  expect((await root.run(LIST)).out).not.toBe('');
  const { status, err } = await root.run('apt-get purge -q -y livery');
  expect(status, err).toBe(0);
  expect((await root.run(LIST)).out).toBe('');
  expect((await root.run('dpkg-query -W livery')).status).not.toBe(0);
});
