/**
 * What is measured on the machine under Xen; docs/performance.md has the numbers.
 */
import { expect } from 'vitest';
import { KEYSYM, waitUntil } from '../rig/rig.ts';
import { pause } from '../rig/system/clipboard-user.ts';
import { see } from '../rig/system/look.ts';
import type { XenSystem } from './machine/system.ts';

/** From a key to its letter, and how much a flood of text brings to the screen, in `bank`. */
export async function measureFigures(
  system: XenSystem,
  say: (line: string) => void,
): Promise<void> {
  const window = await system.window('bank', 'terminal of bank');
  await system.focus(window);
  const times: number[] = [];
  const trips: number[] = [];
  for (let round = 0; round < 9; round++) {
    const before = await see(system, window.window);
    let from = performance.now();
    await system.pager.focus();
    trips.push(performance.now() - from);
    from = performance.now();
    await system.screen.user.tap(0x61);
    await waitUntil(async () => {
      const { image, content } = await see(system, window.window);
      return image.differences(content, (x, y) => before.image.pixel(x, y) as number) > 4;
    }, 'the letter shows');
    times.push(performance.now() - from);
  }
  await system.screen.user.tap(KEYSYM.enter);
  const middle = (list: number[]) =>
    Math.round([...list].sort((a, b) => a - b)[list.length >> 1] ?? 0);
  say(`key to pixel: ${middle(times)} ms of 9, of which a way out and back is ${middle(trips)} ms`);
  const put = async () => {
    const { qubes } = await system.client.ask('stats', {});
    const { put: updates, bytes } = qubes.find(({ name }) => `${name}` === 'bank')?.damage ?? {
      put: 0,
      bytes: 0,
    };
    return { updates, bytes };
  };
  const flood = 'i=0; while [ $i -lt 100000 ]; do i=$((i+1)); echo "$i $i $i $i"; done';
  await system.start(
    'bank',
    'xterm',
    '-geometry',
    '60x16+40+300',
    '-T',
    'flood',
    '-e',
    'sh',
    '-c',
    flood,
  );
  const { content } = await system.window('bank', 'flood').catch(() => window);
  const [first, startMs] = [await put(), performance.now()];
  await pause(10_000);
  const [last, endMs] = [await put(), performance.now()];
  const rate = (last.updates - first.updates) / ((endMs - startMs) / 1000);
  expect(rate).toBeGreaterThan(0);
  const rows = (last.bytes - first.bytes) / 4 / content.width / (last.updates - first.updates);
  say(
    `${rate.toFixed(1)} updates a second, of ${rows.toFixed(0)} rows of a window's ${content.height} each`,
  );
}
