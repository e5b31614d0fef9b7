import { describe, expect, it } from 'vitest';
import {
  FRESH,
  GOOD_SESSION_MS,
  type ReconnectState,
  sessionBegan,
  sessionClosed,
  sessionViolated,
} from '../../../src/session/reconnect-policy.ts';

/** Sessions of `lengths` milliseconds, each ended by a violation: the waits after them. */
function waits(...lengths: number[]): (number | undefined)[] {
  let state: ReconnectState = FRESH;
  let nowMs = 0;
  return lengths.map((length) => {
    state = sessionBegan(state, nowMs);
    nowMs += length;
    const next = sessionViolated(state, nowMs);
    state = next.state;
    nowMs += next.delayMs ?? 0;
    return next.delayMs;
  });
}

describe('after a violation', () => {
  it('the session begins again after 1, 5 and 30 s, then only by hand', () => {
    expect(waits(10, 10, 10, 10, 10)).toEqual([1000, 5000, 30_000, undefined, undefined]);
  });

  it('five good minutes reset the count', () => {
    expect(waits(10, 10, GOOD_SESSION_MS, 10)).toEqual([1000, 5000, 1000, 5000]);
  });

  it('a little less than five minutes does not', () => {
    expect(waits(10, 10, GOOD_SESSION_MS - 1)).toEqual([1000, 5000, 30_000]);
  });

  it('a violation before the handshake counts, whatever the wait before it', () => {
    let state: ReconnectState = FRESH;
    for (const expected of [1000, 5000, 30_000, undefined]) {
      const next = sessionViolated(state, GOOD_SESSION_MS * 10);
      expect(next.delayMs).toBe(expected);
      state = next.state;
    }
  });

  it('closing the channel neither adds to the count nor clears it', () => {
    let { state } = sessionViolated(sessionBegan(FRESH, 0), 10);
    state = sessionClosed(sessionBegan(state, 2000), 3000);
    expect(sessionViolated(state, 4000).delayMs).toBe(5000);
    state = sessionClosed(sessionBegan(state, 4000), 4000 + GOOD_SESSION_MS);
    expect(sessionViolated(state, 5000 + GOOD_SESSION_MS).delayMs).toBe(1000);
  });
});
