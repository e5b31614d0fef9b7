import { describe, expect, it } from 'vitest';
import { didYouMean, nearestWord } from '../../../src/base/suggest.ts';

describe('nearestWord', () => {
  it('finds what was meant: a letter missing, wrong, too many, swapped', () => {
    const words = ['qube', 'windows', 'run', 'doctor'];
    expect(nearestWord('window', words)).toBe('windows');
    expect(nearestWord('qbue', words)).toBe('qube');
    expect(nearestWord('docter', words)).toBe('doctor');
    expect(nearestWord('RUN', words)).toBe('run');
  });

  it('is silent when nothing is near', () => {
    expect(nearestWord('frobnicate', ['run', 'qube'])).toBeUndefined();
    expect(didYouMean('zzz', ['run'])).toBe('');
    expect(nearestWord('x'.repeat(100_000), ['run'])).toBeUndefined();
  });
});
