/**
 * Every pair of versions: Livery's agent at 1.0 to 1.8 with Livery's daemon, as
 * two processes, and the agent with daemons that answer any version. What the
 * rules do not allow is refused in one line.
 */
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { DomainId } from '../../src/base/ids.ts';
import { PoolFile } from '../../src/channel/pool-file.ts';
import { native } from '../../src/native/addon.ts';
import { Program } from '../e2e/agent/program.ts';
import { GuidRun } from '../e2e/guid/guid-stage.ts';
import { type Screen, startScreen } from '../rig/screen.ts';
import { ScriptedAgent } from '../rig/scripted-agent.ts';
import { waitUntil } from '../rig/wait.ts';
import { vectorBytes } from '../unit/protocol/golden.ts';
import { WireAgent } from './agent.ts';
import { framesOf, textOf } from './frames.ts';

const MINORS = [0, 1, 2, 3, 4, 5, 6, 7, 8] as const;
const POOL_BYTES = 32 << 20;
const COLOR = 0x12_34_56;

let screen: Screen;
let runs: GuidRun[] = [];
let count = 0;

beforeAll(async () => {
  screen = await startScreen({ wm: 'none', width: 1920, height: 1080 });
});

afterEach(async () => {
  for (const run of runs) await run[Symbol.asyncDispose]();
  runs = [];
});

afterAll(() => screen[Symbol.asyncDispose]());

function folder(): string {
  const directory = join(screen.directory, `pair-${count++}`);
  mkdirSync(directory, { mode: 0o700 });
  return directory;
}

function startGuid(directory: string): GuidRun {
  const run = new GuidRun(['-f', '-d', '5', '-N', 'work', '-c', '0x3465a4'], {
    PATH: process.env.PATH,
    HOME: screen.directory,
    ...screen.env,
    VCHAN_SOCKET_DIR: directory,
    LIVERY_POOL_DIR: directory,
    LIVERY_GUID_RUN_DIR: directory,
    LIVERY_GUID_LOG_DIR: directory,
  });
  runs.push(run);
  return run;
}

test.each(MINORS)('the agent at 1.%i and the daemon', async (minor) => {
  const directory = folder();
  const file = new PoolFile(directory, 5 as DomainId, 0);
  file.create(POOL_BYTES);
  await using agent = await WireAgent.start(minor, native().openFile(file.path, 2));
  symlinkSync(agent.guiPath, join(directory, 'vchan.5.0.6000.sock'));
  startGuid(directory);
  const program = new Program(await agent.client());
  const place = { x: 100, y: 100, width: 200, height: 150 };
  const id = program.window({ ...place, background: COLOR, title: 'a pair' });
  const frame = await waitUntil(async () => {
    const found = (await framesOf(screen.x, 'work')).get(id);
    return found?.mapped ? found : undefined;
  }, 'it is shown');
  await waitUntil(
    async () => (await textOf(screen.x, frame.window, '_NET_WM_NAME')) === '[work] a pair',
    'it has its title',
  );
  // Buffers by references came with 1.2; those before it are refused clearly, so none is sent.
  if (minor >= 2) {
    await waitUntil(async () => {
      const image = await screen.grab(frame.rect);
      return image.count(frame.rect, (color) => color === COLOR) === 200 * 150;
    }, 'its pixels are shown');
    // More buffers than the pool holds at once: pages come back, with acknowledgements and without.
    for (let i = 1; i <= 12; i++) {
      program.x.X.ConfigureWindow(id, { width: 900 + i, height: 800 });
      await waitUntil(async () => {
        const now = (await framesOf(screen.x, 'work')).get(id);
        return now?.rect.width === 900 + i;
      }, 'it has its size');
    }
  }
  program.x.X.DestroyWindow(id);
  program.x.flush();
  await waitUntil(async () => (await framesOf(screen.x, 'work')).size === 0, 'it is gone');
  program.x[Symbol.dispose]();
});

test.each([4, 5, 6, 7, 8])('the agent at 1.%i and daemons of every version', async (own) => {
  await using agent = await WireAgent.start(own);
  for (const [major, minor] of [
    ...MINORS.map((n) => [1, n] as const),
    [1, 9],
    [0, 8],
    [2, 0],
  ] as const) {
    const before = agent.said.length;
    const daemon = await agent.plain();
    const answer = Buffer.from(vectorBytes('G1'));
    answer.writeUInt32LE((major << 16) | minor, 0);
    daemon.say(answer);
    const words = () =>
      agent.said
        .slice(before)
        .split('\n')
        .filter((line) => line !== '');
    if (major === 1 && minor >= 4 && minor <= own) {
      await waitUntil(() => words().some((line) => line.includes(`1.${minor}`)), 'it is served');
      daemon[Symbol.dispose]();
      await waitUntil(() => words().some((line) => line.includes('gone')), 'its end was seen');
      continue;
    }
    await waitUntil(() => daemon.ended, 'it is refused');
    expect(daemon.bytes).toHaveLength(4);
    await waitUntil(() => words().length > 0, 'the agent says why');
    expect(words()).toHaveLength(1);
    expect(words()[0]).toContain(`${major}.${minor}`);
  }
});

test.each([
  [0, 8],
  [2, 0],
  [3, 1],
])('an agent of version %i.%i is refused in one line', async (major, minor) => {
  const directory = folder();
  const path = join(directory, 'vchan.5.0.6000.sock');
  await using peer = await ScriptedAgent.listen(path, { version: null });
  const run = startGuid(directory);
  await waitUntil(() => peer.connected, 'it connects');
  const word = Buffer.alloc(4);
  word.writeUInt32LE((major << 16) | minor);
  peer.sendRaw(word);
  await peer.gone();
  expect(peer.received).toHaveLength(0);
  await run.ended;
  const lines = run.err.split('\n').filter((line) => line.includes(`${major}.${minor}`));
  expect(lines.length).toBeGreaterThan(0);
  expect(run.err).not.toMatch(/ at .*\.js/);
});
