/**
 * Judges pictures of frames: are all four sides there, to the pixel, and is the
 * content the qube's picture.
 */
import type { Rect } from '../../../src/base/geometry.ts';
import type { WindowInfo } from '../../../src/desktop/desktop.ts';
import type { Label } from '../../../src/trust/label.ts';
import { type FrameLook, frameLook, type Tile } from '../../../src/trust/pattern.ts';
import type { Image } from '../../rig/rig.ts';
import { pictureColor } from './scene.ts';

const looks = new Map<string, FrameLook>();

function lookOf(label: Label, border: number): FrameLook {
  const key = `${label.name} ${border}`;
  const look = looks.get(key) ?? frameLook(label, border);
  looks.set(key, look);
  return look;
}

function tileColor(tile: Tile, x: number, y: number): number {
  const at = ((y % tile.height) * tile.width + (x % tile.width)) * 4;
  return tile.pixels.readUInt32LE(at) & 0xffffff;
}

/** The colour of a frame at x, y from its outer corner. */
export function frameColor(
  label: Label,
  border: number,
  frame: Rect,
  x: number,
  y: number,
): number {
  const look = lookOf(label, border);
  const right = x - (frame.width - border);
  const bottom = y - (frame.height - border);
  const { northWest, northEast, southWest, southEast } = look.corners;
  if (y < border) {
    if (x < border) return tileColor(northWest, x, y);
    return right >= 0 ? tileColor(northEast, right, y) : tileColor(look.sides.top, x, y);
  }
  if (bottom >= 0) {
    if (x < border) return tileColor(southWest, x, bottom);
    return right >= 0
      ? tileColor(southEast, right, bottom)
      : tileColor(look.sides.bottom, x, bottom);
  }
  return x < border ? tileColor(look.sides.left, x, y) : tileColor(look.sides.right, right, y);
}

export function sidesOf(frame: Rect, border: number): Record<string, Rect> {
  const { x, y, width, height } = frame;
  return {
    top: { x, y, width, height: border },
    bottom: { x, y: y + height - border, width, height: border },
    left: { x, y, width: border, height },
    right: { x: x + width - border, y, width: border, height },
  };
}

/** Pixels of the frame that are not as they must be. */
export function frameFaults(image: Image, frame: Rect, label: Label, border: number): number {
  let faults = 0;
  for (const side of Object.values(sidesOf(frame, border))) {
    faults += image.differences(side, (x, y) =>
      frameColor(label, border, frame, x - frame.x, y - frame.y),
    );
  }
  return faults;
}

/** The smallest share of label-coloured pixels that a side has. */
function labelShare(image: Image, frame: Rect, label: Label, border: number): number {
  const shares = Object.values(sidesOf(frame, border)).map(
    (side) => image.count(side, (color) => color === label.color) / (side.width * side.height),
  );
  return Math.min(...shares);
}

/** Pixels of the content that are not those of the picture. */
export function pictureFaults(image: Image, content: Rect, seed: number): number {
  return image.differences(content, (x, y) => pictureColor(seed, x - content.x, y - content.y));
}

/** Both, for a window as the desktop reports it. */
export function windowFaults(image: Image, info: WindowInfo, label: Label, seed: number): string[] {
  const border = info.content.x - info.frame.x;
  const faults: string[] = [];
  const frame = frameFaults(image, info.frame, label, border);
  if (frame > 0) faults.push(`${frame} wrong pixels of the frame`);
  const share = labelShare(image, info.frame, label, border);
  if (share < 0.65) faults.push(`label share ${share}`);
  const content = pictureFaults(image, info.content, seed);
  if (content > 0) faults.push(`${content} wrong pixels of the content`);
  return faults;
}
