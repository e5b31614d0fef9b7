/**
 * Machines that do not start, each with the reason and the way out, while the
 * sandbox of the same keeper does: no guest, one of another version, no memory,
 * no QEMU; and builds of a guest that are killed half-way. Nothing boots here.
 */
import { spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Ended, LiveryProcess, livery } from '../rig/system/livery-process.ts';
import { waitUntil } from '../rig/wait.ts';

const SCRIPT = fileURLToPath(new URL('../../dist/bin/livery.js', import.meta.url));

let directory: string;
let keeper: LiveryProcess | undefined;
let env: Record<string, string>;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'livery-refused-'));
  env = {
    PATH: process.env.PATH ?? '',
    HOME: directory,
    LIVERY_RUNTIME_DIR: join(directory, 'run'),
    XDG_CACHE_HOME: join(directory, 'cache'),
  };
});

afterEach(async () => {
  await keeper?.[Symbol.asyncDispose]();
  keeper = undefined;
  rmSync(directory, { recursive: true, force: true });
});

/** `livery qube start vm`, with a sandbox of the same keeper started after it. */
async function refusal(lines = ''): Promise<Ended> {
  const file = join(directory, 'livery.toml');
  const box = '[qube.box]\nlabel = "green"\n';
  writeFileSync(file, `[qube.vm]\nlabel = "blue"\nbackend = "qemu"\n${lines}\n${box}`);
  keeper = new LiveryProcess(['keeper', '--config', file], { env, lifeline: true });
  await keeper.ready();
  const refused = await livery(['qube', 'start', 'vm'], { env });
  const other = await livery(['qube', 'start', 'box'], { env });
  expect(other.out).toBe('box running\n');
  return refused;
}

/** A folder with all programs of the host but those that `left` matches. */
function pathWithout(left: RegExp): string {
  // The qube's own user looks for programs there too.
  chmodSync(directory, 0o755);
  const bin = join(directory, 'bin');
  mkdirSync(bin);
  for (const folder of ['/usr/sbin', '/usr/bin']) {
    for (const name of readdirSync(folder)) {
      const link = join(bin, name);
      if (!left.test(name) && !existsSync(link)) symlinkSync(join(folder, name), link);
    }
  }
  return bin;
}

describe('a machine does not start', () => {
  test('without a guest', async () => {
    const { status, err } = await refusal();
    expect(err).toContain('there is no guest for the qube vm yet');
    expect(err).toContain('livery qube create vm --backend qemu');
    expect(status).toBe(3);
  });

  test('with a guest whose agent is of another version', async () => {
    const image = join(directory, 'cache/livery/qemu/images/0123');
    mkdirSync(image, { recursive: true });
    writeFileSync(join(image, 'manifest.json'), JSON.stringify({ own: 'other', packages: [] }));
    const { status, err } = await refusal();
    expect(err).toContain('built for another version of Livery');
    expect(err).toContain('livery qube create vm --backend qemu');
    expect(status).toBe(3);
  });

  test('without the memory that it is to have', async () => {
    const { status, err } = await refusal('memory_mib = 1048576\n');
    expect(err).toMatch(/the machine of qube vm needs \d{7} MiB of memory, \d+ MiB are free/);
    expect(err).toContain('memory_mib');
    expect(status).toBe(3);
  });

  test('without QEMU', async () => {
    env = { ...env, PATH: pathWithout(/^qemu/) };
    const { status, err } = await refusal();
    expect(err).toContain('qemu-system-x86_64 is not installed');
    expect(err).toContain('apt-get install');
    expect(status).toBe(3);
  });

  test('with a network and nothing that gives it one of its own', async () => {
    env = { ...env, PATH: pathWithout(/^slirp4netns$/) };
    const { status, err } = await refusal('network = true\n');
    expect(err).toContain('qube vm is to have a network of its own');
    expect(err).toContain('apt-get install slirp4netns');
    expect(status).toBe(3);
  });
});

describe('a build of a guest that is killed', () => {
  test('leaves nothing half, and the next one tidies up', async () => {
    const cache = join(directory, 'cache/livery/qemu');
    const args = [SCRIPT, 'qube', 'create', 'vm', '--backend', 'qemu'];
    const config = join(directory, 'livery.toml');
    const working = (): string[] =>
      existsSync(cache) ? readdirSync(cache).filter((name) => name.startsWith('.building-')) : [];
    const left: string[] = [];
    for (let round = 0; round < 2; round++) {
      const child = spawn(process.execPath, [...args, '--config', config], {
        env: { ...env, LIVERY_CONFIG: config },
        stdio: 'ignore',
      });
      const ended = new Promise((resolve) => child.once('close', resolve));
      await waitUntil(() => working().some((name) => !left.includes(name)), 'a build works');
      expect(working().filter((name) => left.includes(name))).toEqual([]);
      child.kill('SIGKILL');
      await ended;
      left.push(...working());
    }
    for (const place of ['images', 'bases']) expect(readdirSync(join(cache, place))).toEqual([]);
    // What cannot be booted does not stand in the configuration either.
    expect(existsSync(config)).toBe(false);
  });
});
