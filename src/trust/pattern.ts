/**
 * What the sides of a frame look like: the label's colour, its pattern, and an
 * outline (DESIGN 2). The result is a handful of small images that the X
 * server repeats by itself as window backgrounds, so that a frame is whole
 * with the daemon stopped. Pure; trusts the label, which is dom0's.
 */
import type { Label, Pattern } from './label.ts';

/** Rows of BGRX pixels, as PutImage (ZPixmap, depth 24, little-endian) takes them. */
export interface Tile {
  readonly width: number;
  readonly height: number;
  readonly pixels: Buffer;
}

export const SIDES = ['top', 'bottom', 'left', 'right'] as const;
export type Side = (typeof SIDES)[number];
export const CORNERS = ['northWest', 'northEast', 'southWest', 'southEast'] as const;
export type Corner = (typeof CORNERS)[number];

export interface FrameLook {
  readonly sides: Readonly<Record<Side, Tile>>;
  readonly corners: Readonly<Record<Corner, Tile>>;
  /** 0xRRGGBB of outline and pattern: black or white, whichever stands out more. */
  readonly mark: number;
}

/** Outline and pattern together leave this share of every side in exactly the label's colour. */
export const MIN_LABEL_SHARE = 0.65;

/** Thickness of the outline for a frame of `border` pixels; a thin frame has none. */
export function outlineOf(border: number): number {
  return border < 6 ? 0 : Math.floor(border / 6);
}

/**
 * The images of a frame. Corners carry the outline but no pattern. The outline
 * is black or white, opposite to the label: next to any background one of the
 * two, label or outline, stands out.
 * @param border thickness of the frame in pixels, 2..64
 */
export function frameLook(label: Label, border: number): FrameLook {
  const mark = contrastOf(label.color);
  const outline = outlineOf(border);
  const rows = border - outline;
  const { period, marked } = strokes(label.pattern, rows, border);
  const color = (along: number, fromOutside: number): number =>
    fromOutside < outline || marked(along, fromOutside - outline) ? mark : label.color;
  const last = border - 1;
  const corner = (west: boolean, north: boolean): Tile =>
    tile(border, border, (x, y) =>
      (west ? x : last - x) < outline || (north ? y : last - y) < outline ? mark : label.color,
    );
  return {
    mark,
    sides: {
      top: tile(period, border, (x, y) => color(x, y)),
      bottom: tile(period, border, (x, y) => color(x, last - y)),
      left: tile(border, period, (x, y) => color(y, x)),
      right: tile(border, period, (x, y) => color(y, last - x)),
    },
    corners: {
      northWest: corner(true, true),
      northEast: corner(false, true),
      southWest: corner(true, false),
      southEast: corner(false, false),
    },
  };
}

interface Strokes {
  /** Pixels along the side after which the pattern repeats. */
  readonly period: number;
  /** Is there ink at this place? `row` 0 lies next to the outline. */
  marked(along: number, row: number): boolean;
}

/**
 * The patterns. Each one's ink is at most a sixth of the side, which with the
 * outline's sixth is at most a third.
 * @param rows pixels across the side that are not outline
 * @param border pixels across the whole side
 */
function strokes(pattern: Pattern, rows: number, border: number): Strokes {
  // One unit is a sixth of the border: a line that is thick enough to see.
  const unit = Math.max(1, Math.floor(border / 6));
  const thick = Math.min(2 * unit, Math.max(1, Math.floor(border / 3)));
  const middle = (height: number): number => Math.floor((rows - height) / 2);
  const band = (row: number, height: number): boolean =>
    row >= middle(height) && row < middle(height) + height;
  const dashed = (on: number): Strokes => ({
    period: 2 * on,
    marked: (along, row) => along < on && band(row, thick),
  });
  switch (pattern) {
    case 'plain':
      return { period: 8 * unit, marked: () => false };
    case 'dots':
      return dashed(2 * unit);
    case 'dashes':
      return dashed(6 * unit);
    case 'wide-dashes':
      return dashed(18 * unit);
    case 'rule':
      // A frame of two pixels has no room for a whole line.
      return border === 2
        ? dashed(4)
        : { period: 8 * unit, marked: (_along, row) => band(row, unit) };
    case 'double-line': {
      const gap = Math.max(1, Math.floor((rows - 2 * unit) / 3));
      const first = Math.floor((rows - 2 * unit - gap) / 2);
      const second = first + unit + gap;
      return {
        period: 24 * unit,
        marked: (along, row) =>
          along < 12 * unit &&
          ((row >= first && row < first + unit) || (row >= second && row < second + unit)),
      };
    }
    case 'diagonal': {
      const period = 12 * unit;
      return {
        period,
        marked: (along, row) => (along + row) % period < 2 * unit,
      };
    }
    case 'cross-hatch': {
      const period = 12 * unit;
      return {
        period,
        marked: (along, row) =>
          (along + row) % period < unit || (along + period - row) % period < unit,
      };
    }
    default:
      return pattern satisfies never;
  }
}

function tile(width: number, height: number, colorAt: (x: number, y: number) => number): Tile {
  const pixels = Buffer.alloc(width * height * 4);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) pixels.writeUInt32LE(colorAt(x, y), (y * width + x) * 4);
  }
  return { width, height, pixels };
}

/** Black or white: the one with the higher contrast ratio (WCAG 2.1) to `color`. */
function contrastOf(color: number): number {
  const luminance =
    0.2126 * linear(color >> 16) +
    0.7152 * linear((color >> 8) & 255) +
    0.0722 * linear(color & 255);
  return (luminance + 0.05) / 0.05 > 1.05 / (luminance + 0.05) ? 0x000000 : 0xffffff;
}

/** An sRGB channel 0..255 as linear light 0..1. */
function linear(channel: number): number {
  const value = (channel & 255) / 255;
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}
