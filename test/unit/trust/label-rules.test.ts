import { describe, expect, it } from 'vitest';
import { BUILTIN_LABELS, type Label } from '../../../src/trust/label.ts';
import {
  alikePairs,
  labelConflicts,
  labelDistance,
  MIN_LABEL_DISTANCE,
} from '../../../src/trust/label-rules.ts';

const RED: Label = { name: 'red', color: 0xcc0000, pattern: 'plain' };
const NEAR_RED: Label = { name: 'crimson', color: 0xc80010, pattern: 'dots' };
const BLUE: Label = { name: 'blue', color: 0x3465a4, pattern: 'plain' };

describe('labelConflicts', () => {
  it('accepts the built-in labels, all of them together', () => {
    expect(labelConflicts(BUILTIN_LABELS)).toEqual([]);
  });

  it('refuses two colours that look alike, whatever their patterns', () => {
    const [conflict, ...rest] = labelConflicts([RED, NEAR_RED]);
    expect(rest).toEqual([]);
    expect(conflict).toMatchObject({ one: RED, two: NEAR_RED, reason: 'color' });
    expect(conflict?.distance).toBeLessThan(MIN_LABEL_DISTANCE);
  });

  it('refuses one pattern for two labels, however far their colours', () => {
    expect(labelConflicts([RED, BLUE])).toMatchObject([{ reason: 'pattern' }]);
    expect(labelDistance(RED, BLUE)).toBeGreaterThan(40);
  });
});

describe('alikePairs', () => {
  it('names the built-in pairs that a colour vision deficiency brings together', () => {
    const found = alikePairs(BUILTIN_LABELS);
    for (const pair of found) expect(pair.one.pattern).not.toBe(pair.two.pattern);
    expect(found.map((p) => `${p.one.name}-${p.two.name}-${p.vision}`)).toMatchInlineSnapshot(`
      [
        "orange-yellow-deutan",
        "orange-green-deutan",
        "yellow-green-protan",
        "yellow-green-deutan",
        "gray-purple-deutan",
        "blue-purple-protan",
        "blue-purple-deutan",
      ]
    `);
  });
});
