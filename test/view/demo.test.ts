/**
 * The demo on a machine without a screen: it prints an address, and the browser
 * that opens it sees the windows and types into them.
 */
import { mkdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { controlSocketPath } from '../../src/config/runtime-dir.ts';
import { ControlClient } from '../../src/control/client.ts';
import { XConnection } from '../../src/x11/connection.ts';
import { parseDisplay } from '../../src/x11/display.ts';
import { findCookie } from '../../src/x11/xauthority.ts';
import { DemoRun } from '../e2e/demo/demo-run.ts';
import { Pager } from '../rig/system/pager.ts';
import { waitUntil } from '../rig/wait.ts';
import { Browser } from './browser.ts';

/** Of a screen that the demo starts. */
const SCREEN_WIDTH = 1280;

test('the demo without a screen is used from a browser', async () => {
  using demo = new DemoRun([], { env: { LANG: 'C.UTF-8' } });
  await demo.said('Ctrl-C ends the demo.');
  const address = /http:\/\/127\.0\.0\.1:\d+\/#\S+/.exec(demo.err)?.[0] ?? '';
  const runtimeDir = /LIVERY_RUNTIME_DIR=(\S+)/.exec(demo.err)?.[1] ?? '';
  expect(address).not.toBe('');
  {
    const [, name = '', xauthority] = /DISPLAY=(:\d+) XAUTHORITY=(\S+)/.exec(demo.err) ?? [];
    const display = parseDisplay(name);
    const cookie = findCookie(display, xauthority);
    using connection = await XConnection.open(display, { name: 'test', cookie });
    const pager = await Pager.open(connection);
    using client = ControlClient.connect(controlSocketPath(runtimeDir));
    await using browser = await Browser.start();
    const page = await browser.page();
    await page.goto(address);
    await page.locator('#status').getByText('live', { exact: true }).waitFor();
    const windows = (await client.ask('windows', {})).filter(({ mapped }) => mapped);
    await waitUntil(
      async () => (await page.locator('.window').count()) === windows.length,
      'the page lists every window',
    );
    const terminal = windows.find(({ title }) => title === 'untrusted');
    const box = await page.locator('#screen').boundingBox();
    if (!terminal || !box) throw new Error('there is no terminal, or no screen');
    const scale = box.width / SCREEN_WIDTH;
    const { x, y } = terminal.content;
    await page.mouse.click(box.x + (x + 40) * scale, box.y + (y + 60) * scale);
    const focused = async () => (await pager.focus()) === terminal.window;
    await waitUntil(focused, 'the click gave the terminal the focus');
    await page.keyboard.type("printf '\\033]0;typed-%s\\007' here; sleep 60");
    await page.keyboard.press('Enter');
    const renamed = page.locator('.window', { hasText: 'typed-here' });
    await renamed.waitFor({ timeout: 15_000 });
    expect(await renamed.locator('.name').textContent()).toBe('untrusted');
    // A canvas that nothing was drawn on has the size that the standard gives it.
    const drawn = `[...document.querySelectorAll('.window canvas')].every((one) => one.width !== 300)`;
    await waitUntil(() => page.evaluate<boolean>(drawn), 'every window has its picture');
    mkdirSync('out', { recursive: true });
    await page.screenshot({ path: 'out/view.png' });
  }
  demo.child.kill('SIGINT');
  expect(await demo.closed).toBe(130);
  expect(demo.leftovers()).toEqual([]);
});
