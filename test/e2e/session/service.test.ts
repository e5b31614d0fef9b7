/**
 * The service channel in dom0 against a scripted end: answers, time limits,
 * programs, and what ends the connection without touching windows.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Clock, systemClock } from '../../../src/base/clock.ts';
import { UserError } from '../../../src/base/errors.ts';
import type { VmWindowId } from '../../../src/base/ids.ts';
import { silentLog } from '../../../src/base/log.ts';
import { SocketChannel } from '../../../src/channel/socket-channel.ts';
import { STATUS } from '../../../src/protocol/service.ts';
import { ANSWER_MS, ServiceSession } from '../../../src/session/service-session.ts';
import { eventually, turns } from '../../rig/eventually.ts';
import { ManualClock } from '../../rig/manual-clock.ts';
import { ScriptedService } from '../../rig/scripted-service.ts';

let directory: string;
let qube: ScriptedService;
let session: ServiceSession;
let events: string[];
/** Of each end, whether the next connection comes by itself. */
let again: boolean[];

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'livery-service-'));
  qube = await ScriptedService.listen(join(directory, 's.sock'));
});

afterEach(async () => {
  session[Symbol.dispose]();
  await qube[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true, force: true });
});

function open(clock: Clock = systemClock, maxQueueBytes?: number): void {
  events = [];
  again = [];
  session = new ServiceSession({
    channel: new SocketChannel({ path: qube.path, clock, maxQueueBytes }),
    clock,
    log: silentLog,
    events: {
      connected: () => events.push('connected'),
      ready: (fresh) => events.push(fresh ? 'ready, fresh' : 'ready'),
      ended: (code, comesBack) => {
        events.push(code);
        again.push(comesBack);
      },
    },
  });
  session.start();
}

function saw(event: string, count = 1): Promise<true> {
  return eventually(
    () => (events.filter((name) => name === event).length >= count ? true : undefined),
    `${event}; so far: ${events.join(' ')}`,
  );
}

/** The code of the UserError that `work` is refused with. */
async function refusal(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(UserError);
  return (error as UserError).code;
}

describe('programs', () => {
  it('are started by one request; their end is told', async () => {
    open();
    const started = session.runProgram(['xterm', '-e', 'ls']);
    const request = await qube.request();
    expect(request).toMatchObject({ name: 'runProgram', argv: ['xterm', '-e', 'ls'] });
    // The end comes in the same bytes as the answer: it must not be missed.
    qube.say(
      { name: 'answer', id: request.id, status: STATUS.ok },
      { name: 'programExited', runId: request.id, kind: 'signalled', code: 15 },
    );
    const program = await started;
    expect(program.run).toBe(request.id);
    expect(await program.exited).toEqual({ kind: 'signalled', code: 15 });
  });

  it('that do not exist or do not start are refused with a sentence', async () => {
    open();
    qube.onRequest = ({ id }) => {
      if (id === 1) qube.say({ name: 'answer', id, status: STATUS.notFound });
      else qube.say({ name: 'answer', id, status: STATUS.failed, detail: 'no\x1b[31m room' });
    };
    await expect(session.runProgram(['nonesuch'])).rejects.toThrow("no program 'nonesuch'");
    await expect(session.runProgram(['xterm'])).rejects.toThrow('no\\u{1b}[31m room');
  });

  it('with a command line that is too long are refused here', async () => {
    open();
    qube.onRequest = ({ id }) => qube.say({ name: 'answer', id, status: STATUS.ok });
    await session.runProgram(['x', 'é'.repeat(32_766)]);
    expect(await refusal(session.runProgram(['x', 'é'.repeat(32_767)]))).toBe('USAGE');
    expect(qube.requests).toHaveLength(1);
  });

  it('asked for before the qube is there wait for it', async () => {
    await qube[Symbol.asyncDispose]();
    open();
    const started = session.runProgram(['xterm']);
    await turns(5);
    expect(session.isConnected).toBe(false);
    qube = await ScriptedService.listen(join(directory, 's.sock'));
    qube.onRequest = ({ id }) => qube.say({ name: 'answer', id, status: STATUS.ok });
    await started;
  });

  it('that the qube went away with are given up', async () => {
    open();
    const first = session.runProgram(['xterm']);
    const { id } = await qube.request();
    qube.say({ name: 'answer', id, status: STATUS.ok });
    const { exited } = await first;
    const second = session.runProgram(['xclock']);
    await qube.request(2);
    qube.hangUp();
    expect(await refusal(second)).toBe('QUBE_GONE');
    expect(await refusal(exited)).toBe('QUBE_GONE');
    await saw('CHANNEL_CLOSED');
    await saw('connected', 2);
  });
});

