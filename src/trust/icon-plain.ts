/**
 * Icons as window properties, and the icon of a window that has none of its
 * own: a small frame of the label, filled with its colour, made by dom0. Pure.
 */
import type { Icon } from './icon.ts';
import type { Label } from './label.ts';
import { frameLook, type Tile } from './pattern.ts';

const SIDE = 48;
/** A third of the side: the pattern is as large as it can be. */
const BORDER = 16;

/** The label's colour and pattern. */
export function plainIcon(label: Label): Icon {
  const { sides, corners } = frameLook(label, BORDER);
  const pixels = new Uint8Array(SIDE * SIDE * 4);
  const last = SIDE - BORDER;
  const colorAt = (x: number, y: number): number => {
    if (y < BORDER) {
      if (x < BORDER) return at(corners.northWest, x, y);
      return x >= last ? at(corners.northEast, x - last, y) : at(sides.top, x, y);
    }
    if (y >= last) {
      if (x < BORDER) return at(corners.southWest, x, y - last);
      return x >= last ? at(corners.southEast, x - last, y - last) : at(sides.bottom, x, y - last);
    }
    if (x < BORDER) return at(sides.left, x, y);
    return x >= last ? at(sides.right, x - last, y) : label.color;
  };
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      const color = colorAt(x, y);
      pixels.set([(color >> 16) & 255, (color >> 8) & 255, color & 255, 255], (y * SIDE + x) * 4);
    }
  }
  return { width: SIDE, height: SIDE, pixels };
}

/** The value of _NET_WM_ICON (CARDINAL, format 32): width, height, then ARGB words. */
export function iconProperty({ width, height, pixels }: Icon): Buffer {
  const value = Buffer.alloc(8 + pixels.length);
  value.writeUInt32LE(width, 0);
  value.writeUInt32LE(height, 4);
  for (let from = 0; from < pixels.length; from += 4) {
    const to = from + 8;
    value[to] = pixels[from + 2] as number;
    value[to + 1] = pixels[from + 1] as number;
    value[to + 2] = pixels[from] as number;
    value[to + 3] = pixels[from + 3] as number;
  }
  return value;
}

/** 0xRRGGBB of a tile, repeated for ever. */
function at({ width, height, pixels }: Tile, x: number, y: number): number {
  return pixels.readUInt32LE(((y % height) * width + (x % width)) * 4) & 0xffffff;
}
