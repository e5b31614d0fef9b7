import { describe, expect, test } from 'vitest';
import type { Canvas } from '../../../src/desktop/canvas.ts';
import { Flight } from '../../../src/desktop/flight.ts';

const MIB = 1 << 20;
/** Only its identity matters here. */
const canvas = (): Canvas => ({}) as Canvas;

/** A flight whose fences are answered by hand. */
function flight(): { flight: Flight; fences: (() => void)[]; wentOn: Canvas[] } {
  const fences: (() => void)[] = [];
  const wentOn: Canvas[] = [];
  return {
    flight: new Flight(
      (one) => wentOn.push(one),
      (landed) => fences.push(landed),
    ),
    fences,
    wentOn,
  };
}

function put(to: Flight, bytes: number): void {
  to.took(bytes);
  to.mind();
}

describe('what one qube has under way', () => {
  test('is not asked about before half of the room is used', () => {
    const { flight: one, fences } = flight();
    for (let at = 0; at < 32; at++) put(one, MIB);
    expect(fences).toHaveLength(0);
    put(one, MIB);
    expect(fences).toHaveLength(1);
    expect(one.hasRoom).toBe(true);
  });

  test('is bounded: windows wait until the server has done what was asked before', () => {
    const { flight: one, fences, wentOn } = flight();
    const [first, second] = [canvas(), canvas()];
    for (let at = 0; at < 64; at++) put(one, MIB);
    expect(one.hasRoom).toBe(false);
    one.wait(first);
    one.wait(second);
    expect(wentOn).toEqual([]);
    fences.shift()?.();
    expect(one.hasRoom).toBe(true);
    expect(wentOn).toEqual([first, second]);
    fences.shift()?.();
    expect(wentOn).toHaveLength(2);
  });

  test('counts small puts, of which 256 fill it', () => {
    const { flight: one } = flight();
    for (let at = 0; at < 255; at++) put(one, 4);
    expect(one.hasRoom).toBe(true);
    put(one, 4);
    expect(one.hasRoom).toBe(false);
  });

  test('comes to an end also when one put is larger than all the room', () => {
    const { flight: one, fences, wentOn } = flight();
    const waiting = canvas();
    put(one, 33 * MIB);
    put(one, 140 * MIB);
    one.wait(waiting);
    fences.shift()?.();
    // The large one followed the fence: another is needed, although nothing was put since.
    expect(one.hasRoom).toBe(false);
    expect(fences).toHaveLength(1);
    one.wait(waiting);
    fences.shift()?.();
    expect(one.hasRoom).toBe(true);
    expect(wentOn).toContain(waiting);
  });
});
