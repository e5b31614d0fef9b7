/**
 * Three sandboxes, real programs, a real daemon, a person at the keyboard: text
 * goes where the person puts it, as it was, and nowhere else. xclip looks on
 * inside every qube.
 */
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { WindowListing } from '../../src/control/messages.ts';
import { ClipboardFiles } from '../rig/system/clipboard-files.ts';
import { ClipboardUser, pause } from '../rig/system/clipboard-user.ts';
import { type Livery, startLivery } from '../rig/system/livery.ts';
import { Observer } from '../rig/system/observer.ts';
import { waitUntil } from '../rig/wait.ts';

/** vault is careful, so everything with it is asked about; untrusted may not give to work. */
const POLICY = `
untrusted work deny
@careful @any ask
@any @careful ask
@any @any allow
`;
const WORD = /[^\x20-\x7e]..|[a-z]{4}/u;

let livery: Livery;
let files: ClipboardFiles;
let person: ClipboardUser;
const observers = new Map<string, Observer>();
const editors = new Map<string, WindowListing>();
let terminal: WindowListing;

beforeAll(async () => {
  files = new ClipboardFiles(POLICY);
  livery = await startLivery({
    ...{ wm: 'openbox', width: 1500, height: 900 },
    qubes: { work: 'blue', vault: 'black', untrusted: 'red' },
    more: { untrusted: files.table(), vault: '[qube.vault.clipboard]\ncareful = true\n' },
  });
  person = new ClipboardUser(livery.screen, livery.pager);
  for (const [at, name] of ['work', 'vault', 'untrusted'].entries()) {
    observers.set(name, await Observer.start(livery, name));
    writeFileSync(livery.inHome(name, 'note.txt'), 'empty\n');
    chmodSync(livery.inHome(name, 'note.txt'), 0o666);
    await livery.start(name, 'mousepad', '--disable-server', '/home/user/note.txt');
    const window = await livery.window(name, /note/);
    const rect = { x: 20 + at * 490, y: 480, width: 460, height: 380 };
    livery.pager.moveResize(window.window, rect);
    editors.set(name, await placed(name, window.window, rect.x));
  }
  const place = ['-u8', '-geometry', '60x12+30+140', '-T', 'terminal'];
  const program = ['-e', 'sh', '-c', 'cat > ~/typed'];
  await livery.start('work', 'xterm', ...place, ...program);
  terminal = await livery.window('work', 'terminal');
});
afterAll(async () => {
  await livery?.[Symbol.asyncDispose]();
  files?.[Symbol.dispose]();
});

async function placed(qube: string, window: number, x: number): Promise<WindowListing> {
  return livery.settled(async () => {
    const found = (await livery.windows()).find(
      (one) => one.qube === qube && one.window === window,
    );
    return found && Math.abs(found.content.x - x) < 20 ? found : undefined;
  }, `the editor of ${qube} is in its place`);
}

const observer = (name: string): Observer => observers.get(name) as Observer;
const editor = (name: string): WindowListing => editors.get(name) as WindowListing;

/** What the editor of the qube has saved. */
function note(name: string): string {
  return readFileSync(livery.inHome(name, 'note.txt'), 'utf8');
}

/**
 * Puts `text` into the clipboard of the qube by a program of it, as if copied
 * from a page, and copies that to dom0 with the chord.
 */
async function copyFrom(name: string, text: string): Promise<void> {
  writeFileSync(livery.inHome(name, 'source'), text);
  await livery.run(name, 'sh', '-c', 'xclip -selection clipboard -in < ~/source');
  expect(await person.act('copy', editor(name), files)).toMatchObject({ event: 'copied' });
}

/** Pastes into the window after having been asked. */
async function pasteAsked(place: WindowListing, target: string): Promise<void> {
  const asked = await person.act('paste', place, files);
  expect(asked).toMatchObject({ event: 'paste-asked', target });
  await person.prompt();
  await person.allow();
  await files.record(asked.seq, { event: 'pasted', target });
  await person.noPrompt();
}

/** Replaces everything in the editor by Ctrl+V and saves; `text` is in its file then. */
async function insert(name: string, text: string): Promise<void> {
  await person.control('a');
  await person.control('v');
  // GTK inserts when the text has come, and may save before that.
  for (let save = 0; save < 25 && note(name) !== text; save++) {
    await pause(150);
    await person.control('s');
    await pause(50);
  }
  expect(note(name)).toBe(text);
}

const TEXTS: readonly (readonly [what: string, text: string])[] = [
  ['umlauts', 'Gr\u00fc\u00dfe aus K\u00f6ln, \u00c4pfel \u20ac 5\u2013\n'],
  ['CJK', '\u4f60\u597d\uff0c\u4e16\u754c \u3053\u3093\u306b\u3061\u306f \uc548\ub155\n'],
  ['emoji', '\u{1f511}\u{1f469}\u200d\u{1f4bb} \u{1f1e9}\u{1f1ea} \u2764\ufe0f\n'],
  ['64,000 bytes', longText()],
];

/** Exactly 64,000 bytes of lines, all different. */
function longText(): string {
  let text = '';
  let bytes = 0;
  for (let line = 0; bytes < 63_900; line++) {
    const next = `${line} \u00e4\u4f60\u{1f600} abcdefgh\n`;
    text += next;
    bytes += Buffer.byteLength(next);
  }
  return `${text}${'x'.repeat(64_000 - 1 - bytes)}\n`;
}

