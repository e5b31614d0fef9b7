import fc from 'fast-check';
import { parse } from 'smol-toml';
import { describe, expect, it } from 'vitest';
import { KeyLines } from '../../../src/config/key-lines.ts';

describe('KeyLines', () => {
  it('finds keys in tables, dotted keys, inline tables and lists', () => {
    const text = `# a comment with [a] = "x"
top = 1
[a.b]
c = { d = 1, "e f" = [1, # not ]
  2, { g = 3 } ] }
'h.i'.j = '''
k = 1
'''
l = "\\"]"
[a]
m = 1979-05-27 07:32:00
[[n]]
o = """
[p]
\\"""" # ends with a quote of its own
[n.q]
r = 1
[[n]]
o = -1
`;
    expect(() => parse(text)).not.toThrow();
    const lines = new KeyLines(text);
    const at = (...path: (string | number)[]): number => lines.lineOf(path);
    expect(at('top')).toBe(2);
    expect(at('a', 'b')).toBe(3);
    expect(at('a', 'b', 'c', 'd')).toBe(4);
    expect(at('a', 'b', 'c', 'e f')).toBe(4);
    expect(at('a', 'b', 'c', 'e f', 1)).toBe(5);
    expect(at('a', 'b', 'c', 'e f', 2, 'g')).toBe(5);
    expect(at('a', 'b', 'h.i', 'j')).toBe(6);
    expect(at('a', 'b', 'l')).toBe(9);
    expect(at('a', 'm')).toBe(11);
    expect(at('n', 0, 'o')).toBe(13);
    expect(at('n', 0, 'q', 'r')).toBe(17);
    expect(at('n', 1, 'o')).toBe(19);
  });

  it('falls back to the nearest table that it knows', () => {
    const lines = new KeyLines('\n[a]\nb = 1\n');
    expect(lines.lineOf(['a', 'missing'])).toBe(2);
    expect(lines.lineOf(['nowhere'])).toBe(1);
    expect(lines.lineOf([])).toBe(1);
  });

  it('ends on any text', () => {
    const pieces = fc.constantFrom(
      '[',
      ']',
      '{',
      '}',
      '"',
      "'",
      '=',
      '.',
      ',',
      '#',
      '\n',
      'a',
      '\\',
      ' ',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 40 }), (parts) => {
        expect(new KeyLines(parts.join('')).lineOf(['a'])).toBeGreaterThan(0);
      }),
      { numRuns: 3000 },
    );
  });
});
