/**
 * The end of one thing is the end of nothing else: a program, an agent or a
 * sandbox is killed, and everything that was not its own goes on.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { WindowListing } from '../../../src/control/messages.ts';
import { KeeperClient } from '../../../src/keeper/client.ts';
import { type Livery, startLivery } from '../../rig/system/livery.ts';
import { listingFaults } from '../../rig/system/look.ts';
import { commandOf, isAlive, type ProcessId, processTree } from '../../rig/system/processes.ts';
import type { Puppet } from '../../rig/system/puppet.ts';
import { waitUntil } from '../../rig/wait.ts';

/** A killed qube's windows may stay on the screen for so long. */
const GONE_MS = 1000;

let livery: Livery;
let vault: Puppet;
let vaultWindow: WindowListing;

beforeAll(async () => {
  livery = await startLivery({
    wm: 'openbox',
    width: 1000,
    height: 600,
    qubes: { work: 'blue', vault: 'black' },
  });
  vault = await livery.puppet('vault');
  await vault.open({ title: 'kept', seed: 2, rect: { x: 560, y: 80, width: 300, height: 200 } });
  vaultWindow = await livery.window('vault', 'kept');
});
afterAll(() => livery?.[Symbol.asyncDispose]());

/** The other qube goes on: same window, same picture, same program. */
async function othersAreWell(): Promise<void> {
  expect(await livery.window('vault', 'kept')).toEqual(vaultWindow);
  expect(await listingFaults(livery, vaultWindow, { seed: 2 })).toEqual([]);
  await vault.sync();
}

/** Processes of a sandbox, as dom0 sees them. */
async function sandboxOf(qube: string): Promise<{ outer: ProcessId; inside: ProcessId[] }> {
  using keeper = await KeeperClient.connect(livery.runtimeDir);
  const status = (await keeper.list()).find(({ name }) => name === qube);
  const [outer, ...inside] = processTree(status?.pid ?? 0);
  if (!outer || inside.length === 0) throw new Error(`there is no sandbox of ${qube}`);
  return { outer, inside };
}

/** Windows on dom0's X server, not by the daemon's word. */
async function isOnScreen({ window }: WindowListing): Promise<boolean> {
  return livery.pager.rect(window).then(
    () => true,
    () => false,
  );
}

async function goneInTime(...windows: WindowListing[]): Promise<void> {
  const gone = async () => !(await Promise.all(windows.map(isOnScreen))).includes(true);
  await waitUntil(gone, 'the windows have gone', { limitMs: GONE_MS });
}

/** Starts `work` again if it does not run, with a puppet and its window in it. */
async function workWindow(title: string): Promise<WindowListing> {
  await livery.client.ask('qube.start', { qube: 'work' });
  await livery.connected();
  livery.note();
  const puppet = await livery.puppet('work', title);
  await puppet.open({ title, seed: 1, rect: { x: 60, y: 80, width: 300, height: 200 } });
  return livery.window('work', title);
}

describe('killed', () => {
  test('a program: its window goes, its qube and the others stay', async () => {
    const stays = await workWindow('stays');
    const argv = ['xterm', '-geometry', '40x8+60+400', '-T', 'dies', '-e', 'sleep', '12345'];
    await livery.start('work', ...argv);
    const dies = await livery.window('work', 'dies');
    const { inside } = await sandboxOf('work');
    const program = inside.find(({ pid }) => commandOf(pid).startsWith('xterm '));
    process.kill(program?.pid as number, 'SIGKILL');
    await goneInTime(dies);
    expect(await livery.window('work', 'stays')).toEqual(stays);
    expect(await listingFaults(livery, stays, { seed: 1 })).toEqual([]);
    await othersAreWell();
  });

  test.each([
    ['its agent', (inside: ProcessId[]) => agentOf(inside)],
    ['its X server', (inside: ProcessId[]) => named(inside, 'Xvfb')],
  ])('%s: the qube ends, with every process and window of it', async (what, choose) => {
    const window = await workWindow(`of ${what}`.replaceAll(' ', '-'));
    const { outer, inside } = await sandboxOf('work');
    process.kill(choose(inside).pid, 'SIGKILL');
    await goneInTime(window);
    await waitUntil(() => ![outer, ...inside].some(isAlive), 'no process of the qube is left');
    const stopped = async () => (await livery.qubes()).find(({ name }) => name === 'work');
    await waitUntil(async () => (await stopped())?.state === 'stopped', 'the daemon knows');
    expect((await stopped())?.reason).toMatch(/agent/);
    await othersAreWell();
  });

  test('its sandbox: the same', async () => {
    const window = await workWindow('sandboxed');
    const { outer, inside } = await sandboxOf('work');
    process.kill(outer.pid, 'SIGKILL');
    await goneInTime(window);
    await waitUntil(() => !inside.some(isAlive), 'no process of the qube is left');
    const now = async () => (await livery.qubes()).find(({ name }) => name === 'work');
    await waitUntil(async () => (await now())?.state === 'stopped', 'the daemon knows');
    expect((await now())?.reason).toBe('its sandbox was ended by SIGKILL');
    await othersAreWell();
  });

  test('and started again a qube shows windows as before', async () => {
    const window = await workWindow('again');
    expect(await listingFaults(livery, window, { seed: 1 })).toEqual([]);
    await livery.client.ask('qube.stop', { qube: 'work' });
    await goneInTime(window);
    await othersAreWell();
  });
});

function named(inside: readonly ProcessId[], name: string): ProcessId {
  const found = inside.find((one) => one.name === name);
  if (!found) throw new Error(`no ${name} among ${inside.map((one) => one.name).join(', ')}`);
  return found;
}

function agentOf(inside: readonly ProcessId[]): ProcessId {
  const found = inside.find(({ pid }) => /livery\.js agent$/.test(commandOf(pid)));
  if (!found) throw new Error('no agent was found');
  return found;
}
