/**
 * The pictures of the README: dom0's notice, prompt and refusal as they are on
 * a screen with two qubes. `LIVERY_IMAGES=docs/images npx vitest run
 * test/clipboard/pictures.test.ts` makes them anew; without it they are looked
 * at and thrown away.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Rect } from '../../src/base/geometry.ts';
import type { WindowListing } from '../../src/control/messages.ts';
import { writePng } from '../rig/png.ts';
import { ClipboardFiles } from '../rig/system/clipboard-files.ts';
import { ClipboardUser, pause } from '../rig/system/clipboard-user.ts';
import { type Livery, startLivery } from '../rig/system/livery.ts';
import type { ShownWindow } from '../rig/system/shown.ts';
import { waitUntil } from '../rig/wait.ts';

const wanted = process.env.LIVERY_IMAGES;
const directory =
  wanted === undefined ? mkdtempSync(join(tmpdir(), 'livery-images-')) : resolve(wanted);
const POLICY = 'untrusted work deny\n@any @any ask\n';
const SAFE_ADDRESS = 'https://shop.example/order/4711';
const COMMAND = 'sudo rm -rf /srv/backup\n';

let livery: Livery;
let files: ClipboardFiles;
let person: ClipboardUser;
const windows = new Map<string, WindowListing>();

beforeAll(async () => {
  mkdirSync(directory, { recursive: true });
  files = new ClipboardFiles(POLICY);
  livery = await startLivery({
    ...{ wm: 'openbox', width: 1000, height: 560 },
    qubes: { work: 'blue', untrusted: 'red', vault: 'black' },
    more: { vault: files.table() },
  });
  person = new ClipboardUser(livery.screen, livery.pager);
  for (const [at, name] of ['work', 'untrusted'].entries()) {
    const place = ['-geometry', `66x24+${30 + at * 480}+190`, '-T', 'terminal'];
    const program = ['-e', 'sh', '-c', `PS1='${name}$ ' exec sh`];
    await livery.start(name, 'xterm', ...place, ...program);
    windows.set(name, await livery.window(name, 'terminal'));
  }
});
afterAll(async () => {
  await livery?.[Symbol.asyncDispose]();
  files?.[Symbol.dispose]();
  if (wanted === undefined) rmSync(directory, { recursive: true, force: true });
});

const window = (name: string): WindowListing => windows.get(name) as WindowListing;

async function copy(name: string, text: string): Promise<void> {
  writeFileSync(livery.inHome(name, 'source'), text);
  await livery.run(name, 'sh', '-c', 'xclip -selection clipboard -in < ~/source');
  const copied = await person.act('copy', window(name), files);
  expect(copied).toMatchObject({ event: 'copied', source: name });
}

/** Waits for the surface and writes the screen. */
async function picture(name: string, surface: () => Promise<ShownWindow>): Promise<Rect> {
  const { rect } = await surface();
  // Bars run, words do not: what is written is the first whole look.
  await pause(400);
  const image = await livery.screen.grab();
  const file = join(directory, `${name}.png`);
  writePng(file, image);
  expect(existsSync(file) && statSync(file).size).toBeGreaterThan(5_000);
  // It is a picture of something: light and dark, not one colour.
  const colors = new Set<number | undefined>();
  for (let y = rect.y; y < rect.y + rect.height; y += 2) {
    for (let x = rect.x; x < rect.x + rect.width; x += 2) colors.add(image.pixel(x, y));
  }
  expect(colors.size).toBeGreaterThan(20);
  return rect;
}

const shown = (title: 'livery notice' | 'livery prompt') => (): Promise<ShownWindow> =>
  waitUntil(async () => (await person.surfaces(title)).at(0), `there is a ${title}`);

test('a notice, a prompt and a refusal are on the screen, above the windows of qubes', async () => {
  await copy('work', SAFE_ADDRESS);
  await picture('notice', shown('livery notice'));

  await copy('work', COMMAND);
  await person.act('paste', window('untrusted'), files);
  const prompt = shown('livery prompt');
  await prompt();
  // The notice of the copy goes by itself; a picture of both tells less.
  await waitUntil(
    async () => (await person.surfaces('livery notice')).length === 0,
    'the notice has gone',
  );
  await picture('prompt', prompt);
  await person.prompt();
  const since = files.now;
  await person.cancel();
  await files.record(since, { event: 'paste-refused', verdict: 'cancelled' });
  await person.noPrompt();

  await copy('untrusted', 'not for work');
  const refused = await person.act('paste', window('work'), files);
  expect(refused).toMatchObject({ event: 'paste-refused', verdict: 'policy' });
  await picture('refused', shown('livery notice'));
});
