/** Escaping holds for every text, though only dom0's own comes. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { QubeName } from '../../../src/base/ids.ts';
import { noticePicture } from '../../../src/surface/notice-picture.ts';
import { promptPicture } from '../../../src/surface/prompt-picture.ts';
import { textWidth, wrapText } from '../../../src/surface/text-width.ts';
import { escapeXml, MAX_ESCAPED_BYTES, writeEscaped } from '../../../src/surface/xml.ts';
import { PROMPT, WORK } from '../../unit/surface/pictures.ts';

const RUNS = 300;
const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
};
const hostile = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom(...'<>&"\'/!]-az \u0000\u001b\u007f\u0085') }),
  fc.constantFrom(
    '</text></svg><image href="file:///etc/passwd"/>',
    ']]><!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>&x;',
    '&#60;script&#62;',
    '\u202e\ud800\u0000\ufffe',
  ),
);

function unescapeXml(text: string): string {
  return text.replace(/&(\w+);/g, (_whole, name: string) => ENTITIES[name] ?? '[?]');
}

/** What an element says besides its text: its tags, in order. */
function structure(svg: string): string {
  return (svg.match(/<[^>]*>/g) ?? []).map((tag) => tag.replace(/ .*/s, '')).join();
}

describe('text in XML', () => {
  it('is data, whatever is in it', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const escaped = escapeXml(text);
        expect(escaped).not.toMatch(/[<>"']/);
        expect(escaped).not.toMatch(/&(?!(amp|lt|gt|quot|apos);)/);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
        expect(escaped).not.toMatch(/[\u0000-\u001f\u007f-\u009f\ufffe\uffff\u2028\u2029]/);
        expect(escaped).not.toMatch(/[\ud800-\udfff]/u);
        const back = unescapeXml(escaped);
        expect([...back].length).toBe([...text].length);
        if (/^[ -~]*$/.test(text)) expect(back).toBe(text);
      }),
      { numRuns: RUNS },
    );
  });

  it('is the same for bytes, which never get longer than there is room for', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 512 }), (bytes) => {
        const target = new Uint8Array(bytes.length * MAX_ESCAPED_BYTES);
        const end = writeEscaped(target, 0, bytes);
        const text = Buffer.from(target.subarray(0, end)).toString('utf8');
        const plain = [...bytes]
          .map((byte) => (byte >= 0x20 && byte <= 0x7e ? String.fromCharCode(byte) : '?'))
          .join('');
        expect(unescapeXml(text).replaceAll('\u00a0', ' ')).toBe(plain);
        expect(text).not.toMatch(/[<>"' ]/);
      }),
      { numRuns: RUNS },
    );
  });

  it('changes no picture but in its text', () => {
    const options = { scale: 1, language: 'en', nowMs: 0 } as const;
    const notice = (text: string): string => {
      const source = { ...WORK, qube: text as QubeName };
      return noticePicture({ kind: 'wiped', cause: 'lock', source }, options).svg;
    };
    const expected = structure(notice('work'));
    fc.assert(
      fc.property(hostile, (text) => {
        expect(structure(notice(text.slice(0, 40)))).toBe(expected);
      }),
      { numRuns: RUNS },
    );
  });

  it('lets no preview out of its lines', () => {
    const options = { scale: 1, language: 'en', nowMs: 0 } as const;
    const keys = { paste: 'Ctrl+Enter', cancel: 'Esc' };
    const prompt = (preview: Uint8Array): string => {
      const drawing = promptPicture(PROMPT, { ...options, keys, preview });
      return Buffer.from(drawing.svg).toString('utf8');
    };
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), (preview) => {
        expect(structure(prompt(preview))).toBe(structure(prompt(Buffer.from('x'))));
      }),
      { numRuns: 50 },
    );
  });
});

describe('lines', () => {
  it('are never wider than they may be, and nothing is lost', () => {
    const text = fc.stringMatching(/^[ -~äöüß]{0,200}$/);
    fc.assert(
      fc.property(text, fc.integer({ min: 40, max: 400 }), (words, width) => {
        const lines = wrapText(words, 'regular', 12, width);
        for (const line of lines) {
          expect(textWidth(line, 'regular', 12)).toBeLessThanOrEqual(width);
        }
        expect(lines.join('').replaceAll(' ', '')).toBe(words.replaceAll(' ', ''));
      }),
      { numRuns: RUNS },
    );
  });
});
