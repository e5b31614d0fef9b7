/** What is seen in a text, taken out of it and shown of it, byte by byte. */
import { describe, expect, it } from 'vitest';
import { PREVIEW_CHARS, PREVIEW_MAX_BYTES, previewInto } from '../../../src/clipboard/preview.ts';
import { textFacts } from '../../../src/clipboard/risks.ts';
import { stripInPlace } from '../../../src/clipboard/strip.ts';
import { codePointAt, INVALID, widthOf } from '../../../src/clipboard/utf8.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const risks = (text: string | Uint8Array): readonly string[] =>
  textFacts(typeof text === 'string' ? bytes(text) : text).risks;

/** What an agent of the reference sends in place of a text offered in pieces, as seen on the wire. */
const INCR_ANSWER = Buffer.from(
  '5175626520636c6970626f6172642073697a65206f766572203235364b694220616e642058313120494e4352' +
    '2070726f746f636f6c20737570706f7274206973206e6f7420696d706c656d656e74656421',
  'hex',
);

describe('the facts of a text', () => {
  it('of plain words are its size and no risk', () => {
    for (const text of [
      '',
      'hunter2',
      'Grüße, 你好, שלום, नमस्ते',
      '👩‍👩‍👧 ❤️ 1️⃣',
      'a\tb',
      'می‌خواهم',
    ]) {
      expect(textFacts(bytes(text))).toEqual({
        size: bytes(text).length,
        risks: [],
        incrWarning: false,
      });
    }
  });

  it.each([
    ['a line feed', 'a\nb', ['newline']],
    ['a carriage return', 'a\rb', ['newline']],
    ['CR LF', 'a\r\nb', ['newline']],
    ['NEL', 'a\u0085b', ['newline']],
    ['a line separator', 'a\u2028b', ['newline']],
    ['a paragraph separator', 'a\u2029b', ['newline']],
    ['a form feed', 'a\fb', ['newline', 'control']],
    ['NUL', 'a\0b', ['control']],
    ['a backspace', 'a\bb', ['control']],
    ['DEL', 'a\u007fb', ['control']],
    ['C1', 'a\u0080b', ['control']],
    ['an escape sequence', 'a\u001b[31m', ['control']],
    ['the end of a paste', 'a\u001b[201~rm', ['control', 'paste-end']],
    ['the end of a paste with CSI', 'a\u009b201~rm', ['control', 'paste-end']],
    ['a paste that does not end', '\u001b[201', ['control']],
    ['an override', 'a\u202eb', ['bidi']],
    ['an isolate', 'a\u2066b', ['bidi']],
    ['a mark', 'a\u200fb', ['bidi']],
    ['an Arabic mark', 'a\u061cb', ['bidi']],
    ['a zero-width space', 'a\u200bb', ['invisible']],
    ['a joiner behind a letter', 'a\u200db', ['invisible']],
    ['a joiner at the start', '\u200dx', ['invisible']],
    ['a byte order mark', '\ufeffx', ['invisible']],
    ['a soft hyphen', 'pass\u00adword', ['invisible']],
    ['tag characters', 'x\u{e0061}\u{e007f}', ['invisible']],
    ['a Hangul filler', 'x\u3164', ['invisible']],
    ['a variation selector behind a letter', 'x\u{e0100}', ['invisible']],
  ])('name %s', (_, text, found) => {
    expect(risks(text)).toEqual(found);
  });

  it.each([
    ['a stray continuation', [0x80]],
    ['a cut character', [0x61, 0xe2, 0x82]],
    ['an overlong form', [0xc0, 0xaf]],
    ['an overlong form of three', [0xe0, 0x80, 0x8a]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['above the last character', [0xf4, 0x90, 0x80, 0x80]],
    ['Latin-1', [0x67, 0xfc, 0x6e]],
    ['0xff', [0xff]],
  ])('name what is no UTF-8: %s', (_, list) => {
    expect(risks(Uint8Array.from(list))).toEqual(['not-utf8']);
  });

  it.each([
    'sudo apt install x',
    '  rm -rf ~',
    '$ curl https://example.org/x',
    '# /usr/bin/wget x',
    'first\ncurl -s x',
    'first\rsudo',
    'x | sh',
    'x |bash -s',
    'cat x|/bin/zsh',
    'echo $(id)',
  ])('say that it looks like a command: %j', (text) => {
    expect(risks(text)).toContain('command');
  });

  it.each([
    'hunter2',
    'sudoku',
    'the rm command',
    'a | b',
    'shell',
    'Curl',
    'costs $5 (five)',
    'rm-rf',
    '| shy',
  ])('do not say so of %j', (text) => {
    expect(risks(text)).not.toContain('command');
  });

  it('know the sentence of an agent that could not read its program, and only that', () => {
    expect(textFacts(INCR_ANSWER).incrWarning).toBe(true);
    const other = Uint8Array.from(INCR_ANSWER);
    other[80] = 0x3f;
    expect(textFacts(other).incrWarning).toBe(false);
    expect(textFacts(INCR_ANSWER.subarray(0, 80)).incrWarning).toBe(false);
  });

  it('are known in a moment, also of a text made to be slow', () => {
    for (const unit of ['|', '| ', '\n', '\n# ', '|/', '\u001b[', '$', '\u200d']) {
      const hostile = bytes(unit.repeat(256_000 / unit.length)).subarray(0, 256_000);
      const began = performance.now();
      textFacts(hostile);
      expect(performance.now() - began).toBeLessThan(1000);
    }
  });
});

describe('stripping', () => {
  const stripped = (text: string | Uint8Array, strip: 'none' | 'control' | 'newlines'): string => {
    const buffer = Uint8Array.from(typeof text === 'string' ? bytes(text) : text);
    const length = stripInPlace(buffer, strip);
    expect(buffer.subarray(length).every((byte) => byte === 0)).toBe(true);
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
      buffer.subarray(0, length),
    );
  };

  it('of nothing changes nothing, not even what is no UTF-8', () => {
    const buffer = Uint8Array.from([0, 0x1b, 0xff, 0x0a, 0xc2]);
    expect(stripInPlace(buffer, 'none')).toBe(5);
    expect([...buffer]).toEqual([0, 0x1b, 0xff, 0x0a, 0xc2]);
  });

  it.each([
    ['a\u001b[201~b', 'a[201~b'],
    ['a\u009b201~b', 'a201~b'],
    ['a\0b\u007fc\u0080d\bé', 'abcdé'],
    ['\u202eabc\u2066\u200e\u061c', 'abc'],
    ['a\tb\nc', 'a\tb\nc'],
    ['a\r\nb\rc\u0085d', 'a\nb\nc\nd'],
    ['a\r\u001b\nb', 'a\n\nb'],
    ['a\u2028b', 'a\u2028b'],
    ['👩‍👧 ❤️ 你好', '👩‍👧 ❤️ 你好'],
  ])('of control characters makes %j to %j', (text, left) => {
    expect(stripped(text, 'control')).toBe(left);
  });

  it.each([
    ['one\ntwo', 'one two'],
    ['one\r\n\r\ntwo\u2028three\u2029four\u0085five', 'one two three four five'],
    ['password\n', 'password'],
    ['\n\npassword\r\n\r\n', 'password'],
    ['a\n\u001b\nb', 'a b'],
    ['a \n b', 'a   b'],
    ['\n', ''],
    ['ä\vb\fc', 'ä b c'],
    ['a\tb', 'a\tb'],
  ])('of newlines makes %j to %j', (text, left) => {
    expect(stripped(text, 'newlines')).toBe(left);
  });

  it('never lets two halves join to a control character', () => {
    // C2 and 9B are CSI; a byte that goes stands between them.
    expect(stripped(Uint8Array.from([0x61, 0xc2, 0x1b, 0x9b, 0x32]), 'control')).toBe('a??2');
    expect(stripped(Uint8Array.from([0xe2, 0x80, 0x00, 0xae]), 'newlines')).toBe('???');
  });
});

