/**
 * The daemon with scripted qubes on a real screen: what it shows, and what it
 * survives.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UserError } from '../../../src/base/errors.ts';
import { runDaemon } from '../../../src/daemon/main.ts';
import { STATUS } from '../../../src/protocol/service.ts';
import { waitUntil } from '../../rig/wait.ts';
import { answerAll, DaemonStage, showWindow } from './daemon-stage.ts';
import { create, W } from './stage.ts';

let stage: DaemonStage;

beforeEach(async () => {
  stage = await DaemonStage.open();
});

afterEach(async () => {
  await stage[Symbol.asyncDispose]();
});

/** A running qube of the keeper whose service end answers everything. */
async function running(name: string) {
  await stage.keeper.start(name);
  const qube = stage.keeper.qube(name);
  answerAll(qube);
  return qube;
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(UserError);
  return (error as UserError).code;
}

describe('qubes that run', () => {
  it('are shown in the frames of their labels, also those started later', async () => {
    const work = await running('work');
    await stage.start();
    await showWindow(work, { x: 50, y: 50 }, 0x12_34_56);
    const untrusted = await running('untrusted');
    await showWindow(untrusted, { x: 400, y: 300 }, 0xfe_dc_ba);
    const [first, second] = await stage.shown(2);
    expect(first).toMatchObject({
      qube: 'work',
      title: '',
      label: 'blue',
      color: '#3465a4',
      content: { x: 50, y: 50, width: 200, height: 100 },
      frame: { x: 44, y: 44, width: 212, height: 112 },
    });
    expect(second).toMatchObject({ qube: 'untrusted', label: 'red', color: '#cc0000' });
    const image = await stage.screen.grab();
    expect(image.pixel(60, 60)).toBe(0x12_34_56);
    expect(image.pixel(410, 310)).toBe(0xfe_dc_ba);
    expect(image.pixel(396, 350)).toBe(0xcc_00_00);
    const qubes = await stage.client.ask('qubes', {});
    expect(qubes).toMatchObject([
      { name: 'work', state: 'running', connected: true, windows: 1, reason: null },
      { name: 'untrusted', state: 'running', connected: true, windows: 1, reason: null },
    ]);
  });

  it('learn the exact size of the screen before their conversation begins', async () => {
    await stage.start();
    await stage.keeper.start('work');
    const { service, gui } = stage.keeper.qube('work');
    const request = await service.request();
    expect(request).toMatchObject({ name: 'setScreen', width: 1001, height: 700 });
    // Longer than a qube without the channel is waited for.
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(gui.connections).toBe(0);
    service.say({ name: 'answer', id: request.id, status: STATUS.ok });
    await gui.ready();
    expect(gui.screen).toMatchObject({ width: 1008, height: 700, depth: 24 });
  });

  it('are shown without a service channel, too', async () => {
    await stage.start();
    await stage.keeper.start('work');
    const { service, gui } = stage.keeper.qube('work');
    await service[Symbol.asyncDispose]();
    await gui.ready();
  });

  it('that go away are gone from the screen within a second', async () => {
    const work = await running('work');
    const untrusted = await running('untrusted');
    await stage.start();
    await showWindow(work, { x: 50, y: 50 }, 0x11_22_33);
    await showWindow(untrusted, { x: 400, y: 300 }, 0x44_55_66);
    await stage.shown(2);
    const startMs = performance.now();
    await stage.keeper.stop('work', 'it was killed');
    const [left] = await stage.shown(1);
    expect(performance.now() - startMs).toBeLessThan(1000);
    expect(left?.qube).toBe('untrusted');
    expect((await stage.screen.grab()).pixel(60, 60)).toBe(0);
    const [gone] = await stage.client.ask('qubes', {});
    expect(gone).toMatchObject({ state: 'stopped', connected: false, reason: 'it was killed' });
    const again = await running('work');
    await showWindow(again, { x: 50, y: 50 }, 0x77_88_99);
    await stage.shown(2);
  });

  it('whose agent ends lose their windows and get them back with its replay', async () => {
    const work = await running('work');
    await stage.start();
    await showWindow(work, { x: 50, y: 50 }, 0x11_22_33);
    await stage.shown(1);
    work.gui.hangUp();
    await stage.shown(0);
    await waitUntil(() => work.gui.connections === 2, 'the next conversation');
    await showWindow(work, { x: 80, y: 80 }, 0x11_22_33);
    await stage.shown(1);
  });

  it('that break a rule lose their session, and nobody else notices', async () => {
    const work = await running('work');
    const untrusted = await running('untrusted');
    const { log } = await stage.start();
    await showWindow(work, { x: 50, y: 50 }, 0x11_22_33);
    await showWindow(untrusted, { x: 400, y: 300 }, 0x44_55_66);
    await stage.shown(2);
    untrusted.gui.send(create(W));
    const [left] = await stage.shown(1);
    expect(left?.qube).toBe('work');
    const [, ended] = await stage.client.ask('qubes', {});
    expect(ended).toMatchObject({ name: 'untrusted', state: 'running', connected: false });
    expect(ended?.reason).toContain('exists already');
    const line = log.find(({ fields }) => fields.code === 'GUI_WINDOW_EXISTS');
    expect(line).toMatchObject({ level: 'warn', fields: { qube: 'untrusted', domain: 2 } });
    await waitUntil(() => untrusted.gui.connections === 2, 'the session begins again');
    await showWindow(untrusted, { x: 400, y: 300 }, 0x44_55_66);
    await stage.shown(2);
  });

  it('whose windows the user kills are connected anew', async () => {
    const work = await running('work');
    await stage.start();
    await showWindow(work, { x: 50, y: 50 }, 0x11_22_33);
    const [shown] = await stage.shown(1);
    stage.screen.x.X.KillClient(shown?.window as number);
    stage.screen.x.flush();
    await waitUntil(() => work.gui.connections === 2, 'the next conversation');
    await showWindow(work, { x: 50, y: 50 }, 0x11_22_33);
    await stage.shown(1);
  });
});

