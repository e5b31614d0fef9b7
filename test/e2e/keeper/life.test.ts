/**
 * A qube's life as the keeper's clients drive and see it.
 */
import { lstatSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../../src/base/errors.ts';
import { PoolHandle } from '../../../src/channel/pool.ts';
import { KeeperClient } from '../../../src/keeper/client.ts';
import type { QubeStatus } from '../../../src/keeper/messages.ts';
import { native } from '../../../src/native/addon.ts';
import { eventually } from '../../rig/eventually.ts';
import { KeeperProcess, STUBBORN } from './keeper-process.ts';

const MIB = 1024 * 1024;

async function failureOf(work: Promise<unknown>): Promise<UserError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error('it did not fail');
}

describe('a qube', () => {
  it('starts, is listed, and stops', async () => {
    await using keeper = await KeeperProcess.start();
    const client = await keeper.connect();
    expect((await client.list()).map(({ name, state }) => `${name} ${state}`)).toEqual([
      'work stopped',
      'untrusted stopped',
      'vault stopped',
    ]);
    const started = await client.start('untrusted');
    expect(started).toMatchObject({ name: 'untrusted', domainId: 2, state: 'running' });
    expect(started.poolBytes).toBe(256 * MIB);
    expect(started.guiSocket).toBe(`${keeper.runtimeDir}/qubes/untrusted/vchan.2.0.6000.sock`);
    for (const path of [started.guiSocket, started.serviceSocket]) {
      expect(lstatSync(path).isSocket()).toBe(true);
      expect(lstatSync(path).mode & 0o777).toBe(0o600);
    }
    expect(lstatSync(`${keeper.runtimeDir}/qubes/untrusted`).mode & 0o777).toBe(0o700);
    expect((await client.list())[1]).toEqual(started);

    const stopped = await client.stop('untrusted');
    expect(stopped).toMatchObject({ state: 'stopped', reason: 'it was stopped on request' });
    expect(stopped.pid).toBeUndefined();
    expect(keeper.files()).toEqual(['keeper.sock', 'qubes']);
    expect(() => process.kill(started.pid ?? 0, 0)).toThrow();
  });

  it('is started once, however often it is asked for', async () => {
    await using keeper = await KeeperProcess.start();
    const client = await keeper.connect();
    const all = await Promise.all(['work', 'work', 'work'].map((name) => client.start(name)));
    expect(new Set(all.map(({ pid }) => pid)).size).toBe(1);
    expect(await client.start('work')).toEqual(all[0]);
  });

  it('hands its pool to who attaches: sealed memory of the size that was said', async () => {
    await using keeper = await KeeperProcess.start({
      config: '[qube.work]\nlabel = "blue"\npool_mib = 32\n',
      command: ['/bin/sh', '-c', 'printf inside >&5; echo ready; read -r _'],
    });
    const client = await keeper.connect();
    await client.start('work');
    const twice = await Promise.all([client.attach('work'), client.attach('work')]);
    for (const { status, pool } of twice) {
      using handle = PoolHandle.take(pool, status.poolBytes);
      expect(handle.sizeBytes).toBe(32 * MIB);
      const text = Buffer.alloc(6);
      expect(native().readAt(handle.fd, text, 0)).toBe(6);
      expect(text.toString()).toBe('inside');
    }
  });

  it('listens with the descriptors that it inherited, in dom0 by name', async () => {
    const agent = `const { createServer } = require('node:net');
      const serve = (fd, word) => createServer((socket) => socket.end(word)).listen({ fd });
      const fd = (name) => Number(process.env['LIVERY_AGENT_' + name + '_FD']);
      serve(fd('GUI'), 'gui').on('listening', () =>
        serve(fd('SERVICE'), 'service').on('listening', () => console.log('ready')));
      process.stdin.resume().on('end', () => process.exit());`;
    await using keeper = await KeeperProcess.start({
      command: ['/opt/livery/bin/node', '-e', agent],
    });
    const client = await keeper.connect();
    const { guiSocket, serviceSocket } = await client.start('work');
    for (const [path, word] of [
      [guiSocket, 'gui'],
      [serviceSocket, 'service'],
    ] as const) {
      using stream = native().connectUnix(path);
      let heard = '';
      await new Promise<void>((resolve) => {
        const into = Buffer.alloc(64);
        stream.start({
          readable() {
            const count = stream.read(into);
            if (count < 0) resolve();
            else heard += into.toString('latin1', 0, count);
          },
        });
      });
      expect(heard).toBe(word);
    }
  });

  it('runs the agent if not told otherwise, and lets it end by itself', async () => {
    await using keeper = await KeeperProcess.start({ command: null, graceMs: 3_600_000 });
    const client = await keeper.connect();
    const { guiSocket } = await client.start('work');
    expect(lstatSync(guiSocket).isSocket()).toBe(true);
    // Without a grace that ends: it hears the end of its standard input.
    expect((await client.stop('work')).reason).toBe('it was stopped on request');
    expect(keeper.log).not.toContain('"level":"error"');
  });

  it('outlives every client', async () => {
    await using keeper = await KeeperProcess.start();
    const first = await KeeperClient.connect(keeper.runtimeDir);
    const { pid } = await first.start('work');
    first[Symbol.dispose]();
    const second = await keeper.connect();
    expect((await second.list())[0]).toMatchObject({ pid, state: 'running' });
    const { pool } = await second.attach('work');
    pool[Symbol.dispose]();
  });

  it('is told of to who watches, without a gap', async () => {
    await using keeper = await KeeperProcess.start();
    const [watcher, client] = [await keeper.connect(), await keeper.connect()];
    const seen: string[] = [];
    const before = await watcher.watch((qube: QubeStatus) =>
      seen.push(`${qube.name} ${qube.state}`),
    );
    expect(before.map(({ state }) => state)).toEqual(['stopped', 'stopped', 'stopped']);
    await client.start('vault');
    await client.stop('vault');
    await eventually(() => (seen.length >= 3 ? true : undefined), 'three changes');
    expect(seen).toEqual(['vault starting', 'vault running', 'vault stopped']);
  });

  it('starts with the keeper when the configuration says so', async () => {
    await using keeper = await KeeperProcess.start({
      config: '[qube.a]\nlabel = "blue"\n[qube.b]\nlabel = "red"\nautostart = true\n',
    });
    const client = await keeper.connect();
    const states = new Map<string, string>();
    const now = await client.watch(({ name, state }) => states.set(name, state));
    for (const { name, state } of now) if (!states.has(name)) states.set(name, state);
    await eventually(() => (states.get('b') === 'running' ? true : undefined), 'b runs');
    expect(states.get('a')).toBe('stopped');
  });
});

