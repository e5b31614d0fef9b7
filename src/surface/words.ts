/**
 * The words of dom0's own surfaces, in every language. A new refusal, cause or
 * risk without words does not compile. Pure; strings of dom0 only.
 */
import type { Refusal, WipeCause } from '../clipboard/notice.ts';
import type { Strip } from '../clipboard/policy.ts';
import type { Risk } from '../clipboard/text-facts.ts';
import type { QubeNote } from './qube-glance.ts';
import { DE } from './words-de.ts';
import { EN } from './words-en.ts';

export const LANGUAGES = ['en', 'de'] as const;
export type Language = (typeof LANGUAGES)[number];

export interface Words {
  /** Before the qube's name. */
  readonly copiedFrom: string;
  readonly pastedFrom: string;
  readonly pastedInto: string;
  readonly notCopied: string;
  readonly notPasted: string;
  readonly wiped: string;
  readonly problem: string;
  /** Somebody at a browser controls the whole screen. */
  readonly remote: string;
  readonly remoteHint: string;
  /** What a chord does, after a notice that text was copied. */
  pasteHint(chord: string): string;
  /** What is left to do in the qube, after a paste. */
  insertHint(qube: string, keys: string): string;
  wipedIn(time: string): string;
  seconds(count: number): string;
  minutes(count: number): string;
  bytes(count: number): string;
  readonly decimalPoint: string;
  /** Sentences. */
  readonly refusals: Readonly<Record<Refusal, string>>;
  readonly wipes: Readonly<Record<WipeCause, string>>;
  readonly risks: Readonly<Record<Risk, string>>;
  /** What is taken out before the text goes on; undefined when nothing is. */
  readonly strips: Readonly<Record<Strip, string | undefined>>;
  readonly prompt: {
    readonly title: string;
    readonly from: string;
    readonly into: string;
    readonly size: string;
    readonly text: string;
    readonly paste: string;
    readonly cancel: string;
    readonly timeout: string;
  };
  /** The strip: short, since there is one line. */
  readonly panel: {
    readonly focus: string;
    readonly noFocus: string;
    readonly clipboardEmpty: string;
    readonly clipboardFrom: string;
    readonly clipboardWaiting: string;
    readonly states: Readonly<Record<QubeNote, string>>;
  };
  readonly overlay: {
    readonly title: string;
    readonly hint: string;
    windows(count: number): string;
    readonly states: Readonly<Record<QubeNote, string>>;
    readonly pause: string;
    readonly goOn: string;
    readonly stop: string;
    readonly reallyStop: string;
    readonly foreign: string;
    more(count: number): string;
    /** What was asked for there, and why it was not done, as the log has it. */
    readonly failed: Readonly<
      Record<'pause' | 'go-on' | 'stop', (qube: string, reason: string) => string>
    >;
    readonly nobody: string;
  };
  /** Names of keys as they stand on the keyboard, by their names in English. */
  readonly keys: Readonly<Record<string, string>>;
}

const WORDS: Readonly<Record<Language, Words>> = { en: EN, de: DE };

export function wordsOf(language: Language): Words {
  return WORDS[language];
}

/** The language of a process with this environment: LC_ALL, LC_MESSAGES, LANG, in this order. */
export function languageOf(env: Readonly<Record<string, string | undefined>>): Language {
  const locale = env['LC_ALL'] || env['LC_MESSAGES'] || env['LANG'] || '';
  return /^de(?![a-z])/i.test(locale) ? 'de' : 'en';
}

/** `Ctrl+Shift+V` as it is called in a language. */
export function keyText(keys: string, words: Words): string {
  return keys
    .split('+')
    .map((key) => words.keys[key] ?? key)
    .join('+');
}

/** A number of bytes for people: `64 bytes`, `1.5 kB`, `64 kB`. */
export function sizeText(bytes: number, words: Words): string {
  if (bytes < 1000) return words.bytes(bytes);
  const tenths = Math.round(bytes / 100);
  const whole = Math.floor(tenths / 10);
  const rest = tenths % 10;
  // Above 100 kB a tenth says nothing.
  const text = rest === 0 || whole >= 100 ? String(whole) : `${whole}${words.decimalPoint}${rest}`;
  return `${text} kB`;
}

const SECOND_MS = 1000;
const MINUTE_S = 60;

/** A time that is left, rounded up, and how many milliseconds later the text is another. */
export function timeText(leftMs: number, words: Words): { text: string; changesInMs: number } {
  const seconds = Math.max(0, Math.ceil(leftMs / SECOND_MS));
  const minutes = Math.ceil(seconds / MINUTE_S);
  const stepMs = seconds > 2 * MINUTE_S ? MINUTE_S * SECOND_MS : SECOND_MS;
  const text = seconds > 2 * MINUTE_S ? words.minutes(minutes) : words.seconds(seconds);
  const shownMs = (seconds > 2 * MINUTE_S ? minutes * MINUTE_S : seconds) * SECOND_MS;
  return { text, changesInMs: leftMs - (shownMs - stepMs) };
}
