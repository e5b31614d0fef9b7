/** Every budget can be configured, for all qubes and for one, and is in the example. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { BUDGETS, DEFAULT_LIMITS, type Limits } from '../../../src/base/budgets.ts';
import type { QubeName } from '../../../src/base/ids.ts';
import { parseConfig } from '../../../src/config/read.ts';

const NAMES = Object.keys(BUDGETS) as (keyof typeof BUDGETS)[];
const keyOf = (name: string): string =>
  name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

function limitsOf(text: string): Limits | undefined {
  const config = parseConfig(`${text}\n[qube.b]\nlabel = "blue"\n`, 'l.toml');
  return config.qubes.get('a' as QubeName)?.limits;
}

describe('limits', () => {
  it.each(NAMES)('%s is configured for all qubes and for one', (name) => {
    const { low, high } = BUDGETS[name];
    const key = keyOf(name);
    const held = name === 'maxQueueMib' ? 'maxQueueBytes' : name;
    const unit = name === 'maxQueueMib' ? 1024 * 1024 : 1;
    const qube = '[qube.a]\nlabel = "red"\n';
    expect(limitsOf(`[limits]\n${key} = ${low}\n${qube}`)?.[held]).toBe(low * unit);
    const both = `[limits]\n${key} = ${low}\n${qube}[qube.a.limits]\n${key} = ${high}\n`;
    expect(limitsOf(both)).toEqual({ ...DEFAULT_LIMITS, [held]: high * unit });
  });

  it.each(NAMES)('%s out of range is told with its line and what was expected', (name) => {
    const { low, high, what } = BUDGETS[name];
    const text = `[qube.a]\nlabel = "red"\n[qube.a.limits]\n${keyOf(name)} = ${high + 1}\n`;
    const wanted = `l.toml:4: qube.a.limits.${keyOf(name)}: expected ${what}: a whole number, ${low} to ${high}`;
    expect(() => limitsOf(text)).toThrow(wanted);
  });

  it('a key that does not exist is named, with the one that was meant', () => {
    const text = '[limits]\ntitle_per_second = 1\n[qube.a]\nlabel = "red"\n';
    expect(() => limitsOf(text)).toThrow(/l\.toml:2: .*did you mean "titles_per_second"/);
  });

  it('has a reason and a default within its range for each', () => {
    for (const name of NAMES) {
      const { value, low, high, reason } = BUDGETS[name];
      expect(value, name).toBeGreaterThanOrEqual(low);
      expect(value, name).toBeLessThanOrEqual(high);
      expect(reason.length, name).toBeGreaterThan(10);
    }
  });

  it('the example names each with its default', () => {
    const example = readFileSync('docs/examples/livery.toml', 'utf8');
    for (const name of NAMES) {
      expect(example).toMatch(new RegExp(`^# ${keyOf(name)} = ${BUDGETS[name].value}\\b`, 'm'));
    }
  });
});