describe('time', () => {
  it('is up: the asker is told, and a late answer is no fault', async () => {
    const clock = new ManualClock();
    open(clock);
    clock.advance(0);
    await saw('connected');
    const asked = session.runProgram(['xterm']);
    const { id } = await qube.request();
    clock.advance(ANSWER_MS.run);
    expect(await refusal(asked)).toBe('QUBE_SILENT');
    qube.say({ name: 'answer', id, status: STATUS.ok });
    const pinged = session.ping();
    const ping = await qube.request(2);
    clock.advance(7);
    qube.say({ name: 'answer', id: ping.id, status: STATUS.ok });
    expect(await pinged).toBe(7);
    expect(events).toEqual(['connected']);
  });

  it('is up for a qube that never came', async () => {
    const clock = new ManualClock();
    await qube[Symbol.asyncDispose]();
    open(clock);
    const asked = session.runProgram(['xterm']);
    clock.advance(ANSWER_MS.run);
    expect(await refusal(asked)).toBe('QUBE_SILENT');
  });

  it('of a qube that answers nothing: dom0 keeps 64 requests and refuses more', async () => {
    open();
    await saw('connected');
    const asked = Array.from({ length: 65 }, () => session.ping());
    expect(await refusal(asked[64] as Promise<number>)).toBe('QUBE_SILENT');
    session[Symbol.dispose]();
    for (const one of asked.slice(0, 64)) expect(await refusal(one)).toBe('QUBE_GONE');
  });
});

describe('whether a program answers', () => {
  const W = 0x0040_0007 as VmWindowId;

  it.each([
    [STATUS.ok, 'answered'],
    [STATUS.unsupported, 'unknown'],
    [STATUS.notFound, 'unknown'],
    [STATUS.busy, 'silent'],
    [0xffff_ffff, 'silent'],
  ])('status %i means %s', async (status, life) => {
    open();
    await saw('connected');
    const asked = session.pingWindow(W);
    const request = await qube.request();
    expect(request).toMatchObject({ name: 'pingWindow', window: W });
    qube.say({ name: 'answer', id: request.id, status });
    expect(await asked).toBe(life);
  });

  it('is asked of nobody who is not there, or who speaks an older version', async () => {
    qube.minor = 0;
    open();
    expect(session.pingWindow(W)).toBeUndefined();
    await saw('connected');
    expect(session.pingWindow(W)).toBeUndefined();
    await expect(Promise.race([session.ping(), qube.request()])).resolves.toMatchObject({
      name: 'ping',
    });
    expect(qube.requests).toHaveLength(1);
  });

  it('stays open without limit of time; an end of the connection is no answer', async () => {
    const clock = new ManualClock();
    open(clock);
    clock.advance(0);
    await saw('connected');
    let heard: unknown;
    const asked = session.pingWindow(W)?.then((life) => {
      heard = life;
    });
    await qube.request();
    clock.advance(3_600_000);
    await turns(10);
    expect(heard).toBeUndefined();
    qube.hangUp();
    await asked;
    expect(heard).toBe('unknown');
  });

  it('of a qube that leaves all its requests open is not hoped for', async () => {
    open();
    await saw('connected');
    for (let i = 0; i < 64; i++) void session.pingWindow((W + i) as VmWindowId);
    expect(await session.pingWindow((W + 64) as VmWindowId)).toBe('silent');
  });

  it('two answers to one question end the connection', async () => {
    open();
    await saw('connected');
    const asked = session.pingWindow(W);
    const { id } = await qube.request();
    const answer = { name: 'answer', id, status: STATUS.ok } as const;
    qube.say(answer, answer);
    expect(await asked).toBe('answered');
    await saw('SERVICE_ANSWER');
  });
});

