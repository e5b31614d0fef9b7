/**
 * The pointer works on windows that do not have the focus: the wheel scrolls
 * what lies under it, and the first click presses a button exactly once.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { WindowListing } from '../../../src/control/messages.ts';
import { type Livery, startLivery } from '../../rig/system/livery.ts';
import { see } from '../../rig/system/look.ts';
import type { Puppet } from '../../rig/system/puppet.ts';
import { waitUntil } from '../../rig/wait.ts';

const WHEEL = { up: 4, down: 5 } as const;

describe.each(['openbox', 'xfwm4', 'none'] as const)('the pointer under %s', (wm) => {
  let livery: Livery;
  let work: Puppet;
  let red: Puppet;
  let workWindow: WindowListing;
  let redWindow: WindowListing;

  beforeAll(async () => {
    livery = await startLivery({
      wm,
      width: 1000,
      height: 500,
      qubes: { work: 'blue', untrusted: 'red' },
    });
    [work, red] = await Promise.all([livery.puppet('work'), livery.puppet('untrusted')]);
    await work.open({ title: 'one', seed: 1, rect: { x: 40, y: 60, width: 200, height: 150 } });
    await red.open({ title: 'two', seed: 2, rect: { x: 300, y: 60, width: 200, height: 150 } });
    workWindow = await livery.window('work', 'one');
    redWindow = await livery.window('untrusted', 'two');
  });
  afterAll(() => livery?.[Symbol.asyncDispose]());

  const middle = ({ content }: WindowListing): [number, number] => [
    content.x + (content.width >> 1),
    content.y + (content.height >> 1),
  ];

  /** The focus goes to the red qube by a click that has wholly arrived. */
  async function focusRed(): Promise<void> {
    const seen = red.events.length;
    await livery.screen.user.click(...middle(redWindow));
    const has = async () => (await livery.pager.focus()) === redWindow.window;
    await waitUntil(has, 'the window has the focus');
    await waitUntil(() => buttons(red, seen).length === 2, 'the click has arrived');
  }

  const buttons = (puppet: Puppet, from: number) =>
    puppet.events
      .slice(from)
      .filter(({ name }) => name === 'ButtonPress' || name === 'ButtonRelease')
      .map(({ name, detail, x, y, state }) => ({ name, detail, x, y, state }));

  test('the first click on an unfocused window presses once, where it was made', async () => {
    const { user } = livery.screen;
    const [x, y] = middle(workWindow);
    for (const button of [1, 2, 3]) {
      await focusRed();
      const seen = work.events.length;
      await user.click(x, y, button);
      await waitUntil(() => buttons(work, seen).length >= 2, 'the click has arrived');
      // Sent after everything that the click could have caused.
      await user.click(x + 9, y + 7, button);
      await waitUntil(() => buttons(work, seen).length >= 4, 'the next click has arrived');
      const place = { x: x - workWindow.content.x, y: y - workWindow.content.y };
      const down = 1 << (7 + button);
      expect(buttons(work, seen)).toEqual([
        { name: 'ButtonPress', detail: button, ...place, state: 0 },
        { name: 'ButtonRelease', detail: button, ...place, state: down },
        { name: 'ButtonPress', detail: button, x: place.x + 9, y: place.y + 7, state: 0 },
        { name: 'ButtonRelease', detail: button, x: place.x + 9, y: place.y + 7, state: down },
      ]);
    }
  });

  test('the wheel turns in the window under it, with the focus elsewhere', async () => {
    const { user } = livery.screen;
    await focusRed();
    const seen = { work: work.events.length, red: red.events.length };
    for (const button of [WHEEL.up, WHEEL.down, WHEEL.down]) {
      await user.click(...middle(workWindow), button);
    }
    const turned = () => buttons(work, seen.work).map(({ name, detail }) => `${name} ${detail}`);
    const once = (button: number) => [`ButtonPress ${button}`, `ButtonRelease ${button}`];
    const [up, down] = [once(WHEEL.up), once(WHEEL.down)];
    await expect.poll(turned, { timeout: 10_000 }).toEqual([...up, ...down, ...down]);
    expect(buttons(red, seen.red)).toEqual([]);
  });

  test('the wheel over an unfocused terminal scrolls it', async () => {
    const place = ['-geometry', '40x10+540+60', '-T', 'numbers', '-sl', '500'];
    await livery.start('work', 'xterm', ...place, '-e', 'sh', '-c', 'seq 1 300; exec sleep 1000');
    const terminal = await livery.window('work', 'numbers');
    await focusRed();
    await livery.screen.user.move(...middle(terminal));
    const picture = async () => (await see(livery, terminal.window)).image.data;
    const bottom = await livery.settled(
      async () => (await picture()).toString('base64'),
      'it rests',
    );
    await livery.screen.user.click(...middle(terminal), WHEEL.up);
    const isBottom = async () => (await picture()).toString('base64') === bottom;
    await waitUntil(async () => !(await isBottom()), 'it has scrolled up');
    await livery.screen.user.click(...middle(terminal), WHEEL.down);
    // Some window managers focus what the wheel turns in, and a focused terminal looks different.
    await focusRed();
    await waitUntil(isBottom, 'it has scrolled down again, to the pixel');
  });
});
