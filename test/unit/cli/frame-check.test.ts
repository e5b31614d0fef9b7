import { describe, expect, it } from 'vitest';
import type { Rect } from '../../../src/base/geometry.ts';
import { frameFaults, type ShownWindow } from '../../../src/cli/demo/frame-check.ts';
import { Picture } from '../../../src/cli/demo/picture.ts';

const WIDTH = 200;
const HEIGHT = 120;
const BLUE = 0x3465a4;

class Canvas {
  readonly rgb = new Uint8Array(WIDTH * HEIGHT * 3).fill(0x80);

  fill({ x, y, width, height }: Rect, color: number): this {
    for (let row = y; row < y + height; row++) {
      for (let column = x; column < x + width; column++) {
        if (row < 0 || column < 0 || row >= HEIGHT || column >= WIDTH) continue;
        this.rgb.set([color >> 16, (color >> 8) & 0xff, color & 0xff], (row * WIDTH + column) * 3);
      }
    }
    return this;
  }

  get picture(): Picture {
    return new Picture(WIDTH, HEIGHT, this.rgb);
  }
}

const FRAME = { x: 20, y: 10, width: 100, height: 80 };
const CONTENT = { x: 26, y: 16, width: 88, height: 68 };
const WINDOW: ShownWindow = {
  qube: 'work',
  title: 't',
  color: '#3465a4',
  frame: FRAME,
  content: CONTENT,
};

/** A window as it should be: an outline, the label's colour, a thin pattern, content with something in it. */
function good(): Canvas {
  return new Canvas()
    .fill(FRAME, 0xffffff)
    .fill({ x: 21, y: 11, width: 98, height: 78 }, BLUE)
    .fill({ x: 23, y: 13, width: 94, height: 74 }, 0x88aadd)
    .fill({ x: 24, y: 14, width: 92, height: 72 }, BLUE)
    .fill(CONTENT, 0xffffff)
    .fill({ x: 30, y: 20, width: 5, height: 5 }, 0);
}

describe('frameFaults', () => {
  it('finds nothing wrong with a good window, nor with a tint of a shadow', () => {
    expect(frameFaults(good().picture, [WINDOW])).toEqual([]);
    const tinted = good().fill({ x: 21, y: 11, width: 98, height: 2 }, BLUE + 0x050505);
    expect(frameFaults(tinted.picture, [WINDOW])).toEqual([]);
  });

  it.each([
    ['top', { x: 60, y: 10, width: 30, height: 6 }],
    ['bottom', { x: 60, y: 84, width: 30, height: 6 }],
    ['left', { x: 20, y: 30, width: 6, height: 30 }],
    ['right', { x: 114, y: 30, width: 6, height: 30 }],
  ])('sees that a stretch of the %s side is covered', (side, rect) => {
    const faults = frameFaults(good().fill(rect, 0).picture, [WINDOW]);
    expect(faults).toEqual([`work: t: ${side} side of the frame: 30 px of it are covered`]);
  });

  it('sees another colour, a missing side, and empty content', () => {
    const red = { ...WINDOW, color: '#cc0000' };
    expect(frameFaults(good().picture, [red])).toHaveLength(4);
    const thin = good().fill({ x: 21, y: 13, width: 98, height: 3 }, 0xffffff);
    expect(frameFaults(thin.picture, [WINDOW])).toEqual([
      expect.stringMatching(/^work: t: top side of the frame: 3\d % of it has the colour #3465a4$/),
    ]);
    const bare = { ...WINDOW, content: { ...FRAME, width: 94 } };
    expect(frameFaults(good().picture, [bare]).join()).toContain('it is not there');
    const empty = good().fill(CONTENT, 0xeeeeee);
    expect(frameFaults(empty.picture, [WINDOW])).toEqual(['work: t: there is nothing in it yet']);
  });

  it('sees windows that overlap or leave the screen', () => {
    const other = { ...WINDOW, qube: 'vault' };
    expect(frameFaults(good().picture, [WINDOW, other])[0]).toBe('work: t: it overlaps vault: t');
    const off = { ...WINDOW, frame: { ...FRAME, x: -1 } };
    expect(frameFaults(good().picture, [off])[0]).toBe('work: t: it is not wholly on the screen');
  });
});

describe('Picture', () => {
  it('takes the bytes of an X server', () => {
    const picture = Picture.fromBgrx(2, 1, Uint8Array.of(1, 2, 3, 0, 4, 5, 6, 0));
    expect([picture.at(0, 0), picture.at(1, 0), picture.at(2, 0)]).toEqual([
      0x030201,
      0x060504,
      undefined,
    ]);
    expect(() => new Picture(2, 2, new Uint8Array(5))).toThrow(RangeError);
  });

  it('is another one when a pixel or the shape differs', () => {
    const one = new Picture(2, 1, new Uint8Array(6));
    expect(one.equals(new Picture(2, 1, new Uint8Array(6)))).toBe(true);
    expect(one.equals(new Picture(1, 2, new Uint8Array(6)))).toBe(false);
    expect(one.equals(new Picture(2, 1, new Uint8Array([0, 0, 0, 0, 0, 1])))).toBe(false);
  });
});
