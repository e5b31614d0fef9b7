/**
 * Livery as a package of npm: packed from the checkout, installed into an empty
 * folder with the packages that it needs and nothing else, and used from there,
 * up to real windows of real qubes.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let folder = '';
let tarball = '';
let files: string[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'livery-npm-'));
  // Qubes have users of their own, who read the program.
  chmodSync(folder, 0o755);
  const out = npm(process.cwd(), 'pack', '--pack-destination', folder);
  tarball = join(folder, out.trim().split('\n').at(-1) as string);
  files = execFileSync('tar', ['-tzf', tarball], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((name) => name.replace(/^package\//, ''));
  install(join(folder, 'prefix'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function npm(cwd: string, ...args: string[]): string {
  return execFileSync('npm', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

function install(prefix: string, ...options: string[]): void {
  mkdirSync(prefix, { recursive: true });
  chmodSync(prefix, 0o755);
  writeFileSync(join(prefix, 'package.json'), '{"name":"empty","private":true}');
  npm(
    prefix,
    'install',
    '--omit=dev',
    '--no-audit',
    '--no-fund',
    '--prefer-offline',
    ...options,
    tarball,
  );
}

function livery(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const program = join(folder, 'prefix/node_modules/.bin/livery');
  const home = join(folder, 'home');
  mkdirSync(home, { recursive: true });
  return spawnSync(program, args, {
    encoding: 'utf8',
    env: {
      PATH: process.env.PATH,
      HOME: home,
      LANG: 'C.UTF-8',
      LIVERY_RUNTIME_DIR: join(home, 'run'),
      ...env,
    },
  });
}

describe('the tarball', () => {
  it('has the program, its addon and what builds it, and nothing of the tests', () => {
    for (const wanted of [
      ...['dist/bin/livery.js', 'dist/view/page/index.html', 'docs/examples/livery.toml'],
      ...['native/install.mjs', 'native/binding.gyp', 'native/src/addon.cc', 'LICENSE'],
      `native/prebuilt/${process.platform}-${process.arch}/livery.node`,
    ]) {
      expect(files).toContain(wanted);
    }
    const foreign = files.filter((name) =>
      /(^|\/)(test|bench|out|build|scripts|src|\.stamp|node_modules)\/|\.map$|tsbuildinfo|\.ts$/.test(
        name.replace(/^native\/src\//, ''),
      ),
    );
    expect(foreign).toEqual([]);
  });

  it('leaves nothing in the checkout', () => {
    expect(existsSync('native/prebuilt')).toBe(false);
  });
});

describe('installed into an empty folder', () => {
  it('says which version and which commit it is', () => {
    const commit = execFileSync('git', ['rev-parse', '--short=12', 'HEAD'], { encoding: 'utf8' });
    const { stdout, status } = livery(['--version']);
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(status).toBe(0);
    expect(stdout).toBe(`livery ${version} (${commit.trim()})\n`);
  });

  it('the doctor looks at everything, and finds the program whole', () => {
    const { stdout, stderr } = livery(['doctor', '--json']);
    const { findings } = JSON.parse(stdout || stderr) as {
      findings: { name: string; state: string; text: string }[];
    };
    expect(findings.length).toBeGreaterThan(5);
    const broken = findings.filter(({ text }) => /livery\.node|NOT_BUILT|is missing/.test(text));
    expect(broken).toEqual([]);
  });

  it('judges the example configuration', () => {
    const example = join(folder, 'prefix/node_modules/livery/docs/examples/livery.toml');
    const { status, stdout, stderr } = livery(['config', 'check', example]);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).not.toBe('');
  });

  it('shows windows of real qubes, whose agent finds its packages beside the program', () => {
    const { stdout, stderr, status } = livery(['demo', '--check'], { DISPLAY: undefined });
    expect(status, stderr.slice(-3000)).toBe(0);
    expect(JSON.parse(stdout.trim().split('\n').at(-1) as string)).toMatchObject({ ok: true });
  });
});

describe('on another machine than it was packed on', () => {
  const addon = (prefix: string, part: string) => join(prefix, 'node_modules/livery/native', part);

  function withoutShipped(name: string): string {
    const prefix = join(folder, name);
    install(prefix, '--ignore-scripts');
    expect(existsSync(addon(prefix, 'build'))).toBe(false);
    for (const machine of readdirSync(addon(prefix, 'prebuilt'))) {
      if (machine === 'commit') continue;
      writeFileSync(join(addon(prefix, 'prebuilt'), machine, 'livery.node'), 'of another machine');
    }
    return prefix;
  }

  it('builds its addon from source, and says why', () => {
    const prefix = withoutShipped('builds');
    const { status, stderr, stdout } = spawnSync(
      'npm',
      ['rebuild', 'livery', '--foreground-scripts'],
      {
        cwd: prefix,
        encoding: 'utf8',
      },
    );
    expect(status, stderr).toBe(0);
    expect(stderr + stdout).toMatch(/the addon that came along cannot be used \(.+\); building it/);
    expect(existsSync(addon(prefix, 'build/Release/livery.node'))).toBe(true);
  });

  it('names the package when there is no compiler', () => {
    const prefix = withoutShipped('lacks');
    const path = join(prefix, 'bin');
    mkdirSync(path);
    const { status, stderr } = spawnSync(process.execPath, [addon(prefix, 'install.mjs')], {
      encoding: 'utf8',
      env: { PATH: path },
    });
    expect(status).toBe(3);
    expect(stderr).toContain('there is no g++, make, python3');
    expect(stderr).toContain('apt-get install g++ make python3');
  });
});
