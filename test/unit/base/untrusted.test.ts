import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { Untrusted } from '../../../src/base/untrusted.ts';

const SECRET = 'from a qube\u001b[2J';
const value = new Untrusted(SECRET);

describe('an untrusted value', () => {
  test('comes out by parsing and in no other way', () => {
    expect(value.parse((text) => text.length)).toBe(SECRET.length);
    expect(Object.values(value)).toEqual([]);
  });

  test('does not become text by accident', () => {
    expect(() => `${value}`).toThrow(TypeError);
    expect(() => Number(value)).toThrow(TypeError);
  });

  test('shows a placeholder where something prints it', () => {
    for (const shown of [JSON.stringify({ value }), inspect({ value }), value.toString()]) {
      expect(shown).toContain('[untrusted]');
      expect(shown).not.toContain('qube');
    }
  });
});