describe('text between real programs', () => {
  test.each(TEXTS)('%s, from an editor to an editor', async (_, text) => {
    await copyFrom('work', text);
    const pasted = await person.act('paste', editor('untrusted'), files);
    expect(pasted).toMatchObject({ event: 'pasted', source: 'work', target: 'untrusted' });
    await insert('untrusted', text);
    // And from the document of that editor on to the next one.
    await person.control('a');
    await person.control('c');
    await pause(150);
    const copied = await person.act('copy', editor('untrusted'), files);
    expect(copied).toMatchObject({ event: 'copied', size: Buffer.byteLength(text) });
    await pasteAsked(editor('vault'), 'vault');
    await insert('vault', text);
  });

  test('a terminal inserts it with the middle button', async () => {
    // It ends its line itself, so no key has to wait until it is there.
    const text = 'ls -la \u00e4\u00f6\u00fc \u4f60\u597d\n';
    await copyFrom('untrusted', text);
    // That is denied by the policy, so it goes by vault.
    await pasteAsked(editor('vault'), 'vault');
    // The clipboard of vault is dom0's text now: the chord copies it from there.
    const size = Buffer.byteLength(text);
    expect(await person.act('copy', editor('vault'), files)).toMatchObject({
      source: 'vault',
      size,
    });
    await pasteAsked(terminal, 'work');
    const { x, y, width, height } = terminal.content;
    await livery.screen.user.click(x + (width >> 1), y + (height >> 1), 2);
    const typed = livery.inHome('work', 'typed');
    await waitUntil(
      () => existsSync(typed) && readFileSync(typed, 'utf8') === text,
      'the terminal has the text',
    );
  });

  test('a terminal gives what was marked in it', async () => {
    const line = 'line of the terminal \u00e4\u{1f511}';
    writeFileSync(livery.inHome('untrusted', 'line'), line);
    const place = ['-u8', '-geometry', '50x8+800+140', '-T', 'marked'];
    const marks = ['-xrm', 'XTerm*selectToClipboard: true'];
    const program = ['-e', 'sh', '-c', 'cat ~/line; exec sleep 1000'];
    await livery.start('untrusted', 'xterm', ...place, ...marks, ...program);
    const marked = await livery.window('untrusted', 'marked');
    const { x, y, width } = marked.content;
    await person.focus(marked);
    const { user } = livery.screen;
    await user.move(x + 3, y + 8);
    await user.button(1, true);
    await user.move(x + width - 10, y + 8);
    await user.button(1, false);
    await observer('untrusted').sees('line of the terminal');
    const size = Buffer.byteLength(line);
    expect([size, size + 1]).toContain((await person.actHere('copy', files)).size);
  });
});

describe('what is refused', () => {
  test('denied by the policy: nothing arrives', async () => {
    const secret = `denied ${Math.random()}`;
    await copyFrom('untrusted', secret);
    const refused = await person.act('paste', editor('work'), files);
    expect(refused).toMatchObject({ event: 'paste-refused', target: 'work', verdict: 'policy' });
    await observer('work').looked();
    expect(observer('work').seen).not.toContain(secret);
    expect(await person.surfaces('livery notice')).toHaveLength(1);
  });

  test('asked and cancelled: nothing arrives; asked again and allowed: it does', async () => {
    const secret = `asked ${Math.random()}`;
    await copyFrom('work', secret);
    const { seq } = await person.act('paste', editor('vault'), files);
    await person.prompt();
    await person.cancel();
    await files.record(seq, { event: 'paste-refused', verdict: 'cancelled' });
    await person.noPrompt();
    await observer('vault').looked();
    expect(observer('vault').seen).not.toContain(secret);

    await pasteAsked(editor('vault'), 'vault');
    await observer('vault').sees(secret);
  });
});

describe('who looks on', () => {
  test('in the third qube sees nothing of what goes between two others', async () => {
    // What it may have seen so far was given to it by the person.
    await observer('untrusted').looked();
    const before = observer('untrusted').seen;
    const secrets = Array.from({ length: 5 }, (_, at) => `secret ${at} ${Math.random()}`);
    for (const secret of secrets) {
      await copyFrom('work', secret);
      await pasteAsked(editor('vault'), 'vault');
      await observer('vault').sees(secret);
    }
    await observer('untrusted').looked();
    expect(observer('untrusted').seen).toBe(before);
    // It does look.
    writeFileSync(livery.inHome('untrusted', 'source'), 'canary');
    await livery.run('untrusted', 'sh', '-c', 'xclip -selection clipboard -in < ~/source');
    await observer('untrusted').sees('canary');
  });

  test('finds no text in the audit log or in what the programs of dom0 say', () => {
    const said = files.auditText() + livery.daemon.err + livery.keeper.err;
    for (const [, text] of TEXTS) {
      const words = text.split(/\s/).filter((word) => WORD.test(word));
      for (const word of words) expect(said).not.toContain(word);
    }
    expect(said).not.toMatch(/secret \d|denied 0|asked 0|canary|abcdefgh/);
  });
});
