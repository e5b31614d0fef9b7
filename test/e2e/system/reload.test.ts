/**
 * The configuration taken over by a running system: a real keeper, a real daemon
 * and windows of real programs, judged by the pixels on the screen. What is
 * wrong changes nothing, and what is right changes all of it at once.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { getProperty } from '../../../src/x11/properties.ts';
import { type Livery, startLivery } from '../../rig/system/livery.ts';
import { LiveryProcess } from '../../rig/system/livery-process.ts';
import { listingFaults, windowFaults } from '../../rig/system/look.ts';
import type { Puppet } from '../../rig/system/puppet.ts';
import { shownWindows } from '../../rig/system/shown.ts';
import { waitUntil } from '../../rig/wait.ts';

let livery: Livery;
let puppet: Puppet;
let original = '';

beforeAll(async () => {
  livery = await startLivery({
    wm: 'openbox',
    width: 900,
    height: 600,
    qubes: { work: 'blue', vault: 'gray' },
  });
  original = readFileSync(livery.configFile, 'utf8');
  puppet = await livery.puppet('work');
});
afterAll(() => livery?.[Symbol.asyncDispose]());
beforeEach(async () => {
  write(original);
  await livery.client.ask('reload', {});
});

function write(text: string): void {
  writeFileSync(livery.configFile, text);
}

async function opened(title: string): Promise<number> {
  await puppet.open({ title, seed: 3, rect: { x: 80, y: 90, width: 300, height: 200 } });
  return (await livery.window('work', title)).window;
}

async function labelColor(window: number): Promise<number | undefined> {
  const { x } = livery.screen;
  const { _QUBES_LABEL_COLOR: atom } = await x.intern(['_QUBES_LABEL_COLOR']);
  return (await getProperty(x, window, atom))?.data.readUInt32LE(0);
}

test('a frame that is on the screen wears the new label, and its window stays', async () => {
  const window = await opened('worn');
  expect(await windowFaults(livery, window, { label: 'blue', seed: 3 })).toEqual([]);
  write(original.replace('"blue"', '"red"'));
  const { changed, later } = await livery.client.ask('reload', {});
  expect([changed, later]).toEqual([['qube.work.label: blue → red'], []]);
  const listing = await livery.window('work', 'worn');
  expect(listing).toMatchObject({ window, label: 'red', color: '#cc0000' });
  expect(await listingFaults(livery, listing, { seed: 3 })).toEqual([]);
  expect(await labelColor(window)).toBe(0xcc0000);
  // And what comes later, too.
  await puppet.open({ title: 'next', seed: 5, rect: { x: 420, y: 90, width: 200, height: 100 } });
  expect(await listingFaults(livery, await livery.window('work', 'next'), { seed: 5 })).toEqual([]);
});

test.each([
  ['a label that does not exist', (text: string) => text.replace('"blue"', '"pink"')],
  ['two labels that look alike', (text: string) => `${TWINS}${text.replace('"blue"', '"twin"')}`],
  ['half a file', (text: string) => text.slice(0, text.indexOf('home') + 12)],
  ['an unknown key', (text: string) => `${text}\nsecret = true\n`],
  ['another number of a qube that runs', (text: string) => text.replace('"blue"', '"red"\nid = 9')],
  ['another backend of a qube that runs', attachVault],
])('%s: everything stays as it was', async (_what, spoil) => {
  const window = await opened('kept');
  const before = await livery.qubes();
  // Something that would hold by itself stands beside it.
  write(spoil(original.replace('"gray"', '"purple"')));
  await expect(livery.client.ask('reload', {})).rejects.toMatchObject({ exitCode: 2 });
  expect(await livery.qubes()).toEqual(before);
  expect(await windowFaults(livery, window, { label: 'blue', seed: 3 })).toEqual([]);
});

const TWINS = '[labels.twin]\ncolor = "#75507a"\npattern = "plain"\n';

function attachVault(text: string): string {
  return text
    .replace(/\[qube\.work\]/, '[qube.work]\nbackend = "qemu"')
    .replace(/home = .*work"\n/, '');
}

test('by a signal: all mistakes are in the log, and the next file is taken', async () => {
  const window = await opened('signalled');
  write(`${original.replace('"blue"', '"pink"')}\nsecret = true\n`);
  livery.daemon.signal('SIGHUP');
  await waitUntil(() => livery.daemon.err.includes('the one before holds'), 'it is refused');
  expect(livery.daemon.err).toContain('no such label: \\"pink\\"');
  expect(livery.daemon.err).toMatch(/configuration: .*secret/);
  // The notice on the screen lies over the window.
  expect(await labelColor(window)).toBe(0x3465a4);
  write(original.replace('"blue"', '"orange"'));
  livery.daemon.signal('SIGHUP');
  await waitUntil(
    async () => (await livery.window('work', 'signalled')).label === 'orange',
    'it is taken',
  );
  expect(await labelColor(window)).toBe(0xf57900);
});

test('a qube that is new can be started, one that is gone is shown until it stops', async () => {
  const fresh = '\n[qube.fresh]\nlabel = "green"\n';
  write(`${original}${fresh}`);
  expect((await livery.client.ask('reload', {})).changed).toEqual(['qube.fresh: new, label green']);
  expect(await livery.client.ask('qube.start', { qube: 'fresh' })).toMatchObject({
    state: 'running',
    label: 'green',
  });
  write(original);
  expect((await livery.client.ask('reload', {})).later).toEqual([
    'qube.fresh: gone when it is stopped',
  ]);
  expect((await livery.qubes()).map(({ name }) => name)).toContain('fresh');
  await livery.client.ask('qube.stop', { qube: 'fresh' }).catch(() => {});
  await waitUntil(
    async () => !(await livery.qubes()).some(({ name }) => name === 'fresh'),
    'it is gone',
  );
  await expect(livery.client.ask('qube.start', { qube: 'fresh' })).rejects.toMatchObject({
    code: 'UNKNOWN_QUBE',
  });
});

test('what a qube was started with holds until it is started again', async () => {
  write(original.replace('label = "gray"', 'label = "gray"\npool_mib = 32'));
  const { changed, later } = await livery.client.ask('reload', {});
  expect([changed, later]).toEqual([
    [],
    ['qube.vault.pool_mib: none → 32, when qube vault is started again'],
  ]);
  await livery.client.ask('qube.stop', { qube: 'vault' });
  await livery.client.ask('qube.start', { qube: 'vault' });
  expect(await livery.client.ask('reload', {})).toEqual({ changed: [], later: [] });
  write(original);
  await livery.client.ask('qube.stop', { qube: 'vault' });
  await livery.client.ask('reload', {});
  await livery.client.ask('qube.start', { qube: 'vault' });
});

test('the strip comes and goes', async () => {
  write(`[panel]\nenabled = true\n${original}`);
  await livery.client.ask('reload', {});
  const strips = async () =>
    (await shownWindows(livery.screen.x)).filter(({ title }) => title === 'livery panel').length;
  await waitUntil(async () => (await strips()) > 0, 'the strip is there');
  write(original);
  await livery.client.ask('reload', {});
  await waitUntil(async () => (await strips()) === 0, 'the strip is gone');
});

test('the command line says what holds now and what not yet', async () => {
  write(original.replace('label = "blue"', 'label = "red"\nnetwork = true'));
  await using command = new LiveryProcess(['reload'], { env: livery.env });
  const { status, out } = await command.ended;
  expect(status).toBe(0);
  expect(out).toBe(
    'holds now:\n  qube.work.label: blue → red\nnot yet:\n  qube.work.network: false → true, when qube work is started again\n',
  );
});
