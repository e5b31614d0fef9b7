/**
 * `livery-guid --daemon` against a real `livery daemon`: the qube is shown by the
 * daemon, this process is its life line; what the configuration does not say of
 * the qube is refused. And `backend = "attach"` with places: without anybody.
 */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { controlSocketPath } from '../../../src/config/runtime-dir.ts';
import { ControlClient } from '../../../src/control/client.ts';
import { waitUntil } from '../../rig/rig.ts';
import { ScriptedKeeper } from '../../rig/scripted-keeper.ts';
import { LiveryProcess } from '../../rig/system/livery-process.ts';
import { create, map, W } from '../session/stage.ts';
import { type GuidRun, GuidStage } from './guid-stage.ts';

const BLUE = 0x3465a4;
const PLACE = { x: 100, y: 100, width: 60, height: 60 };
const ATTACH = '[qube.work]\nlabel = "blue"\nbackend = "attach"\nid = 5\n';

const STRANGER = 65_534;
/** As another user, who may read what the test reads: the program, the cookie of the screen. */
const AS_STRANGER = [
  ...['setpriv', '--reuid', `${STRANGER}`, '--regid', `${STRANGER}`, '--clear-groups'],
  ...['--inh-caps', '+dac_read_search', '--ambient-caps', '+dac_read_search'],
];

let stage: GuidStage;
let keeper: ScriptedKeeper;
let livery: LiveryProcess | undefined;

afterEach(async () => {
  await livery?.[Symbol.asyncDispose]();
  livery = undefined;
  await keeper?.[Symbol.asyncDispose]();
  await stage?.[Symbol.asyncDispose]();
});

async function open(toml: string): Promise<void> {
  stage = await GuidStage.open();
  mkdirSync(stage.runtimeDir, { recursive: true, mode: 0o700 });
  writeFileSync(config(), toml);
  keeper = new ScriptedKeeper(stage.runtimeDir, []);
  await startDaemon();
}

const config = (): string => join(stage.screen.directory, 'livery.toml');

async function startDaemon(): Promise<void> {
  livery = new LiveryProcess(['daemon', '--config', config()], {
    env: { ...stage.env, LANG: 'C.UTF-8' },
    lifeline: true,
  });
  await livery.ready();
}

const handOver = (...words: string[]): GuidRun =>
  stage.start(['-f', '--daemon', '-c', '0x3465a4', ...words]);

/** With a place for its flags. */
function strangerHandsOver(): GuidRun {
  for (const folder of [stage.runDir, stage.logDir]) chownSync(folder, STRANGER, STRANGER);
  return stage.start(['-f', '--daemon', '-c', '0x3465a4'], {}, AS_STRANGER);
}

async function qube(name = 'work') {
  using client = ControlClient.connect(controlSocketPath(stage.runtimeDir));
  return (await client.ask('qubes', {})).find((one) => one.name === name);
}

/** The window with known pixels, in the frame of the daemon's label. */
async function showsWindow(): Promise<void> {
  stage.paint([1, 2, 3, 4], () => 0x336699);
  stage.agent.send(create(W, PLACE), map(W), {
    name: 'dump',
    window: W,
    width: 60,
    height: 60,
    refs: Uint32Array.of(1, 2, 3, 4),
  });
  await stage.shown(W);
  await stage.pixel(120, 120, 0x336699);
  await stage.pixel(97, 97, BLUE);
}

