/**
 * Reads clipboard.policy (docs/clipboard.md): a line is a rule,
 * `SOURCE TARGET ACTION [option=value …]`, `#` begins a comment. Every mistake
 * is told with line, column and what was expected; one mistake and nothing of
 * the file holds. Pure; the file itself and its rights are the caller's.
 */
import { escapeText } from '../base/escape.ts';
import { didYouMean } from '../base/suggest.ts';
import {
  ACTIONS,
  type Action,
  type Matcher,
  type PolicyState,
  type Rule,
  STRIPS,
  type Strip,
} from './policy.ts';

/** Largest file, bytes: far more rules than a person keeps in view. */
export const MAX_POLICY_BYTES = 65_536;
/** Mistakes that are told; a file of another kind would give one for each line. */
const MAX_MISTAKES = 50;
/** As the clipboard itself (gui-daemon 4.9). */
const MAX_SIZE = 256_000;
/** Of any qube, and of dom0 itself, which only others than us can copy from. */
const QUBE_NAME = /^[A-Za-z][A-Za-z0-9_.-]{0,30}$/;
/** One day. */
const MAX_TTL_SECONDS = 86_400;

/** What the configuration has; a rule that names anything else is a mistake. */
export interface KnownNames {
  /** Undefined = it has not: every name that a qube can have is right. */
  readonly qubes: readonly string[] | undefined;
  readonly labels: readonly string[];
}

export interface PolicyMistake {
  /** Both counted from 1; the column in characters. */
  readonly line: number;
  readonly column: number;
  /** `expected …, found "…" (did you mean "…"?)`: dom0's words, what was found escaped. */
  readonly text: string;
}

export type PolicyParse =
  | {
      readonly ok: true;
      readonly policy: PolicyState;
      /** Lines that can never match, since an earlier one matches whatever they do. */
      readonly warnings: readonly PolicyMistake[];
    }
  | { readonly ok: false; readonly mistakes: readonly PolicyMistake[] };

interface Word {
  readonly text: string;
  readonly column: number;
}

type Options = Pick<Rule, 'maxSize' | 'ttlMs' | 'strip'>;

/**
 * @param text the whole file, at most MAX_POLICY_BYTES; LF or CRLF, with or without byte order
 *   mark. A file without a rule is none with a mistake: it allows nothing.
 */
export function parsePolicy(text: string, known: KnownNames): PolicyParse {
  if (Buffer.byteLength(text) > MAX_POLICY_BYTES) {
    const told = `expected at most ${MAX_POLICY_BYTES} bytes`;
    return { ok: false, mistakes: [{ line: 1, column: 1, text: told }] };
  }
  const rules: Rule[] = [];
  const mistakes: PolicyMistake[] = [];
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  for (const [index, content] of lines.entries()) {
    if (mistakes.length >= MAX_MISTAKES) break;
    const rule = new RuleReader(index + 1, known, mistakes).read(content);
    if (rule) rules.push(rule);
  }
  if (mistakes.length > 0) return { ok: false, mistakes };
  return { ok: true, policy: { kind: 'rules', rules }, warnings: neverMatched(rules) };
}

/** One line. */
class RuleReader {
  readonly #line: number;
  readonly #known: KnownNames;
  readonly #mistakes: PolicyMistake[];

  constructor(line: number, known: KnownNames, mistakes: PolicyMistake[]) {
    this.#line = line;
    this.#known = known;
    this.#mistakes = mistakes;
  }

  /** The rule of this line; undefined when it has none, or a mistake (noted). */
  read(content: string): Rule | undefined {
    const before = this.#mistakes.length;
    const words = wordsOf(content);
    const [source, target, action, ...options] = words;
    if (!source) return undefined;
    const end = { text: '', column: content.trimEnd().length + 1 };
    const read = {
      source: this.#matcher('source', source),
      target: this.#matcher('target', target ?? end),
      action: target ? this.#action(action ?? end) : undefined,
    };
    const rest = this.#options(options, read.action);
    if (this.#mistakes.length > before || !read.source || !read.target || !read.action) {
      return undefined;
    }
    return {
      line: this.#line,
      text: words.map((word) => word.text).join(' '),
      source: read.source,
      target: read.target,
      action: read.action,
      ...rest,
    };
  }

