/** What takes longer than a second is told on a terminal, and only there. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LiveryProcess, livery } from '../../rig/system/livery-process.ts';
import { waitUntil } from '../../rig/wait.ts';

const SCRIPT = resolve('dist/bin/livery.js');
/** Longer than the second after which a person is told. */
const SLOW_MS = 1800;

let directory: string;
let env: NodeJS.ProcessEnv;
let keeper: LiveryProcess;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'livery-progress-'));
  const config = join(directory, 'livery.toml');
  writeFileSync(config, '[qube.work]\nlabel = "blue"\n');
  env = {
    PATH: process.env.PATH,
    HOME: directory,
    LANG: 'C.UTF-8',
    LIVERY_RUNTIME_DIR: join(directory, 'run'),
  };
  keeper = new LiveryProcess(['keeper', '--config', config], { env, lifeline: true });
  await keeper.ready();
});
afterAll(async () => {
  await keeper[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true, force: true });
});

test('on a terminal it is told, and wiped', async () => {
  keeper.signal('SIGSTOP');
  const command = `'${process.execPath}' '${SCRIPT}' qube stop work`;
  const child = spawn('script', ['-qec', command, '/dev/null'], {
    env,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const ended = new Promise<number | null>((done) => child.once('close', done));
  await waitUntil(() => said.includes('stopping qube work … 1 s'), 'it is told', { until: ended });
  keeper.signal('SIGCONT');
  expect(await ended).toBe(0);
  // The line goes before the result is said.
  expect(said.endsWith(' s\r\u001b[Kwork stopped\r\n'), said).toBe(true);
});

test('in a pipe it is not told', async () => {
  keeper.signal('SIGSTOP');
  const timer = setTimeout(() => keeper.signal('SIGCONT'), SLOW_MS);
  const startMs = performance.now();
  const { status, out, err } = await livery(['qube', 'stop', 'work'], { env });
  clearTimeout(timer);
  expect(performance.now() - startMs).toBeGreaterThan(1000);
  expect([status, out, err]).toEqual([0, 'work stopped\n', '']);
});
