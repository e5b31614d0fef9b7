/**
 * Attack 38 of the field survey: what is left of a text in dom0's memory once
 * it is wiped. The secret is 4 KiB of random text; 100 ms after the wipe no 16
 * bytes of it that follow each other are in the memory of any process of dom0,
 * the X server (which shows its beginning in a prompt) excepted. The qubes that
 * it came from and went to have it, of course.
 */

import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { WindowListing } from '../../src/control/messages.ts';
import { scanMemory } from '../rig/memory-scan.ts';
import { ClipboardFiles } from '../rig/system/clipboard-files.ts';
import { ClipboardUser, pause } from '../rig/system/clipboard-user.ts';
import { type Livery, startLivery } from '../rig/system/livery.ts';
import { commandOf, pssOf } from '../rig/system/memory-use.ts';
import { Observer } from '../rig/system/observer.ts';
import { isAlive, processTree } from '../rig/system/processes.ts';
import { startScriptedLivery } from '../rig/system/scripted-livery.ts';
import { waitUntil } from '../rig/wait.ts';

const SECRET_BYTES = 4096;
const AFTER_WIPE_MS = 100;
const MIB = 1024 * 1024;

function newSecret(): string {
  return randomBytes(SECRET_BYTES).toString('base64').slice(0, SECRET_BYTES);
}

/** Every process of dom0 that Livery has: the daemon with all below it, and the keeper. */
function dom0Processes(daemon: number, keeper?: number): number[] {
  const below = processTree(daemon).map(({ pid }) => pid);
  return keeper === undefined ? below : [...below, keeper];
}

/** Undefined for a renderer that has drawn its one picture and ended meanwhile. */
function scanned(pid: number, secret: string): ReturnType<typeof scanMemory> | undefined {
  try {
    return scanMemory(pid, Buffer.from(secret));
  } catch (error) {
    if (!processTree(pid).some(isAlive)) return undefined;
    throw error;
  }
}

/** Fails when one of the processes holds a piece of `secret`. */
async function nothingLeft(pids: readonly number[], secret: string): Promise<void> {
  expect(pids.length).toBeGreaterThan(1);
  for (const pid of pids) {
    const command = commandOf(pid);
    let scan = scanned(pid, secret);
    // The next renderer may begin just now, with next to no memory yet.
    await waitUntil(() => {
      if (scan && scan.bytes <= MIB) scan = scanned(pid, secret);
      return scan === undefined || scan.bytes > MIB;
    }, `${command} has memory`);
    if (scan === undefined) continue;
    const found = scan.findings.map(
      ({ length, at, mapping }) => `${length} at ${at} in ${mapping}`,
    );
    expect(found, command).toEqual([]);
  }
}

