/**
 * Whatever bytes a qube sends as a title, what dom0 shows has none of the
 * characters that can reorder, hide, imitate or flood a caption.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { QubeName } from '../../../src/base/ids.ts';
import {
  MAX_GENERAL_MARKS,
  MAX_MARKS,
  MAX_TITLE_CHARS,
  safeTitle,
  windowTitle,
} from '../../../src/trust/title.ts';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const BANNED =
  /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Cn}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}\p{Me}\u2800]/u;
const SQUARE = /[[\]［］【】〔〕⟦⟧❲❳⁅⁆〚〛⎡⎤「」『』﹇﹈⌈⌉]/u;

/** Strings heavy in what attacks are made of. */
const nasty = fc
  .array(
    fc.oneof(
      { weight: 3, arbitrary: fc.string({ unit: 'binary', maxLength: 4 }) },
      fc.constantFrom(
        '\u202e',
        '\u2066',
        '\u200b',
        '\u0301',
        '\u0489',
        '\u20e3',
        '\u{e0041}',
        '\ufeff',
      ),
      fc.constantFrom(
        '[',
        ']',
        '［',
        '【',
        '〔',
        '⟦',
        'vault',
        ' ',
        '\u00a0',
        '\u3000',
        '\u2028',
        '\n',
      ),
      fc.constantFrom(
        '\u09c7',
        '\u09be',
        '\u1100',
        '\u1161',
        '\u0958',
        '\u2329',
        '\u0344',
        '\ue000',
        '\ufffe',
      ),
      fc.constantFrom('é', 'e', 'ש', 'ع', '漢', '😀', 'က'),
    ),
    { maxLength: 200 },
  )
  .map((parts) => parts.join(''));

function expectSafe(title: string): void {
  expect(title).not.toMatch(BANNED);
  expect(title).not.toMatch(SQUARE);
  expect(title).toBe(title.normalize('NFC'));
  expect([...title].length).toBeLessThanOrEqual(MAX_TITLE_CHARS);
  expect(title).not.toMatch(/(^| )\p{M}/u);
  expect(title).not.toMatch(new RegExp(`\\p{M}{${MAX_MARKS + 1}}`, 'u'));
  expect(title).not.toMatch(/^ | $| {2}/);
}

describe('safeTitle', () => {
  it('is safe for any bytes at all', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        expectSafe(safeTitle(bytes, 'unicode'));
        expect(safeTitle(bytes, 'ascii')).toMatch(/^[ -~]*$/);
      }),
      { numRuns: 1000 },
    );
  });

  it('is safe for any text built of what attacks are made of', () => {
    fc.assert(
      fc.property(nasty, (text) => {
        expectSafe(safeTitle(encode(text), 'unicode'));
        expect(safeTitle(encode(text), 'ascii')).toMatch(/^[ -~]*$/);
      }),
      { numRuns: 2000 },
    );
  });

  it('is a fixed point: a safe title stays as it is', () => {
    fc.assert(
      fc.property(nasty, fc.constantFrom('unicode' as const, 'ascii' as const), (text, mode) => {
        const once = safeTitle(encode(text), mode);
        expect(safeTitle(encode(once), mode)).toBe(once);
      }),
      { numRuns: 2000 },
    );
  });

  it('keeps the prefix first and unbroken', () => {
    fc.assert(
      fc.property(nasty, (text) => {
        const caption = windowTitle('work' as QubeName, safeTitle(encode(text), 'unicode'));
        expect(caption.startsWith('[work]')).toBe(true);
        expect(caption.normalize('NFC')).toBe(caption);
        expect(caption.match(/[[\]]/g)).toHaveLength(2);
      }),
    );
  });

  it('is safe for every code point after a letter and after a space', () => {
    const perTitle = 28;
    for (let first = 1; first <= 0x10ffff; first += perTitle) {
      let text = '';
      for (let code = first; code < first + perTitle && code <= 0x10ffff; code++) {
        const char = String.fromCodePoint(code);
        text += `a${char} ${char}`;
      }
      const title = safeTitle(encode(text), 'unicode');
      const bad = BANNED.test(title) || SQUARE.test(title) || /(^| )\p{M}/u.test(title);
      if (bad || title.normalize('NFC') !== title) {
        expect.fail(`from U+${first.toString(16)} came through: ${JSON.stringify(title)}`);
      }
    }
  }, 60_000);

  /** What somebody could take for the `[` of dom0's prefix, put together without looking at the code. */
  const LOOKALIKES =
    '[［【〔〖〘〚⟦⟬❲⦋⦍⦏⁅⎡⎢⎣⎴﹇︹︻︗⌈⌊⸢⸤｢「『﹁﹃˹˻⊏⊑⌜⌞⎾⎿┌┍┎┏└┕┖┗├┝┣╔╚╒╘╓╙╠╭╰▐▛▙ㄷᄃﾧㄈ匚⼕匸⼖ᑕᒥᒪ⿷⿸𝄔𝄕🄪🉀🉁🉈';

  it('begins with nothing like the bracket of a prefix, whatever code point it begins with', () => {
    const like = new Set(LOOKALIKES);
    const openers = /[[\p{Ps}]/u;
    const plain = new Set('({\u201A\u201E\u2E42\u301D');
    const bytes = new TextEncoder();
    const bad: string[] = [];
    for (let code = 0; code <= 0x10ffff; code++) {
      const title = safeTitle(bytes.encode(`${String.fromCodePoint(code)}vault] x`), 'unicode');
      const [first = ''] = title;
      if (title.includes(']')) bad.push(code.toString(16));
      if (first === '\uFFFD') continue;
      const shape = first.normalize('NFKD');
      const opens = openers.test(shape) && !plain.has(first) && !/^[({]/.test(shape);
      if (like.has(first) || opens) bad.push(code.toString(16));
    }
    expect(bad).toEqual([]);
  }, 120_000);

  it('begins with nothing like a bracket after what shows nothing either', () => {
    const hidden = fc.constantFrom('', ' ', '\u200b', '\u0301', '\u202e', '\u3164', '\ufeff', '\n');
    const before = fc.array(hidden, { maxLength: 5 }).map((parts) => parts.join(''));
    const opening = fc.array(fc.constantFrom(...LOOKALIKES), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(before, opening, before, (a, open, b) => {
        const title = safeTitle(encode(`${a}${open.join(b)}vault] mail`), 'unicode');
        expect(new Set(LOOKALIKES).has([...title][0] ?? '')).toBe(false);
        expect(title).toContain('vault) mail');
      }),
    );
  });

  it('caps towers of marks on every base', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('a', 'ש', 'က', '漢', '1'),
        fc.array(fc.constantFrom('\u0301', '\u0330', '\u0336', '\u035c', '\u1dc4'), {
          minLength: 20,
          maxLength: 60,
        }),
        (base, marks) => {
          const title = safeTitle(encode(base + marks.join('')), 'unicode');
          const general = [...title.normalize('NFD')].filter((c) => /\p{M}/u.test(c));
          // NFC may fold one further mark into the base.
          expect(general.length).toBeLessThanOrEqual(MAX_GENERAL_MARKS + 1);
        },
      ),
    );
  });
});
