/**
 * What a virtual machine with a network reaches, and what can go wrong with one
 * while it runs, each time with a sandbox beside it that must not notice: paused, out of memory, its pool full,
 * asked for twice, killed. One boot for all but the last.
 */
import { readFileSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { PortChannel, SILENT } from '../../src/channel/port-channel.ts';
import { SocketChannel } from '../../src/channel/socket-channel.ts';
import type { QubeListing, WindowListing } from '../../src/control/messages.ts';
import { KeeperClient } from '../../src/keeper/client.ts';
import { MEMORY_HOG } from '../rig/memory-hog.ts';
import { KEYSYM } from '../rig/rig.ts';
import type { Livery } from '../rig/system/livery.ts';
import { LiveryProcess } from '../rig/system/livery-process.ts';
import { listingFaults } from '../rig/system/look.ts';
import { processTree } from '../rig/system/processes.ts';
import { waitUntil } from '../rig/wait.ts';
import { BOOT_MS, slowly, startWithMachine } from './guest.ts';
import { damage, digestOf, isCleanlyUnmounted } from './home-disk.ts';
import { canGiveNetwork, Outside } from './outside.ts';

/** The smallest pool: 23 of the windows below find room in it. */
const POOL_MIB = 64;
const WINDOWS = 30;
const AT_LEAST_WITH_PICTURE = 20;
const MIB = 1024 * 1024;
const HOME_MIB = 256;
/** What stat(2) counts in. */
const BLOCK_BYTES = 512;
/** As /proc/net/tcp says it. */
const LISTENING = '0A';
/** A program of the machine that opens many windows and keeps them until it is ended. */
const MANY = `
import { createRequire } from 'node:module';
const x11 = createRequire('/opt/livery/package.json')('x11');
x11.createClient((error, display) => {
  if (error) process.exit(3);
  const { client: X, screen: [screen] } = display;
  for (let i = 0; i < ${WINDOWS}; i++) {
    const id = X.AllocID();
    X.CreateWindow(id, screen.root, 10, 40, 1100, 640, 0, 0, 0, 0, { backgroundPixel: 0x406080 });
    X.ChangeProperty(0, id, X.atoms.WM_NAME, X.atoms.STRING, 8, 'many ' + i);
    X.MapWindow(id);
  }
});
setInterval(() => {}, 1000);
`;

let livery: Livery;
let box: WindowListing;
let vm: WindowListing;
let typed = '';

beforeAll(async () => {
  const keys = `backend = "qemu"\npool_mib = ${POOL_MIB}\nnetwork = ${canGiveNetwork()}\nhome_mib = ${HOME_MIB}\n`;
  livery = await startWithMachine({ more: { vm: keys } });
  box = await terminal('box', '40x6+620+480');
  vm = await terminal('vm', '40x6+40+480');
});
afterAll(() => livery?.[Symbol.asyncDispose]());

async function terminal(qube: string, place: string): Promise<WindowListing> {
  const title = `terminal of ${qube}`;
  const program = ['-e', 'sh', '-c', 'cat > ~/typed'];
  await livery.start(qube, 'xterm', '-geometry', place, '-T', title, ...program);
  return livery.window(qube, title);
}

/** The sandbox goes on: its window, its frame, and the keys that are typed into it. */
async function boxIsWell(): Promise<void> {
  box = await livery.window('box', 'terminal of box');
  expect(await listingFaults(livery, box)).toEqual([]);
  await livery.focus(box);
  await livery.screen.user.type('x');
  await livery.screen.user.tap(KEYSYM.enter);
  typed += typed === '' ? 'x' : '\nx';
  const has = ['sh', '-c', 'test "$(cat ~/typed)" = "$0"', typed];
  const arrived = async () => (await livery.run('box', ...has))?.status === 0;
  await slowly(arrived, 'what was typed has arrived in the sandbox');
}

/** QEMU itself. */
async function machine(): Promise<number> {
  using keeper = await KeeperClient.connect(livery.runtimeDir);
  const status = (await keeper.list()).find(({ name }) => name === 'vm');
  const found = processTree(status?.pid ?? 0).find(({ name }) => name.startsWith('qemu-'));
  if (!found) throw new Error('there is no machine');
  return found.pid;
}

async function listing(qube: string): Promise<QubeListing> {
  const found = (await livery.qubes()).find(({ name }) => name === qube);
  if (!found) throw new Error(`there is no qube ${qube}`);
  return found;
}

async function startAgain(): Promise<void> {
  await livery.client.ask('qube.start', { qube: 'vm' });
  await livery.connected(BOOT_MS);
  livery.note();
}

describe('a virtual machine', () => {
  test('with a network reaches a server, and none on the loopback of dom0', async () => {
    if (!canGiveNetwork()) {
      // It was not to have one, and has none.
      const none = 'test "$(ls /sys/class/net)" = lo';
      expect((await livery.run('vm', 'sh', '-c', none))?.status).toBe(0);
      return;
    }
    await using server = await Outside.start();
    const { address, port, words } = server;
    const reaches = async (host: string): Promise<boolean> => {
      const ask = 'test "$(nc -w 20 "$0" "$1" </dev/null)" = "$2"';
      const exit = await livery.run('vm', 'sh', '-c', ask, host, `${port}`, words);
      return exit?.status === 0;
    };
    expect(await server.answers('127.0.0.1')).toBe(true);
    expect(await reaches(address)).toBe(true);
    expect(server.connections).toBe(2);
    // Its own, what it calls the host, and what the stack around QEMU calls so.
    for (const host of ['127.0.0.1', '10.0.2.2', '10.0.2.100']) {
      expect(await reaches(host), host).toBe(false);
    }
    expect(server.connections).toBe(2);
    const pid = await machine();
    expect(readlinkSync(`/proc/${pid}/ns/net`)).not.toBe(readlinkSync('/proc/self/ns/net'));
    // Nobody outside could connect to anything.
    const sockets = readFileSync(`/proc/${pid}/net/tcp`, 'utf8').trim().split('\n').slice(1);
    expect(sockets.filter((line) => line.trim().split(/\s+/)[3] === LISTENING)).toEqual([]);
    await boxIsWell();
  });

  test('serves one daemon: a second one does not start, a second host is told why', async () => {
    const { env, configFile } = livery;
    const second = await new LiveryProcess(['daemon', '--config', configFile], { env }).end();
    expect(second.status).toBe(1);
    expect(second.err).toContain('a daemon is running already');

    using keeper = await KeeperClient.connect(livery.runtimeDir);
    const [status] = (await keeper.list()).filter(({ name }) => name === 'vm');
    const failures: string[] = [];
    const inner = new SocketChannel({ path: status?.guiSocket ?? '', clock: systemClock });
    using host = new PortChannel({
      ...{ inner, clock: systemClock },
      failed: (reason) => failures.push(reason),
    });
    let opened = 0;
    host.start({ opened: () => opened++, readable: () => {}, closed: () => {} });
    await waitUntil(() => failures.length > 0, 'the second host is told');
    expect(failures[0]).toBe(SILENT);
    expect(opened).toBe(0);
    host.hangUp(false);
    expect(await livery.window('vm', 'terminal of vm')).toEqual(vm);
    expect((await livery.run('vm', 'true'))?.status).toBe(0);
    await boxIsWell();
  });

  test('that is paused keeps its windows, and goes on afterwards', async () => {
    const pid = await machine();
    process.kill(pid, 'SIGSTOP');
    try {
      await boxIsWell();
      expect(await listingFaults(livery, vm)).toEqual([]);
      await expect(livery.run('vm', 'true')).rejects.toMatchObject({ code: 'QUBE_SILENT' });
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    await slowly(async () => (await listing('vm')).connected, 'the machine is connected again');
    const answers = async () =>
      (await livery.run('vm', 'true').catch(() => undefined))?.status === 0;
    await slowly(answers, 'programs run again');
    vm = await livery.window('vm', 'terminal of vm');
    expect(await listingFaults(livery, vm)).toEqual([]);
  });

  test('that is paused while the daemon starts is waited for, and said to be', async () => {
    const pid = await machine();
    process.kill(pid, 'SIGSTOP');
    try {
      livery.daemon.signal('SIGKILL');
      await livery.daemon.ended;
      livery.forgetClient();
      await livery.startDaemon();
      await livery.daemon.said(/does not answer on its port/);
      await boxIsWell();
      expect((await listing('vm')).connected).toBe(false);
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    await livery.connected(60_000);
    vm = await livery.window('vm', 'terminal of vm');
  });

  test('that runs out of memory loses the program that took it, and nothing else', async () => {
    const exit = await livery.run('vm', 'sh', '-c', MEMORY_HOG);
    expect(exit).toEqual({ status: null, signal: 'SIGKILL' });
    expect((await livery.run('vm', 'true'))?.status).toBe(0);
    vm = await livery.window('vm', 'terminal of vm');
    expect(await listingFaults(livery, vm)).toEqual([]);
    await boxIsWell();
  });

  test('whose pool is full shows more windows without pictures, in whole frames', async () => {
    const start = 'echo $$ > ~/many.pid; exec /opt/livery/bin/node --input-type=module -e "$0"';
    await livery.start('vm', 'sh', '-c', start, MANY);
    const many = async () =>
      (await livery.windows()).filter(({ title, mapped }) => title.startsWith('many ') && mapped);
    await slowly(async () => (await many()).length === WINDOWS, 'all windows are there');
    const withPicture = async () =>
      (await many()).filter(({ firstPixelsMs }) => firstPixelsMs !== null).length;
    await slowly(async () => (await withPicture()) >= AT_LEAST_WITH_PICTURE, 'the pool is full');
    await livery.settled(withPicture, 'nothing changes any more');
    expect(await withPicture()).toBeLessThan(WINDOWS);
    await livery.run('vm', 'sh', '-c', 'kill "$(cat ~/many.pid)"');
    await slowly(async () => (await many()).length === 0, 'they have gone');
    await boxIsWell();
    // What was full has room again.
    const after = await terminal('vm', '30x4+40+300');
    expect(after.firstPixelsMs).not.toBeNull();
  });

  test('that is stopped has written its home out, and finds it again', async () => {
    await livery.run('vm', 'sh', '-c', 'echo something >~/kept');
    expect((await livery.run('box', 'sh', '-c', 'test ! -e ~/kept'))?.status).toBe(0);
    const stopped = await livery.client.ask('qube.stop', { qube: 'vm' });
    expect(stopped.reason).toBe('it was stopped on request');
    const disk = join(livery.directory, 'homes/vm/home.disk');
    expect(isCleanlyUnmounted(disk)).toBe(true);
    // Sparse, and nobody else's.
    const { size, blocks, mode } = statSync(disk);
    expect(size).toBe(HOME_MIB * MIB);
    expect(blocks * BLOCK_BYTES).toBeLessThan(size / 2);
    expect(mode & 0o777).toBe(0o600);

    await startAgain();
    const found = 'test "$(cat ~/kept)" = something && test "$(id -u)" = "$(stat -c %u ~)"';
    expect((await livery.run('vm', 'sh', '-c', found))?.status).toBe(0);
    expect((await listing('vm')).machine).not.toContain('temporary');
    vm = await terminal('vm', '40x6+40+480');
  });

  test('that has something to say while it is stopped is stopped none the less', async () => {
    using keeper = await KeeperClient.connect(livery.runtimeDir);
    const pid = await machine();
    process.kill(pid, 'SIGSTOP');
    // Its agent will say that the daemon has gone when nobody listens to it any more.
    livery.daemon.signal('SIGKILL');
    await livery.daemon.ended;
    livery.forgetClient();
    const stopped = keeper.stop('vm');
    process.kill(pid, 'SIGCONT');
    await stopped;
    // Killed by its keeper it would have had no time to do so.
    expect(isCleanlyUnmounted(join(livery.directory, 'homes/vm/home.disk'))).toBe(true);
    await livery.startDaemon();
    await startAgain();
    vm = await terminal('vm', '40x6+40+480');
  });

  test('that is killed takes its windows along, says so, and can be started again', async () => {
    const gone = livery.windows().then((all) => all.filter(({ qube }) => qube === 'vm'));
    expect((await gone).length).toBeGreaterThan(0);
    process.kill(await machine(), 'SIGKILL');
    const none = async () => !(await livery.windows()).some(({ qube }) => qube === 'vm');
    await waitUntil(none, 'its windows have gone', { limitMs: 2000 });
    await slowly(async () => (await listing('vm')).state === 'stopped', 'it has stopped');
    expect((await listing('vm')).reason).toMatch(/^its machine was ended by /);
    await boxIsWell();

    // Its disk has come to harm meanwhile.
    const disk = join(livery.directory, 'homes/vm/home.disk');
    expect(isCleanlyUnmounted(disk)).toBe(false);
    damage(disk);
    const before = digestOf(disk);
    await startAgain();
    vm = await terminal('vm', '40x6+40+480');
    expect(await listingFaults(livery, vm)).toEqual([]);
    expect((await listing('vm')).machine).toContain('its home is a temporary one');
    const empty = 'test ! -e ~/kept && echo something >~/new && test -O ~/new';
    expect((await livery.run('vm', 'sh', '-c', empty))?.status).toBe(0);
    expect(digestOf(disk)).toBe(before);
  });
});
