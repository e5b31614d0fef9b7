/**
 * Keys and focus around the chords: attacks 32, 34, 35, 36 and 41 of the field
 * survey. The daemon is the real one, the qubes are played word by word.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { VmWindowId } from '../../src/base/ids.ts';
import { FOCUS_SETTLE_MS } from '../../src/clipboard/machine.ts';
import { XConnection } from '../../src/x11/connection.ts';
import type { XEvent } from '../../src/x11/events.ts';
import { openFixes } from '../../src/x11/extensions.ts';
import { EVENT_MASK } from '../../src/x11/package-records.ts';
import { ATOM } from '../../src/x11/properties.ts';
import { pause } from '../rig/system/clipboard-user.ts';
import { type ScriptedLivery, startScriptedLivery } from '../rig/system/scripted-livery.ts';
import { KEYSYM } from '../rig/user.ts';
import { waitUntil } from '../rig/wait.ts';

const LETTER = { a: 0x61, c: 0x63, v: 0x76 } as const;
const SHIFT_AND_CONTROL = 1 | 4;

let livery: ScriptedLivery;

beforeAll(async () => {
  livery = await startScriptedLivery({
    qubes: { work: 'label = "blue"', vault: 'label = "black"', untrusted: 'label = "red"' },
    policy: '@any untrusted ask\n@any @any allow\n',
  });
});
afterAll(() => livery?.[Symbol.asyncDispose]());

/** Keys that the qube was told of since `from`, as `+38` and `-38`. */
function keys(name: string, from = 0): string[] {
  const heard = livery.agent(name).heard('key').slice(from);
  return heard.map(({ pressed, keycode }) => `${pressed ? '+' : '-'}${keycode}`);
}

describe('32. synthetic keys', () => {
  test('a chord that a client of the screen sends by SendEvent does nothing', async () => {
    const { user, server, x } = livery.screen;
    const { window } = await livery.focus('work');
    const client = await XConnection.open(server.display, {
      name: 'a client',
      cookie: server.cookie,
    });
    const asked = livery.agent('work').heard('clipboardRequest').length;
    const since = livery.files.now;
    for (const name of ['KeyPress', 'KeyRelease']) {
      const event = Buffer.alloc(32);
      event[0] = name === 'KeyPress' ? 2 : 3;
      event[1] = user.keycode(LETTER.c);
      event.writeUInt32LE(x.root, 8);
      event.writeUInt32LE(window, 12);
      event.writeUInt16LE(SHIFT_AND_CONTROL, 28);
      event[30] = 1;
      const mask = EVENT_MASK.keyPress | EVENT_MASK.keyRelease;
      client.X.SendEvent(window, 0, mask, event as never);
    }
    await client.sync();
    client[Symbol.dispose]();
    // A key by the user is handled after it; what was sent is not the qube's either.
    const before = keys('work').length;
    await user.tap(LETTER.a);
    const a = user.keycode(LETTER.a);
    await waitUntil(() => keys('work').includes(`-${a}`), 'the key of the user has arrived');
    expect(keys('work', before)).toEqual([`+${a}`, `-${a}`]);
    expect(livery.agent('work').heard('clipboardRequest')).toHaveLength(asked);
    expect(livery.files.now).toBe(since);
    // XTEST, which this test's user is, cannot be told from a keyboard inside one X server:
    // whoever may connect to dom0's screen can press its keys (SECURITY.md).
  });
});

describe('34. the keys of a chord', () => {
  test.each(['copy', 'paste'] as const)(
    '%s: no letter arrives, and the modifiers are let go',
    async (kind) => {
      const { user } = livery.screen;
      await livery.copy('vault', 'something to paste');
      await livery.focus('work');
      const from = keys('work').length;
      const [control, shift] = [user.keycode(KEYSYM.control), user.keycode(KEYSYM.shift)];
      const letter = user.keycode(kind === 'copy' ? LETTER.c : LETTER.v);
      const since = livery.files.now;
      if (kind === 'copy') await livery.person.copyChord();
      else await livery.person.pasteChord();
      await livery.files.record(since, { event: kind === 'copy' ? 'copy-asked' : 'pasted' });
      const a = user.keycode(LETTER.a);
      await user.tap(LETTER.a);
      await waitUntil(() => keys('work', from).includes(`-${a}`), 'the next key has arrived');
      const told = keys('work', from);
      expect(told).not.toContain(`+${letter}`);
      expect(told).not.toContain(`-${letter}`);
      const strokes = [`+${control}`, `+${shift}`, `-${control}`, `-${shift}`, `+${a}`, `-${a}`];
      expect([...told].sort()).toEqual([...strokes].sort());
      // The letter is typed with nothing held.
      const press = livery
        .agent('work')
        .heard('key')
        .findLast(({ pressed }) => pressed);
      expect(press).toMatchObject({ keycode: a, state: 0 });
      expect(told.slice(-2)).toEqual([`+${a}`, `-${a}`]);
      // Before the qube can act on what it is given or asked, nothing is held in it.
      const { messages } = livery.agent('work');
      const act = messages.findLastIndex(({ name }) =>
        kind === 'copy' ? name === 'clipboardRequest' : name === 'clipboardData',
      );
      const held = new Set<number>();
      for (const message of messages.slice(0, act)) {
        if (message.name !== 'key') continue;
        if (message.pressed) held.add(message.keycode);
        else held.delete(message.keycode);
      }
      expect([...held]).toEqual([]);
      // The copy is answered, so that the next test begins with nothing open.
      if (kind === 'copy') livery.answer('work', 'x');
    },
  );
});

