import { describe, expect, it } from 'vitest';
import type { QubeName } from '../../../src/base/ids.ts';
import { safeClass, safeTitle, windowClass, windowTitle } from '../../../src/trust/title.ts';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const unicode = (text: string): string => safeTitle(encode(text), 'unicode');
const ascii = (text: string): string => safeTitle(encode(text), 'ascii');
const WORK = 'work' as QubeName;

describe('safeTitle, unicode', () => {
  it('leaves ordinary titles alone', () => {
    for (const title of [
      'user@host: ~/src',
      'Übung „drei“ – façade',
      'שלום עולם',
      'مرحبا',
      '漢字かな交じり文',
      'मानक हिन्दी',
      'ကျွန်ုပ်',
      'Tiếng Việt',
      '😀 done',
      'f(x) = {1}',
    ]) {
      expect(unicode(title)).toBe(title.normalize('NFC'));
    }
  });

  it('removes bidi controls, zero-width characters and tags', () => {
    expect(unicode('a\u202eb\u2066c\u200bd\ufeffe\u{e0041}\u{e007f}f\u00adg')).toBe('abcdefg');
  });

  it('turns controls, line separators and odd spaces into one space', () => {
    expect(unicode('a\r\n\tb\u2028c\u2029d\u00a0\u3000e\u0085f\u001bg')).toBe('a b c d e f g');
    expect(unicode('a\u2800\u2800b')).toBe('a b');
  });

  it('shows private-use, noncharacters and broken UTF-8 as U+FFFD', () => {
    expect(unicode('a\ue000\ufdd0\u{10ffff}')).toBe('a\ufffd\ufffd\ufffd');
    expect(
      safeTitle(Uint8Array.of(0x61, 0xff, 0xc0, 0x80, 0xed, 0xa0, 0x80, 0x62), 'unicode'),
    ).toMatch(/^a\ufffd+b$/);
  });

  it('cannot imitate the prefix', () => {
    expect(unicode('[vault] secrets')).toBe('(vault) secrets');
    expect(unicode('［vault］')).toBe('(vault)');
    expect(unicode('【vault】')).toBe('(vault)');
    expect(unicode('⟦vault⟧ 〔x〕 ⎡y⎤')).toBe('(vault) (x) (y)');
    expect(unicode('\u200b [\u200bvault]')).toBe('(vault)');
  });

  it('composes what was apart, also after removing what stood between', () => {
    expect(unicode('e\u0301')).toBe('é');
    expect(unicode('e\u200d\u0301')).toBe('é');
  });

  it('drops marks that would sit on the prefix, and towers', () => {
    expect(unicode('\u0301\u0302x')).toBe('x');
    expect(unicode('a \u0336b')).toBe('a b');
    expect(unicode(`x${'\u0301'.repeat(50)}`)).toBe('x\u0301\u0301\u0301');
    expect(unicode('a\u20dd\u0489')).toBe('a');
  });

  it('caps the length with an ellipsis, by characters', () => {
    expect([...unicode('😀'.repeat(500))]).toHaveLength(120);
    expect(unicode('😀'.repeat(500)).endsWith('…')).toBe(true);
    expect(unicode('a'.repeat(120))).toBe('a'.repeat(120));
  });

  it('ends at the first NUL', () => {
    expect(unicode('left\0right')).toBe('left');
    expect(unicode('\0')).toBe('');
  });

  it('shows with an ellipsis that the sender cut inside a character', () => {
    const bytes = encode('abc😀');
    for (const cut of [1, 2, 3]) {
      expect(safeTitle(bytes.subarray(0, bytes.length - cut), 'unicode')).toBe('abc…');
      expect(safeTitle(bytes.subarray(0, bytes.length - cut), 'ascii')).toBe('abc...');
    }
    expect(safeTitle(Uint8Array.of(0x61, 0x80, 0x80), 'unicode')).toBe('a\ufffd\ufffd');
  });
});

describe('safeTitle, ascii', () => {
  it('shows everything else as an underscore', () => {
    expect(ascii('naïve – 漢字')).toBe('na_ve _ __');
    expect(ascii('a\u202eb\u001b[31mred')).toBe('a_b (31mred');
    expect(ascii('[vault] x')).toBe('(vault) x');
  });
});

describe('windowTitle', () => {
  it('puts the qube first', () => {
    expect(windowTitle(WORK, 'x')).toBe('[work] x');
    expect(windowTitle(WORK, '')).toBe('[work]');
  });
});

describe('safeClass', () => {
  it('is printable ASCII without a colon, capped', () => {
    expect(safeClass(encode('XTerm\0junk'))).toBe('XTerm');
    expect(safeClass(encode('vault:XTerm'))).toBe('vault_XTerm');
    expect(safeClass(encode('a\u202eé\n'))).toBe('a______');
    expect(safeClass(new Uint8Array(500).fill(0x61))).toHaveLength(64);
    expect(windowClass(WORK, safeClass(encode('xscreensaver')))).toBe('work:xscreensaver');
  });
});
