/**
 * Colours and sizes of dom0's own surfaces. No colour here is a label's: a
 * surface must not look as if it belonged to a qube. Sizes are pixels at 96 dpi.
 */

/** 0xRRGGBB. */
export const INK = {
  /** Light, and outlined in dark and light: it stands out from every background. */
  paper: 0xfbfbf9,
  outline: 0x20262b,
  text: 0x1a1f23,
  quiet: 0x525c64,
  symbol: 0x3b464e,
  rule: 0xc9ced2,
  well: 0xeff1f2,
  bar: 0x3b464e,
  barEmpty: 0xdde1e4,
  warning: 0x1a1f23,
} as const;

export const SIZE = {
  padding: 16,
  symbol: 24,
  gap: 14,
  title: 14,
  body: 12.5,
  heading: 17,
  mono: 12.5,
  /** Lines of text follow each other at this many times their size. */
  leading: 1.4,
  /** The frame of a qube's name: as thick as the frames of windows. */
  frame: 6,
} as const;

/** `#rrggbb`, for SVG. */
export function ink(color: number): string {
  return `#${color.toString(16).padStart(6, '0')}`;
}
