/**
 * The qube's name as it stands on its frames: one piece of a strip that is
 * repeated along the upper edge, on the label's colour. Pure.
 */
import type { NamedLabel } from '../clipboard/notice.ts';
import { frameLook } from '../trust/pattern.ts';
import type { Drawing } from './drawing.ts';
import { lineHeight, Sheet } from './sheet.ts';
import { textWidth } from './text-width.ts';

const STYLE = { face: 'bold', size: 11 } as const;
const LEFT = 6;
/** From the end of a name to the next one. */
const GAP = 42;
/** Any thickness: black or white does not depend on it. */
const SOME_BORDER = 6;

/** Pixels of the screen. @param scale pixels for each at 96 dpi */
export function nameHeight(scale: number): number {
  return lineHeight(STYLE.size * scale);
}

export function namePicture({ qube, label }: NamedLabel, scale: number): Drawing {
  const sheet = new Sheet(scale);
  const text = Math.ceil(textWidth(qube, STYLE.face, STYLE.size * scale));
  const [width, height] = [sheet.px(LEFT) + text + sheet.px(GAP), nameHeight(scale)];
  sheet.rect({ x: 0, y: 0, width, height }, label.color);
  const { mark: color } = frameLook(label, SOME_BORDER);
  sheet.text(sheet.px(LEFT), 0, qube, { ...STYLE, color });
  return { svg: sheet.toSvg(width, height), width, height };
}
