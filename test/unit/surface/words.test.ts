import { describe, expect, it } from 'vitest';
import { REFUSALS, WIPES } from '../../../src/clipboard/notice.ts';
import { RISKS } from '../../../src/clipboard/text-facts.ts';
import { textWidth } from '../../../src/surface/text-width.ts';
import {
  keyText,
  LANGUAGES,
  languageOf,
  sizeText,
  timeText,
  wordsOf,
} from '../../../src/surface/words.ts';

const EN = wordsOf('en');
const DE = wordsOf('de');

describe('the language', () => {
  it.each([
    [{}, 'en'],
    [{ LANG: 'de_DE.UTF-8' }, 'de'],
    [{ LANG: 'de' }, 'de'],
    [{ LANG: 'de_DE.UTF-8', LC_MESSAGES: 'en_GB.UTF-8' }, 'en'],
    [{ LANG: 'en_US.UTF-8', LC_MESSAGES: 'de_AT.UTF-8' }, 'de'],
    [{ LC_ALL: 'C', LC_MESSAGES: 'de_AT.UTF-8', LANG: 'de' }, 'en'],
    [{ LC_ALL: '', LANG: 'de_CH' }, 'de'],
    [{ LANG: 'den' }, 'en'],
    [{ LANG: 'fr_FR.UTF-8' }, 'en'],
  ])('of %j is %s', (env, language) => {
    expect(languageOf(env)).toBe(language);
  });
});

describe.each(LANGUAGES)('the words in %s', (language) => {
  const words = wordsOf(language);
  const sentences = [
    ...REFUSALS.map((reason) => words.refusals[reason]),
    ...WIPES.map((cause) => words.wipes[cause]),
    ...RISKS.map((risk) => words.risks[risk]),
  ];

  it('are one whole sentence each, and no two the same', () => {
    for (const sentence of sentences) expect(sentence).toMatch(/^[A-ZÄÖÜ].*\.$/);
    expect(new Set(sentences).size).toBe(sentences.length);
  });

  it('have letters of which the width is known', () => {
    const all = [...sentences, ...Object.values(words.keys), ...Object.values(words.prompt)];
    const failed = Object.values(words.overlay.failed).map((text) => text('work', 'why'));
    for (const text of failed) expect(text).toMatch(/^Qube work .*: why$/);
    expect(new Set(failed).size).toBe(3);
    const letters = new Set([...all, ...failed].join(''));
    for (const letter of letters) expect(textWidth(letter, 'regular', 2048)).toBeLessThan(2400);
  });
});

describe('sizes', () => {
  it.each([
    [0, '0 bytes', '0 Byte'],
    [1, '1 byte', '1 Byte'],
    [999, '999 bytes', '999 Byte'],
    [1000, '1 kB', '1 kB'],
    [1550, '1.6 kB', '1,6 kB'],
    [64_000, '64 kB', '64 kB'],
    [256_001, '256 kB', '256 kB'],
  ])('%i', (size, english, german) => {
    expect(sizeText(size, EN)).toBe(english);
    expect(sizeText(size, DE)).toBe(german);
  });
});

describe('times', () => {
  it.each([
    [60_000, '60 s', 1_000],
    [59_001, '60 s', 1],
    [500, '1 s', 500],
    [0, '0 s', 1_000],
    [-5, '0 s', 995],
    [120_000, '120 s', 1_000],
    [120_001, '3 min', 1],
    [600_000, '10 min', 60_000],
  ])('%i ms', (left, text, changesInMs) => {
    expect(timeText(left, EN)).toEqual({ text, changesInMs });
  });

  it('says another text exactly when it said that it would', () => {
    for (let left = 130_000; left > 1000; left -= 333) {
      const { text, changesInMs } = timeText(left, EN);
      expect(timeText(left - changesInMs + 1, EN).text).toBe(text);
      expect(timeText(left - changesInMs, EN).text).not.toBe(text);
    }
  });
});

it('keys are called as they are on the keyboard', () => {
  expect(keyText('Ctrl+Shift+V', EN)).toBe('Ctrl+Shift+V');
  expect(keyText('Ctrl+Shift+V', DE)).toBe('Strg+Umschalt+V');
});
