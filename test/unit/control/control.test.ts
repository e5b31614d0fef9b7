import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EXIT, UserError } from '../../../src/base/errors.ts';
import { silentLog } from '../../../src/base/log.ts';
import { ControlClient } from '../../../src/control/client.ts';
import { type ControlHandlers, MAX_REQUEST_BYTES } from '../../../src/control/messages.ts';
import { ControlServer } from '../../../src/control/server.ts';

let dir: string;
let path: string;
let server: ControlServer;
let asked: unknown[];
let gone: Promise<void>;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'livery-control-'));
  path = join(dir, 'control.sock');
  asked = [];
  const unused = (): Promise<never> => Promise.reject(new Error('not asked in this test'));
  let onGone = (): void => {};
  gone = new Promise((resolve) => {
    onGone = resolve;
  });
  const handlers: ControlHandlers = {
    ping: async () => ({ version: '0', pid: 1 }),
    windows: async () => [],
    qubes: unused,
    stats: unused,
    'qube.start': async ({ qube }) => {
      throw new UserError('UNKNOWN_QUBE', `no such qube: ${qube}`, {
        exitCode: EXIT.notFound,
        hint: 'see livery qube list',
      });
    },
    'qube.stop': () => Promise.reject(new Error('a defect')),
    'qube.reconnect': unused,
    run: (params, signal) => {
      asked.push(params);
      if (!params.wait) return Promise.resolve({ run: 7 });
      return new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          onGone();
          reject(new Error('gone'));
        });
      });
    },
    attach: unused,
    'attach.next': unused,
    'clipboard.show': unused,
    'clipboard.wipe': async () => ({}),
    'clipboard.events': unused,
    'log.tail': unused,
    'input.rules': unused,
    'view.announce': unused,
    confinement: () => Promise.reject(new Error('not asked here')),
    locked: async () => ({}),
    reload: () => Promise.reject(new Error('not asked here')),
    shutdown: async () => ({}),
  };
  server = new ControlServer(path, handlers, silentLog);
});

afterEach(() => {
  server[Symbol.dispose]();
  rmSync(dir, { recursive: true });
});

/** Sends raw text, half-closes, and gives back the lines that came. */
function raw(text: string | Uint8Array): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    let answer = '';
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => {
      answer += chunk;
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(answer.split('\n').slice(0, -1)));
    socket.end(text);
  });
}

/** Like raw, but keeps the connection open until as many lines came as were sent. */
function converse(lines: string[]): Promise<Record<string, unknown>[]> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    let answer = '';
    socket.on('error', reject);
    socket.on('data', (chunk: Buffer) => {
      answer += chunk.toString();
      const complete = answer.split('\n').slice(0, -1);
      if (complete.length < lines.length) return;
      socket.destroy();
      resolve(complete.map((line) => JSON.parse(line) as Record<string, unknown>));
    });
    for (const line of lines) socket.write(`${line}\n`);
  });
}

