/**
 * What somebody who has taken over the view process finds there: tried from inside
 * of the real process while it shows the screen. It has the X server and unix
 * sockets; no file of the user, no program, no network but the pages that come.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { native } from '../../src/native/addon.ts';
import { type Livery, startLivery } from '../rig/system/livery.ts';
import { LiveryProcess } from '../rig/system/livery-process.ts';
import { waitUntil } from '../rig/wait.ts';
import { type RunningView, startView } from '../view/view-process.ts';
import { PlainViewer } from '../view/viewer.ts';

const landlock = native().landlockVersion();

/** Runs in the view; asked by a signal, it answers on standard error, which it has open. */
const INTRUDER = `
import { readFileSync, writeFileSync, readdirSync } from 'node:fs';
import { connect } from 'node:net';
const tell = (outcomes) => process.stderr.write('intruder ' + JSON.stringify(outcomes) + '\\n');
const tried = (act) => { try { act(); return 'done'; } catch (error) { return error.code; } };
process.on('SIGUSR2', () => {
  const { HOME, SECRET_PORT } = process.env;
  const outcomes = {
    read: tried(() => readFileSync(HOME + '/diary')),
    list: tried(() => readdirSync(HOME)),
    write: tried(() => writeFileSync(HOME + '/.profile', 'evil')),
    signal: tried(() => process.kill(process.ppid, 0)),
  };
  const socket = connect(Number(SECRET_PORT), '127.0.0.1');
  socket.once('connect', () => tell({ ...outcomes, network: 'done' }));
  socket.once('error', (error) => tell({ ...outcomes, network: error.code }));
});
`;

let livery: Livery;
let port = 0;
const server = createServer((socket) => socket.destroy());

beforeAll(async () => {
  livery = await startLivery({ wm: 'none', width: 400, height: 300, qubes: {} });
  mkdirSync(join(livery.directory, 'home'));
  writeFileSync(join(livery.directory, 'home/diary'), 'secret');
  writeFileSync(join(livery.directory, 'intruder.mjs'), INTRUDER);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  port = (server.address() as { port: number }).port;
});
afterAll(async () => {
  server.close();
  await livery?.[Symbol.asyncDispose]();
});

function view(more: NodeJS.ProcessEnv = {}): Promise<RunningView> {
  const intruder = pathToFileURL(join(livery.directory, 'intruder.mjs')).href;
  const env = {
    ...livery.env,
    HOME: join(livery.directory, 'home'),
    NODE_OPTIONS: `--import=${intruder}`,
    SECRET_PORT: String(port),
    ...more,
  };
  return startView({ env, screen: livery.screen });
}

async function intrude({ process }: RunningView): Promise<Record<string, string>> {
  process.signal('SIGUSR2');
  const said = await waitUntil(() => /^intruder (.*)$/m.exec(process.err)?.[1], 'it was tried');
  return JSON.parse(said) as Record<string, string>;
}

test('it shows the screen, and nothing else of the user can be reached from it', async () => {
  await using shown = await view();
  using viewer = await PlainViewer.open(shown);
  expect(viewer.pictures).toBeGreaterThan(0);
  const outcomes = await intrude(shown);
  expect(outcomes).toMatchObject({ network: 'EAFNOSUPPORT', signal: 'EPERM' });
  const files = landlock > 0 ? 'EACCES' : 'done';
  expect(outcomes).toMatchObject({ read: files, list: files, write: files });
  const { pid } = shown.process;
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    const status = readFileSync(`/proc/${pid}/task/${task}/status`, 'utf8');
    expect(status).toMatch(/^NoNewPrivs:\s+1$/m);
    expect(status).toMatch(/^Seccomp:\s+2$/m);
  }
});

test('it could before, so the attempts are real', async () => {
  await using shown = await view({ LIVERY_CONFINE: 'off' });
  expect(await intrude(shown)).toEqual({
    ...{ read: 'done', list: 'done', write: 'done', signal: 'done', network: 'done' },
  });
  expect(shown.process.err).toContain('nothing is given up');
});

test('a program that it starts ends it', async () => {
  writeFileSync(
    join(livery.directory, 'starter.mjs'),
    "import { spawnSync } from 'node:child_process';\nprocess.on('SIGUSR2', () => { spawnSync('true'); process.stderr.write('started\\n'); });\n",
  );
  const starter = pathToFileURL(join(livery.directory, 'starter.mjs')).href;
  await using shown = await view({ NODE_OPTIONS: `--import=${starter}` });
  shown.process.signal('SIGUSR2');
  const { signal, err } = await shown.process.ended;
  expect([signal, err.includes('started')]).toEqual(['SIGSYS', false]);
});

test('says at once when the word for it is neither', async () => {
  await using wrong = new LiveryProcess(['view'], {
    env: { ...livery.env, LIVERY_CONFINE: 'maybe' },
  });
  const { status, err } = await wrong.ended;
  expect(status).not.toBe(0);
  expect(err).toContain('expected on or off');
});
