/**
 * SIGKILL of everything that the keeper's work consists of: nothing else
 * suffers, and nothing is left behind.
 */
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { KeeperClient } from '../../../src/keeper/client.ts';
import type { QubeStatus } from '../../../src/keeper/messages.ts';
import { eventually } from '../../rig/eventually.ts';
import {
  allGone,
  carrying,
  commandOf,
  descendants,
  descriptorsOf,
  guardOf,
  KeeperProcess,
  killGuards,
  STUBBORN,
  stillThere,
  THREE_QUBES,
} from './keeper-process.ts';

const QUBES = ['work', 'untrusted', 'vault'];

/** Call before what causes it: `next` resolves with the status of `name` when it is stopped. */
async function awaitStop(
  client: KeeperClient,
  name: string,
): Promise<{ readonly next: Promise<QubeStatus> }> {
  let found = (_: QubeStatus) => {};
  const next = new Promise<QubeStatus>((resolve) => {
    found = resolve;
  });
  await client.watch((qube) => {
    if (qube.name === name && qube.state === 'stopped') found(qube);
  });
  return { next };
}

function linkOf(pid: number, fd: string): string {
  try {
    return readlinkSync(`/proc/${pid}/fd/${fd}`);
  } catch {
    return '';
  }
}

async function startAll(client: KeeperClient): Promise<readonly QubeStatus[]> {
  await Promise.all(QUBES.map((name) => client.start(name)));
  return client.list();
}

describe('SIGKILL of the keeper', () => {
  it('ends every sandbox and leaves no file', async () => {
    await using keeper = await KeeperProcess.start({ command: STUBBORN });
    const client = await keeper.connect();
    await startAll(client);
    const all = descendants(keeper.pid);
    // Per qube: bubblewrap, its first process, the shell and its sleep; and the guard.
    expect(all.length).toBeGreaterThanOrEqual(QUBES.length * 4 + 1);
    const lost = new Promise<string>((resolve) => client.onClosed(resolve));
    keeper.signal('SIGKILL');
    await allGone(all);
    expect(await lost).toBe('the keeper ended');
    expect(keeper.files()).toEqual(['qubes']);
  });

  it('does so at any moment of a start', async () => {
    for (const delayMs of [0, 5, 10, 15, 20, 30, 45, 60]) {
      // Nobody else's command, so whatever carries it was made here, also after the last look.
      const word = `life-${randomUUID()}`;
      const command = ['/bin/sh', '-c', `: ${word}; sleep 100000 & wait`];
      await using keeper = await KeeperProcess.start({ command });
      const client = await keeper.connect();
      const starting = Promise.allSettled(QUBES.map((name) => client.start(name)));
      await delay(delayMs);
      const guard = guardOf(keeper);
      expect(guard).toBeDefined();
      keeper.signal('SIGKILL');
      await starting;
      // With the guard ends everything that could still make something.
      await allGone(guard ? [guard] : []);
      await eventually(() => (carrying(word).length === 0 ? true : undefined), 'no process left');
      expect(keeper.files()).toEqual(['qubes']);
    }
  });

  it('ends them also when the guard was killed first; the next keeper cleans up', async () => {
    const first = await KeeperProcess.start({ command: STUBBORN });
    try {
      await startAll(await first.connect());
      const all = descendants(first.pid);
      await killGuards(first);
      first.signal('SIGKILL');
      await allGone(all);
      expect(first.files()).toContain('keeper.sock');
      await using second = await KeeperProcess.start({ runtimeDir: first.runtimeDir });
      expect(second.files()).toEqual(['keeper.sock', 'qubes']);
      const client = await second.connect();
      expect((await client.start('work')).state).toBe('running');
    } finally {
      await first[Symbol.asyncDispose]();
    }
  });

  it('lets a new keeper begin at once', async () => {
    const first = await KeeperProcess.start({ command: STUBBORN });
    try {
      await startAll(await first.connect());
      first.signal('SIGKILL');
      await using second = await KeeperProcess.start({ runtimeDir: first.runtimeDir });
      const states = (await startAll(await second.connect())).map(({ state }) => state);
      expect(states).toEqual(['running', 'running', 'running']);
    } finally {
      await first[Symbol.asyncDispose]();
    }
  });
});