describe('handing a qube over', () => {
  it('the daemon shows it; its flag is there; the end takes it away', async () => {
    await open(ATTACH);
    expect(await qube()).toMatchObject({ state: 'stopped', connected: false });
    const run = handOver();
    await stage.agent.ready();
    await waitUntil(() => stage.flagged() === run.pid, 'the flag');
    await showsWindow();
    expect(await qube()).toMatchObject({ state: 'running', connected: true, windows: 1 });
    // The windows are the daemon's: this process has nothing of the qube's.
    expect(stage.openFiles('dom-5.pool')).toBe(0);

    run.signal('SIGTERM');
    expect((await run.ended).status).toBe(0);
    await waitUntil(async () => (await stage.frame(W)) === undefined, 'the window goes');
    await waitUntil(() => stage.agent.ended, 'the conversation ends');
    expect(stage.flagged()).toBeUndefined();
    expect(await qube()).toMatchObject({ state: 'stopped' });

    // And again, also when the one before was killed.
    const second = handOver();
    await waitUntil(() => stage.agent.connections === 2, 'the second conversation');
    second.signal('SIGKILL');
    await waitUntil(async () => (await qube())?.state === 'stopped', 'it is given back');
    handOver();
    await waitUntil(() => stage.agent.connections === 3, 'the third conversation');
  });

  it('in the background the caller waits for the agent', async () => {
    await open(ATTACH);
    const run = stage.start(['--daemon', '-c', '0x3465a4']);
    expect((await run.ended).status).toBe(0);
    await stage.agent.ready();
    process.kill(stage.flagged() ?? 0, 'SIGTERM');
    await waitUntil(() => stage.flagged() === undefined, 'its end');
  });

  it('an agent that comes back is shown again; the flag follows', async () => {
    await open(ATTACH);
    const run = handOver();
    await stage.agent.ready();
    await waitUntil(() => stage.flagged() === run.pid, 'the flag');
    await stage.agent[Symbol.asyncDispose]();
    rmSync(stage.socketPath, { force: true });
    await waitUntil(() => stage.flagged() === undefined, 'no flag');
    expect(existsSync(join(stage.runDir, 'guid-booting.5'))).toBe(true);
    await stage.listen();
    await stage.agent.ready();
    await waitUntil(() => stage.flagged() === run.pid, 'the flag');
    await showsWindow();
  });

  it('a broken rule ends it with 1 and takes the qube away', async () => {
    await open(ATTACH);
    const run = handOver();
    await stage.agent.ready();
    stage.agent.send(map(W));
    expect((await run.ended).status).toBe(1);
    expect(run.err).toMatch(/the session is over \(GUI_WINDOW_UNKNOWN\)/);
    expect(await qube()).toMatchObject({ state: 'stopped' });
    expect(livery?.over).toBe(false);
  });

  it("the daemon's end is its end, with a line that says so", async () => {
    await open(ATTACH);
    const run = handOver();
    await stage.agent.ready();
    await waitUntil(() => stage.flagged() === run.pid, 'the flag');
    livery?.signal('SIGTERM');
    expect((await run.ended).status).toBe(1);
    expect(run.err).toMatch(/the daemon ended, and the hand-over with it/);
    expect(stage.flagged()).toBeUndefined();
    await livery?.end();
    // A daemon that is there again takes it again.
    await startDaemon();
    handOver();
    await waitUntil(() => stage.agent.connections === 2, 'the next conversation');
  });

  it('without a daemon it ends with 1', async () => {
    stage = await GuidStage.open();
    const run = handOver();
    expect((await run.ended).status).toBe(1);
    expect(run.err).toMatch(/no daemon is running/);
  });
});