describe('what does not work', () => {
  it('names the qubes that there are, and the one that was meant', async () => {
    await using keeper = await KeeperProcess.start();
    const client = await keeper.connect();
    for (const ask of ['start', 'stop', 'attach'] as const) {
      const error = await failureOf(client[ask]('wrk'));
      expect(error.code).toBe('UNKNOWN_QUBE');
      expect(error.exitCode).toBe(4);
      expect(error.message).toBe("there is no qube 'wrk'; there are: work, untrusted, vault");
      expect(error.hint).toBe("did you mean 'work'?");
    }
  });

  it('does not print what it was asked for as it is', async () => {
    await using keeper = await KeeperProcess.start();
    const error = await failureOf((await keeper.connect()).start('\u001b[2J\u202eevil'));
    expect(error.message).toContain("'\\u{1b}[2J\\u{202e}evil'");
  });

  it('says why an agent did not come up', async () => {
    await using keeper = await KeeperProcess.start({
      command: ['/bin/sh', '-c', 'echo "no \u001bscreen" >&2; exit 3'],
    });
    const client = await keeper.connect();
    const error = await failureOf(client.start('work'));
    expect(error.code).toBe('QUBE_NOT_STARTED');
    expect(error.message).toBe(
      'qube work did not start: its agent ended with code 3: no \\u{1b}screen',
    );
    expect((await client.list())[0]?.reason).toBe('its agent ended with code 3: no \\u{1b}screen');
    expect(keeper.files()).toEqual(['keeper.sock', 'qubes']);
  });

  it('says so when the program is not there', async () => {
    await using keeper = await KeeperProcess.start({ command: ['/opt/livery/none'] });
    const error = await failureOf((await keeper.connect()).start('work'));
    expect(error.message).toMatch(/its agent ended with code 1(27|26): .*\/opt\/livery\/none/);
  });

  it('has no pool of a qube that does not run', async () => {
    await using keeper = await KeeperProcess.start();
    const error = await failureOf((await keeper.connect()).attach('work'));
    expect(error.code).toBe('QUBE_NOT_RUNNING');
    expect(error.hint).toBe('livery qube start work');
  });

  it('is stopped while it starts: who asked for it hears that', async () => {
    await using keeper = await KeeperProcess.start({ command: ['/bin/sh', '-c', 'read -r _'] });
    const client = await keeper.connect();
    const starting = failureOf(client.start('work'));
    expect((await client.list())[0]?.state).toBe('starting');
    const stopped = await client.stop('work');
    expect(stopped.state).toBe('stopped');
    expect((await starting).message).toBe('qube work did not start: it was stopped on request');
    expect(keeper.files()).toEqual(['keeper.sock', 'qubes']);
  });

  it('is started while it stops: it stops first', async () => {
    await using keeper = await KeeperProcess.start({ command: STUBBORN });
    const client = await keeper.connect();
    const { pid } = await client.start('work');
    const [stopped, started] = await Promise.all([client.stop('work'), client.start('work')]);
    expect(started.state).toBe('running');
    expect(started.pid).not.toBe(pid);
    expect(stopped.name).toBe('work');
  });
});
