/**
 * What the attention overlay writes on a window: the name of its owner, in the
 * owner's frame; for a small window in several lines. dom0's own windows say
 * so without a label's colour. Pure.
 */
import type { Size } from '../base/geometry.ts';
import type { NamedLabel } from '../clipboard/notice.ts';
import type { Drawing } from './drawing.ts';
import { chipSize, drawChip } from './qube-chip.ts';
import { lineHeight, Sheet } from './sheet.ts';
import { INK } from './style.ts';
import { textWidth } from './text-width.ts';

/** Pixels at 96 dpi of a line of a name in a small window. */
const NARROW = 72;
const STYLE = { face: 'bold', size: 13 } as const;
const MARGIN = { x: 10, y: 4 } as const;
const DOM0 = 'dom0';

/** The same name as one line, and as a block for small windows; the wider one first. */
export function chipPictures(named: NamedLabel, scale: number): Drawing[] {
  const rooms = [Number.POSITIVE_INFINITY, new Sheet(scale).px(NARROW)];
  const drawings = rooms.map((room) => {
    const sheet = new Sheet(scale);
    const size = chipSize(sheet, named, room);
    drawChip(sheet, 0, 0, named, room);
    return finish(sheet, size);
  });
  const [line, block] = drawings;
  return line && block && line.svg === block.svg ? [line] : drawings;
}

/** For a window of dom0's own programs. */
export function dom0Picture(scale: number): Drawing {
  const sheet = new Sheet(scale);
  const pixels = STYLE.size * scale;
  const width = Math.ceil(textWidth(DOM0, STYLE.face, pixels)) + 2 * sheet.px(MARGIN.x);
  const height = lineHeight(pixels) + 2 * sheet.px(MARGIN.y);
  const line = sheet.px(1);
  sheet.rect({ x: 0, y: 0, width, height }, INK.paper, { stroke: INK.outline, strokeWidth: line });
  sheet.text(sheet.px(MARGIN.x), sheet.px(MARGIN.y), DOM0, { ...STYLE, color: INK.text });
  return finish(sheet, { width, height });
}

function finish(sheet: Sheet, { width, height }: Size): Drawing {
  return { svg: sheet.toSvg(width, height), width, height };
}
