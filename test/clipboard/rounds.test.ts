/**
 * Many rounds of copy and paste at random times under load. 170 with qubes that
 * the test plays, whose answers come early, late, twice or in between, and 30
 * with sandboxes and xclip at both ends: 200. The daemon, the screen and the
 * keys are real in all of them.
 */
import { randomBytes, randomInt } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { WindowListing } from '../../src/control/messages.ts';
import { ClipboardFiles } from '../rig/system/clipboard-files.ts';
import { ClipboardUser, pause } from '../rig/system/clipboard-user.ts';
import { type Livery, startLivery } from '../rig/system/livery.ts';
import { Observer } from '../rig/system/observer.ts';
import { type ScriptedLivery, startScriptedLivery, WINDOW } from '../rig/system/scripted-livery.ts';
import { waitUntil } from '../rig/wait.ts';

const SCRIPTED_ROUNDS = 170;
const PROGRAM_ROUNDS = 30;
/** How a qube answers; the rounds without an answer come on top of the others. */
const KINDS = [
  ...(['plain', 'plain', 'plain', 'plain', 'plain', 'plain', 'plain'] as const),
  ...(['twice', 'twice', 'too early', 'too early', 'never'] as const),
];

/** Text of that many bytes that no other round has. */
function randomText(bytes: number): string {
  return randomBytes(bytes).toString('base64').slice(0, bytes);
}

function pick<T>(from: readonly T[]): T {
  return from[randomInt(from.length)] as T;
}

describe(`${SCRIPTED_ROUNDS} rounds with qubes that are played`, () => {
  const NAMES = ['work', 'vault', 'untrusted'] as const;
  let livery: ScriptedLivery;
  let load: NodeJS.Timeout;

  beforeAll(async () => {
    livery = await startScriptedLivery({
      qubes: {
        work: 'label = "blue"',
        vault: 'label = "black"',
        untrusted: 'label = "red"',
        noise: 'label = "yellow"',
      },
    });
    // A qube that draws all it can, and answers what nobody asked.
    load = setInterval(() => {
      const { width, height } = { width: 220, height: 120 };
      const damage = { name: 'shmImage', window: WINDOW, x: 0, y: 0, width, height } as const;
      livery.agent('noise').send(...Array.from({ length: 40 }, () => damage));
      if (randomInt(20) === 0) livery.answer('noise', 'noise');
    }, 5);
  });
  afterAll(async () => {
    clearInterval(load);
    await livery?.[Symbol.asyncDispose]();
  });

  test('each text goes to the qube that was meant, once, as it was', async () => {
    const counts = (): number[] => NAMES.map((name) => livery.given(name).length);
    const kinds = new Map<string, number>();
    for (let round = 0; round < SCRIPTED_ROUNDS; ) {
      const source = pick(NAMES);
      const target = pick(NAMES);
      const text = randomText(pick([1, 20, 300, 5_000, 1 + randomInt(64_000)]));
      const kind = pick(KINDS);
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
      const before = counts();
      const since = livery.files.now;
      await livery.askCopy(source);
      if (kind === 'too early') {
        // Pasted before the answer is there: nothing, and nothing old either.
        await livery.person.pasteChord();
        await livery.files.record(since, { event: 'paste-refused', verdict: 'busy' });
      }
      await pause(randomInt(40));
      if (kind !== 'never') livery.answer(source, text);
      if (kind === 'twice') livery.answer(source, randomText(100));
      if (kind === 'never') {
        await livery.paste(target);
        await livery.files.record(since, { event: 'paste-refused' });
        expect(counts()).toEqual(before);
        // The next request ends this one, or its time does.
        livery.answer(source, '');
        continue;
      }
      round++;
      await livery.files.record(since, { event: 'copied', source });
      await pause(randomInt(40));
      await livery.paste(target);
      const at = NAMES.indexOf(target);
      const given = await livery.givenText(target, (before[at] as number) + 1);
      expect(given.toString() === text).toBe(true);
      await livery.files.record(since, { event: 'pasted', source, target });
      expect(counts()).toEqual(before.map((count, index) => count + (index === at ? 1 : 0)));
    }
    expect(livery.given('noise')).toEqual([]);
    console.log(`rounds: ${[...kinds].map(([kind, count]) => `${count} ${kind}`).join(', ')}`);
  });
});

describe(`${PROGRAM_ROUNDS} rounds with sandboxes and xclip`, () => {
  let livery: Livery;
  let files: ClipboardFiles;
  let person: ClipboardUser;
  const windows = new Map<string, WindowListing>();

  beforeAll(async () => {
    files = new ClipboardFiles('@any @any allow\n');
    livery = await startLivery({
      ...{ wm: 'openbox', width: 1300, height: 600 },
      qubes: { work: 'blue', vault: 'black', untrusted: 'red' },
      more: { untrusted: files.table() },
    });
    person = new ClipboardUser(livery.screen, livery.pager);
    for (const [at, name] of ['work', 'vault', 'untrusted'].entries()) {
      const place = ['-geometry', `50x14+${30 + at * 420}+300`, '-T', name];
      // The one that nobody pastes into scrolls for ever.
      const scroll = 'while :; do seq 1 500; done';
      const program = ['-e', 'sh', '-c', name === 'untrusted' ? scroll : 'exec sleep 1000'];
      await livery.start(name, 'xterm', ...place, ...program);
      windows.set(name, await livery.window(name, name));
    }
  });
  afterAll(async () => {
    await livery?.[Symbol.asyncDispose]();
    files?.[Symbol.dispose]();
  });

  test('each text arrives in the qube that was meant and is not seen in the third', async () => {
    const observer = await Observer.start(livery, 'untrusted');
    for (let round = 0; round < PROGRAM_ROUNDS; round++) {
      const [source, target] = round % 2 === 0 ? ['work', 'vault'] : ['vault', 'work'];
      const text = randomText(pick([10, 2_000, 64_000]));
      writeFileSync(livery.inHome(source, 'source'), text, { mode: 0o666 });
      await livery.run(source, 'sh', '-c', 'xclip -selection clipboard -in < ~/source');
      const copied = await person.act('copy', windows.get(source) as WindowListing, files);
      expect(copied).toMatchObject({ event: 'copied', source, size: text.length });
      await pause(randomInt(60));
      const pasted = await person.act('paste', windows.get(target) as WindowListing, files);
      expect(pasted).toMatchObject({ event: 'pasted', source, target });
      // Through the agent's X server to a program that asks for it.
      const same = 'xclip -selection clipboard -out | cmp -s - ~/wanted';
      writeFileSync(livery.inHome(target, 'wanted'), text, { mode: 0o666 });
      await waitUntil(
        async () => (await livery.run(target, 'sh', '-c', same))?.status === 0,
        `round ${round}: the text is the clipboard of ${target}`,
      );
    }
    await observer.looked();
    expect(observer.seen).toBe('');
    console.log(`chords that had to be pressed again: ${person.pressedAgain}`);
  });
});
