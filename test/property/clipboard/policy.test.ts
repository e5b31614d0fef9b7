/** Any file is read or refused with a place; a file that was read decides as its lines say. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide } from '../../../src/clipboard/decide.ts';
import type { PolicyParty } from '../../../src/clipboard/policy.ts';
import { parsePolicy } from '../../../src/clipboard/policy-file.ts';
import { labelled, party } from '../../unit/clipboard/support.ts';

const PARTIES: readonly PolicyParty[] = [
  party(1, 'a', { label: labelled('red') }),
  party(2, 'b', { label: labelled('red'), careful: true }),
  party(3, 'c', { label: labelled('blue') }),
];
const KNOWN = { qubes: ['a', 'b', 'c'], labels: ['red', 'blue'] };

const sources = ['a', 'b', 'c', '@any', '@careful', '@label:red', '@label:blue'];
const rule = fc.record({
  source: fc.constantFrom(...sources),
  target: fc.constantFrom(...sources, '@same', '@same-label'),
  action: fc.constantFrom('allow', 'ask', 'deny'),
});

/** Does a token mean this qube? Written down apart from the code that is tested. */
function means(token: string, who: PolicyParty, source: PolicyParty): boolean {
  if (token === '@any') return true;
  if (token === '@careful') return who.careful;
  if (token === '@same') return who.qube === source.qube;
  if (token === '@same-label') return who.label.name === source.label.name;
  return token === who.qube || token === `@label:${who.label.name}`;
}

describe('a policy file', () => {
  it('decides by its first line that matches, else "deny"', () => {
    const who = fc.constantFrom(...PARTIES);
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 8 }), who, who, (rules, source, target) => {
        const text = rules.map((one) => `${one.source} ${one.target} ${one.action}`).join('\n');
        const parsed = parsePolicy(text, KNOWN);
        if (!parsed.ok) throw new Error('a mistake');
        const expected = rules.findIndex(
          (one) => means(one.source, source, source) && means(one.target, target, source),
        );
        const { action, line } = decide(parsed.policy, source, target, 10);
        expect(action).toBe(rules[expected]?.action ?? 'deny');
        expect(line).toBe(expected < 0 ? undefined : expected + 1);
        // What it warns of is never the line that decides.
        expect(parsed.warnings.map((warning) => warning.line)).not.toContain(line ?? 0);
      }),
      { numRuns: 1000 },
    );
  });

  it('whatever is in it, is read or refused with a place, in printable words', () => {
    const word = fc.constantFrom('a', '@any', 'allow', 'ttl=3', 'strip=', '#', '\n', '\r\n', '=');
    const junk = fc.array(fc.oneof(word, fc.string({ unit: 'binary', maxLength: 4 })), {
      maxLength: 30,
    });
    fc.assert(
      fc.property(junk, fc.constantFrom(' ', '\t', ''), (words, between) => {
        const text = words.join(between);
        const parsed = parsePolicy(text, KNOWN);
        if (parsed.ok) return;
        expect(parsed.mistakes.length).toBeGreaterThan(0);
        const lines = text.split('\n').length;
        for (const { line, column, text: told } of parsed.mistakes) {
          expect(line).toBeGreaterThanOrEqual(1);
          expect(line).toBeLessThanOrEqual(lines);
          expect(column).toBeGreaterThanOrEqual(1);
          expect(told).toMatch(/^expected [ -~…]+$/);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