describe('programs', () => {
  it('of the configuration are started once in a fresh qube', async () => {
    const work = await running('work');
    await stage.start();
    await waitUntil(() => work.service.connected, 'the service channel');
    work.service.say({ name: 'ready', fresh: true, version: 't' });
    await waitUntil(() => work.service.requests.length === 3, 'two programs');
    expect(work.service.requests.slice(1)).toMatchObject([
      { name: 'runProgram', argv: ['xterm'] },
      { name: 'runProgram', argv: ['xclock', '-update', '1'] },
    ]);
    // The qube's word alone starts nothing twice.
    work.service.say({ name: 'ready', fresh: true, version: 't' });
    await stage.client.ask('run', { qube: 'work', argv: ['last'] });
    expect(work.service.requests).toHaveLength(4);
    await stage.end();
    await stage.start();
    await waitUntil(() => work.service.connections === 2, 'the next daemon');
    work.service.say({ name: 'ready', fresh: false, version: 't' });
    await stage.client.ask('run', { qube: 'work', argv: ['last'] });
    expect(work.service.requests.map(({ name }) => name)).toEqual(['setScreen', 'runProgram']);
  });

  it('are run by the command line, which may wait for their end', async () => {
    const work = await running('work');
    await stage.start();
    const waited = stage.client.ask('run', { qube: 'work', argv: ['sleep', '1'], wait: true });
    const run = await waitUntil(
      () => work.service.requests.find(({ name }) => name === 'runProgram'),
      'the request',
    );
    work.service.say({ name: 'programExited', runId: run.id, kind: 'signalled', code: 9 });
    expect(await waited).toEqual({ run: run.id, exit: { status: null, signal: 'SIGKILL' } });
  });

  it('are refused with a reason: unknown qube, qube that does not run', async () => {
    await stage.start();
    const ask = (qube: string) => codeOf(stage.client.ask('run', { qube, argv: ['x'] }));
    expect(await ask('wrok')).toBe('UNKNOWN_QUBE');
    expect(await ask('work')).toBe('QUBE_NOT_RUNNING');
  });
});

