/**
 * The life of `livery-guid` as a launcher sees it: exit statuses, the flag with
 * the process id, the lock, the log, signals, an agent that comes back.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { waitUntil } from '../../rig/rig.ts';
import { create, map, W } from '../session/stage.ts';
import { GuidStage } from './guid-stage.ts';

let stage: GuidStage;
const daemons: number[] = [];

afterEach(async () => {
  // Started in the background: no children of ours any more.
  for (const pid of daemons.splice(0)) {
    if (isAlive(pid)) process.kill(pid, 'SIGKILL');
  }
  await stage?.[Symbol.asyncDispose]();
});

function isAlive(pid: number): boolean {
  try {
    const state = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.[0];
    return state !== 'Z';
  } catch {
    return false;
  }
}

async function background(words: readonly string[] = []): Promise<number> {
  const run = stage.start(['--pool-mib', '4', ...words]);
  expect(await run.ended).toEqual({ status: 0, signal: null });
  const pid = stage.flagged() ?? 0;
  daemons.push(pid);
  return pid;
}

const log = (): string => join(stage.logDir, 'guid.work.log');

describe('in the background', () => {
  it('ends with 0 when the agent is connected; the flag has the daemon', async () => {
    stage = await GuidStage.open();
    const pid = await background();
    await stage.agent.ready();
    expect(isAlive(pid)).toBe(true);
    expect(readFileSync(`/proc/${pid}/cmdline`, 'latin1')).toContain('livery-guid');
    expect(existsSync(join(stage.runDir, 'guid-booting.5'))).toBe(false);
    expect(readFileSync(log(), 'utf8')).toContain('connected to the agent');
    // A session of its own, at home where the flags are.
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? [];
    expect(Number(stat[3])).toBe(pid);
    process.kill(pid, 'SIGTERM');
    await waitUntil(() => !isAlive(pid), 'the end of the daemon');
    expect(stage.flagged()).toBeUndefined();
  });

  it('a second one for the same domain ends with 0 and changes nothing', async () => {
    stage = await GuidStage.open();
    const pid = await background();
    const again = stage.start();
    expect((await again.ended).status).toBe(0);
    expect(stage.flagged()).toBe(pid);
    expect(isAlive(pid)).toBe(true);
    expect(stage.agent.connections).toBe(1);
  });

  it('a flag that a killed one left is no reason to stay away', async () => {
    stage = await GuidStage.open();
    const first = await background();
    process.kill(first, 'SIGKILL');
    await waitUntil(() => !isAlive(first), 'the end of the daemon');
    expect(stage.flagged()).toBe(first);
    const second = await background();
    expect(second).not.toBe(first);
  });

  it('keeps the log of the one before', async () => {
    stage = await GuidStage.open();
    writeFileSync(log(), 'the one before\n');
    await background();
    expect(readFileSync(`${log()}.old`, 'utf8')).toBe('the one before\n');
  });

  it('gives up after startup_timeout, and the daemon does not live on (row 34)', async () => {
    stage = await GuidStage.open({ agent: null });
    const config = join(stage.screen.directory, 'guid.conf');
    writeFileSync(config, 'global: { startup_timeout = 1; };\n');
    const run = stage.start(['-C', config, '--pool-mib', '4']);
    expect((await run.ended).status).toBe(1);
    expect(run.err).toMatch(/did not appear within 1 s/);
    // Whoever comes now is not served.
    await stage.listen();
    expect(existsSync(join(stage.runDir, 'guid-booting.5'))).toBe(false);
    const next = await background();
    await stage.agent.ready();
    expect(stage.flagged()).toBe(next);
    expect(stage.agent.connections).toBe(1);
  });

  it('-n does not wait: 0 while the agent is not there yet', async () => {
    stage = await GuidStage.open({ agent: null });
    const run = stage.start(['-n', '--pool-mib', '4']);
    expect((await run.ended).status).toBe(0);
    expect(stage.flagged()).toBeUndefined();
    await stage.listen();
    await stage.agent.ready();
    const pid = await waitUntil(() => stage.flagged(), 'the flag');
    daemons.push(pid);
  });

  it('tells whoever started it that it could not begin', async () => {
    stage = await GuidStage.open();
    const run = stage.start(['-c', 'no such colour']);
    expect((await run.ended).status).toBe(1);
    expect(run.err).toMatch(/its log says why/);
    expect(readFileSync(log(), 'utf8')).toContain('no colour "no such colour"');
  });
});

describe('in the foreground', () => {
  it.each(['SIGTERM', 'SIGUSR1'] as const)('%s ends it with 0', async (signal) => {
    stage = await GuidStage.open();
    const run = await stage.serve();
    expect(stage.flagged()).toBe(run.pid);
    run.signal(signal);
    expect(await run.ended).toEqual({ status: 0, signal: null });
    expect(stage.flagged()).toBeUndefined();
  });

  it('SIGHUP has it look at the screen again', async () => {
    stage = await GuidStage.open();
    const run = await stage.serve();
    run.signal('SIGHUP');
    await run.said(/the screen is looked at again/);
    expect(stage.agent.connected).toBe(true);
  });

  it('waits for an agent that went away; the flag is there while it is connected', async () => {
    stage = await GuidStage.open();
    const run = await stage.serve();
    stage.agent.send(create(W, { x: 100, y: 100, width: 50, height: 50 }), map(W));
    await stage.shown(W);
    stage.agent.hangUp();
    await run.said(/it is waited for/);
    await waitUntil(async () => (await stage.frame(W)) === undefined, 'the end of its windows');
    await waitUntil(() => stage.agent.connections === 2, 'the daemon comes again');
    await stage.agent.ready();
    await waitUntil(() => stage.flagged() === run.pid, 'the flag');
    stage.agent.send(create(W, { x: 100, y: 100, width: 50, height: 50 }), map(W));
    await stage.shown(W);
  });

  it('ends with 1 when the qube breaks a rule, and says which', async () => {
    stage = await GuidStage.open();
    const run = await stage.serve();
    stage.agent.send(map(W));
    expect((await run.ended).status).toBe(1);
    expect(run.err).toContain('GUI_WINDOW_UNKNOWN');
    expect(stage.flagged()).toBeUndefined();
  });

  it('ends with 1 when the X server goes', async () => {
    stage = await GuidStage.open();
    const run = await stage.serve();
    process.kill(stage.screen.server.pid, 'SIGTERM');
    expect((await run.ended).status).toBe(1);
    expect(run.err).toMatch(/X server of :\d+ is gone/);
  });

  it('-I serves the qube and shows nothing', async () => {
    stage = await GuidStage.open();
    await stage.serve(['-I']);
    stage.agent.send(create(W, { x: 100, y: 100, width: 50, height: 50 }), map(W));
    stage.agent.send({ name: 'dump', window: W, width: 4, height: 4, refs: Uint32Array.of(1) });
    await stage.agent.hear('dumpAck');
    expect(await stage.frame(W)).toBeUndefined();
  });
});