describe('what is refused', () => {
  it.each([
    ['another id', ATTACH.replace('id = 5', 'id = 6'), [], /its id is 6, not 5/],
    ['another label', ATTACH.replace('blue', 'red'), [], /its label is red #cc0000, not #3465a4/],
    ['another name', ATTACH.replace('work', 'vault'), [], /there is no qube 'work'/],
    ["the keeper's", '[qube.work]\nlabel = "blue"\nid = 5\n', [], /backend is "sandbox"/],
    ['nothing to show', ATTACH, ['-I'], /-I cannot be had with --daemon/],
  ])('%s', async (_what, toml, words, line) => {
    await open(toml);
    const run = handOver(...words);
    expect((await run.ended).status).toBe(1);
    expect(run.err).toMatch(line);
    expect(stage.agent.connections).toBe(0);
  });

  // Only root can become somebody else.
  it.runIf(process.getuid?.() === 0)('by another user, whom the modes keep out', async () => {
    await open(ATTACH);
    const socket = controlSocketPath(stage.runtimeDir);
    expect(statSync(socket).mode & 0o777).toBe(0o600);
    expect(statSync(stage.runtimeDir).mode & 0o777).toBe(0o700);
    const run = strangerHandsOver();
    expect((await run.ended).status).toBe(1);
    expect(run.err).toMatch(/the daemon at .*control.sock belongs to another user/);
    expect(stage.agent.connections).toBe(0);
    expect(await qube()).toMatchObject({ state: 'stopped' });
  });

  it.runIf(process.getuid?.() === 0)('by another user, whom the modes let in', async () => {
    await open(ATTACH);
    const socket = controlSocketPath(stage.runtimeDir);
    chmodSync(socket, 0o666);
    // An honest program sees whose daemon it is and says so.
    const run = strangerHandsOver();
    expect((await run.ended).status).toBe(1);
    expect(run.err).toMatch(/the daemon at .*control.sock belongs to another user/);
    // A dishonest one asks all the same, and is not answered.
    const wish = {
      ...{ id: 1, op: 'attach', qube: 'work', domain: 5, color: BLUE, client: 0 },
      ...{ channelDir: stage.socketDir, poolDir: stage.poolDir },
    };
    const script = `const s = require('node:net').connect(process.argv[1]);
      s.on('connect', () => s.write(process.argv[2] + '\\n'));
      s.on('data', () => process.stdout.write('answered '));
      s.on('error', () => {}); s.on('close', () => process.stdout.write('closed'));`;
    const ask = (around: readonly string[]) => {
      const [program = '', ...words] = [...around, process.execPath];
      return spawnSync(program, [...words, '-e', script, socket, JSON.stringify(wish)], {
        encoding: 'utf8',
        timeout: 20_000,
      }).stdout;
    };
    expect(ask(AS_STRANGER)).toBe('closed');
    await livery?.said(new RegExp(`"uid":${STRANGER}.*a connection was refused`));
    expect(stage.agent.connections).toBe(0);
    expect(await qube()).toMatchObject({ state: 'stopped' });
  });

  it('a qube that is shown already', async () => {
    await open(ATTACH);
    handOver();
    await stage.agent.ready();
    // As another launcher would, with flags of its own.
    const other = stage.start(['-f', '--daemon', '-c', '0x3465a4'], {
      LIVERY_GUID_RUN_DIR: join(stage.screen.directory, 'other'),
    });
    expect((await other.ended).status).toBe(1);
    expect(other.err).toMatch(/it was handed over before/);
    expect(stage.agent.ended).toBe(false);
  });

  it('starting or stopping it by the daemon', async () => {
    await open(ATTACH);
    using client = ControlClient.connect(controlSocketPath(stage.runtimeDir));
    for (const op of ['qube.start', 'qube.stop'] as const) {
      await expect(client.ask(op, { qube: 'work' })).rejects.toMatchObject({
        code: 'QUBE_FOREIGN',
      });
    }
    await expect(client.ask('attach.next', { known: 'waiting' })).rejects.toMatchObject({
      code: 'ATTACH_NONE',
    });
  });
});

describe('a qube whose place the configuration has', () => {
  it('is shown by the daemon alone, and handed over by nobody', async () => {
    stage = await GuidStage.open();
    const places = `channel_dir = "${stage.socketDir}"\npool_dir = "${stage.poolDir}"\n`;
    mkdirSync(stage.runtimeDir, { recursive: true, mode: 0o700 });
    writeFileSync(config(), ATTACH + places);
    keeper = new ScriptedKeeper(stage.runtimeDir, []);
    await startDaemon();
    await stage.agent.ready();
    await showsWindow();
    const run = handOver();
    expect((await run.ended).status).toBe(1);
    expect(run.err).toMatch(/the daemon looks for it by itself/);
    expect(stage.agent.ended).toBe(false);
  });
});