describe('the control socket', () => {
  it('is for its owner only', () => {
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('leaves no socket behind', () => {
    server[Symbol.dispose]();
    expect(existsSync(path)).toBe(false);
  });

  it('answers, and hands errors over with code, hint and exit status', async () => {
    using client = ControlClient.connect(path);
    expect(await client.ask('ping', {})).toEqual({ version: '0', pid: 1 });
    const error = await client.ask('qube.start', { qube: 'x' }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(UserError);
    expect(error).toMatchObject({
      code: 'UNKNOWN_QUBE',
      message: 'no such qube: x',
      hint: 'see livery qube list',
      exitCode: EXIT.notFound,
    });
    await expect(client.ask('qube.stop', { qube: 'x' })).rejects.toThrow('a defect');
    expect(await client.ask('windows', {})).toEqual([]);
  });

  it('answers several requests at once, each by its number', async () => {
    using client = ControlClient.connect(path);
    const answers = await Promise.all([
      client.ask('run', { qube: 'work', argv: ['xterm', '-e', 'top é'] }),
      client.ask('ping', {}),
      client.ask('windows', {}),
    ]);
    expect(answers).toEqual([{ run: 7 }, { version: '0', pid: 1 }, []]);
    expect(asked).toEqual([{ qube: 'work', argv: ['xterm', '-e', 'top é'] }]);
  });

  it('tells a handler when whoever waits went away', async () => {
    const client = ControlClient.connect(path);
    const waiting = client.ask('run', { qube: 'work', argv: ['xterm'], wait: true });
    await client.ask('ping', {});
    client[Symbol.dispose]();
    await expect(waiting).rejects.toMatchObject({ code: 'DAEMON_LOST' });
    await gone;
  });

  it('answers what is no request with what was expected, and goes on', async () => {
    const answers = await converse([
      'hello',
      '[]',
      '{"op":"ping"}',
      '{"id":1,"op":"frobnicate"}',
      '{"id":2,"op":"__proto__"}',
      '{"id":3,"op":"run","qube":"work"}',
      '{"id":4,"op":"run","qube":"work","argv":[]}',
      '{"id":5,"op":"run","qube":"work","argv":["a",1]}',
      '{"id":6,"op":"run","qube":"work","argv":["a\\u0000b"]}',
      '{"id":7,"op":"ping","extra":1}',
      '{"id":-1,"op":"ping"}',
      '{"id":8,"op":"ping"}',
    ]);
    expect(answers.slice(0, -1).every((a) => a.ok === false && a.code === 'CONTROL_REQUEST')).toBe(
      true,
    );
    expect(answers.map((a) => a.id)).toEqual([null, null, null, 1, 2, 3, 4, 5, 6, 7, null, 8]);
    expect(answers[3]?.message).toMatch(/^op: expected one of ping, windows, /);
    expect(answers[7]?.message).toBe('argv.1: expected a string');
    expect(answers.at(-1)).toEqual({ id: 8, ok: true, result: { version: '0', pid: 1 } });
    expect(asked).toEqual([]);
  });

  it('takes a request of 1 MiB and ends the connection of a longer one', async () => {
    const fits = `{"id":1,"op":"nothing${'x'.repeat(MAX_REQUEST_BYTES - 40)}"}`;
    expect(fits.length).toBeLessThanOrEqual(MAX_REQUEST_BYTES);
    expect(await raw(`${fits}\n{"id":2,"op":"ping"}\n`)).toHaveLength(2);
    const [answer, ...rest] = await raw('x'.repeat(MAX_REQUEST_BYTES + 1));
    expect(rest).toEqual([]);
    expect(JSON.parse(answer ?? '')).toMatchObject({ id: null, code: 'CONTROL_REQUEST' });
  });

  it('survives a peer that hangs up in the middle', async () => {
    await raw('{"id":1,"op":"pi');
    using client = ControlClient.connect(path);
    expect(await client.ask('ping', {})).toMatchObject({ pid: 1 });
  });

  it('says so when the daemon goes away or is not there', async () => {
    using client = ControlClient.connect(path);
    await client.ask('ping', {});
    server[Symbol.dispose]();
    await expect(client.ask('ping', {})).rejects.toMatchObject({ code: 'DAEMON_LOST' });
    expect(() => ControlClient.connect(join(dir, 'none.sock'))).toThrow(/no daemon is running/);
  });

  it.runIf(process.getuid?.() === 0)(
    'refuses another user where permissions let him in',
    async () => {
      chmodSync(dir, 0o755);
      chmodSync(path, 0o777);
      const script = `const s=require('net').connect(${JSON.stringify(path)});
      s.on('connect',()=>s.write('{"id":1,"op":"ping"}\\n'));
      s.on('data',d=>process.stdout.write('answered'));
      s.on('error',()=>process.stdout.write('refused'));
      s.on('end',()=>process.stdout.write('refused'));`;
      const child = spawn(process.execPath, ['-e', script], { uid: 65534, gid: 65534 });
      let said = '';
      child.stdout.on('data', (chunk: Buffer) => {
        said += chunk.toString();
      });
      await new Promise((resolve) => child.on('close', resolve));
      expect(said).toBe('refused');
    },
  );
});
