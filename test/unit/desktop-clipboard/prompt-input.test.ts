import { describe, expect, test } from 'vitest';
import { PromptInput } from '../../../src/desktop/clipboard/prompt-input.ts';
import { KEY, keyboard } from './keyboards.ts';

const PASTE = { x: 200, y: 100, width: 80, height: 30 };
const CANCEL = { x: 100, y: 100, width: 80, height: 30 };
const SEEN = 0xffffff80;
const map = keyboard(['us']);

function open(held: readonly number[] = []) {
  return new PromptInput(map, { paste: PASTE, cancel: CANCEL }, SEEN, held);
}

/** Server time so many ms after the prompt was seen; it wraps on the way. */
const at = (ms: number): number => (SEEN + ms) >>> 0;

function click(
  prompt: PromptInput,
  on: { x: number; y: number },
  ms: number,
  off = on,
): string | undefined {
  prompt.pressButton(1, on.x + 5, on.y + 5, at(ms));
  return prompt.releaseButton(1, off.x + 5, off.y + 5, at(ms + 1));
}

describe('a prompt', () => {
  test.each([
    ['Enter', KEY.enter],
    ['Escape', KEY.escape],
  ])('%s is no', (_name, key) => {
    expect(open().press(key, at(300))).toBe('deny');
  });

  test('Ctrl+Enter is yes', () => {
    const prompt = open();
    expect(prompt.press(KEY.control, at(300))).toBeUndefined();
    expect(prompt.press(KEY.enter, at(310))).toBe('allow');
  });

  test.each([299, 0, -5])('nothing counts %i ms after it was seen', (ms) => {
    for (const key of [KEY.enter, KEY.escape]) {
      expect(open().press(key, at(ms))).toBeUndefined();
    }
    expect(click(open(), PASTE, ms - 1)).toBeUndefined();
    expect(click(open(), CANCEL, ms - 1)).toBeUndefined();
  });

  test('a click that began too early does not end as one', () => {
    const prompt = open();
    prompt.pressButton(1, PASTE.x, PASTE.y, at(299));
    expect(prompt.releaseButton(1, PASTE.x, PASTE.y, at(400))).toBeUndefined();
  });

  test('clicks count on their button only', () => {
    expect(click(open(), PASTE, 300)).toBe('allow');
    expect(click(open(), CANCEL, 300)).toBe('deny');
    expect(click(open(), { x: 0, y: 0 }, 300)).toBeUndefined();
    expect(click(open(), PASTE, 300, CANCEL)).toBeUndefined();
    expect(click(open(), CANCEL, 300, PASTE)).toBeUndefined();
    const prompt = open();
    prompt.pressButton(3, PASTE.x, PASTE.y, at(300));
    expect(prompt.releaseButton(3, PASTE.x, PASTE.y, at(301))).toBeUndefined();
    expect(prompt.releaseButton(1, PASTE.x, PASTE.y, at(302))).toBeUndefined();
  });

  test('keys held when it opened do nothing, repeats and release included', () => {
    const prompt = open([KEY.enter, KEY.control]);
    for (let ms = 300; ms < 600; ms += 30) {
      prompt.release(KEY.enter, at(ms));
      expect(prompt.press(KEY.enter, at(ms))).toBeUndefined();
    }
    prompt.release(KEY.enter, at(700));
    // Ctrl is still the one that was held.
    expect(prompt.press(KEY.enter, at(800))).not.toBe('allow');
  });

  test('a modifier held since before must be let go and pressed again', () => {
    const prompt = open([KEY.control]);
    expect(prompt.press(KEY.enter, at(400))).toBe('deny');
    const other = open([KEY.control]);
    other.release(KEY.control, at(350));
    other.press(KEY.control, at(400));
    expect(other.press(KEY.enter, at(410))).toBe('allow');
  });

  test.each([
    ['Shift', KEY.shift],
    ['Alt', KEY.alt],
    ['a letter', KEY.c],
  ])('Ctrl+Enter with %s is not yes', (_name, key) => {
    const prompt = open();
    prompt.press(KEY.control, at(300));
    prompt.press(key, at(310));
    expect(prompt.press(KEY.enter, at(900))).not.toBe('allow');
  });

  test('for somebody who types on it is never yes', () => {
    const prompt = open();
    let ms = 300;
    for (let i = 0; i < 20; i++) {
      prompt.press(KEY.c, at(ms));
      prompt.release(KEY.c, at(ms + 40));
      ms += 150;
    }
    prompt.press(KEY.control, at(ms));
    expect(prompt.press(KEY.enter, at(ms + 10))).toBeUndefined();
    expect(click(prompt, PASTE, ms + 20)).toBeUndefined();
    prompt.release(KEY.enter, at(ms + 30));
    expect(prompt.press(KEY.enter, at(ms + 400))).toBe('allow');
  });

  test('it knows what is held at its end', () => {
    const prompt = open([KEY.v]);
    prompt.press(KEY.enter, at(300));
    expect(prompt.down).toEqual(new Set([KEY.v, KEY.enter]));
    prompt.release(KEY.v, at(310));
    expect(prompt.down).toEqual(new Set([KEY.enter]));
  });
});
