/**
 * events_max_delay: input comes later and in order; nothing else is delayed
 * (gui-daemon 3.10; the reference delays what is drawn as well).
 */
import { describe, expect, it } from 'vitest';
import type { VmWindowId } from '../../../src/base/ids.ts';
import { DelayedInput } from '../../../src/guid/delayed-input.ts';
import type { QubePort } from '../../../src/session/port.ts';
import { ManualClock } from '../../rig/manual-clock.ts';

const W = 7 as VmWindowId;

type Call = readonly [name: string, ...values: unknown[]];

/** A port that writes down what it is told. */
function recorder(calls: Call[]): QubePort {
  const note =
    (name: string) =>
    (...values: unknown[]): void =>
      void calls.push([name, ...values]);
  return {
    key: note('key'),
    button: note('button'),
    motion: note('motion'),
    crossing: note('crossing'),
    focus: note('focus'),
    keymap: note('keymap'),
    placed: note('placed'),
    mapped: note('mapped'),
    flags: note('flags'),
    close: note('close'),
    clipboardRequest: note('clipboardRequest'),
    clipboardData: (...values) => {
      note('clipboardData')(...values);
      return true;
    },
    exceeded: note('exceeded'),
    clipboardSendMax: 65_000,
  };
}

function stage(delays: number[]) {
  const clock = new ManualClock();
  const calls: Call[] = [];
  const ranges: [number, number][] = [];
  const port = new DelayedInput(recorder(calls), clock, 100, (low, high) => {
    ranges.push([low, high]);
    return delays.shift() ?? low;
  });
  return { clock, calls, port, ranges };
}

describe('DelayedInput', () => {
  it('releases input when its time has come', () => {
    const { clock, calls, port } = stage([40]);
    port.motion(W, 1, 2, 0);
    expect(calls).toEqual([]);
    clock.advance(38);
    expect(calls).toEqual([]);
    clock.advance(2);
    expect(calls).toEqual([['motion', W, 1, 2, 0]]);
  });

  it('keeps the order: nothing is released before what came earlier', () => {
    const { clock, calls, port, ranges } = stage([90]);
    port.key(W, true, 0, 0, 0, 38);
    clock.advance(10);
    port.key(W, false, 0, 0, 0, 38);
    port.focus(W, false, 3);
    expect(ranges).toEqual([
      [0, 100],
      [80, 100],
      [80, 100],
    ]);
    clock.advance(80);
    expect(calls.map(([name]) => name)).toEqual(['key', 'key', 'focus']);
  });

  it('delays neither places nor states nor a close', () => {
    const { calls, port } = stage([100, 100]);
    port.motion(W, 0, 0, 0);
    port.placed(W, { x: 1, y: 2, width: 3, height: 4 });
    port.flags(W, 4);
    port.close(W);
    expect(calls.map(([name]) => name)).toEqual(['placed', 'flags', 'close']);
  });

  it('keeps its own copy of a keymap', () => {
    const { clock, calls, port } = stage([10]);
    const bitmap = new Uint8Array(32);
    bitmap[1] = 1;
    port.keymap(bitmap);
    bitmap.fill(0);
    clock.advance(10);
    const expected = new Uint8Array(32);
    expected[1] = 1;
    expect(calls).toEqual([['keymap', expected]]);
  });

  it('forgets what waits when the conversation is over', () => {
    const { clock, calls, port } = stage([50]);
    port.motion(W, 0, 0, 0);
    port.forget();
    clock.advance(200);
    expect(calls).toEqual([]);
    port.motion(W, 5, 5, 0);
    clock.advance(200);
    expect(calls).toHaveLength(1);
  });
});
