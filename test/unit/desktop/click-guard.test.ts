import { describe, expect, test } from 'vitest';
import type { DomainId } from '../../../src/base/ids.ts';
import { ClickGuard, GUARD_MS } from '../../../src/desktop/click-guard.ts';

const A = 1 as DomainId;
const B = 2 as DomainId;
const HERE = { x: 500, y: 300 };
const THERE = { x: 510, y: 300 };
/** Near the wrap of the server's clock. */
const T = 0xffff_ff80;

const at = (ms: number): number => (T + ms) >>> 0;

/** The pointer rests at HERE in a window of B since long before T. */
function restingInB(): ClickGuard {
  const guard = new ClickGuard();
  guard.entered(B, { ...entry(-5000, THERE, false, 0) });
  guard.seen(B, HERE.x, HERE.y);
  return guard;
}

const entry = (ms: number, place = HERE, fresh = true, focused: DomainId | 0 = B) => ({
  ...place,
  ...{ time: at(ms), afterGrab: false, fresh, focused: focused || undefined },
});

describe('a window of A that appears where the pointer rests in a window of B', () => {
  test.each([
    ['first', true],
    ['last', false],
  ] as const)(
    'gets no press for a while, whether B’s leaving is told %s or not',
    (_, leftFirst) => {
      const guard = restingInB();
      if (leftFirst) guard.left(B, at(0), false);
      guard.entered(A, entry(0, HERE, false));
      if (!leftFirst) guard.left(B, at(0), false);
      expect(guard.mayPress(A, at(0))).toBe(false);
      expect(guard.mayPress(A, at(GUARD_MS - 1))).toBe(false);
      expect(guard.mayPress(A, at(GUARD_MS))).toBe(true);
    },
  );

  test('also when B’s last motion is told after it', () => {
    const guard = restingInB();
    guard.entered(A, entry(0, THERE));
    guard.seen(B, THERE.x, THERE.y);
    guard.left(B, at(0), false);
    expect(guard.mayPress(A, at(10))).toBe(false);
  });

  test('has not moved the pointer on: motion in it, a second window of A, and a grab for a click change nothing', () => {
    const guard = restingInB();
    guard.left(B, at(0), false);
    guard.entered(A, entry(0));
    guard.seen(A, THERE.x, THERE.y);
    guard.left(A, at(100), false);
    guard.entered(A, entry(100, THERE));
    guard.left(A, at(150), true);
    guard.entered(A, { ...entry(152, HERE), afterGrab: true });
    expect(guard.mayPress(A, at(151))).toBe(false);
  });

  test('during a grab of somebody is guarded when that ends', () => {
    const guard = new ClickGuard();
    guard.entered(A, entry(-9000, THERE, false, 0));
    guard.left(A, at(-8000), true);
    guard.entered(B, { ...entry(-7000), afterGrab: true });
    guard.left(B, at(-10), true);
    guard.entered(A, { ...entry(0, HERE, false), afterGrab: true });
    expect(guard.mayPress(A, at(1))).toBe(false);
  });

  test('and goes, guards B as well: the second click of two was not for B', () => {
    const guard = restingInB();
    guard.left(B, at(0), false);
    guard.entered(A, entry(0));
    guard.left(A, at(400), false);
    guard.entered(B, entry(400));
    expect(guard.mayPress(B, at(450))).toBe(false);
    expect(guard.mayPress(B, at(400 + GUARD_MS))).toBe(true);
  });

  test('and goes again before the press in it is told, gets none either', () => {
    const guard = restingInB();
    guard.left(B, at(0), false);
    guard.entered(A, entry(0, HERE, false));
    guard.left(A, at(30), false);
    guard.entered(B, entry(30, HERE, false));
    expect(guard.mayPress(A, at(20))).toBe(false);
  });

  test('is guarded each time it appears', () => {
    const guard = restingInB();
    for (const ms of [0, 400, 800]) {
      guard.left(B, at(ms), false);
      guard.entered(A, entry(ms));
      expect(guard.mayPress(A, at(ms + 50))).toBe(false);
      guard.left(A, at(ms + 100), false);
      guard.entered(B, entry(ms + 100));
    }
  });
});

describe('a press goes through at once', () => {
  test('when the pointer moved from B to A, also into a new window', () => {
    const guard = restingInB();
    guard.left(B, at(0), false);
    guard.entered(A, entry(0, THERE));
    expect(guard.mayPress(A, at(5))).toBe(true);
  });

  test('in a new window of the qube that has the pointer: menus', () => {
    const guard = restingInB();
    guard.left(B, at(0), false);
    guard.entered(B, entry(0));
    expect(guard.mayPress(B, at(1))).toBe(true);
  });

  test('when the pointer came from outside into a window that was there, or of the qube with the focus', () => {
    const guard = new ClickGuard();
    guard.entered(A, entry(0, HERE, false, B));
    expect(guard.mayPress(A, at(1))).toBe(true);
    guard.left(A, at(10), false);
    guard.entered(A, entry(20, HERE, true, A));
    expect(guard.mayPress(A, at(21))).toBe(true);
    guard.left(A, at(30), false);
    guard.entered(A, entry(40, HERE, true, 0));
    expect(guard.mayPress(A, at(41))).toBe(true);
  });
});

test('from outside, a window that just appeared while another qube has the focus gets no press', () => {
  const guard = new ClickGuard();
  guard.entered(A, entry(0, HERE, true, B));
  expect(guard.mayPress(A, at(299))).toBe(false);
});

test('a qube that is gone is no place the pointer came from', () => {
  const guard = restingInB();
  guard.forget(B);
  guard.entered(A, entry(0, HERE, false));
  expect(guard.mayPress(A, at(1))).toBe(true);
  expect(guard.mayPress(B, at(1))).toBe(true);
});
