import { describe, expect, test } from 'vitest';
import { corrections, type Order } from '../../../src/desktop/order.ts';

const CEILING = 1;
const NOTICE = 2;
const POPUP = 3;
const SUBMENU = 4;
const FRAME = 5;
const OTHER = 6;
const LOCKER = 7;
const HIDDEN = 8;

function order(children: readonly number[], change: Partial<Order> = {}): Order {
  return {
    children,
    ceiling: CEILING,
    surfaces: children.includes(NOTICE) ? [NOTICE] : [],
    popups: [POPUP, SUBMENU].filter((one) => children.includes(one)),
    managed: new Set([FRAME]),
    isViewable: (window) => window !== CEILING && window !== HIDDEN,
    isLocker: (window) => window === LOCKER,
    ...change,
  };
}

/** The order after carrying the corrections out as the X server would. */
function corrected(start: Order): readonly number[] {
  const children = [...start.children];
  for (const { window, below } of corrections(start)) {
    children.splice(children.indexOf(window), 1);
    const at = below === undefined ? children.length : children.indexOf(below);
    children.splice(at, 0, window);
  }
  return children;
}

describe('the order of the screen', () => {
  test.each([
    ['nothing but windows', [OTHER, FRAME, CEILING]],
    ['popups between windows and ceiling', [FRAME, OTHER, POPUP, SUBMENU, CEILING, NOTICE]],
    ['a locker above all', [FRAME, POPUP, CEILING, NOTICE, LOCKER]],
    ['a window that somebody put above the locker', [FRAME, POPUP, CEILING, LOCKER, OTHER]],
    ['a managed frame above the locker', [POPUP, CEILING, LOCKER, FRAME]],
    ['an unmapped window above', [FRAME, CEILING, HIDDEN]],
    ['without a ceiling there is nothing to say', [FRAME, OTHER]],
  ])('is right: %s', (_name, children) => {
    expect(corrections(order(children))).toEqual([]);
  });

  test.each([
    ['a window above the ceiling', [POPUP, CEILING, FRAME], [FRAME, POPUP, CEILING]],
    ['a program of dom0 above it', [POPUP, CEILING, OTHER], [OTHER, POPUP, CEILING]],
    ['a managed frame above a popup', [POPUP, FRAME, CEILING], [FRAME, POPUP, CEILING]],
    ['a popup above the ceiling', [FRAME, CEILING, POPUP, NOTICE], [FRAME, POPUP, CEILING, NOTICE]],
    ['popups keep their order', [SUBMENU, POPUP, FRAME, CEILING], [FRAME, POPUP, SUBMENU, CEILING]],
    ['a covered notice', [CEILING, NOTICE, FRAME, POPUP], [FRAME, POPUP, CEILING, NOTICE]],
    ['a notice below the ceiling', [NOTICE, CEILING], [CEILING, NOTICE]],
    ['a ceiling at the very bottom', [CEILING, FRAME, POPUP], [FRAME, POPUP, CEILING]],
    ['a popup above a locker', [FRAME, LOCKER, POPUP, CEILING], [FRAME, POPUP, CEILING, LOCKER]],
    [
      'a notice above a locker',
      [FRAME, POPUP, CEILING, LOCKER, NOTICE],
      [FRAME, POPUP, CEILING, NOTICE, LOCKER],
    ],
  ])('is put right: %s', (_name, children, expected) => {
    const wrong = order(children);
    expect(corrections(wrong)).not.toEqual([]);
    const right = corrected(wrong);
    expect(right).toEqual(expected);
    expect(corrections(order(right))).toEqual([]);
  });
});
