/**
 * What is typed goes to the program that the user looks at, and nowhere else.
 */
import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { WindowListing } from '../../../src/control/messages.ts';
import { KEYSYM } from '../../rig/rig.ts';
import { type Livery, startLivery } from '../../rig/system/livery.ts';
import { see } from '../../rig/system/look.ts';
import { waitUntil } from '../../rig/wait.ts';

/** A line of text changes at least so many pixels; a terminal's cursor fewer. */
const TEXT_PIXELS = 200;

describe.each(['openbox', 'xfwm4', 'none'] as const)('typed text under %s', (wm) => {
  let livery: Livery;

  beforeAll(async () => {
    const qubes = { work: 'blue', vault: 'black' };
    livery = await startLivery({ wm, width: 1000, height: 400, qubes });
  });
  afterAll(() => livery?.[Symbol.asyncDispose]());

  /** A real terminal; what is typed lands in a file of its qube. */
  async function terminal(qube: string, x: number): Promise<WindowListing> {
    const place = ['-geometry', `50x10+${x}+60`, '-T', `terminal of ${qube}`];
    await livery.start(qube, 'xterm', ...place, '-e', 'sh', '-c', 'cat > ~/typed');
    return livery.window(qube, `terminal of ${qube}`);
  }

  function typedIn(qube: string): string {
    const file = livery.inHome(qube, 'typed');
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  }

  test('appears in the focused program and in no other', async () => {
    const { user } = livery.screen;
    const work = await terminal('work', 30);
    const vault = await terminal('vault', 520);
    await livery.focus(work);
    const vaultBefore = (await see(livery, vault.window)).image;
    const workBefore = (await see(livery, work.window)).image;
    await user.type('for work only 123');
    await user.tap(KEYSYM.enter);
    const arrived = () => typedIn('work') === 'for work only 123\n';
    await waitUntil(arrived, 'the text has arrived in work');

    // The program's echo is on the screen, and nothing of it in the other window.
    await waitUntil(async () => {
      const { image, content } = await see(livery, work.window);
      const before = (x: number, y: number) => workBefore.pixel(x, y) as number;
      return image.differences(content, before) > TEXT_PIXELS;
    }, 'the text is on the screen');
    expect((await see(livery, vault.window)).image.data.equals(vaultBefore.data)).toBe(true);

    await livery.focus(vault);
    await user.type('secret');
    await user.tap(KEYSYM.enter);
    await waitUntil(() => typedIn('vault') !== '', 'the text has arrived in vault');
    // What came after everything else came alone, so nothing is still under way.
    expect(typedIn('vault')).toBe('secret\n');
    expect(typedIn('work')).toBe('for work only 123\n');
  });
});
