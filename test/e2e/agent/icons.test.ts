/**
 * Icons of programs in the qube, as dom0's end of the service channel hears of
 * them: the right one, few a second, and again for whoever comes next.
 */
import { describe, expect, test } from 'vitest';
import type { VmWindowId } from '../../../src/base/ids.ts';
import { ATOM, setCardinals } from '../../../src/x11/properties.ts';
import { waitUntil } from '../../rig/wait.ts';
import type { AgentRig } from './rig.ts';
import { onStage } from './stage.ts';

async function openWindow(rig: AgentRig, overrideRedirect: 0 | 1 = 0) {
  const x = await rig.client();
  const { _NET_WM_ICON: atom } = await x.intern(['_NET_WM_ICON']);
  const id = x.allocWindowId();
  x.X.CreateWindow(id, x.root, 10, 10, 50, 40, 0, 0, 1, 0, { overrideRedirect });
  const draw = (side: number, word: number): void => {
    const words = new Array<number>(side * side).fill(word);
    setCardinals(x, id, atom as number, [side, side, ...words], ATOM.CARDINAL);
    x.flush();
  };
  return { x, id: id as number as VmWindowId, draw, map: () => x.X.MapWindow(id) };
}

describe('icons', () => {
  test('are sent with the window and when they change, not premultiplied, as R, G, B, A', () =>
    onStage(async ({ rig }) => {
      const service = await rig.service();
      const { id, draw, map } = await openWindow(rig);
      draw(16, 0x80ff1020);
      map();
      const of = () => service.all('iconRecord').filter((one) => one.window === id);
      await waitUntil(() => of().length > 0, 'the icon');
      expect(of().at(-1)).toMatchObject({ width: 16, height: 16 });
      expect([...(of().at(-1)?.pixels.subarray(0, 4) ?? [])]).toEqual([0xff, 0x10, 0x20, 0x80]);
      draw(24, 0xff000000);
      await waitUntil(() => of().at(-1)?.width === 24, 'the other icon');
    }));

  test('a program that changes its icon all the time is heard a few times a second, the newest last', () =>
    onStage(async ({ rig }) => {
      const service = await rig.service();
      const { x, id, draw, map } = await openWindow(rig);
      map();
      const startMs = performance.now();
      for (let i = 0; i < 300; i++) {
        draw(4 + (i % 8), i);
        if (i % 50 === 0) await x.sync();
      }
      draw(40, 0xffffffff);
      const of = () => service.all('iconRecord').filter((one) => one.window === id);
      await waitUntil(() => of().at(-1)?.width === 40, 'the newest');
      const seconds = (performance.now() - startMs) / 1000;
      expect(of().length).toBeLessThanOrEqual(2 + seconds * 5);
    }));

  test('come again for another daemon, without those of menus', () =>
    onStage(async ({ rig }) => {
      await rig.service();
      const window = await openWindow(rig);
      window.draw(16, 0xff112233);
      window.map();
      const menu = await openWindow(rig, 1);
      menu.draw(17, 0xff112233);
      menu.map();
      const first = await rig.service();
      await waitUntil(() => first.all('iconRecord').length > 0, 'the icon');
      const second = await rig.otherService();
      await waitUntil(() => second.all('iconRecord').length > 0, 'the icon again');
      expect(second.all('iconRecord').map((one) => one.window)).toEqual([window.id]);
    }));
});
