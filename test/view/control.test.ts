/**
 * What a page may do with --control: click and type, and release what it held;
 * but press no secure chord and answer no prompt, whatever is sent. With
 * --control=all it may, and the screen says so.
 */
import { existsSync, readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KEYSYM } from '../rig/rig.ts';
import { pause } from '../rig/system/clipboard-user.ts';
import { type Livery, startLivery } from '../rig/system/livery.ts';
import { type ScriptedLivery, startScriptedLivery } from '../rig/system/scripted-livery.ts';
import { waitUntil } from '../rig/wait.ts';
import { Browser } from './browser.ts';
import { onPage, openPage, type RunningView, startView } from './view-process.ts';

const C = 0x63;

describe('with --control', () => {
  let livery: Livery;
  let browser: Browser;
  let view: RunningView;
  let page: Page;

  beforeAll(async () => {
    const qubes = { work: 'blue', vault: 'black' };
    [livery, browser] = await Promise.all([
      startLivery({ wm: 'openbox', width: 1000, height: 500, qubes }),
      Browser.start(),
    ]);
    view = await startView(livery, '--control');
    page = await browser.page();
    await openPage(page, view);
  });
  afterAll(async () => {
    await browser?.[Symbol.asyncDispose]();
    await view?.[Symbol.asyncDispose]();
    await livery?.[Symbol.asyncDispose]();
  });

  const typed = (qube: string): string => {
    const file = livery.inHome(qube, 'typed');
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  };

  test('a click and typed text reach the program that was clicked, and no other', async () => {
    const places = { work: 30, vault: 520 };
    for (const [qube, x] of Object.entries(places)) {
      const place = ['-geometry', `50x10+${x}+60`, '-T', `terminal of ${qube}`];
      await livery.start(qube, 'xterm', ...place, '-e', 'sh', '-c', 'cat > ~/typed');
      await livery.window(qube, `terminal of ${qube}`);
    }
    const text = 'Hello, World! 2 + 2 = "4" @ ~/{x}';
    for (const qube of Object.keys(places)) {
      const { window, content } = await livery.window(qube, `terminal of ${qube}`);
      const at = await onPage(page, livery, content.x + 40, content.y + 30);
      await page.mouse.click(at.x, at.y);
      const focused = async () => (await livery.pager.focus()) === window;
      await waitUntil(focused, 'the click gave the window the focus');
      await page.keyboard.type(`${qube}: ${text}`);
      await page.keyboard.press('Backspace');
      await page.keyboard.press('Enter');
      await waitUntil(() => typed(qube).endsWith('\n'), 'the text has arrived');
    }
    expect(typed('work')).toBe(`work: ${text.slice(0, -1)}\n`);
    expect(typed('vault')).toBe(`vault: ${text.slice(0, -1)}\n`);
    expect(await page.locator('#mode').textContent()).toBe('mouse and keys');
  });

  test('what the page held is let go when it goes away', async () => {
    const held = async (): Promise<number> => {
      const { x } = livery.screen;
      const keys = await x.request<Buffer>((done) => x.X.QueryKeymap(done));
      return keys.reduce((sum, byte) => sum + byte, 0);
    };
    await page.locator('#screen').focus();
    await page.keyboard.down('Shift');
    await page.keyboard.down('k');
    await waitUntil(async () => (await held()) > 0, 'keys are held on the screen');
    await page.close();
    await waitUntil(async () => (await held()) === 0, 'nothing is held any more');
  });
});

