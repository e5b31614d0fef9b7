/** The command line of the benchmark: what it takes, and what it says to what it does not. */
import { describe, expect, it } from 'vitest';
import { parseOptions, UsageError } from '../../../bench/options.ts';

describe('the options of the benchmark', () => {
  it('are everything, without any', () => {
    expect(parseOptions([])).toEqual({
      ...{ quick: false, only: [], peers: undefined, rounds: undefined, json: undefined },
      ...{ profile: undefined, markdown: undefined },
      variants: [{ name: 'Livery', variables: {} }],
    });
  });

  it('name measures, peers, rounds and a file', () => {
    const words = ['--quick', '--only', 'full60,keys400', '--peers', 'xephyr', '--rounds', '3'];
    expect(parseOptions([...words, '--json', '/tmp/x.json'])).toMatchObject({
      ...{ quick: true, only: ['full60', 'keys400'], peers: ['xephyr'], rounds: 3 },
      json: '/tmp/x.json',
    });
    expect(parseOptions(['--peers', 'none'])?.peers).toEqual([]);
  });

  it('make a variant of Livery for each value', () => {
    const { variants } = parseOptions(['--compare', 'LIVERY_CONFINE=on,off']) ?? {};
    expect(variants).toEqual([
      { name: 'Livery on', variables: { LIVERY_CONFINE: 'on' } },
      { name: 'Livery off', variables: { LIVERY_CONFINE: 'off' } },
    ]);
  });

  it('are not there when help is asked for', () => {
    expect(parseOptions(['--only', 'full60', '--help'])).toBeUndefined();
  });

  it.each([
    [['--only', 'full61'], /there is no measure 'full61'; there are copy, full60/],
    [['--peers', 'vnc'], /there is no peer 'vnc'; there are xephyr, tigervnc, xpra/],
    [['--compare', 'LIVERY_CONFINE=on'], /expected VARIABLE=A,B/],
    [['--compare', 'lane=a,b'], /expected VARIABLE=A,B/],
    [['--rounds', '0'], /expected 1 to 999/],
    [['--fast'], /--fast/],
    [['full60'], /full60/],
  ])('refuse %j', (words, message) => {
    expect(() => parseOptions(words)).toThrow(UsageError);
    expect(() => parseOptions(words)).toThrow(message);
  });
});
