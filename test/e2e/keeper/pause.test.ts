/**
 * A qube that is paused: every process of it stands still, also when they wake
 * each other and make new ones, and goes on where it was.
 */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { processesBelow, type TreeProcess } from '../../../src/keeper/sandbox/tree.ts';
import { eventually } from '../../rig/eventually.ts';
import { pause as wait } from '../../rig/system/clipboard-user.ts';
import { KeeperProcess } from './keeper-process.ts';

/** Makes processes without end, and wakes whatever was stopped. */
const RESTLESS = `echo ready
(while :; do (:); done) &
(while :; do kill -CONT -1; done) 2>/dev/null &
(trap '' TERM; while :; do (:); done) &
read -r _
exit 0`;

/** In a pid namespace of its own: not bubblewrap's outer process or what started it. */
function isInside(pid: number): boolean {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'latin1');
    return /^NSpid:\t\d+\t\d+/m.test(status);
  } catch {
    return false;
  }
}

const inside = (outer: number): TreeProcess[] =>
  processesBelow(outer).filter(({ pid }) => isInside(pid));
const running = (outer: number): TreeProcess[] =>
  inside(outer).filter(({ state }) => !['T', 'Z', 'X'].includes(state));

it('stands still as a whole, goes on, and can be stopped while it is paused', async () => {
  await using keeper = await KeeperProcess.start({
    config: '[qube.work]\nlabel = "blue"\npool_mib = 1\n',
    command: ['/bin/sh', '-c', RESTLESS],
  });
  const client = await keeper.connect();
  const told: boolean[] = [];
  await client.watch(({ paused }) => told.push(paused));
  const { pid = 0 } = await client.start('work');
  await eventually(() => (running(pid).length > 2 ? true : undefined), 'it is at work');

  for (let round = 0; round < 3; round++) {
    expect(await client.pause('work')).toMatchObject({ state: 'running', paused: true, pid });
    const before = inside(pid).map((one) => one.pid);
    expect(before.length).toBeGreaterThan(2);
    // What would wake it would do so at once, and again and again.
    await wait(200);
    expect(running(pid)).toEqual([]);
    expect(inside(pid).map((one) => one.pid)).toEqual(before);

    expect(await client.start('work')).toMatchObject({ state: 'running', paused: false, pid });
    await eventually(() => (running(pid).length > 1 ? true : undefined), 'it is at work again');
  }
  expect(told.filter(Boolean)).toHaveLength(3);

  await client.pause('work');
  expect(await client.pause('work')).toMatchObject({ paused: true });
  expect(await client.stop('work')).toMatchObject({ state: 'stopped', paused: false });
  expect(inside(pid)).toEqual([]);
});

it('refuses to pause what does not run', async () => {
  await using keeper = await KeeperProcess.start();
  const client = await keeper.connect();
  await expect(client.pause('work')).rejects.toMatchObject({ code: 'QUBE_NOT_RUNNING' });
  await expect(client.pause('nobody')).rejects.toMatchObject({ code: 'UNKNOWN_QUBE' });
});
