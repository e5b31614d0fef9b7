import { describe, expect, test } from 'vitest';
import type { VmWindowId } from '../../../src/base/ids.ts';
import {
  type FocusEvent,
  type FocusState,
  forgetFocus,
  hasKeyboard,
  NO_FOCUS,
  stepFocus,
} from '../../../src/desktop/focus.ts';
import { PressedKeys } from '../../../src/desktop/keys.ts';
import { isWheel, PressedButtons } from '../../../src/desktop/pointer.ts';

const A = 1 as VmWindowId;
const B = 2 as VmWindowId;
const MODE = { normal: 0, grab: 1, ungrab: 2, whileGrabbed: 3 };

function run(start: FocusState, ...events: FocusEvent[]) {
  let state = start;
  const effects: string[] = [];
  for (const event of events) {
    const step = stepFocus(state, event);
    state = step.state;
    effects.push(
      ...step.effects.map((one) => ('window' in one ? `${one.kind} ${one.window}` : one.kind)),
    );
  }
  return { state, effects };
}

function focusIn(window: VmWindowId, mode = MODE.normal, detail = 3): FocusEvent {
  return { kind: 'in', window, mode, detail };
}

function focusOut(window: VmWindowId, mode = MODE.normal, detail = 3): FocusEvent {
  return { kind: 'out', window, mode, detail };
}

describe('focus', () => {
  test('comes and goes', () => {
    const { state, effects } = run(NO_FOCUS, focusIn(A), focusOut(A), focusIn(B));
    expect(effects).toEqual(['gained 1', 'release-keys', 'lost 1', 'gained 2']);
    expect(state).toEqual({ window: B, grabbed: false });
  });

  test.each([5, 6, 7])('detail %i is no focus and takes none away', (detail) => {
    expect(run(NO_FOCUS, focusIn(A, MODE.normal, detail))).toEqual({
      state: NO_FOCUS,
      effects: [],
    });
    const focused = run(NO_FOCUS, focusIn(A)).state;
    const { state, effects } = run(focused, focusOut(A, MODE.normal, detail));
    expect(state.window).toBe(A);
    expect(effects).toEqual(['release-keys']);
  });

  test('a grab hides the keyboard, releases the keys and tells the qube nothing', () => {
    const focused = run(NO_FOCUS, focusIn(A)).state;
    const grabbed = run(focused, focusOut(A, MODE.grab));
    expect(grabbed.effects).toEqual(['release-keys']);
    expect(hasKeyboard(grabbed.state)).toBe(false);
    const back = run(grabbed.state, focusIn(A, MODE.ungrab));
    expect(back.effects).toEqual([]);
    expect(hasKeyboard(back.state)).toBe(true);
  });

  test('a window manager that switches while it holds the keyboard: WhileGrabbed', () => {
    const { state, effects } = run(
      NO_FOCUS,
      focusIn(A),
      focusOut(A, MODE.grab),
      focusOut(A, MODE.whileGrabbed),
      focusIn(B, MODE.whileGrabbed),
    );
    expect(effects).toEqual(['gained 1', 'release-keys', 'release-keys', 'lost 1', 'gained 2']);
    expect(hasKeyboard(state)).toBe(false);
    expect(hasKeyboard(run(state, focusIn(B, MODE.ungrab)).state)).toBe(true);
  });

  test('a destroyed window has no focus any more', () => {
    const focused = run(NO_FOCUS, focusIn(A)).state;
    expect(forgetFocus(focused, B).state).toBe(focused);
    const gone = forgetFocus(focused, A);
    expect(gone.state.window).toBeUndefined();
    expect(gone.effects).toEqual([{ kind: 'release-keys' }]);
  });
});

describe('pressed keys', () => {
  test('only what was pressed is released, each once', () => {
    const keys = new PressedKeys();
    keys.press(38);
    keys.press(255);
    expect(keys.release(39)).toBe(false);
    expect(keys.release(38)).toBe(true);
    expect(keys.release(38)).toBe(false);
    expect(keys.bitmap()[31]).toBe(0x80);
    expect(keys.releaseAll()).toEqual([255]);
    expect(keys.releaseAll()).toEqual([]);
    expect(keys.bitmap()).toEqual(new Uint8Array(32));
  });

  test('the bitmap is a copy', () => {
    const keys = new PressedKeys();
    const before = keys.bitmap();
    keys.press(9);
    expect(before[1]).toBe(0);
    expect(keys.bitmap()[1]).toBe(2);
  });
});

describe('pressed buttons', () => {
  test('a release without a press here is not the qube’s', () => {
    const buttons = new PressedButtons();
    expect(buttons.release(1)).toBe(false);
    buttons.press(1, A);
    expect(buttons.release(1)).toBe(true);
    expect(buttons.release(1)).toBe(false);
  });

  test('modifiers are seen only with the keyboard, buttons only if pressed here', () => {
    const buttons = new PressedButtons();
    const everything = 0x7fff;
    expect(buttons.visibleState(everything, false)).toBe(0);
    expect(buttons.visibleState(everything, true)).toBe(0x60ff);
    buttons.press(1, A);
    buttons.press(9, A);
    expect(buttons.visibleState(everything, false)).toBe(0x100);
    expect(buttons.visibleState(0x41, true)).toBe(0x41);
  });

  test('a release that went elsewhere is noticed by the state word', () => {
    const buttons = new PressedButtons();
    buttons.press(1, A);
    buttons.press(3, A);
    buttons.press(8, A);
    expect(buttons.missed(0x100)).toEqual([3]);
    expect(buttons.missed(0x100)).toEqual([]);
    expect(buttons.missed(0)).toEqual([1]);
    expect(buttons.release(8)).toBe(true);
  });

  test('a window takes its buttons with it', () => {
    const buttons = new PressedButtons();
    buttons.press(1, A);
    buttons.press(2, B);
    expect(buttons.releaseIn(A)).toEqual([1]);
    expect(buttons.releaseAll()).toEqual([2]);
  });

  test('wheels are buttons 4 to 7', () => {
    expect([1, 2, 3, 4, 5, 6, 7, 8].filter(isWheel)).toEqual([4, 5, 6, 7]);
  });
});
