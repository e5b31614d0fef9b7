/** Whatever bytes come: stripping leaves nothing of what it takes, the preview is ASCII, nothing throws. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PREVIEW_MAX_BYTES, previewInto } from '../../../src/clipboard/preview.ts';
import { textFacts } from '../../../src/clipboard/risks.ts';
import { stripInPlace } from '../../../src/clipboard/strip.ts';

/** Bytes of which most mean something: pieces of controls, line ends, escapes, characters. */
const piece = fc.constantFrom(
  ...['a', ' ', '\n', '\r', '\t', '\0', '\u001b', '[201~', '\u0085', '\u009b', '\u2028', '\u202e'],
  ...['\u2066', 'ü', '你', '👩', '\u200d', '\\', '<'],
);
const text = fc.array(piece, { maxLength: 40 }).map((parts) => Buffer.from(parts.join('')));
const noise = fc
  .array(
    fc.oneof(fc.constantFrom(0xc2, 0x9b, 0xe2, 0x80, 0xa8, 0xae, 0x1b, 0x0d, 0x0a), fc.nat(255)),
    {
      maxLength: 60,
    },
  )
  .map((list) => Buffer.from(list));
const bytes = fc.oneof(text, noise);
const strip = fc.constantFrom('control', 'newlines');

function stripped(of: Uint8Array, how: 'control' | 'newlines'): Buffer {
  const buffer = Buffer.from(of);
  return buffer.subarray(0, stripInPlace(buffer, how));
}

const CONTROL = /(?![\t\n])[\p{Cc}\p{Bidi_Control}]/u;

describe('any bytes', () => {
  it('are UTF-8 without what was to be taken out once they are stripped', () => {
    fc.assert(
      fc.property(bytes, strip, (of, how) => {
        const left = stripped(of, how);
        expect(left.length).toBeLessThanOrEqual(of.length);
        const read = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(left);
        expect(read).not.toMatch(CONTROL);
        if (how === 'newlines') expect(read).not.toMatch(/[\n\u2028\u2029]/);
        expect(textFacts(left).risks).not.toContain('not-utf8');
        // A second time finds nothing more to do.
        expect(stripped(left, how)).toEqual(left);
      }),
      { numRuns: 1000 },
    );
  });

  it('keep every other character in its order', () => {
    fc.assert(
      fc.property(text, (of) => {
        const kept = of.toString().replace(/\r\n?|\u0085/g, '\n');
        const expected = kept.replace(new RegExp(CONTROL, 'gu'), '');
        expect(stripped(of, 'control').toString()).toBe(expected);
      }),
      { numRuns: 1000 },
    );
  });

  it('have facts that agree with what the platform reads in them', () => {
    fc.assert(
      fc.property(bytes, (of) => {
        const { size, risks } = textFacts(of);
        expect(size).toBe(of.length);
        let read: string | undefined;
        try {
          read = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(of);
        } catch {}
        expect(risks.includes('not-utf8')).toBe(read === undefined);
        if (read === undefined) return;
        expect(risks.includes('newline')).toBe(/[\n\v\f\r\u0085\u2028\u2029]/.test(read));
        const ends = ['\u001b[201~', '\u009b201~'].some((end) => read?.includes(end));
        expect(risks.includes('paste-end')).toBe(ends);
        expect(risks.includes('bidi')).toBe(/\p{Bidi_Control}/u.test(read));
      }),
      { numRuns: 1000 },
    );
  });

  it('have a preview of printable ASCII within its room', () => {
    fc.assert(
      fc.property(bytes, fc.nat(48), fc.nat(PREVIEW_MAX_BYTES), (of, chars, room) => {
        const target = Buffer.alloc(room + 8, 0xaa);
        const length = previewInto(target.subarray(0, room), of, chars);
        expect(length).toBeLessThanOrEqual(room);
        expect(target.subarray(0, length).toString('latin1')).toMatch(/^[ -~]*$/);
        expect(target.subarray(length).every((byte) => byte === 0xaa)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it('in full room are shown so that they can be read back', () => {
    fc.assert(
      fc.property(text, (of) => {
        const target = Buffer.alloc(1000);
        const shown = target.subarray(0, previewInto(target, of, 1000)).toString('latin1');
        const back = shown.replace(/\\(\\|u\{([0-9a-f]+)\})/g, (_, one: string, hex?: string) =>
          hex === undefined ? one : String.fromCodePoint(Number.parseInt(hex, 16)),
        );
        expect(back).toBe(of.toString());
      }),
      { numRuns: 1000 },
    );
  });
});
