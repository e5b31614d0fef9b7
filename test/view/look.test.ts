/**
 * The live view in a real browser: the screen appears and follows, the lists are
 * right, and without --control nothing that is done to the page reaches a program.
 */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PointerReply } from '../../src/x11/package-records.ts';
import { type Livery, startLivery } from '../rig/system/livery.ts';
import { waitUntil } from '../rig/wait.ts';
import { Browser } from './browser.ts';
import {
  canvasPixel,
  distance,
  onPage,
  openPage,
  type RunningView,
  startView,
} from './view-process.ts';

const HOSTILE = '<img src=x onerror="document.title=1"><b>bold</b>';
/** JPEG is not exact; another window would be many times as far. */
const NEAR = 6;

describe('the live view', () => {
  let livery: Livery;
  let browser: Browser;
  let view: RunningView;
  let page: Page;

  beforeAll(async () => {
    const qubes = { work: 'blue', untrusted: 'red' };
    [livery, browser] = await Promise.all([
      startLivery({ wm: 'openbox', width: 1000, height: 700, qubes }),
      Browser.start(),
    ]);
    view = await startView(livery);
    page = await browser.page();
    await openPage(page, view);
  });
  afterAll(async () => {
    await browser?.[Symbol.asyncDispose]();
    await view?.[Symbol.asyncDispose]();
    await livery?.[Symbol.asyncDispose]();
  });

  async function pointer(): Promise<{ x: number; y: number; state: number }> {
    const { x } = livery.screen;
    const now = await x.request<PointerReply>((done) => x.X.QueryPointer(x.root, done));
    return { x: now.rootX, y: now.rootY, state: now.keyMask };
  }

  async function followed(): Promise<void> {
    await waitUntil(
      async () => (await distance(page, await livery.screen.grab())) < NEAR,
      'the page shows what is on the screen',
    );
  }

  test('shows the screen as it is, and follows it', async () => {
    await followed();
    await livery.start(
      'work',
      'xterm',
      '-geometry',
      '40x8+40+60',
      '-T',
      'first',
      '-e',
      'sleep 600',
    );
    const window = await livery.window('work', 'first');
    const { frame } = window;
    // The middle of the lower edge is the label's own colour: blue.
    const edge = { x: frame.x + Math.round(frame.width / 2), y: frame.y + frame.height - 2 };
    await followed();
    const real = (await livery.screen.grab()).pixel(edge.x, edge.y) as number;
    const shown = await canvasPixel(page, edge.x, edge.y);
    for (const shift of [16, 8, 0]) {
      expect(Math.abs(((real >> shift) & 255) - ((shown >> shift) & 255))).toBeLessThan(40);
    }
  });

  test('names the qubes, their windows and how much they say, each with its picture', async () => {
    expect(await page.locator('.qube .name').allTextContents()).toEqual(['work', 'untrusted']);
    const item = page.locator('.window', { hasText: 'first' });
    await item.waitFor();
    expect(await item.locator('.name').textContent()).toBe('work');
    await page.locator('.qube .rate', { hasText: '/s' }).first().waitFor();
    const path = page.locator('.qube[data-qube=work] .plot path');
    await waitUntil(async () => ((await path.getAttribute('d')) ?? '').includes('L'), 'a curve');
    // A thumbnail in the shape of the window, with its frame's colour at its edge.
    const look = `(() => {
      const canvas = [...document.querySelectorAll('.window')]
        .find((one) => one.textContent.includes('first')).querySelector('canvas');
      const data = canvas.getContext('2d').getImageData(1, canvas.height / 2, 1, 1).data;
      return { width: canvas.width, height: canvas.height, blue: data[2] - data[0] };
    })()`;
    const seen = await waitUntil(async () => {
      const now = await page.evaluate<{ width: number; height: number; blue: number }>(look);
      return now.blue > 40 && now;
    }, 'the picture has the colour of its frame');
    const { frame } = await livery.window('work', 'first');
    expect(seen.width / seen.height).toBeCloseTo(frame.width / frame.height, 1);
    await page.locator('#log li').first().waitFor();
  });

  test('takes a title for text, whatever it holds', async () => {
    const title = await page.title();
    await livery.start(
      'untrusted',
      'xterm',
      '-geometry',
      '30x6+500+60',
      '-T',
      HOSTILE,
      '-e',
      'sleep 600',
    );
    const { title: safe } = await livery.window('untrusted', /img src/);
    const shown = page.locator('.window', { hasText: 'img src' }).locator('.quiet');
    await shown.waitFor();
    expect(await shown.textContent()).toBe(safe);
    expect(safe).toContain('<b>');
    expect(await page.locator('.window img, .window b').count()).toBe(0);
    expect(await page.title()).toBe(title);
    // Where a slip would be made, the browser itself refuses it.
    const slip = await page.evaluate(
      `(() => { try { document.body.innerHTML = '<b>x</b>'; return 'made'; } catch { return 'refused'; } })()`,
    );
    expect(slip).toBe('refused');
  });

  test('passes nothing on, since it was not asked to', async () => {
    const program = ['-e', 'sh', '-c', 'cat > ~/typed'];
    await livery.start('work', 'xterm', '-geometry', '40x8+40+400', '-T', 'typing', ...program);
    const window = await livery.window('work', 'typing');
    await livery.focus(window);
    const before = await pointer();
    const at = await onPage(page, livery, window.content.x + 60, window.content.y + 30);
    await page.mouse.click(at.x, at.y);
    await page.locator('#screen').focus();
    await page.keyboard.type('hello');
    await page.keyboard.press('Enter');
    // And past what the page itself leaves out.
    const answered = await page.evaluate(
      `new Promise((done) => {
        const key = 'key.' + sessionStorage.getItem('livery-view-key');
        const live = new WebSocket('ws://' + location.host + '/live', ['livery.view.1', key]);
        let states = 0;
        live.onopen = () => {
          const say = (message) => live.send(JSON.stringify(message));
          say({ kind: 'motion', x: 5, y: 5 });
          say({ kind: 'button', button: 1, down: true });
          for (const down of [true, false]) say({ kind: 'key', key: 'Enter', code: 'Enter', down });
        };
        live.onmessage = ({ data }) => {
          if (typeof data === 'string' && data.includes('"state"') && ++states === 2) {
            live.close();
            done('still there');
          }
        };
        live.onclose = () => done('thrown out');
      })`,
    );
    expect(answered).toBe('still there');
    expect(await pointer()).toEqual(before);
    const empty = await livery.run('work', 'sh', '-c', 'test ! -s ~/typed');
    expect(empty).toEqual({ status: 0, signal: null });
  });

  test('speaks the language of the browser, and is dark where the browser is', async () => {
    await using german = await Browser.start({ locale: 'de-DE', colorScheme: 'dark' });
    await using other = await startView(livery);
    const there = await german.page();
    await openPage(there, other);
    expect(await there.locator('#windows-title').textContent()).toBe('Fenster');
    expect(await there.locator('#mode').textContent()).toBe('nur ansehen');
    const ground = await there.evaluate<string>('getComputedStyle(document.body).backgroundColor');
    expect(ground).toBe('rgb(20, 24, 31)');
  });
});