describe('secure chords and prompts', () => {
  let livery: ScriptedLivery;
  let browser: Browser;
  beforeAll(async () => {
    [livery, browser] = await Promise.all([
      startScriptedLivery({
        qubes: { work: 'label = "blue"', vault: 'label = "black"' },
        policy: '@any @any ask\n',
      }),
      Browser.start(),
    ]);
  });
  afterAll(async () => {
    await browser?.[Symbol.asyncDispose]();
    await livery?.[Symbol.asyncDispose]();
  });

  async function open(...args: string[]): Promise<{ view: RunningView; page: Page }> {
    const view = await startView(livery, ...args);
    const page = await browser.page();
    await openPage(page, view);
    await page.locator('#screen').focus();
    return { view, page };
  }

  const phase = async () => (await livery.client.ask('clipboard.show', {})).state;
  const refusal = (page: Page) => page.locator('#hint.warn');

  test('stay with the person at the screen', async () => {
    const { view, page } = await open('--control');
    await using _ = view;
    await livery.focus('work');
    const requests = () => livery.agent('work').heard('clipboardRequest').length;
    await page.keyboard.press('Control+Shift+C');
    await refusal(page).getByText('secure key chord').waitFor();
    // The key first, the modifiers after it.
    for (const key of ['c', 'Control', 'Shift']) await page.keyboard.down(key);
    for (const key of ['Shift', 'Control', 'c']) await page.keyboard.up(key);
    // The modifiers held at the screen, the key from here.
    const { user } = livery.screen;
    await user.key(KEYSYM.control, true);
    await user.key(KEYSYM.shift, true);
    await page.keyboard.press('c');
    await page.keyboard.press('C');
    await user.key(KEYSYM.shift, false);
    // Another key that is no chord's arrives: all before it has been handled.
    await page.keyboard.press('x');
    await user.key(KEYSYM.control, false);
    const x = livery.screen.user.keycode(0x78);
    const heard = () =>
      livery
        .agent('work')
        .heard('key')
        .some((one) => one.pressed && one.keycode === x);
    await waitUntil(heard, 'the qube was told of the last key');
    await livery.settled('work');
    expect(requests()).toBe(0);
    expect(await phase()).toBe('empty');
    // The same keys from the person count.
    await livery.focus('work');
    await livery.screen.user.tap(KEYSYM.control, KEYSYM.shift, C);
    await waitUntil(() => requests() > 0, 'the chord at the screen is one');
    livery.answer('work', 'a secret');
    await waitUntil(async () => (await phase()) === 'kept', 'it was copied');
    const events = await livery.client.ask('clipboard.events', { since: 0 });
    expect(events.map(({ event }) => event)).toContain('copied');
    await page.locator('#events', { hasText: 'work' }).waitFor();
    expect(await page.locator('body').textContent()).not.toContain('a secret');
    await page.close();
  });

  test('a prompt is answered at the screen and not from the page', async () => {
    const { view, page } = await open('--control');
    await using _ = view;
    await livery.copy('work', 'another secret');
    await livery.paste('vault');
    const prompt = await livery.person.prompt();
    await page.locator('#screen').focus();
    await page.keyboard.press('Control+Enter');
    await refusal(page).getByText('question is open').waitFor();
    await page.keyboard.press('Escape');
    const { x, y, width, height } = prompt.rect;
    for (const across of [0.2, 0.5, 0.8, 0.9]) {
      const at = await onPage(page, livery, x + width * across, y + height - 30);
      await page.mouse.click(at.x, at.y);
    }
    await pause(200);
    expect(await phase()).toBe('asking');
    expect(livery.given('vault')).toEqual([]);
    await livery.person.allow();
    expect((await livery.givenText('vault')).toString()).toBe('another secret');
    await page.close();
  });

  test('with --control=all both come through, and the screen says who controls it', async () => {
    await livery.person.noPrompt();
    await waitUntil(
      async () => (await livery.person.surfaces('livery notice')).length === 0,
      'no notice is left',
      { limitMs: 15_000 },
    );
    const { view, page } = await open('--control=all');
    await using _ = view;
    const notices = () => livery.person.surfaces('livery notice');
    await waitUntil(async () => (await notices()).length > 0, 'a notice says it');
    expect(await page.locator('#mode').textContent()).toBe('full control');
    await livery.focus('work');
    const before = livery.agent('work').heard('clipboardRequest').length;
    await page.keyboard.press('Control+Shift+C');
    const asked = () => livery.agent('work').heard('clipboardRequest').length > before;
    await waitUntil(asked, 'the chord from the page is one');
    livery.answer('work', 'third');
    await waitUntil(async () => (await phase()) === 'kept', 'it was copied');
    await livery.paste('vault');
    await livery.person.prompt();
    const given = livery.given('vault').length;
    await page.keyboard.press('Control+Enter');
    expect((await livery.givenText('vault', given + 1)).toString()).toBe('third');
  });
});