  #note(at: Word, expected: string, near = ''): undefined {
    const found = at.text === '' ? 'the end of the line' : `"${escapeText(at.text, 40)}"`;
    const text = `expected ${expected}, found ${found}${near}`;
    this.#mistakes.push({ line: this.#line, column: at.column, text });
  }

  #matcher(role: 'source' | 'target', word: Word): Matcher | undefined {
    const { text } = word;
    const relative = role === 'target';
    const tokens = relative ? ['@any', '@careful', '@same', '@same-label'] : ['@any', '@careful'];
    const what = `a ${role}: a qube, @label:NAME, ${tokens.slice(0, -1).join(', ')} or ${tokens.at(-1)}`;
    if (text === '') return this.#note(word, what);
    if (!text.startsWith('@')) return this.#qube(word);
    if (text.startsWith('@label:')) return this.#label(word, text.slice('@label:'.length));
    if (text === '@any') return { kind: 'any' };
    if (text === '@careful') return { kind: 'careful' };
    if (text === '@same' || text === '@same-label') {
      if (relative) return { kind: text === '@same' ? 'same' : 'same-label' };
      return this.#note(word, what, `; ${text} compares with the source and is a target only`);
    }
    return this.#note(word, what, didYouMean(text, [...tokens, '@label:']));
  }

  #qube(word: Word): Matcher | undefined {
    const { qubes } = this.#known;
    const known = qubes ? qubes.includes(word.text) : QUBE_NAME.test(word.text);
    if (known) return { kind: 'qube', qube: word.text };
    if (!qubes) return this.#note(word, 'the name of a qube');
    return this.#note(
      word,
      'the name of a qube of the configuration',
      didYouMean(word.text, qubes),
    );
  }

  #label(word: Word, label: string): Matcher | undefined {
    const { labels } = this.#known;
    if (labels.includes(label)) return { kind: 'label', label };
    return this.#note(
      word,
      'a label of the configuration after @label:',
      didYouMean(label, labels),
    );
  }

  #action(word: Word): Action | undefined {
    const found = ACTIONS.find((action) => action === word.text);
    return found ?? this.#note(word, 'allow, ask or deny', didYouMean(word.text, ACTIONS));
  }

  #options(words: readonly Word[], action: Action | undefined): Options {
    const seen = new Set<string>();
    let maxSize: number | undefined;
    let ttlMs: number | undefined;
    let strip: Strip = 'none';
    for (const word of words) {
      const [name = '', ...values] = word.text.split('=');
      const value = values.join('=');
      if (seen.has(name)) {
        this.#note(word, `${name} once`);
        continue;
      }
      if (!['max_size', 'ttl', 'strip'].includes(name) || values.length === 0) {
        const near = didYouMean(name, ['max_size', 'ttl', 'strip']);
        this.#note(word, 'max_size=BYTES, ttl=SECONDS or strip=none|control|newlines', near);
        continue;
      }
      if (action === 'deny') this.#note(word, 'nothing after deny: what is denied has no options');
      seen.add(name);
      if (name === 'max_size') maxSize = this.#number(word, name, value, MAX_SIZE);
      else if (name === 'strip') strip = this.#strip(word, value) ?? 'none';
      else {
        const seconds = this.#number(word, name, value, MAX_TTL_SECONDS);
        ttlMs = seconds === undefined ? undefined : seconds * 1000;
      }
    }
    return { maxSize, ttlMs, strip };
  }

  #number(word: Word, name: string, value: string, most: number): number | undefined {
    const number = /^[0-9]{1,9}$/.test(value) ? Number(value) : 0;
    if (number >= 1 && number <= most) return number;
    return this.#note(word, `${name}= and a whole number, 1 to ${most}`);
  }

  #strip(word: Word, value: string): Strip | undefined {
    const found = STRIPS.find((strip) => strip === value);
    return found ?? this.#note(word, 'strip=none, control or newlines', didYouMean(value, STRIPS));
  }
}

/** Words parted by blanks and tabs, up to a `#` that begins a word. */
function wordsOf(content: string): Word[] {
  const words: Word[] = [];
  for (const match of content.matchAll(/[^ \t]+/g)) {
    const [text] = match;
    if (text.startsWith('#')) break;
    words.push({ text, column: match.index + 1 });
  }
  return words;
}

function neverMatched(rules: readonly Rule[]): PolicyMistake[] {
  return rules.flatMap((rule, place) => {
    const earlier = rules
      .slice(0, place)
      .find(({ source, target }) => covers(source, rule.source) && covers(target, rule.target));
    if (!earlier) return [];
    const text = `never matches: line ${earlier.line} does whenever it would`;
    return [{ line: rule.line, column: 1, text }];
  });
}

/** Does `wide` match whatever `narrow` does? What only the configuration could tell is "no". */
function covers(wide: Matcher, narrow: Matcher): boolean {
  if (wide.kind === 'any') return true;
  if (wide.kind === 'same-label' && narrow.kind === 'same') return true;
  if (wide.kind === 'qube') return narrow.kind === 'qube' && narrow.qube === wide.qube;
  if (wide.kind === 'label') return narrow.kind === 'label' && narrow.label === wide.label;
  return wide.kind === narrow.kind;
}
