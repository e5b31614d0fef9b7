/**
 * The question before a paste, on a real screen: who can answer it, when, and
 * that everything unclear is a "no".
 */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { VmWindowId } from '../../../src/base/ids.ts';
import { GUARD_MS } from '../../../src/desktop/fresh-keys.ts';
import { EVENT_MASK } from '../../../src/x11/package-records.ts';
import { ATOM } from '../../../src/x11/properties.ts';
import { KEYSYM, waitUntil } from '../../rig/rig.ts';
import { type ShownWindow, shownWindows } from '../../rig/system/shown.ts';
import type { TestQube } from '../desktop/scene.ts';
import { DeskStage, KEY, pause } from './desk-stage.ts';

const LEFT = { x: 60, y: 500, width: 300, height: 200 };
const RIGHT = { x: 900, y: 500, width: 300, height: 200 };
const TEXT = 'rm -rf ~\n';
const GRANTED = 0;
const ALREADY_GRABBED = 1;
const PROMPT_MS = 8000;

describe.each(['none', 'openbox'] as const)('prompts with window manager: %s', (wm) => {
  let stage: DeskStage;
  let work: TestQube;
  let vault: TestQube;
  const left = 1 as VmWindowId;
  const right = 2 as VmWindowId;

  beforeEach(async () => {
    stage = await DeskStage.open({ wm, promptMs: PROMPT_MS, lockers: new Set(['testlock']) });
    work = await stage.scene.qube('work', 'blue');
    vault = await stage.scene.qube('vault', 'black');
    work.open(left, LEFT);
    vault.open(right, RIGHT);
    await stage.scene.shown(work, left);
    await stage.scene.shown(vault, right);
    await stage.focus(work, left);
    await stage.copy(work, left, TEXT);
    await stage.focus(vault, right);
    vault.session.told.length = 0;
  });

  afterEach(() => stage[Symbol.asyncDispose]());

  async function find(): Promise<ShownWindow | undefined> {
    const shown = await shownWindows(stage.screen.x);
    return shown.find((one) => one.title === 'livery prompt');
  }

  function shown(): Promise<ShownWindow> {
    return waitUntil(find, 'there is a prompt');
  }

  async function ask(): Promise<ShownWindow> {
    await stage.screen.user.tap(KEY.control, KEY.shift, KEY.v);
    return shown();
  }

  /** Asked, and answers count. */
  async function asked(): Promise<ShownWindow> {
    const prompt = await ask();
    await pause(GUARD_MS + 150);
    return prompt;
  }

  function delivered(): string[] {
    return vault.session.of('clipboard-data').map((one) => one.text);
  }

  async function over(verdict: string): Promise<void> {
    await waitUntil(async () => (await find()) === undefined, 'the prompt is gone');
    await waitUntil(() => stage.audit.at(-1)?.event !== 'paste-asked', 'it is written down');
    expect(JSON.stringify(stage.audit.at(-1))).toContain(verdict);
  }

  async function refused(verdict: string): Promise<void> {
    await over(verdict);
    expect(delivered()).toEqual([]);
    // The text is still there for another try.
    expect(stage.clipboard.show()).toMatchObject({ state: 'kept', size: TEXT.length });
  }

  test('Ctrl+Enter pastes; the qube sees no key of it and keeps the focus', async () => {
    await asked();
    await stage.screen.user.tap(KEY.control, KEYSYM.enter);
    await over('allowed-by-user');
    expect(delivered()).toEqual([TEXT]);
    await stage.screen.user.tap(KEY.x);
    await waitUntil(() => vault.session.of('key').some((one) => one.keycode === 53), 'x arrives');
    const codes = vault.session.of('key').map((one) => one.keycode);
    expect(codes).not.toContain(stage.screen.user.keycode(KEY.v));
    expect(codes).not.toContain(stage.screen.user.keycode(KEYSYM.enter));
    expect(vault.session.of('focus')).toEqual([]);
    expect(vault.session.of('key').at(-1)?.state).toBe(0);
  });

  test.each([
    ['Enter', KEYSYM.enter],
    ['Escape', KEYSYM.escape],
  ])('%s cancels', async (_name, key) => {
    await asked();
    await stage.screen.user.tap(key);
    await refused('cancel');
  });

  test('a letter, Tab or space answers nothing', async () => {
    await asked();
    for (const key of [0x70, 0x79, KEYSYM.tab, 0x20]) await stage.screen.user.tap(key);
    expect(await find()).toBeDefined();
    await stage.screen.user.tap(KEYSYM.escape);
    await refused('cancel');
  });

  test('without an answer it is no', async () => {
    await ask();
    await pause(PROMPT_MS);
    await refused('timeout');
  }, 30_000);

  test('what comes in the first 300 ms is nothing', async () => {
    await ask();
    await stage.screen.user.tap(KEY.control, KEYSYM.enter);
    await stage.screen.user.tap(KEYSYM.escape);
    await pause(GUARD_MS + 150);
    expect(await find()).toBeDefined();
    expect(stage.clipboard.show().state).toBe('asking');
    await stage.screen.user.tap(KEYSYM.escape);
    await refused('cancel');
  });

  test('the buttons can be clicked, what lies around them not', async () => {
    const { rect } = await asked();
    const { user } = stage.screen;
    await user.click(rect.x + 20, rect.y + 20);
    await user.click(LEFT.x + 10, LEFT.y + 10);
    expect(await find()).toBeDefined();
    expect(work.session.of('button').at(-1)?.pressed).not.toBe(true);
    // Paste is the left one of the two buttons at the lower right.
    await user.click(rect.x + rect.width - 200, rect.y + rect.height - 80);
    await over('allowed-by-user');
    expect(delivered()).toEqual([TEXT]);
  });

  test('keys that are held when it opens do nothing in it, and nothing after it', async () => {
    const { user } = stage.screen;
    await user.key(KEY.control, true);
    await user.key(KEY.shift, true);
    await user.key(KEY.v, true);
    await shown();
    await user.key(KEY.shift, false);
    // v repeats meanwhile.
    await pause(GUARD_MS + 700);
    // Ctrl is still the one of the chord.
    await user.tap(KEYSYM.enter);
    await refused('cancel');
    await pause(200);
    await user.key(KEY.v, false);
    await user.key(KEY.control, false);
    await user.tap(KEY.x);
    await waitUntil(() => vault.session.of('key').some((one) => one.keycode === 53), 'x arrives');
    const codes = vault.session.of('key').map((one) => one.keycode);
    expect(codes).not.toContain(user.keycode(KEY.v));
    expect(codes).not.toContain(user.keycode(KEYSYM.enter));
  });

  test('the key that answered does not go on in the qube', async () => {
    const { user } = stage.screen;
    await asked();
    await user.key(KEYSYM.enter, true);
    await refused('cancel');
    await pause(900);
    await user.key(KEYSYM.enter, false);
    await user.tap(KEY.x);
    await waitUntil(() => vault.session.of('key').some((one) => one.keycode === 53), 'x arrives');
    const codes = vault.session.of('key').map((one) => one.keycode);
    expect(codes).not.toContain(user.keycode(KEYSYM.enter));
  });

  test('keys that another program makes up are nothing', async () => {
    const { window } = await asked();
    const { x, user } = stage.screen;
    const time = await serverTime(stage);
    for (const keysym of [KEYSYM.escape, KEYSYM.enter]) {
      x.X.SendEvent(window, 0, EVENT_MASK.keyPress, {
        name: 'KeyPress',
        wid: window,
        root: x.root,
        keycode: user.keycode(keysym),
        buttons: 0,
        sameScreen: 1,
        time,
        child: 0,
        rootx: 0,
        rooty: 0,
        x: 10,
        y: 10,
      });
    }
    await x.sync();
    await stage.scene.idle();
    expect(await find()).toBeDefined();
  });

  test('nobody can take its grabs', async () => {
    await asked();
    const { X } = stage.screen.x;
    const { root } = stage.screen.x;
    const keyboard = await stage.screen.x.request<number>((done) =>
      X.GrabKeyboard(root, 0, 0, 1, 1, done),
    );
    const pointer = await stage.screen.x.request<number>((done) =>
      X.GrabPointer(root, 0, 0, 1, 1, 0, 0, 0, done),
    );
    expect([keyboard, pointer]).toEqual([ALREADY_GRABBED, ALREADY_GRABBED]);
  });

  test('while somebody else holds the pointer it is no', async () => {
    const { X } = stage.screen.x;
    const { root } = stage.screen.x;
    const pointer = await stage.screen.x.request<number>((done) =>
      X.GrabPointer(root, 0, 0, 1, 1, 0, 0, 0, done),
    );
    expect(pointer).toBe(GRANTED);
    await stage.screen.user.tap(KEY.control, KEY.shift, KEY.v);
    await waitUntil(() => stage.clipboard.show().state === 'asking', 'it is asked');
    await waitUntil(() => stage.clipboard.show().state === 'kept', 'it is answered');
    X.UngrabPointer(0);
    await refused('lost');
  });

  test('when its window is taken away it is no', async () => {
    const { window } = await asked();
    stage.screen.x.X.UnmapWindow(window);
    stage.screen.x.flush();
    await refused('lost');
  });

  test('when something lies over it it is no', async () => {
    const { rect } = await asked();
    const cover = coverAt(stage, rect.x + 30, rect.y + 30);
    await refused('lost');
    stage.screen.x.X.DestroyWindow(cover);
  });

  test('no window of a qube can lie over it', async () => {
    const { rect } = await asked();
    const place = { x: rect.x, y: rect.y, width: 250, height: 200 };
    // Popups of the qube that has the focus; those of the others do not show at all.
    vault.open(7, place, { overrideRedirect: true });
    await stage.scene.shown(vault, 7);
    vault.open(8, place, { overrideRedirect: true });
    await stage.scene.shown(vault, 8);
    work.open(9, place);
    await stage.scene.shown(work, 9);
    await stage.scene.idle();
    expect(await find()).toBeDefined();
    await stage.screen.user.tap(KEY.control, KEYSYM.enter);
    await over('allowed-by-user');
    expect(delivered()).toEqual([TEXT]);
  });

  test('a screen locker ends it and wipes the text', async () => {
    const { rect } = await asked();
    const locker = coverAt(stage, rect.x, rect.y, 'testlock');
    await waitUntil(async () => (await find()) === undefined, 'the prompt is gone');
    await waitUntil(() => stage.clipboard.show().state === 'empty', 'the text is gone');
    expect(delivered()).toEqual([]);
    const { x } = stage.screen;
    // The keyboard is free for the locker.
    const keyboard = await x.request<number>((done) => x.X.GrabKeyboard(locker, 0, 0, 1, 1, done));
    expect(keyboard).toBe(GRANTED);
  });

  test('when the target goes, it goes', async () => {
    await asked();
    await vault.attached.detach();
    await waitUntil(async () => (await find()) === undefined, 'the prompt is gone');
    expect(delivered()).toEqual([]);
  });
});

/** What time it is to the X server. */
async function serverTime({ screen: { x } }: DeskStage): Promise<number> {
  const window = x.allocWindowId();
  x.X.CreateWindow(window, x.root, 0, 0, 1, 1, 0, 0, 1, 0, {
    eventMask: EVENT_MASK.propertyChange,
  });
  const told = new Promise<number>((resolve) => {
    x.on((event) => {
      if (event.name === 'PropertyNotify' && event.wid === window) resolve(event.time);
    });
  });
  x.X.ChangeProperty(0, window, ATOM.WM_NAME, ATOM.STRING, 8, Buffer.from('clock'));
  return told;
}

/** A window of some program of dom0's, not managed. */
function coverAt({ screen: { x } }: DeskStage, left: number, top: number, name?: string): number {
  const window = x.allocWindowId();
  x.X.CreateWindow(window, x.root, left, top, 100, 100, 0, 0, 1, 0, {
    overrideRedirect: 1,
    backgroundPixel: 0x123456,
  });
  if (name) x.X.ChangeProperty(0, window, 67, 31, 8, Buffer.from(`${name}\0${name}\0`));
  x.X.MapWindow(window);
  x.flush();
  return window;
}
