/**
 * The agent's clipboard without an X server: which forms of dom0's text are
 * served, and what dom0 is answered.
 */
import { isUtf8 } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clipboardAnswer, type ProgramText } from '../../../src/agent/clipboard-answer.ts';
import { OwnText } from '../../../src/agent/clipboard-text.ts';
import { features } from '../../../src/protocol/version.ts';

describe('text of dom0', () => {
  const forms = (text: string | Buffer) => {
    const own = new OwnText(Buffer.from(text as string));
    return [own.utf8.toString('utf8'), own.latin1.toString('latin1')];
  };

  it('is served as it is, and as Latin-1 where asked', () => {
    expect(forms('caf\u00e9 \u2013 ok\r\n\t\u{1f511}')).toEqual([
      'caf\u00e9 \u2013 ok\r\n\t\u{1f511}',
      'caf\u00e9 ? ok\r\n\t?',
    ]);
  });

  it.each(['a\u001bb', 'a\u007f', 'a\rb', 'a\bb', 'a\u009b31m'])(
    'is not served as text when it is %j',
    (text) => {
      expect(forms(text)[0]).toBe('');
    },
  );

  it('ends at NUL; bytes that are no UTF-8 are bytes', () => {
    expect(forms('ab\0cd')[0]).toBe('ab');
    expect(forms(Buffer.from([0x61, 0xe9]))).toEqual(['', 'a\u00e9']);
    expect(forms(Buffer.from([0x61, 0xc2]))).toEqual(['', 'a\u00c2']);
  });

  it('becomes Latin-1 as ICCCM wants it, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const plain = text.replaceAll('\0', '');
        const wanted = Array.from(plain, (c) => ((c.codePointAt(0) as number) < 256 ? c : '?'));
        expect(forms(plain)[1]).toBe(wanted.join(''));
      }),
    );
  });

  it('is overwritten when it is wiped', () => {
    const own = new OwnText(Buffer.from('p\u00e4ssword'));
    const { raw, utf8, latin1 } = own;
    own.wipe();
    for (const bytes of [raw, utf8, latin1]) expect(bytes.every((byte) => byte === 0)).toBe(true);
    expect(raw.length).toBe(9);
  });
});

describe('the answer to dom0', () => {
  const [old, now] = [7, 8].map((minor) => features({ major: 1, minor })) as [
    ReturnType<typeof features>,
    ReturnType<typeof features>,
  ];
  const text = (bytes: Uint8Array | string, more: Partial<ProgramText> = {}): ProgramText => ({
    ...{ form: 'utf8', bytes: Buffer.from(bytes as string), cut: false },
    ...more,
  });
  const said = (what: ProgramText, limits = now): string =>
    Buffer.from(clipboardAnswer(what, limits)).toString('utf8');

  it('is what the program has', () => {
    expect(said(text('\ufeffgr\u00fc\u00dfe \u4f60\u597d \u{1f600}'))).toBe(
      '\ufeffgr\u00fc\u00dfe \u4f60\u597d \u{1f600}',
    );
    expect(said(text(''))).toBe('');
  });

  it('is UTF-8 also when the program says Latin-1, or lies about it', () => {
    const latin1 = (bytes: Uint8Array | string) => text(bytes, { form: 'latin1' });
    expect(said(latin1(Uint8Array.of(0x67, 0xfc, 0xdf)))).toBe('g\u00fc\u00df');
    expect(said(latin1('g\u00fc\u00df'))).toBe('g\u00fc\u00df');
  });

  it('has U+FFFD where the program has no UTF-8', () => {
    expect(said(text(Uint8Array.of(0x61, 0xff, 0x62, 0xe4, 0xbd)))).toBe('a\ufffdb\ufffd');
    // A surrogate and an overlong slash are no characters either.
    const broken = Uint8Array.of(0xed, 0xa0, 0x80, 0x2f, 0xc0, 0xaf);
    expect(said(text(broken))).toBe('\ufffd\ufffd\ufffd/\ufffd\ufffd');
  });

  it('is as large as may be, and one byte of zeros more when it does not fit', () => {
    const full = Buffer.alloc(256_000, 0x61);
    expect(clipboardAnswer(text(full), now)).toHaveLength(256_000);
    const marker = clipboardAnswer(text(full, { cut: true }), now);
    expect(marker).toHaveLength(256_001);
    expect(marker.every((byte) => byte === 0)).toBe(true);
    // What grows beyond the limit by being made UTF-8 does not fit either.
    const latin1 = text(Buffer.alloc(130_000, 0xe4), { form: 'latin1' });
    expect(clipboardAnswer(latin1, now)).toHaveLength(256_001);
  });

  it('never ends in half a character where it is cut', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('a', '\u00e4', '\u4f60', '\u{1f600}'),
        fc.string({ maxLength: 5 }),
        (letter, before) => {
          const all = Buffer.from(before + letter.repeat(65_003));
          const bytes = all.subarray(0, 65_001);
          const cut = bytes.length < all.length;
          const answer = Buffer.from(clipboardAnswer(text(bytes, { cut }), old));
          expect(isUtf8(answer)).toBe(true);
          // Exactly as long as a cut text is.
          expect(answer).toHaveLength(cut ? 65_000 : all.length);
          const end = answer.toString('utf8').trimEnd();
          expect(all.toString('utf8').startsWith(end)).toBe(true);
          if (cut) expect(Buffer.byteLength(end)).toBeGreaterThan(65_000 - 4);
        },
      ),
      { numRuns: 40 },
    );
  });
});