describe('what the qube says by itself', () => {
  it('ready is an event; icons and files are taken and dropped', async () => {
    open();
    await qube.connection();
    qube.say(
      { name: 'fileOffer', file: 'a.txt', size: 5 },
      {
        name: 'iconRecord',
        window: 1 as never,
        width: 2,
        height: 2,
        pixels: new Uint8Array(16),
      },
      { name: 'programExited', runId: 999, kind: 'exited', code: 0 },
      { name: 'ready', fresh: true, version: 'test 1' },
      { name: 'ready', fresh: false, version: 'test 1' },
    );
    await saw('ready');
    expect(events).toEqual(['connected', 'ready, fresh', 'ready']);
  });

  it('the screen is told in pixels with its monitors', async () => {
    open();
    const told = session.setScreen(1281, 800, 96, [{ x: 0, y: 0, width: 1281, height: 800 }]);
    const request = await qube.request();
    expect(request).toMatchObject({ name: 'setScreen', width: 1281, height: 800, dpi: 96 });
    qube.say({ name: 'answer', id: request.id, status: STATUS.ok });
    expect((await told).status).toBe(STATUS.ok);
  });
});

describe('a breach of the rules', () => {
  it.each([
    ['an answer to nothing', 'SERVICE_ANSWER', 129, 8],
    ['an unknown type', 'SERVICE_TYPE', 999, 0],
    ['a request, which only dom0 makes', 'SERVICE_TYPE', 4, 12],
    ['a short programExited', 'SERVICE_LENGTH', 131, 4],
  ])('%s ends the connection', async (_name, code, type, length) => {
    open();
    await saw('connected');
    const message = Buffer.alloc(8 + length);
    message.writeUInt32LE(type, 0);
    message.writeUInt32LE(length, 4);
    qube.sayRaw(message);
    await saw(code);
    await qube.gone();
  });

  it('a wrong hello ends it, and the next connection comes after a pause', async () => {
    const clock = new ManualClock();
    qube.polite = false;
    open(clock);
    clock.advance(0);
    await qube.connection();
    qube.sayRaw(Buffer.from('GET / HTTP/1.1\r\n'));
    await saw('SERVICE_MAGIC');
    await qube.gone();
    qube.polite = true;
    clock.advance(999);
    await turns(10);
    expect(qube.connections).toBe(1);
    clock.advance(1);
    await saw('connected');
  });

  it('only by hand after the third pause', async () => {
    const clock = new ManualClock();
    qube.polite = false;
    open(clock);
    clock.advance(0);
    for (const [round, pauseMs] of [1000, 5000, 30_000, 1_000_000].entries()) {
      await qube.connection(round + 1);
      qube.sayRaw(Buffer.from('nonsense'));
      await saw('SERVICE_MAGIC', round + 1);
      await qube.gone();
      clock.advance(pauseMs);
    }
    await turns(10);
    expect(qube.connections).toBe(4);
    expect(again).toEqual([true, true, true, false]);
    expect(session.lastEnd?.code).toBe('SERVICE_MAGIC');
    qube.polite = true;
    session.reconnect();
    clock.advance(0);
    await saw('connected');
    expect(session.lastEnd).toBeUndefined();
  });

  it('is a full queue as well, and whoever asked is told', async () => {
    open(systemClock, 4096);
    await saw('connected');
    expect(await refusal(session.runProgram(['x', 'y'.repeat(5000)]))).toBe('QUBE_GONE');
    expect(events).toEqual(['connected', 'CHANNEL_QUEUE']);
    await saw('connected', 2);
  });
});
