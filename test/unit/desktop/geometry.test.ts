import { describe, expect, test } from 'vitest';
import {
  contentOf,
  contentOnMonitor,
  frameAround,
  normalHints,
} from '../../../src/desktop/geometry.ts';
import type { SizeHints } from '../../../src/session/port.ts';

const SCREEN = { x: 0, y: 0, width: 1280, height: 800 };
const NOTHING: SizeHints = {
  userPosition: false,
  programPosition: false,
  min: undefined,
  max: undefined,
  increment: undefined,
  base: undefined,
};

describe('frame and content', () => {
  test('the frame is larger by the border on each side', () => {
    expect(frameAround({ x: 10, y: 20, width: 30, height: 40 }, 6)).toEqual({
      x: 4,
      y: 14,
      width: 42,
      height: 52,
    });
  });

  test('a frame that was squeezed flat still has a content of one pixel', () => {
    expect(contentOf({ x: 0, y: 0, width: 3, height: 12 }, 6)).toEqual({
      x: 6,
      y: 6,
      width: 1,
      height: 1,
    });
  });

  test.each([
    [
      'as large as the screen',
      { x: 0, y: 0, width: 1280, height: 800 },
      { x: 6, y: 6, width: 1268, height: 788 },
    ],
    [
      'far outside',
      { x: 5000, y: -9000, width: 100, height: 50 },
      { x: 1174, y: 6, width: 100, height: 50 },
    ],
    [
      'one pixel too far left',
      { x: 5, y: 100, width: 10, height: 10 },
      { x: 6, y: 100, width: 10, height: 10 },
    ],
    ['inside', { x: 6, y: 6, width: 10, height: 10 }, { x: 6, y: 6, width: 10, height: 10 }],
  ])('%s: all four sides come onto the monitor', (_name, content, expected) => {
    expect(contentOnMonitor(content, [SCREEN], 6)).toEqual(expected);
  });

  test('a window stays on the monitor that shows most of it', () => {
    const second = { x: 1280, y: 0, width: 800, height: 600 };
    const content = { x: 1260, y: 590, width: 300, height: 100 };
    expect(contentOnMonitor(content, [SCREEN, second], 6)).toEqual({
      x: 1286,
      y: 494,
      width: 300,
      height: 100,
    });
  });
});

describe('a frame that says the name above', () => {
  const insets = { side: 6, top: 19 };

  test('has all of it above the content, and the content is found again', () => {
    const content = { x: 10, y: 20, width: 30, height: 40 };
    const frame = frameAround(content, insets);
    expect(frame).toEqual({ x: 4, y: 1, width: 42, height: 65 });
    expect(contentOf(frame, insets)).toEqual(content);
  });

  test('is kept on a monitor whole', () => {
    const content = contentOnMonitor({ x: 0, y: 0, width: 5000, height: 5000 }, [SCREEN], insets);
    expect(frameAround(content, insets)).toEqual(SCREEN);
  });

  test('is told to window managers with as much more', () => {
    const words = normalHints(
      { ...NOTHING, min: { width: 100, height: 50 }, max: { width: 300, height: 200 } },
      insets,
      [SCREEN],
    );
    // Minimum, maximum, base.
    expect([words[5], words[6]]).toEqual([112, 75]);
    expect([words[7], words[8]]).toEqual([312, 225]);
    expect([words[15], words[16]]).toEqual([112, 75]);
  });
});

describe('WM_NORMAL_HINTS', () => {
  const FLAGS = { us: 1, pp: 4, size: 8, min: 16, max: 32, inc: 64, base: 256, gravity: 512 };
  const ALWAYS = FLAGS.size | FLAGS.min | FLAGS.base | FLAGS.gravity;

  test('without hints: static gravity, a base of the border, never smaller than a pixel of content', () => {
    const words = normalHints(undefined, 6, [SCREEN]);
    expect(words).toHaveLength(18);
    expect(words[0]).toBe(ALWAYS);
    expect(words.slice(5, 7)).toEqual([13, 13]);
    expect(words.slice(15)).toEqual([12, 12, 10]);
  });

  test('a window that stood there before says that the user placed it', () => {
    expect(normalHints(undefined, 6, [SCREEN], true)[0]).toBe(ALWAYS | 1);
    expect(normalHints(NOTHING, 6, [SCREEN], true)[0]).toBe(ALWAYS | 1);
  });

  test('sizes grow by both borders, increments do not', () => {
    const words = normalHints(
      {
        ...NOTHING,
        userPosition: true,
        min: { width: 20, height: 30 },
        max: { width: 600, height: 500 },
        increment: { width: 8, height: 16 },
        base: { width: 4, height: 2 },
      },
      6,
      [SCREEN],
    );
    expect(words[0]).toBe(ALWAYS | FLAGS.us | FLAGS.max | FLAGS.inc);
    expect(words.slice(5, 11)).toEqual([32, 42, 612, 512, 8, 16]);
    expect(words.slice(15, 17)).toEqual([16, 14]);
  });

  test('without a base increments count from the minimum, as ICCCM says', () => {
    const words = normalHints(
      { ...NOTHING, min: { width: 20, height: 30 }, increment: { width: 8, height: 16 } },
      6,
      [SCREEN],
    );
    expect(words.slice(15, 17)).toEqual([32, 42]);
  });

  test('a maximum below the minimum and an increment of nothing are dropped', () => {
    const words = normalHints(
      {
        ...NOTHING,
        programPosition: true,
        min: { width: 100, height: 100 },
        max: { width: 50, height: 500 },
        increment: { width: 0, height: 16 },
      },
      6,
      [SCREEN],
    );
    expect(words[0]).toBe(ALWAYS | FLAGS.pp);
    expect(words.slice(7, 11)).toEqual([0, 0, 0, 0]);
  });

  test('a minimum or a base that no monitor has room for is made smaller', () => {
    const small = { x: 1280, y: 0, width: 800, height: 400 };
    const huge = { width: 9000, height: 9000 };
    const words = normalHints({ ...NOTHING, min: huge, base: huge }, 6, [SCREEN, small]);
    expect(words.slice(5, 7)).toEqual([600, 300]);
    expect(words.slice(15, 17)).toEqual([600, 300]);
  });
});
