/**
 * What a domain may say of its pages and do to its ring, and what becomes of it:
 * a picture that cannot be had is acknowledged and absent, a ring that cannot be
 * true ends that domain's session, and nothing else happens.
 */
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { VmWindowId } from '../../../src/base/ids.ts';
import type { WindowListing } from '../../../src/control/messages.ts';
import { see } from '../../rig/system/look.ts';
import { waitUntil } from '../../rig/wait.ts';
import { Domains, NAMES } from './domains.ts';
import { ScriptedDomain } from './scripted-domain.ts';

const WINDOW = 7 as VmWindowId;
const NONE = 0 as VmWindowId;
const SIDE = 64;
/** Pages of a picture. */
const PAGES = (SIDE * SIDE * 4) / 4096;
const RECT = { x: 100, y: 100, width: SIDE, height: SIDE };

let domains: Domains;
let domain: ScriptedDomain;
let acknowledged: number;

beforeEach(async () => {
  acknowledged = 0;
  domains = await Domains.open();
  await domains.livery.startDaemon();
  domain = await ScriptedDomain.open(domains.xen);
  domains.xen.introduce(5, NAMES[5]);
  await domain.agent.ready();
  domain.agent.send(
    { name: 'create', window: WINDOW, ...RECT, parent: NONE, overrideRedirect: false },
    { name: 'map', window: WINDOW, transientFor: NONE, overrideRedirect: false },
  );
});
afterEach(async () => {
  try {
    await domains?.livery[Symbol.asyncDispose]();
  } finally {
    await domain?.[Symbol.asyncDispose]();
    domains?.close();
  }
});

/** Sends a dump and waits until it was acknowledged. */
async function dump(refs: Uint32Array): Promise<void> {
  const { agent } = domain;
  agent.send({ name: 'dump', window: WINDOW, width: SIDE, height: SIDE, refs });
  agent.send({ name: 'shmImage', window: WINDOW, x: 0, y: 0, width: SIDE, height: SIDE });
  await agent.hear('dumpAck', ++acknowledged);
}

async function listing(): Promise<WindowListing> {
  return waitUntil(async () => (await domains.livery.windows())[0], 'the window is listed');
}

/** The colour that all of the content has, or undefined. */
async function color(): Promise<number | undefined> {
  const { window } = await listing();
  // The window manager may just be taking it into a frame of its own.
  const seen = await see(domains.livery, window).catch(() => undefined);
  if (!seen) return undefined;
  const { image, content } = seen;
  const first = image.pixel(content.x + 5, content.y + 5);
  return image.count(content, (one) => one === first) === SIDE * SIDE ? first : undefined;
}

const shown = (wanted: number) =>
  waitUntil(async () => (await color()) === wanted, `the content is ${wanted.toString(16)}`);

const mapped = (): string[] => domains.xen.mapped(domains.livery.daemon.pid);
const forPixels = (): number => mapped().filter((rights) => rights === 'r--s').length;

test('pages that were never granted are acknowledged, and the window has no picture', async () => {
  const [first = 0] = domain.grant(domains.xen, PAGES, 0x55);
  const rings = forPixels();
  for (const refs of [
    new Uint32Array(PAGES).fill(3),
    new Uint32Array(PAGES).fill(0xffffffff),
    new Uint32Array(PAGES).map((_, i) => (i === PAGES - 1 ? 4 : first)),
  ]) {
    await dump(refs);
    expect(forPixels()).toBe(rings);
  }
  expect((await listing()).firstPixelsMs).toBeNull();
  await domains.livery.daemon.said(/its pages are not mapped/);
  // The session is the same, and a picture that can be had is shown.
  await dump(domain.grant(domains.xen, PAGES, 0x66));
  await shown(0x666666);
  expect(domain.agent.connections).toBe(1);
  expect(forPixels()).toBe(rings + PAGES);
});

test('pages that were taken back before they were mapped are no fault', async () => {
  const refs = domain.grant(domains.xen, PAGES, 0x55);
  domain.revoke();
  await dump(refs);
  expect(domain.agent.connections).toBe(1);
  expect((await domains.livery.qubes())[0]?.connected).toBe(true);
});

test('the same references again mean the pages of now', async () => {
  const refs = domain.grant(domains.xen, PAGES, 0x55);
  await dump(refs);
  await shown(0x555555);
  for (const ref of refs) domains.xen.poke(ref, 0, new Uint8Array(4096).fill(0x77));
  await dump(refs);
  await shown(0x777777);
});

test('a dump replaces the mapping of the one before, and an unmapped window has none', async () => {
  await dump(domain.grant(domains.xen, PAGES, 0x55));
  await shown(0x555555);
  const once = forPixels();
  await dump(domain.grant(domains.xen, PAGES, 0x66));
  await shown(0x666666);
  expect(forPixels()).toBe(once);
  domain.agent.send({ name: 'unmap', window: WINDOW });
  await waitUntil(() => forPixels() === once - PAGES, 'its pages are unmapped');
});

test('a ring that cannot be true ends the session, and nothing else', async () => {
  const { xen, livery } = domains;
  const node = '/local/domain/5/data/vchan/0/6000';
  // Taken back when its client came: which page it is, only the domain knows.
  expect(xen.read(`${node}/ring-ref`)).toBeUndefined();
  xen.corruptRings();
  // The answer to this one has to go into the ring.
  domain.agent.send({
    ...{ name: 'dump', window: WINDOW, width: SIDE, height: SIDE },
    refs: new Uint32Array(PAGES),
  });
  await livery.daemon.said(/CHANNEL_RING/);
  await waitUntil(async () => (await livery.windows()).length === 0, 'its window is gone');
  expect(livery.daemon.over).toBe(false);
});
