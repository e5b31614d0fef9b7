/**
 * Keys go to the program that the user looks at, and nowhere else: typed text,
 * repeated keys, and what Alt+Tab leaves behind.
 */
import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { WindowListing } from '../../../src/control/messages.ts';
import { KEYSYM } from '../../rig/rig.ts';
import { type Livery, startLivery } from '../../rig/system/livery.ts';
import { see } from '../../rig/system/look.ts';
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

/** Clicks into the window's content and waits for the X focus. */
async function focus({ window, content }: WindowListing): Promise<void> {
  await livery.screen.user.click(content.x + 5, content.y + 5);
  await waitUntil(async () => (await livery.pager.focus()) === window, 'the window has the focus');
}

function typedIn(qube: string): string {
  const file = livery.inHome(qube, 'typed');
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

describe('typed text', () => {
  /** A real terminal; what is typed lands in a file of its qube. */
  async function terminal(qube: string, x: number): Promise<WindowListing> {
    const place = ['-geometry', `50x10+${x}+60`, '-T', `terminal of ${qube}`];
    await livery.start(qube, 'xterm', ...place, '-e', 'sh', '-c', 'cat > ~/typed');
    return livery.window(qube, `terminal of ${qube}`);
  }

  test('appears in the focused program and in no other', async () => {
    const work = await terminal('work', 30);
    const vault = await terminal('vault', 520);
    await focus(work);
    const vaultBefore = (await see(livery, vault.window)).image;
    const workBefore = (await see(livery, work.window)).image;
    await livery.screen.user.type('for work only 123');
    await livery.screen.user.tap(KEYSYM.enter);
    await waitUntil(
      () => typedIn('work') === 'for work only 123\n',
      'the text has arrived in work',
    );

    // The program's echo is on the screen, and nothing of it in the other window.
    await waitUntil(async () => {
      const { image } = await see(livery, work.window);
      return !image.data.equals(workBefore.data);
    }, 'the text is on the screen');
    expect((await see(livery, vault.window)).image.data.equals(vaultBefore.data)).toBe(true);

    await focus(vault);
    await livery.screen.user.type('secret');
    await livery.screen.user.tap(KEYSYM.enter);
    await waitUntil(() => typedIn('vault') !== '', 'the text has arrived in vault');
    // What came after everything else came alone, so nothing is still under way.
    expect(typedIn('vault')).toBe('secret\n');
    expect(typedIn('work')).toBe('for work only 123\n');
  });
});

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
    await focus(workWindow);
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
    await focus(workWindow);
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
    for (const [puppet, window] of [
      [work, workWindow],
      [vault, vaultWindow],
    ] as const) {
      await focus(window);
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
