/** What the daemon keeps for the live view. */
import { describe, expect, it } from 'vitest';
import type { Log } from '../../../src/base/log.ts';
import { LogTail } from '../../../src/daemon/log-tail.ts';
import { Ring } from '../../../src/daemon/ring.ts';

describe('a ring', () => {
  it('gives what is newer than a number, and forgets the oldest', () => {
    const ring = new Ring<{ readonly value: number }>(3);
    expect(ring.after(0)).toEqual([]);
    for (let value = 1; value <= 20; value++) ring.add({ value });
    expect(ring.after(0).map(({ seq }) => seq)).toEqual([18, 19, 20]);
    expect(ring.after(19)).toEqual([{ seq: 20, value: 20 }]);
    expect(ring.after(20)).toEqual([]);
  });
});

describe('the tail of the log', () => {
  it('has what the log was told, escaped and capped, without what only helps to debug', () => {
    const told: string[] = [];
    const log: Log = {
      debug: (_, message) => void told.push(message),
      info: (_, message) => void told.push(message),
      warn: (_, message) => void told.push(message),
      error: (_, message) => void told.push(message),
      child: () => log,
    };
    const tail = new LogTail(() => 1234.5);
    const through = tail.through(log).child({ qube: 'work' });
    through.debug({}, 'detail');
    through.warn({ reason: '\u001b[31mred\u202e', none: undefined }, 'x'.repeat(1000));
    expect(told).toEqual(['detail', 'x'.repeat(1000)]);
    const [line, more] = tail.after(0);
    expect(more).toBeUndefined();
    expect(line).toMatchObject({ seq: 1, timeMs: 1235, level: 'warn' });
    expect(line?.fields).toBe('qube=work reason=\\u{1b}[31mred\\u{202e}');
    expect(line?.message).toBe(`${'x'.repeat(400)}…`);
  });
});