describe('the preview', () => {
  const shown = (text: string | Uint8Array, chars?: number, room = PREVIEW_MAX_BYTES): string => {
    const target = new Uint8Array(room).fill(0x58);
    const length = previewInto(target, typeof text === 'string' ? bytes(text) : text, chars);
    expect(target.subarray(length).every((byte) => byte === 0x58)).toBe(true);
    return Buffer.from(target.subarray(0, length)).toString('latin1');
  };

  it('shows printable ASCII as it is and nothing else', () => {
    expect(shown('Hunter 2! <&>')).toBe('Hunter 2! <&>');
    expect(shown('a\\u{41}')).toBe('a\\\\u{41}');
    expect(shown('ä\n\u202e\u001b👩')).toBe('\\u{e4}\\u{a}\\u{202e}\\u{1b}\\u{1f469}');
    expect(shown(Uint8Array.from([0x61, 0xff, 0xe2, 0x82]))).toBe('a\\u{fffd}\\u{fffd}\\u{fffd}');
    expect(shown('\0\u007f\u{10ffff}')).toBe('\\u{0}\\u{7f}\\u{10ffff}');
  });

  it('ends after so many characters, and says that there is more', () => {
    expect(shown('x'.repeat(PREVIEW_CHARS))).toBe('x'.repeat(48));
    expect(shown('x'.repeat(PREVIEW_CHARS + 1))).toBe(`${'x'.repeat(48)}...`);
    expect(shown('\u{10ffff}'.repeat(60))).toBe(`${'\\u{10ffff}'.repeat(48)}...`);
    expect(shown('secret', 3)).toBe('sec...');
    expect(shown('')).toBe('');
  });

  it('cuts no escape and never writes behind its target', () => {
    expect(shown('ab\u{10ffff}', 48, 14)).toBe('ab...');
    expect(shown('ab\u{10ffff}', 48, 15)).toBe('ab\\u{10ffff}');
    for (const room of [0, 1, 2, 3]) expect(shown('abcdef', 48, room)).toBe('.'.repeat(room));
  });
});

describe('reading UTF-8', () => {
  it('agrees with the decoder of the platform on every character', () => {
    for (let code = 0; code <= 0x10ffff; code += code < 0x3000 ? 1 : 251) {
      if (code >= 0xd800 && code <= 0xdfff) continue;
      const encoded = bytes(String.fromCodePoint(code));
      expect(codePointAt(encoded, 0)).toBe(code);
      expect(widthOf(code)).toBe(encoded.length);
    }
  });

  it('agrees with it on what is none, for every start of two bytes', () => {
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    for (let pair = 0; pair < 0x10000; pair++) {
      const encoded = Uint8Array.from([pair >> 8, pair & 0xff, 0x80, 0x80]);
      const code = codePointAt(encoded, 0);
      const first = encoded.subarray(0, widthOf(code));
      let valid = true;
      try {
        decoder.decode(first);
      } catch {
        valid = false;
      }
      if (valid !== (code !== INVALID)) throw new Error(`differs at ${pair.toString(16)}`);
    }
  });
});
