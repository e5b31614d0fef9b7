/**
 * Keys that are held: repeated as dom0 repeats them, and none left behind by
 * switching windows.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { WindowListing } from '../../../src/control/messages.ts';
import { KEYSYM } from '../../rig/rig.ts';
import { type Livery, startLivery } from '../../rig/system/livery.ts';
import type { Puppet } from '../../rig/system/puppet.ts';
import { waitUntil } from '../../rig/wait.ts';

const LETTER = { a: 0x61, b: 0x62 } as const;
const ALT_TABS = 100;

let livery: Livery;

beforeAll(async () => {
  livery = await startLivery({
    wm: 'openbox',
    width: 1000,
    height: 600,
    qubes: { work: 'blue', vault: 'black' },
  });
});
afterAll(() => livery?.[Symbol.asyncDispose]());

describe('keys', () => {
  let work: Puppet;
  let vault: Puppet;
  let workWindow: WindowListing;
  let vaultWindow: WindowListing;

  beforeAll(async () => {
    [work, vault] = await Promise.all([livery.puppet('work'), livery.puppet('vault')]);
    await work.open({ title: 'keys', seed: 1, rect: { x: 60, y: 330, width: 300, height: 200 } });
    await vault.open({ title: 'keys', seed: 2, rect: { x: 560, y: 330, width: 300, height: 200 } });
    workWindow = await livery.window('work', 'keys');
    vaultWindow = await livery.window('vault', 'keys');
  });

  const pressesOf = (puppet: Puppet, keycode: number) =>
    puppet.of('KeyPress').filter(({ detail }) => detail === keycode);

  test('that are held repeat as dom0 says, and stop when they are let go', async () => {
    const { user } = livery.screen;
    const [a, b] = [user.keycode(LETTER.a), user.keycode(LETTER.b)];
    await livery.focus(workWindow);
    await user.key(LETTER.a, true);
    // One press, then after the delay of dom0's server some twenty a second.
    await waitUntil(() => pressesOf(work, a).length >= 8, 'the key repeats');
    await user.key(LETTER.a, false);
    await user.tap(LETTER.b);
    const released = () => work.of('KeyRelease').some(({ detail }) => detail === b);
    await waitUntil(released, 'the next key has arrived');
    expect(pressesOf(work, b)).toHaveLength(1);
    // The key that came last was sent last: no repeat of the first is under way.
    const repeated = pressesOf(work, a).length;
    expect(work.events.findLast(({ name }) => name === 'KeyPress')?.detail).toBe(b);
    const keyboard = await work.keyboard();
    expect(keyboard).toMatchObject({ mask: 0, down: [], autoRepeat: false });
    expect(pressesOf(work, a)).toHaveLength(repeated);
    expect(vault.of('KeyPress')).toEqual([]);
  });

  test(`are none held after ${ALT_TABS} times Alt+Tab`, async () => {
    const { user } = livery.screen;
    await livery.focus(workWindow);
    const frames = new Set<number>((await livery.windows()).map(({ window }) => window));
    const visited = new Set<number>();
    for (let turn = 0; turn < ALT_TABS; turn++) {
      const before = await livery.pager.focus();
      const shown = await livery.pager.shown();
      await user.key(KEYSYM.alt, true);
      await user.key(KEYSYM.tab, true);
      // The window manager has the keyboard when its list of windows is there.
      await waitUntil(async () => (await livery.pager.shown()) > shown, 'it lists the windows');
      await user.key(KEYSYM.tab, false);
      await user.key(KEYSYM.alt, false);
      const next = await waitUntil(async () => {
        const now = await livery.pager.focus();
        const done = now !== before && (await livery.pager.shown()) === shown;
        return done && frames.has(now) && now;
      }, 'the window manager has changed the focus');
      visited.add(next);
    }
    expect(visited).toContain(workWindow.window);
    expect(visited).toContain(vaultWindow.window);
    const released = { mask: 0, down: [] };
    // Also in the qube that does not have the focus now, and is told nothing more.
    for (const puppet of [work, vault]) {
      const clean = async () => {
        const { mask, down } = await puppet.keyboard();
        return mask === 0 && down.length === 0;
      };
      await waitUntil(clean, 'no key is held in the qube', { limitMs: 2000 });
    }
    for (const [puppet, window] of [
      [work, workWindow],
      [vault, vaultWindow],
    ] as const) {
      await livery.focus(window);
      const seen = puppet.events.length;
      await user.tap(LETTER.b);
      await waitUntil(
        () => puppet.events.slice(seen).some(({ name }) => name === 'KeyRelease'),
        'a key typed afterwards has arrived',
      );
      const press = puppet.events.slice(seen).find(({ name }) => name === 'KeyPress');
      expect(press).toMatchObject({ detail: user.keycode(LETTER.b), state: 0 });
      expect(await puppet.keyboard()).toMatchObject(released);
    }
  });
});
