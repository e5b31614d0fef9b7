import { describe, expect, test } from 'vitest';
import { BUILTIN_LABELS, type Label, PATTERNS } from '../../../src/trust/label.ts';
import {
  CORNERS,
  frameLook,
  MIN_LABEL_SHARE,
  outlineOf,
  SIDES,
  type Tile,
} from '../../../src/trust/pattern.ts';

function colorsOf(tile: Tile): number[] {
  expect(tile.pixels.length).toBe(tile.width * tile.height * 4);
  return Array.from({ length: tile.width * tile.height }, (_, at) =>
    tile.pixels.readUInt32LE(at * 4),
  );
}

function share(tile: Tile, color: number): number {
  const colors = colorsOf(tile);
  return colors.filter((one) => one === color).length / colors.length;
}

const BORDERS = [2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 13, 16, 24, 32, 48, 64];

describe('the look of a frame', () => {
  test.each(BORDERS)(
    'at %i px every pattern leaves the label its share of every side',
    (border) => {
      for (const pattern of PATTERNS) {
        const label: Label = { name: 'x', color: 0x3465a4, pattern };
        const look = frameLook(label, border);
        for (const side of SIDES) {
          const tile = look.sides[side];
          expect([pattern, side, share(tile, label.color) >= MIN_LABEL_SHARE]).toEqual([
            pattern,
            side,
            true,
          ]);
          const across = side === 'top' || side === 'bottom' ? tile.height : tile.width;
          expect(across).toBe(border);
        }
      }
    },
  );

  test('only two colours are used: the label and one that stands out from it', () => {
    for (const label of BUILTIN_LABELS) {
      const look = frameLook(label, 6);
      expect([0x000000, 0xffffff]).toContain(look.mark);
      expect(look.mark).not.toBe(label.color);
      for (const tile of [...Object.values(look.sides), ...Object.values(look.corners)]) {
        expect(colorsOf(tile).every((color) => [label.color, look.mark].includes(color))).toBe(
          true,
        );
      }
    }
    expect(frameLook({ name: 'k', color: 0, pattern: 'rule' }, 6).mark).toBe(0xffffff);
    expect(frameLook({ name: 'y', color: 0xedd400, pattern: 'dots' }, 6).mark).toBe(0);
  });

  test('the outline runs along the outer edge of every side and around the corners', () => {
    const label: Label = { name: 'red', color: 0xcc0000, pattern: 'plain' };
    const { sides, corners, mark } = frameLook(label, 6);
    expect(outlineOf(6)).toBe(1);
    expect(outlineOf(12)).toBe(2);
    const top = colorsOf(sides.top);
    expect(top.slice(0, sides.top.width).every((color) => color === mark)).toBe(true);
    expect(top.slice(sides.top.width).every((color) => color === label.color)).toBe(true);
    const right = colorsOf(sides.right);
    expect(right.every((color, at) => (color === mark) === (at % 6 === 5))).toBe(true);
    for (const corner of CORNERS)
      expect(colorsOf(corners[corner]).filter((c) => c === mark).length).toBe(11);
    expect(colorsOf(corners.southEast)[35]).toBe(mark);
    expect(colorsOf(corners.southEast)[0]).toBe(label.color);
  });

  test('the black label has a white line inside besides its outline', () => {
    const { sides } = frameLook({ name: 'black', color: 0, pattern: 'rule' }, 6);
    const column = Array.from({ length: 6 }, (_, y) =>
      sides.top.pixels.readUInt32LE(y * sides.top.width * 4),
    );
    expect(column.filter((color) => color === 0xffffff)).toHaveLength(2);
    expect(column[0]).toBe(0xffffff);
    expect(column[5]).toBe(0);
  });

  test.each([4, 6, 9, 12])('at %i px no two patterns look the same', (border) => {
    const looks = PATTERNS.map((pattern) => {
      const { top } = frameLook({ name: 'x', color: 0x777777, pattern }, border).sides;
      // Repeated to a common length, so that only what is seen is compared.
      return Array.from({ length: border * 3600 }, (_, at) => {
        const x = Math.floor(at / border) % top.width;
        return top.pixels.readUInt32LE(((at % border) * top.width + x) * 4);
      }).join();
    });
    expect(new Set(looks).size).toBe(PATTERNS.length);
  });
});