describe('38. old text after a wipe, in a system with sandboxes', () => {
  let livery: Livery;
  let files: ClipboardFiles;
  let person: ClipboardUser;
  let work: WindowListing;
  let vault: WindowListing;

  beforeAll(async () => {
    files = new ClipboardFiles('work vault ask\n@any @any deny\n');
    livery = await startLivery({
      ...{ wm: 'openbox', width: 1000, height: 600 },
      qubes: { work: 'blue', vault: 'black', untrusted: 'red' },
      more: { untrusted: files.table('keep_seconds = 4') },
    });
    person = new ClipboardUser(livery.screen, livery.pager);
    for (const [at, name] of ['work', 'vault'].entries()) {
      const place = ['-geometry', `50x12+${30 + at * 460}+320`, '-T', name];
      await livery.start(name, 'xterm', ...place, '-e', 'sh', '-c', 'exec sleep 1000');
    }
    work = await livery.window('work', 'work');
    vault = await livery.window('vault', 'vault');
  });
  afterAll(async () => {
    await livery?.[Symbol.asyncDispose]();
    files?.[Symbol.dispose]();
  });

  const pids = (): number[] => dom0Processes(livery.daemon.pid, livery.keeper.pid);

  async function copy(secret: string): Promise<number> {
    writeFileSync(livery.inHome('work', 'source'), secret, { mode: 0o666 });
    await livery.run('work', 'sh', '-c', 'xclip -selection clipboard -in < ~/source');
    const { seq } = await person.act('copy', work, files);
    // Records from the outcome of the copy on.
    return seq - 1;
  }

  test('that was shown in a prompt and pasted', async () => {
    const observer = await Observer.start(livery, 'vault');
    const secret = newSecret();
    const since = await copy(secret);
    await files.record(since, { event: 'copied', size: SECRET_BYTES });
    // This is what a scan says of memory that does hold it: the vault, once, in one piece.
    const kept = scanMemory(livery.daemon.pid, Buffer.from(secret)).findings;
    expect(kept).toMatchObject([{ length: SECRET_BYTES, at: 0 }]);
    await person.act('paste', vault, files);
    await person.prompt();
    await person.allow();
    await files.record(since, { event: 'pasted', target: 'vault' });
    await pause(AFTER_WIPE_MS);
    await nothingLeft(pids(), secret);
    await observer.sees(secret);
  });

  test('that was refused in a prompt and then wiped by its time', async () => {
    const secret = newSecret();
    const since = await copy(secret);
    await files.record(since, { event: 'copied', size: SECRET_BYTES });
    await person.act('paste', vault, files);
    await person.prompt();
    await person.cancel();
    await files.record(since, { event: 'paste-refused', verdict: 'cancelled' });
    await files.record(since, { event: 'wiped', verdict: 'time' });
    await pause(AFTER_WIPE_MS);
    await nothingLeft(pids(), secret);
  });

  test('that was too large to be kept', async () => {
    const secret = newSecret();
    const since = await copy(secret + 'x'.repeat(100_000));
    await files.record(since, { event: 'copy-refused', verdict: 'too-large' });
    await pause(AFTER_WIPE_MS);
    await nothingLeft(pids(), secret);
  });

  test('that was replaced by the next copy', async () => {
    const secret = newSecret();
    const first = await copy(secret);
    await files.record(first, { event: 'copied', size: SECRET_BYTES });
    const second = await copy('the next one');
    await files.record(second, { event: 'copied', size: 12 });
    await pause(AFTER_WIPE_MS);
    await nothingLeft(pids(), secret);
  });

  test('what the processes take', () => {
    const lines = pids().map((pid) => {
      const name = commandOf(pid).replace(/^.*\/(?=[\w-]+\.js)/, '');
      return `  ${(pssOf(pid) / MIB).toFixed(1).padStart(6)} MiB  ${name.slice(0, 60)}`;
    });
    console.log(`memory of dom0 (PSS):\n${lines.join('\n')}`);
    // The daemon of three qubes with a clipboard; sharp is not in it.
    expect(pssOf(livery.daemon.pid)).toBeLessThan(150 * MIB);
  });
});

describe('38. text that no session should have sent', () => {
  test('is not left either: unrequested, second, late, and of a session that is ended', async () => {
    await using livery = await startScriptedLivery({
      qubes: { work: 'label = "blue"', vault: 'label = "black"' },
      clipboard: 'answer_ms = 300',
    });
    const secrets = Array.from({ length: 4 }, newSecret);
    const [unrequested, second, late, last] = secrets as [string, string, string, string];
    const since = livery.files.now;
    livery.answer('work', unrequested);
    await livery.files.record(since, { event: 'answer-dropped', verdict: 'unrequested' });
    await livery.askCopy('work');
    livery.answer('work', 'x');
    livery.answer('work', second);
    await livery.files.record(since, { event: 'answer-dropped', verdict: 'second' });
    await livery.askCopy('work');
    await livery.files.record(since, { event: 'copy-refused', verdict: 'no-answer' });
    livery.answer('work', late);
    await livery.files.record(since, { event: 'answer-dropped', verdict: 'late' });
    await livery.copy('work', last);
    await livery.keeper.stop('work');
    await livery.files.record(since, { event: 'wiped', verdict: 'source-ended' });
    await pause(AFTER_WIPE_MS);
    for (const secret of secrets) await nothingLeft(dom0Processes(livery.daemon.pid), secret);
  });
});
