/**
 * Icons on frames, as a panel of dom0 reads them: tinted, bounded, the newest,
 * no faster than they may come, and one of dom0's own where there is none.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { BUDGETS } from '../../../src/base/budgets.ts';
import type { VmWindowId } from '../../../src/base/ids.ts';
import { UNKNOWN_ICONS } from '../../../src/desktop/icons.ts';
import type { IconPixels } from '../../../src/session/icon-port.ts';
import { ICON_SIDE } from '../../../src/trust/icon.ts';
import { getProperty } from '../../../src/x11/properties.ts';
import { waitUntil } from '../../rig/rig.ts';
import { openScene, type Scene, type TestQube } from './scene.ts';

let scene: Scene;
let atom: number;

beforeAll(async () => {
  scene = await openScene({ wm: 'none' });
  ({ _NET_WM_ICON: atom = 0 } = await scene.screen.x.intern(['_NET_WM_ICON']));
});

afterAll(() => scene[Symbol.asyncDispose]());

interface Shown {
  readonly width: number;
  readonly height: number;
  /** ARGB. */
  readonly words: readonly number[];
}

async function iconOf(qube: TestQube, id: number): Promise<Shown | undefined> {
  const frame = scene.info(qube, id)?.window;
  if (frame === undefined) return undefined;
  const property = await getProperty(scene.screen.x, frame, atom, 0, 1 << 20);
  if (!property) return undefined;
  expect(property.format).toBe(32);
  const words = Array.from({ length: property.data.length / 4 }, (_, i) =>
    property.data.readUInt32LE(i * 4),
  );
  const [width = 0, height = 0, ...rest] = words;
  expect(rest.length).toBe(width * height);
  return { width, height, words: rest };
}

function solid(side: number, color: number, alpha = 255): IconPixels {
  const pixels = new Uint8Array(side * side * 4);
  for (let at = 0; at < pixels.length; at += 4) {
    pixels.set([(color >> 16) & 255, (color >> 8) & 255, color & 255, alpha], at);
  }
  return { width: side, height: side, pixels };
}

const place = { x: 60, y: 60, width: 80, height: 60 };

test('a green icon of a red qube is red', async () => {
  const qube = await scene.qube('red-one', 'red');
  const id = qube.open(1, place);
  qube.attached.icons.icon(id, solid(16, 0x00ff00));
  const icon = await waitUntil(async () => {
    const shown = await iconOf(qube, 1);
    return shown?.width === 16 ? shown : undefined;
  }, 'its icon');
  for (const word of icon.words) {
    expect(word >>> 24).toBe(255);
    expect((word >> 16) & 255).toBeGreaterThan(200);
    expect(word & 0xffff).toBe(0);
  }
});

test('a large one is made small', async () => {
  const qube = await scene.qube('large-one', 'blue');
  const id = qube.open(1, place);
  qube.attached.icons.icon(id, solid(256, 0x808080, 100));
  const icon = await waitUntil(async () => {
    const shown = await iconOf(qube, 1);
    return shown?.width === ICON_SIDE ? shown : undefined;
  }, 'its icon');
  expect(icon.words[0] === undefined ? 0 : icon.words[0] >>> 24).toBe(100);
});

test('a window without one has the colour and the pattern of its label', async () => {
  const [green, black] = [
    await scene.qube('plain-1', 'green'),
    await scene.qube('plain-2', 'black'),
  ];
  green.open(1, place);
  black.open(1, place);
  const icons = await Promise.all(
    [green, black].map((qube) => waitUntil(() => iconOf(qube, 1), 'a plain icon')),
  );
  for (const [i, qube] of [green, black].entries()) {
    const { words, width } = icons[i] as Shown;
    const label = qube.config.label.color;
    expect((words[(width * width) / 2 + width / 2] as number) & 0xffffff).toBe(label);
    const share = words.filter((word) => (word & 0xffffff) === label).length / words.length;
    expect(share).toBeGreaterThan(0.6);
    expect(share).toBeLessThan(1);
  }
});

test('one that came before its window is kept for it: the newest of a qube, whatever others send', async () => {
  const qube = await scene.qube('early', 'purple');
  const other = await scene.qube('noisy', 'orange');
  for (let id = 1; id <= UNKNOWN_ICONS + 2; id++) {
    qube.attached.icons.icon(id as VmWindowId, solid(10 + id, 0xffffff));
  }
  for (let id = 1; id <= 100; id++) {
    other.attached.icons.icon(id as VmWindowId, solid(30, 0xffffff));
  }
  for (let id = 1; id <= UNKNOWN_ICONS + 2; id++) qube.open(id, place, { map: false });
  await scene.idle();
  const sides = await Promise.all(
    Array.from({ length: UNKNOWN_ICONS + 2 }, async (_, i) => (await iconOf(qube, i + 1))?.width),
  );
  expect(sides).toEqual([undefined, undefined, 13, 14, 15, 16, 17]);
});

test('a flood writes a bounded number, ends with the newest and slows nobody else', async () => {
  const qube = await scene.qube('flood', 'red');
  const other = await scene.qube('quiet', 'blue');
  const id = qube.open(1, place);
  const quiet = other.open(1, place);
  const frame = (await scene.shown(qube, 1)).window;
  let written = 0;
  const { x } = scene.screen;
  x.X.ChangeWindowAttributes(frame, { eventMask: 1 << 22 });
  using _listening = x.on((event) => {
    if (event.name === 'PropertyNotify' && event.wid === frame && event.atom === atom) written++;
  });
  await x.sync();
  const startMs = performance.now();
  for (let i = 0; i < 500; i++) {
    qube.attached.icons.icon(id, solid(8 + (i % 8), 0xffffff));
  }
  qube.attached.icons.icon(id, solid(40, 0xffffff));
  other.attached.icons.icon(quiet, solid(41, 0xffffff));
  await waitUntil(async () => (await iconOf(other, 1))?.width === 41, 'the other has its icon');
  await waitUntil(async () => (await iconOf(qube, 1))?.width === 40, 'the newest is shown');
  await scene.idle();
  const seconds = (performance.now() - startMs) / 1000;
  expect(written).toBeGreaterThan(0);
  expect(written).toBeLessThanOrEqual(BUDGETS.iconsPerSecond.value * (1 + seconds) + 1);
});