describe('the command line', () => {
  it('starts and stops qubes through the daemon', async () => {
    await stage.start();
    const started = stage.client.ask('qube.start', { qube: 'work' });
    await waitUntil(() => stage.keeper.list()[0]?.state === 'running', 'work');
    answerAll(stage.keeper.qube('work'));
    expect(await started).toMatchObject({ name: 'work', state: 'running' });
    expect(await stage.client.ask('qube.stop', { qube: 'work' })).toMatchObject({
      state: 'stopped',
      reason: 'it was stopped',
    });
    expect(await codeOf(stage.client.ask('qube.start', { qube: 'nobody' }))).toBe('UNKNOWN_QUBE');
  });

  it('is answered who is there', async () => {
    await stage.start();
    expect(await stage.client.ask('ping', {})).toEqual({ version: 'test', pid: process.pid });
  });
});

describe('the daemon', () => {
  it('shows every living window again after a restart', async () => {
    const work = await running('work');
    await stage.start();
    await showWindow(work, { x: 50, y: 50 }, 0x11_22_33);
    await stage.shown(1);
    await stage.end();
    expect((await stage.screen.grab()).pixel(60, 60)).toBe(0);
    await stage.start();
    await waitUntil(() => work.gui.connections === 2, 'the next conversation');
    await showWindow(work, { x: 50, y: 50 }, 0x11_22_33);
    await stage.shown(1);
    expect((await stage.screen.grab()).pixel(60, 60)).toBe(0x11_22_33);
  });

  it('outlives the keeper, says so, and finds the next', async () => {
    const work = await running('work');
    const { log } = await stage.start();
    await showWindow(work, { x: 50, y: 50 }, 0x11_22_33);
    await stage.shown(1);
    await stage.keeper.die();
    await stage.shown(0);
    await waitUntil(() => log.find(({ level }) => level === 'error'), 'a line about it');
    expect(log.filter(({ level }) => level === 'error')).toMatchObject([
      { message: expect.stringContaining('the keeper is gone') },
    ]);
    expect(await codeOf(stage.client.ask('qube.start', { qube: 'work' }))).toBe('KEEPER_ABSENT');
    stage.keeper.revive();
    const again = await running('work');
    await showWindow(again, { x: 50, y: 50 }, 0x11_22_33);
    await stage.shown(1);
  });

  it('begins without a keeper and says what to do', async () => {
    await stage.keeper.die();
    const { log } = await stage.start();
    expect(log.find(({ level }) => level === 'warn')).toMatchObject({
      message: expect.stringContaining('no keeper is running'),
      fields: { hint: 'start it with: livery keeper' },
    });
    stage.keeper.revive();
    const work = await running('work');
    await showWindow(work, { x: 50, y: 50 }, 0x11_22_33);
    await stage.shown(1);
  });

  it('ends with a clear line when the X server is gone', async () => {
    const work = await running('work');
    const { ended, log } = await stage.start();
    await showWindow(work, { x: 50, y: 50 }, 0x11_22_33);
    await stage.shown(1);
    await stage.screen.server.stop();
    const error = await ended.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({ code: 'X_GONE', exitCode: 3 });
    expect((error as UserError).message).toContain('the X server of :');
    expect(log.filter(({ level }) => level === 'warn' || level === 'error')).toEqual([]);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('ends in order by %s', async (signal) => {
    const work = await running('work');
    const { ended } = await stage.start();
    await showWindow(work, { x: 50, y: 50 }, 0x11_22_33);
    await stage.shown(1);
    process.kill(process.pid, signal);
    expect(await ended).toBe(0);
    await work.gui.gone();
    expect((await stage.screen.grab()).pixel(60, 60)).toBe(0);
  });

  it('is one at a time', async () => {
    await stage.start();
    const { config, runtimeDir, screen } = stage;
    const { display, cookie } = screen.server;
    const log = { debug() {}, info() {}, warn() {}, error() {}, child: () => log };
    const second = runDaemon({ config, runtimeDir, display, cookie, log, version: 'second' });
    expect(await codeOf(second)).toBe('DAEMON_RUNNING');
    expect(await stage.client.ask('ping', {})).toMatchObject({ version: 'test' });
  });
});
