import fc from 'fast-check';
import { expect, test } from 'vitest';
import { escapeText } from '../../../src/base/escape.ts';

/** Half of it what a terminal or a reader of the log would take for something else. */
const special = fc.constantFrom('\x1b', '\n', '\r', '\0', '\x7f', '\x9b', '\\', '\u202e', '{', '}');
const anything = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.string({ unit: special, maxLength: 300 }),
);

test('escaped text is printable ASCII, and the mark where it was cut', () => {
  fc.assert(
    fc.property(anything, fc.integer({ min: 1, max: 200 }), (text, max) => {
      expect(escapeText(text, max)).toMatch(/^[\x20-\x7e]*…?$/);
    }),
  );
});

test('no two texts look the same: the escape can be undone', () => {
  const undo = (text: string): string =>
    text.replace(/\\\\|\\u\{([0-9a-f]+)\}/g, (whole, hex: string | undefined) =>
      hex === undefined ? whole.slice(1) : String.fromCodePoint(Number.parseInt(hex, 16)),
    );
  fc.assert(
    fc.property(anything, (text) => {
      expect(undo(escapeText(text, 1000))).toBe(text);
    }),
  );
});

test('its length is bounded by what was asked for', () => {
  fc.assert(
    fc.property(anything, fc.integer({ min: 1, max: 50 }), (text, max) => {
      // The longest escape is that of a code point of six digits.
      expect(escapeText(text, max).length).toBeLessThanOrEqual(max * 10 + 1);
    }),
  );
});