describe('35. the focus changes around the chord', () => {
  test('a qube that got the focus just before the chord is not the target', async () => {
    await livery.copy('work', 'for vault only');
    await livery.focus('vault');
    const since = livery.files.now;
    const given = livery.given('untrusted').length;
    // The chord follows the change of focus at once, as when a window jumps in between.
    await livery.person.focusNow(await livery.place('untrusted'));
    const started = performance.now();
    await livery.person.pasteChord();
    const refused = await livery.files.record(since, {
      event: 'paste-refused',
      target: 'untrusted',
    });
    // Unless this machine slept meanwhile, the chord came in time.
    if (performance.now() - started < FOCUS_SETTLE_MS) expect(refused.verdict).toBe('focus-moved');
    expect(await livery.person.surfaces('livery prompt')).toEqual([]);
    expect(livery.given('untrusted')).toHaveLength(given);
    const vault = livery.given('vault').length;
    await livery.paste('vault');
    expect((await livery.givenText('vault', vault + 1)).toString()).toBe('for vault only');
  });

  test('the target is the window that had the focus when the key went down', async () => {
    const { user } = livery.screen;
    await livery.copy('work', 'for vault');
    const place = await livery.place('work');
    await livery.focus('vault');
    const [vault, work] = [livery.given('vault').length, livery.given('work').length];
    await user.key(KEYSYM.control, true);
    await user.key(KEYSYM.shift, true);
    await user.key(LETTER.v, true);
    // Another window before the keys are let go.
    await user.click(place.content.x + 20, place.content.y + 20);
    await user.key(LETTER.v, false);
    await user.key(KEYSYM.shift, false);
    await user.key(KEYSYM.control, false);
    expect((await livery.givenText('vault', vault + 1)).toString()).toBe('for vault');
    expect(livery.given('work')).toHaveLength(work);
  });

  test('a qube that maps windows and asks for attention does not get between copy and paste', async () => {
    await livery.copy('work', 'between');
    const { window } = await livery.focus('vault');
    const agent = livery.agent('untrusted');
    const thief = 0x0040_0200 as VmWindowId;
    agent.send(
      {
        ...{ name: 'create', window: thief, x: 300, y: 300, width: 400, height: 200 },
        ...{ parent: 0 as VmWindowId, overrideRedirect: false },
      },
      { name: 'map', window: thief, transientFor: undefined, overrideRedirect: false },
      { name: 'flags', window: thief, set: 2, unset: 0 },
    );
    await waitUntil(
      async () => (await livery.client.ask('windows', {})).length === 4,
      'the thief is there',
    );
    expect(await livery.pager.focus()).toBe(window);
    const given = livery.given('vault').length;
    await livery.person.pasteChord();
    expect((await livery.givenText('vault', given + 1)).toString()).toBe('between');
    expect(livery.given('untrusted')).toEqual([]);
    agent.send({ name: 'destroy', window: thief });
  });
});

describe('36. selections of the trusted screen', () => {
  test('are never owned and never asked for by a copy, a prompt or a paste', async () => {
    const { server } = livery.screen;
    const program = await XConnection.open(server.display, {
      ...{ name: 'a program of dom0', cookie: server.cookie },
    });
    const events: XEvent[] = [];
    program.on((event) => events.push(event));
    const atoms = await program.intern(['CLIPBOARD']);
    const selections = [ATOM.PRIMARY, atoms.CLIPBOARD];
    const fixes = await openFixes(program);
    const window = program.allocWindowId();
    program.X.CreateWindow(window, program.root, 0, 0, 1, 1, 0, 0, 1, 0, {});
    for (const selection of selections) {
      program.X.SetSelectionOwner(window, selection, 0);
      // 1 = a new owner, 2 = its window went, 4 = its client went.
      fixes.SelectSelectionInput(program.root, selection, 7);
    }
    await program.sync();

    await livery.copy('work', 'not by the selections');
    await livery.paste('untrusted');
    await livery.person.prompt();
    await livery.person.cancel();
    await livery.person.noPrompt();
    const given = livery.given('vault').length;
    await livery.paste('vault');
    await livery.givenText('vault', given + 1);
    await program.sync();
    const about = events.filter(({ name }) => name.includes('Selection'));
    expect(about).toEqual([]);
    for (const selection of selections) {
      const owner = await program.request<number>((done) =>
        program.X.GetSelectionOwner(selection, done),
      );
      expect(owner).toBe(window);
    }
    program[Symbol.dispose]();
  });
});

describe('41. the time between keys', () => {
  test('a qube learns nothing of keys that are not its own: no message, at no time', async () => {
    await livery.focus('work');
    // It is told that it lost the focus long ago; from here on nothing.
    await livery.settled('untrusted');
    await pause(100);
    const told = () => livery.agent('untrusted').messages.length;
    const before = told();
    await livery.copy('work', 'typed');
    const { user } = livery.screen;
    for (let at = 0; at < 40; at++) {
      await user.tap(LETTER.a);
      await pause(Math.random() * 15);
    }
    const given = livery.given('vault').length;
    await livery.paste('vault');
    await livery.givenText('vault', given + 1);
    expect(told()).toBe(before);
    // What the qube with the focus can measure of its own user's typing is not blurred: Livery
    // adds no random delay to keys (SECURITY.md).
  });

  test('keys that answer a prompt reach no qube', async () => {
    await livery.copy('work', 'asked about');
    await livery.paste('untrusted');
    await livery.person.prompt();
    const told = () => ['work', 'vault', 'untrusted'].map((name) => keys(name).length);
    const before = told();
    const { user } = livery.screen;
    await user.tap(LETTER.a);
    await pause(350);
    const given = livery.given('untrusted').length;
    await livery.person.allow();
    expect((await livery.givenText('untrusted', given + 1)).toString()).toBe('asked about');
    await livery.person.noPrompt();
    expect(told()).toEqual(before);
  });
});
