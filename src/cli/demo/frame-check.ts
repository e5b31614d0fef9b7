/**
 * Does a window on the screen wear its frame? Looks at the pixels of the four
 * sides and of the content; the only judge of what a person would see. Pure.
 */
import { contains, intersect, type Rect } from '../../base/geometry.ts';
import type { Picture } from './picture.ts';

export interface ShownWindow {
  readonly qube: string;
  readonly title: string;
  /** `#rrggbb`. */
  readonly color: string;
  readonly frame: Rect;
  readonly content: Rect;
}

/** A compositor's shadow may tint an edge by up to 5 of 255 per channel (DESIGN 5). */
const TOLERANCE = 8;
/** A pattern covers at most 35 % of a side, the outer outline is one pixel more. */
const MIN_SHARE = 0.5;
/** No stretch of a side longer than this may be without the label's colour: it would be covered. */
const MAX_GAP_PX = 24;

type Side = 'top' | 'right' | 'bottom' | 'left';
const SIDES: readonly Side[] = ['top', 'right', 'bottom', 'left'];

/** What is wrong with the windows in this picture, in words; empty when all is well. */
export function frameFaults(picture: Picture, windows: readonly ShownWindow[]): string[] {
  const screen = { x: 0, y: 0, width: picture.width, height: picture.height };
  const faults: string[] = [];
  for (const [i, window] of windows.entries()) {
    const who = `${window.qube}: ${window.title}`;
    if (!contains(screen, window.frame)) faults.push(`${who}: it is not wholly on the screen`);
    for (const other of windows.slice(i + 1)) {
      if (intersect(window.frame, other.frame)) {
        faults.push(`${who}: it overlaps ${other.qube}: ${other.title}`);
      }
    }
    if (!contains(window.frame, window.content))
      faults.push(`${who}: the content leaves its frame`);
    for (const side of SIDES) {
      const fault = sideFault(picture, window, side);
      if (fault !== undefined) faults.push(`${who}: ${side} side of the frame: ${fault}`);
    }
    if (picture.colorsIn(window.content, 2) < 2) faults.push(`${who}: there is nothing in it yet`);
  }
  return faults;
}

/** The part of the frame outside of the content on that side, corners included. */
function sideOf({ frame, content }: ShownWindow, side: Side): Rect {
  const top = content.y - frame.y;
  const left = content.x - frame.x;
  const bottom = frame.y + frame.height - content.y - content.height;
  const right = frame.x + frame.width - content.x - content.width;
  switch (side) {
    case 'top':
      return { ...frame, height: top };
    case 'bottom':
      return { ...frame, y: frame.y + frame.height - bottom, height: bottom };
    case 'left':
      return { ...frame, width: left };
    case 'right':
      return { ...frame, x: frame.x + frame.width - right, width: right };
  }
}

function sideFault(picture: Picture, window: ShownWindow, side: Side): string | undefined {
  const rect = sideOf(window, side);
  if (rect.width <= 0 || rect.height <= 0) return 'it is not there';
  const color = Number.parseInt(window.color.slice(1), 16);
  const along = side === 'top' || side === 'bottom';
  const length = along ? rect.width : rect.height;
  const thickness = along ? rect.height : rect.width;
  let hits = 0;
  let gap = 0;
  let longest = 0;
  for (let i = 0; i < length; i++) {
    let here = 0;
    for (let j = 0; j < thickness; j++) {
      const pixel = picture.at(rect.x + (along ? i : j), rect.y + (along ? j : i));
      if (pixel !== undefined && isLike(pixel, color)) here++;
    }
    hits += here;
    gap = here > 0 ? 0 : gap + 1;
    longest = Math.max(longest, gap);
  }
  const share = hits / (length * thickness);
  if (longest > MAX_GAP_PX) return `${longest} px of it are covered`;
  if (share < MIN_SHARE) return `${Math.round(share * 100)} % of it has the colour ${window.color}`;
  return undefined;
}

function isLike(pixel: number, color: number): boolean {
  for (const shift of [16, 8, 0]) {
    if (Math.abs(((pixel >> shift) & 0xff) - ((color >> shift) & 0xff)) > TOLERANCE) return false;
  }
  return true;
}
