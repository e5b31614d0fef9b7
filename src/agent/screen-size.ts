/**
 * The size of the qube's screen: dom0's, within what an X server can have.
 */
import { clamp, type Size } from '../base/geometry.ts';
import type { Xconf } from '../protocol/handshake.ts';

export interface ScreenSize extends Size {
  /** Dots per inch for programs; the X server's default when absent. */
  readonly dpi?: number;
}

const FALLBACK: ScreenSize = { width: 1920, height: 1080 };
const MIN_SIDE = 64;
/** X11 coordinates are 16 bits signed; half of them leaves room for windows beyond the edge. */
const MAX_SIDE = 16_384;
/**
 * A 4K screen, or two of 2560x1440 beside each other. The X server paints all of it once
 * (42 MiB) before it gives back what is not on the screen, which is why it is not more.
 */
const LARGEST: Size = { width: 5_120, height: 2_160 };
/** The X server's own when dom0 says nothing. */
export const DEFAULT_DPI = 96;
const MIN_DPI = 48;
const MAX_DPI = 480;

/** A daemon that names no size (0x0) leaves it to us. */
export function screenOf(screen: Pick<Xconf, 'width' | 'height'>): ScreenSize {
  if (screen.width === 0 || screen.height === 0) return FALLBACK;
  return boundedSize(screen);
}

export function boundedSize(size: ScreenSize): ScreenSize {
  return {
    width: clamp(size.width, MIN_SIDE, MAX_SIDE),
    height: clamp(size.height, MIN_SIDE, MAX_SIDE),
    ...(size.dpi === undefined ? {} : { dpi: clamp(size.dpi, MIN_DPI, MAX_DPI) }),
  };
}

/** What a screen that begins with this size may become. */
export function roomFor(size: Size): Size {
  return {
    width: Math.max(size.width, LARGEST.width),
    height: Math.max(size.height, LARGEST.height),
  };
}

export function sameScreen(a: ScreenSize, b: ScreenSize): boolean {
  const dpi = (size: ScreenSize): number => size.dpi ?? DEFAULT_DPI;
  return a.width === b.width && a.height === b.height && dpi(a) === dpi(b);
}
