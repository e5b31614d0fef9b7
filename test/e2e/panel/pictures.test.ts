/**
 * The pictures of docs/panel.md: the strip and the attention overlay as they
 * are on a screen with real qubes, and a real qube that is paused from there.
 * `LIVERY_IMAGES=docs/images npx vitest run test/e2e/panel/pictures.test.ts`
 * makes them anew; without it they are looked at and thrown away.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, test } from 'vitest';
import type { WindowListing } from '../../../src/control/messages.ts';
import { processesBelow } from '../../../src/keeper/sandbox/tree.ts';
import { writePng } from '../../rig/png.ts';
import { ClipboardFiles } from '../../rig/system/clipboard-files.ts';
import { ClipboardUser, pause } from '../../rig/system/clipboard-user.ts';
import { type Livery, startLivery } from '../../rig/system/livery.ts';
import { waitUntil } from '../../rig/wait.ts';
import { closeOverlay, countLabel, openOverlay, shown } from './look.ts';

const wanted = process.env.LIVERY_IMAGES;
const directory =
  wanted === undefined ? mkdtempSync(join(tmpdir(), 'livery-images-')) : resolve(wanted);
const P = 0x70;
const PLACES = { work: '+40+120', untrusted: '+330+240', vault: '+600+90' } as const;
type Name = keyof typeof PLACES;

let livery: Livery;
let files: ClipboardFiles;
let person: ClipboardUser;
const windows = new Map<Name, WindowListing>();
const window = (name: Name): WindowListing => windows.get(name) as WindowListing;

beforeAll(async () => {
  mkdirSync(directory, { recursive: true });
  files = new ClipboardFiles('@any @any ask\n');
  livery = await startLivery({
    ...{ wm: 'openbox', width: 1100, height: 620 },
    qubes: { work: 'blue', untrusted: 'red', vault: 'black' },
    panel: 'enabled = true',
    more: { vault: files.table() },
  });
  person = new ClipboardUser(livery.screen, livery.pager);
  for (const [name, place] of Object.entries(PLACES) as [Name, string][]) {
    const program = ['-e', 'sh', '-c', `PS1='${name}$ ' exec sh`];
    await livery.start(name, 'xterm', '-geometry', `66x20${place}`, '-T', name, ...program);
    windows.set(name, await livery.window(name, name));
  }
});
afterAll(async () => {
  await livery?.[Symbol.asyncDispose]();
  files?.[Symbol.dispose]();
  if (wanted === undefined) rmSync(directory, { recursive: true, force: true });
});

async function picture(name: string): Promise<void> {
  await pause(400);
  writePng(join(directory, `${name}.png`), await livery.screen.grab());
}

test('the strip and the overlay show real qubes, and one is paused', async () => {
  const { screen } = livery;
  writeFileSync(livery.inHome('vault', 'source'), 'https://shop.example/order/4711');
  await livery.run('vault', 'sh', '-c', 'xclip -selection clipboard -in < ~/source');
  await person.act('copy', window('vault'), files);
  await person.focus(window('work'));
  const strip = await shown(screen, 'livery panel');
  await waitUntil(async () => {
    const image = await screen.grab(strip.rect);
    return countLabel(image, strip.rect, 'blue') > 200;
  }, 'the strip shows work');
  await waitUntil(
    async () => (await person.surfaces('livery notice')).length === 0,
    'the notice has gone',
  );
  await picture('panel');

  await openOverlay(screen);
  await picture('overlay');
  await screen.user.tap(P);
  // Its X server, agent, terminal and shell at least.
  const still = (): number =>
    processesBelow(livery.keeper.pid).filter(({ state }) => state === 'T').length;
  await waitUntil(() => still() > 3, 'the processes of work stand still');
  await closeOverlay(screen);
  const right = { ...strip.rect, x: strip.rect.x + 580, width: strip.rect.width - 580 };
  await waitUntil(async () => {
    const image = await screen.grab(strip.rect);
    return countLabel(image, right, 'blue') > 200;
  }, 'the strip says that work stands still');
  await livery.client.ask('qube.start', { qube: 'work' });
  await waitUntil(() => still() === 0, 'they go on');
});
