/** A qube that says more than its rates allow is slowed down to them, and ended only after long. */
import { describe, expect, it } from 'vitest';
import { BURST_SECONDS, DEFAULT_LIMITS, limitsFrom } from '../../../src/base/budgets.ts';
import { type Log, silentLog } from '../../../src/base/log.ts';
import { PerMinute } from '../../../src/base/per-minute.ts';
import { fromVm } from '../../../src/protocol/from-vm.ts';
import { Throttle } from '../../../src/session/throttle.ts';
import { rateOf } from '../../../src/session/turn.ts';
import { ManualClock } from '../../rig/manual-clock.ts';

const TITLE = fromVm.type.title;

function stage(values: Parameters<typeof limitsFrom>[0] = {}) {
  const clock = new ManualClock();
  const lines: string[] = [];
  const log: Log = { ...silentLog, warn: (_fields, text) => void lines.push(text) };
  const limits = limitsFrom({ maxWindows: 10, titlesPerSecond: 50, ...values }, undefined);
  return { clock, lines, throttle: new Throttle(clock, log, limits, rateOf) };
}

/** Titles that are handled in `ms` of a flood. */
function flood({ clock, throttle }: ReturnType<typeof stage>, ms: number): number {
  const endMs = clock.nowMs() + ms;
  let handled = 0;
  while (clock.nowMs() < endMs) {
    throttle.begin();
    do handled++;
    while (throttle.take(TITLE));
    let goesOn = false;
    throttle.pause(() => {
      goesOn = true;
    });
    while (!goesOn) clock.advance(1);
  }
  return handled;
}

describe('a flood', () => {
  it('is handled at its rate, after what it may begin with', () => {
    const s = stage();
    const burst = 50 * BURST_SECONDS + 10;
    const handled = flood(s, 20_000);
    expect(handled).toBeGreaterThanOrEqual(burst + 50 * 19);
    expect(handled).toBeLessThanOrEqual(burst + 50 * 21);
  });

  it('has less room for what went past', () => {
    const { clock, throttle } = stage();
    throttle.begin();
    const burst = 50 * BURST_SECONDS + 10;
    expect(throttle.room(TITLE)).toBe(burst);
    throttle.spend(TITLE, burst - 1);
    expect(throttle.room(TITLE)).toBe(1);
    expect([throttle.take(TITLE), throttle.take(TITLE)]).toEqual([true, false]);
    expect(throttle.room(TITLE)).toBe(0);
    clock.advance(100);
    throttle.begin();
    expect(throttle.room(TITLE)).toBe(4);
    // What has no rate has room for all.
    expect(throttle.room(fromVm.type.destroy)).toBe(Number.POSITIVE_INFINITY);
  });

  it('is logged once a minute, and known until it is over for a moment', () => {
    const s = stage();
    expect(s.throttle.throttled).toBe(false);
    flood(s, 30_000);
    expect(s.throttle.throttled).toBe(true);
    expect(s.lines).toHaveLength(1);
    s.clock.advance(2500);
    expect(s.throttle.throttled).toBe(false);
    flood(s, 60_000);
    expect(s.lines).toHaveLength(2);
  });

  it('ends the session only when it lasts for longer than flood_seconds', () => {
    const s = stage({ floodSeconds: 10 });
    flood(s, 9000);
    s.clock.advance(3000);
    flood(s, 9000);
    expect(() => flood(s, 3000)).toThrow(
      expect.objectContaining({ code: 'FLOOD_LIMIT', message: expect.stringContaining('titles') }),
    );
    const never = stage({ floodSeconds: 0 });
    flood(never, 1_000_000);
  });

  it('does not count what has no rate, nor one kind for another', () => {
    const { throttle } = stage();
    throttle.begin();
    let free = 0;
    while (free < 100_000 && throttle.take(fromVm.type.destroy)) free++;
    expect(free).toBe(100_000);
    let titles = 0;
    while (throttle.take(TITLE)) titles++;
    expect(titles).toBe(50 * BURST_SECONDS + 10);
    expect(throttle.take(fromVm.type.shmImage)).toBe(true);
  });

  it('is no flood when it says all of all its windows at once, as an agent that comes back', () => {
    const clock = new ManualClock();
    const throttle = new Throttle(clock, silentLog, DEFAULT_LIMITS, rateOf);
    const { type } = fromVm;
    const each = [type.create, type.map, type.title, type.wmClass, type.hints, type.dump];
    for (let i = 0; i < DEFAULT_LIMITS.maxWindows; i++) {
      for (const one of each) expect(throttle.take(one)).toBe(true);
    }
  });
});

it('what is allowed per minute is counted anew each minute', () => {
  const lately = new PerMinute(3);
  expect([0, 1, 2, 3].map((ms) => lately.take(ms))).toEqual([true, true, true, false]);
  expect(lately.spent).toBe(true);
  expect(lately.take(59_999)).toBe(false);
  expect(lately.take(60_000)).toBe(true);
  expect(lately.spent).toBe(false);
});
