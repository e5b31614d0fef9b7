/**
 * The life of dom0's own processes: a daemon that is killed and started again
 * shows everything as it was, a keeper that is killed takes its qubes with it
 * and leaves nothing, an X server that goes is told and survived.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { WindowListing } from '../../../src/control/messages.ts';
import { expectComplaint } from '../../rig/system/complaint.ts';
import { type Livery, startLivery } from '../../rig/system/livery.ts';
import { livery as command } from '../../rig/system/livery-process.ts';
import { listingFaults, see } from '../../rig/system/look.ts';
import { commandOf, isAlive, type ProcessId, processTree } from '../../rig/system/processes.ts';
import type { Puppet } from '../../rig/system/puppet.ts';
import { waitUntil } from '../../rig/wait.ts';

const GONE_MS = 1000;
/** The configuration starts it once in the life of its qube. */
const CONFIGURED = ['xlogo', '-geometry', '80x80+850+450', '-title', 'configured'];

describe('killed with SIGKILL', () => {
  let livery: Livery;
  let work: Puppet;
  let red: Puppet;
  let windows: WindowListing[];

  beforeEach(async () => {
    livery = await startLivery({
      wm: 'openbox',
      width: 1000,
      height: 600,
      qubes: { work: 'blue', untrusted: 'red' },
      more: { work: `programs = ${JSON.stringify([CONFIGURED])}` },
    });
    [work, red] = await Promise.all([livery.puppet('work'), livery.puppet('untrusted')]);
    await work.open({ title: 'one', seed: 1, rect: { x: 40, y: 60, width: 300, height: 200 } });
    await red.open({ title: 'two', seed: 2, rect: { x: 500, y: 60, width: 300, height: 200 } });
    await red.open({
      title: 'popup',
      seed: 3,
      rect: { x: 500, y: 330, width: 90, height: 70 },
      overrideRedirect: true,
    });
    const terminal = ['-geometry', '40x10+40+340', '-T', 'text', '-e', 'sh', '-c'];
    await livery.start('work', 'xterm', ...terminal, 'seq 1000 1009; exec sleep 12345');
    windows = await shown();
    livery.note();
  });
  afterEach(() => livery?.[Symbol.asyncDispose]());

  /** Every window, once it has come to rest. */
  async function shown(): Promise<WindowListing[]> {
    return [
      await livery.window('work', 'one'),
      await livery.window('untrusted', 'two'),
      await livery.window('untrusted', 'popup'),
      await livery.window('work', 'text'),
      await livery.window('work', 'configured'),
    ];
  }

  const inQubes = (): ProcessId[] =>
    processTree(livery.keeper.pid).filter(({ pid }) => pid !== livery.keeper.pid);
  const contents = (listings: readonly WindowListing[]) =>
    Promise.all(
      listings.map(async ({ window }) => {
        const { image, content } = await see(livery, window);
        return { content, picture: image.data.toString('base64') };
      }),
    );

  test('the daemon: started again it shows every window as it was', async () => {
    const before = await contents(windows);
    const processes = inQubes();
    livery.daemon.signal('SIGKILL');
    await livery.daemon.end();
    livery.forgetClient();
    const gone = async () =>
      (await Promise.allSettled(windows.map(({ window }) => livery.pager.rect(window)))).every(
        ({ status }) => status === 'rejected',
      );
    await waitUntil(gone, 'its windows have gone', { limitMs: GONE_MS });
    // The qubes live on; a program may change its window meanwhile.
    await work.sync();

    await livery.startDaemon();
    await livery.connected();
    const again = await shown();
    expect(await contents(again)).toEqual(before);
    const [one] = again;
    expect(one && (await listingFaults(livery, one, { seed: 1 }))).toEqual([]);
    // Agents and programs are the very same processes.
    expect(processes.filter((one) => !isAlive(one))).toEqual([]);
    const names = (list: readonly ProcessId[]) => list.map(({ pid }) => commandOf(pid)).sort();
    expect(names(inQubes())).toEqual(names(processes));

    // And input goes where it belongs.
    const { content } = again[1] as WindowListing;
    await livery.screen.user.click(content.x + 30, content.y + 20);
    await waitUntil(() => red.of('ButtonRelease').length === 1, 'a click arrives');
    expect(red.of('ButtonPress')[0]).toMatchObject({ detail: 1, x: 30, y: 20 });
  });

  test('the keeper: its qubes end with it, nothing is left, the daemon goes on', async () => {
    const processes = inQubes();
    livery.keeper.signal('SIGKILL');
    await livery.keeper.end();
    const gone = async () => (await livery.windows()).length === 0;
    await waitUntil(gone, 'the windows have gone', { limitMs: GONE_MS });
    await waitUntil(() => !processes.some(isAlive), 'no process of a qube is left');
    await livery.daemon.said(/the keeper is gone, and its qubes with it/);
    expectComplaint(await command(['qube', 'start', 'work'], { env: livery.env }), {
      status: 4,
      says: 'no keeper is running',
      hint: 'start it with: livery keeper',
    });
    const left = () => readdirSync(join(livery.runtimeDir, 'qubes'));
    await waitUntil(() => left().length === 0, 'no socket of a qube is left');
    expect(readdirSync(livery.runtimeDir).sort()).toEqual(['control.sock', 'icons', 'qubes']);
    for (const { state, reason } of await livery.qubes()) {
      expect({ state, reason }).toEqual({ state: 'stopped', reason: 'the keeper is gone' });
    }
    // Another keeper: the same daemon shows its qubes.
    await livery.startKeeper();
    await livery.connected();
    livery.note();
    const puppet = await livery.puppet('work', 'next');
    await puppet.open({ title: 'next', seed: 4, rect: { x: 50, y: 60, width: 200, height: 100 } });
    const next = await livery.window('work', 'next');
    expect(await listingFaults(livery, next, { seed: 4 })).toEqual([]);
  });

  test('the X server: the daemon says so and ends, the qubes live on', async () => {
    const processes = inQubes();
    await livery.screen.server.stop();
    const { status, err } = await livery.daemon.end();
    expect(status).toBe(3);
    expect(err).toMatch(/^livery: the X server of :\d+ is gone: .+\n {2}the qubes go on without/m);
    expect(err).not.toMatch(/^\s+at /m);
    expect(processes.filter((one) => !isAlive(one))).toEqual([]);
    await work.sync();
  });
});