describe('the end of what runs inside or around', () => {
  it('SIGKILL of the outer process ends that qube and no other', async () => {
    await using keeper = await KeeperProcess.start({ command: STUBBORN });
    const client = await keeper.connect();
    const [work, untrusted] = await startAll(client);
    const inner = descendants(work?.pid ?? 0);
    const stopped = await awaitStop(client, 'work');
    process.kill(work?.pid ?? 0, 'SIGKILL');
    expect(await stopped.next).toMatchObject({ reason: 'its sandbox was ended by SIGKILL' });
    // Not a moment later: `stopped` means that nothing of it is left.
    expect(stillThere(inner)).toEqual([]);
    expect(existsSync(work?.guiSocket ?? '')).toBe(false);
    expect((await client.list())[1]).toEqual(untrusted);
    expect((await client.start('work')).state).toBe('running');
  });

  it('is told when nothing is left, also of a process that takes its time to die', async () => {
    // The kernel has its memory to take back; nothing of it keeps the keeper's pipes open.
    const large = `perl -e '$x = "x" x 4e8; open(F, ">", "/tmp/large"); sleep 100000'`;
    const script = `${large} </dev/null >/dev/null 2>&1 3>&- 4>&- 5>&- &
      until [ -e /tmp/large ]; do sleep 0.05; done; echo ready; wait`;
    await using keeper = await KeeperProcess.start({ command: ['/bin/sh', '-c', script] });
    const client = await keeper.connect();
    const stopped = await awaitStop(client, 'work');
    const { pid } = await client.start('work');
    const inner = descendants(pid ?? 0);
    expect(inner.map((one) => commandOf(one.pid)).join()).toContain('perl');
    process.kill(pid ?? 0, 'SIGKILL');
    await stopped.next;
    expect(stillThere(inner)).toEqual([]);
  });

  it('SIGKILL of the agent ends that qube, with all that it had started', async () => {
    await using keeper = await KeeperProcess.start({ command: STUBBORN });
    const client = await keeper.connect();
    const [work] = await startAll(client);
    const inner = descendants(work?.pid ?? 0);
    const agent = inner.find(({ pid }) => commandOf(pid).startsWith('/bin/sh -c sleep'));
    const stopped = await awaitStop(client, 'work');
    process.kill(agent?.pid ?? 0, 'SIGKILL');
    expect(await stopped.next).toMatchObject({ reason: 'its agent was ended by SIGKILL' });
    expect(stillThere(inner)).toEqual([]);
    expect((await client.list())[2]?.state).toBe('running');
  });

  it('an agent that ends by itself is a stopped qube with its code', async () => {
    await using keeper = await KeeperProcess.start({
      command: ['/bin/sh', '-c', 'sleep 100000 & echo ready; wait; exit 7'],
    });
    const client = await keeper.connect();
    const stopped = await awaitStop(client, 'work');
    const { pid } = await client.start('work');
    const sleep = descendants(pid ?? 0).find((one) => commandOf(one.pid).startsWith('sleep'));
    process.kill(sleep?.pid ?? 0, 'SIGKILL');
    expect((await stopped.next).reason).toBe('its agent ended with code 7');
  });
});

describe('the end of the keeper', () => {
  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    'by %s ends all, with exit code 0',
    async (signal) => {
      await using keeper = await KeeperProcess.start();
      const client = await keeper.connect();
      await startAll(client);
      const all = descendants(keeper.pid);
      const seen: string[] = [];
      await client.watch(({ name, reason }) => seen.push(`${name}: ${reason}`));
      keeper.signal(signal);
      expect(await keeper.exited).toEqual([0, null]);
      expect(stillThere(all)).toEqual([]);
      expect(keeper.files()).toEqual(['qubes']);
      expect(seen.sort()).toEqual(QUBES.map((name) => `${name}: the keeper ended`).sort());
    },
  );

  it('by request answers when nothing is left', async () => {
    await using keeper = await KeeperProcess.start({ command: STUBBORN });
    const client = await keeper.connect();
    const qubes = await startAll(client);
    const inner = qubes.flatMap(({ pid }) => descendants(pid ?? 0));
    await client.shutdown();
    expect(stillThere(inner)).toEqual([]);
    expect(await keeper.exited).toEqual([0, null]);
  });

  it('comes when its parent is gone, by whatever death', async () => {
    await using keeper = await KeeperProcess.start({ command: STUBBORN });
    await startAll(await keeper.connect());
    const all = descendants(keeper.pid);
    // The kernel closes the pipe of a killed process just so.
    keeper.parentPipe.destroy();
    expect(await keeper.exited).toEqual([0, null]);
    expect(stillThere(all)).toEqual([]);
  });

  it('does not wait for programs when it is asked twice', async () => {
    await using keeper = await KeeperProcess.start({ command: STUBBORN, graceMs: 3_600_000 });
    await startAll(await keeper.connect());
    keeper.signal('SIGTERM');
    await eventually(() => (keeper.log.includes('the keeper ends') ? true : undefined), 'its end');
    keeper.signal('SIGTERM');
    expect(await keeper.exited).toEqual([0, null]);
  });
});

describe('twenty lives', () => {
  it('leave no descriptor, process, mount, socket or shared memory', async () => {
    await using keeper = await KeeperProcess.start({ config: THREE_QUBES });
    const client = await keeper.connect();
    const look = () => ({
      descriptors: descriptorsOf(keeper.pid).length,
      processes: descendants(keeper.pid).length,
      keeperMounts: readFileSync(`/proc/${keeper.pid}/mountinfo`, 'utf8'),
      mounts: readFileSync('/proc/self/mountinfo', 'utf8'),
      files: keeper.files(),
      // Of the whole machine there is more, which comes and goes with other people's programs.
      shared: descriptorsOf(keeper.pid).filter((fd) => linkOf(keeper.pid, fd).includes('memfd:')),
      mapped: readFileSync(`/proc/${keeper.pid}/maps`, 'utf8').match(/memfd:|SYSV|\/dev\/shm/g),
    });
    // The first life loads what is loaded once.
    await client.start('work');
    await client.stop('work');
    const before = look();
    for (let life = 0; life < 20; life++) {
      const name = QUBES[life % QUBES.length] ?? 'work';
      await client.start(name);
      const { pool } = await client.attach(name);
      pool[Symbol.dispose]();
      await client.stop(name);
    }
    expect(look()).toEqual(before);
  });
});
