/**
 * Size hints of a qube, group by group: a pair of numbers that is out of range
 * is dropped alone, unflagged numbers (agents leave garbage there) become 0.
 */
import type { Hints } from './bodies.ts';
import type { SizeHints } from './from-vm.ts';
import { HINT } from './from-vm.ts';
import { LIMITS } from './limits.ts';
import type { Wire } from './struct.ts';

const MAX_WIDTH = LIMITS.windowWidth.value;
const MAX_HEIGHT = LIMITS.windowHeight.value;

/**
 * The groups of `wire` that may be told to a window manager. Minimum and base
 * are at most the window limits; maximum also at least 1; an increment is 1 or
 * more and below the limits (0 would be a division by zero somewhere); a
 * maximum below the minimum is dropped, so that the window can exist.
 */
export function decodeHints(wire: Wire<typeof Hints>): SizeHints {
  const wanted = wire.flags & LIMITS.hintFlags.value;
  const out = {
    flags: wanted & (HINT.userPosition | HINT.programPosition),
    minWidth: 0,
    minHeight: 0,
    maxWidth: 0,
    maxHeight: 0,
    widthInc: 0,
    heightInc: 0,
    baseWidth: 0,
    baseHeight: 0,
  };
  if (wanted & HINT.minSize && fits(wire.minWidth, wire.minHeight, 0)) {
    out.flags |= HINT.minSize;
    out.minWidth = wire.minWidth;
    out.minHeight = wire.minHeight;
  }
  if (
    wanted & HINT.maxSize &&
    fits(wire.maxWidth, wire.maxHeight, 1) &&
    wire.maxWidth >= out.minWidth &&
    wire.maxHeight >= out.minHeight
  ) {
    out.flags |= HINT.maxSize;
    out.maxWidth = wire.maxWidth;
    out.maxHeight = wire.maxHeight;
  }
  if (
    wanted & HINT.resizeInc &&
    fits(wire.widthInc, wire.heightInc, 1) &&
    wire.widthInc < MAX_WIDTH &&
    wire.heightInc < MAX_HEIGHT
  ) {
    out.flags |= HINT.resizeInc;
    out.widthInc = wire.widthInc;
    out.heightInc = wire.heightInc;
  }
  if (wanted & HINT.baseSize && fits(wire.baseWidth, wire.baseHeight, 0)) {
    out.flags |= HINT.baseSize;
    out.baseWidth = wire.baseWidth;
    out.baseHeight = wire.baseHeight;
  }
  return out;
}

function fits(width: number, height: number, least: number): boolean {
  return width >= least && height >= least && width <= MAX_WIDTH && height <= MAX_HEIGHT;
}
