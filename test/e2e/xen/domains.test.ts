/**
 * Windows of Xen domains from the agent to the screen, and what becomes of them
 * when the daemon, an agent or a domain goes.
 */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { expectComplaint } from '../../rig/system/complaint.ts';
import { livery as command } from '../../rig/system/livery-process.ts';
import { listingFaults } from '../../rig/system/look.ts';
import type { Puppet } from '../../rig/system/puppet.ts';
import { waitUntil } from '../../rig/wait.ts';
import { Domains } from './domains.ts';

/** Until a domain's death is known and its pages are unmapped. */
const DEATH_MS = 2000;

let domains: Domains;
let work: Puppet;
let red: Puppet;
let one: number;

beforeEach(async () => {
  domains = await Domains.open();
  await domains.livery.startDaemon();
  await Promise.all([domains.start(5), domains.start(6)]);
  await domains.livery.connected();
  [work, red] = await Promise.all([domains.puppet(5), domains.puppet(6)]);
  one = await work.open({ title: 'one', seed: 1, rect: { x: 40, y: 60, width: 300, height: 200 } });
  await red.open({ title: 'two', seed: 2, rect: { x: 500, y: 60, width: 300, height: 200 } });
});
afterEach(() => domains?.[Symbol.asyncDispose]());

async function shows(qube: string, title: string, seed: number): Promise<void> {
  const { livery } = domains;
  const listing = await livery.window(qube, title);
  await waitUntil(
    async () => (await listingFaults(livery, listing, { seed })).length === 0,
    `${title} shows its picture`,
  );
  expect(await listingFaults(livery, listing, { seed })).toEqual([]);
}

test('pixels come by granted pages, keys and clicks go back', async () => {
  const { livery } = domains;
  await shows('work', 'one', 1);
  await shows('untrusted', 'two', 2);
  // Pages for pixels are mapped for reading only.
  const rights = domains.xen.mapped(livery.daemon.pid);
  expect(rights.filter((right) => right === 'r--s').length).toBeGreaterThanOrEqual(
    (300 * 200 * 4) / 4096,
  );
  const { content } = await livery.window('work', 'one');
  await livery.screen.user.click(content.x + 30, content.y + 20);
  await waitUntil(() => work.of('ButtonRelease').length === 1, 'a click arrives');
  expect(work.of('ButtonPress')[0]).toMatchObject({ detail: 1, x: 30, y: 20 });
  expect(red.of('ButtonPress')).toEqual([]);
  // A later picture, and one of another size.
  await work.retile(one, 7);
  await shows('work', 'one', 7);
  await work.configure(one, { width: 320, height: 240 });
  await shows('work', 'one', 7);
});

test('a domain that is destroyed goes within two seconds, with all that was mapped', async () => {
  const { livery, xen, agents } = domains;
  await shows('work', 'one', 1);
  expect(xen.mapped(livery.daemon.pid).length).toBeGreaterThan(50);
  // Nobody closes a channel when a domain is destroyed.
  agents.get(5)?.signal('SIGSTOP');
  const startedMs = performance.now();
  xen.release(5);
  await waitUntil(() => xen.mapped(livery.daemon.pid).length === 0, 'nothing is mapped', {
    limitMs: DEATH_MS,
  });
  await waitUntil(
    async () => (await livery.windows()).every(({ qube }) => qube !== 'work'),
    'its windows are gone',
  );
  expect(performance.now() - startedMs).toBeLessThan(DEATH_MS);
  agents.get(5)?.signal('SIGKILL');
  await livery.daemon.said(/the domain is gone/);
  expect((await livery.qubes()).map(({ name, state, reason }) => [name, state, reason])).toEqual([
    ['work', 'stopped', 'there is no Xen domain named work-vm'],
    ['untrusted', 'running', null],
  ]);
  // The other one goes on.
  await red.open({ title: 'three', seed: 3, rect: { x: 60, y: 300, width: 200, height: 100 } });
  await shows('untrusted', 'three', 3);
  expectComplaint(await command(['run', 'work', '--', 'xterm'], { env: livery.env }), {
    status: 1,
    says: 'qube work does not run (there is no Xen domain named work-vm)',
    hint: 'start its domain: xl create FILE',
  });
});

test('the daemon, started again, shows every window as it was', async () => {
  const { livery } = domains;
  await shows('work', 'one', 1);
  await livery.daemon[Symbol.asyncDispose]();
  livery.forgetClient();
  await work.sync();
  await livery.startDaemon();
  await livery.connected();
  await shows('work', 'one', 1);
  await shows('untrusted', 'two', 2);
});

test('an agent that ends takes its windows with it, and the next one is shown', async () => {
  const { livery, agents, xen } = domains;
  await shows('work', 'one', 1);
  agents.get(5)?.signal('SIGTERM');
  await agents.get(5)?.ended;
  await waitUntil(
    async () => (await livery.windows()).every(({ qube }) => qube !== 'work'),
    'its windows are gone',
  );
  await waitUntil(() => xen.mapped(livery.daemon.pid).length === 0, 'nothing is mapped');
  await domains.start(5);
  await livery.connected();
  const again = await domains.puppet(5, 'again');
  await again.open({ title: 'four', seed: 4, rect: { x: 40, y: 60, width: 200, height: 100 } });
  await shows('work', 'four', 4);
});

test('qube start waits for the domain, and says what stops one', async () => {
  const { livery } = domains;
  const started = await command(['qube', 'start', 'work'], { env: livery.env });
  expect([started.status, started.out]).toEqual([0, 'work running\n']);
  expectComplaint(await command(['qube', 'stop', 'work'], { env: livery.env }), {
    status: 1,
    says: 'qube work is the Xen domain work-vm',
    hint: 'end it where it is run: xl shutdown work-vm',
  });
});
