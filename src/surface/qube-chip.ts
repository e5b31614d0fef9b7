/**
 * A qube's name as surfaces show it: in a small window with the very frame that
 * the qube's windows have, colour and pattern, so that one look knows both.
 */
import type { Size } from '../base/geometry.ts';
import type { NamedLabel } from '../clipboard/notice.ts';
import { frameLook, type Tile } from '../trust/pattern.ts';
import { lineHeight, type Sheet } from './sheet.ts';
import { INK, SIZE } from './style.ts';
import { textWidth, wrapText } from './text-width.ts';

const STYLE = { face: 'bold', size: 13 } as const;
const INNER_X = 8;
const INNER_Y = 2;
/** The name in one line. */
const WHOLE = Number.POSITIVE_INFINITY;

/**
 * How large it is on the sheet, in pixels.
 * @param room pixels that a line of the name may take; what is longer goes on in the next one
 */
export function chipSize(sheet: Sheet, { qube }: NamedLabel, room = WHOLE): Size {
  const frame = sheet.px(SIZE.frame);
  const pixels = STYLE.size * sheet.scale;
  const lines = wrapText(qube, STYLE.face, pixels, room);
  const widths = lines.map((line) => Math.ceil(textWidth(line, STYLE.face, pixels)));
  return {
    width: Math.max(...widths) + 2 * (frame + sheet.px(INNER_X)),
    height: lines.length * lineHeight(pixels) + 2 * (frame + sheet.px(INNER_Y)),
  };
}

/** Draws it with its upper left corner at x, y; `room` as in `chipSize`. */
export function drawChip(
  sheet: Sheet,
  x: number,
  y: number,
  named: NamedLabel,
  room = WHOLE,
): void {
  const { width, height } = chipSize(sheet, named, room);
  const frame = sheet.px(SIZE.frame);
  const look = frameLook(named.label, frame);
  sheet.rect({ x, y, width, height }, named.label.color);
  const { sides, corners } = look;
  const right = x + width - frame;
  const bottom = y + height - frame;
  const along = { width: width - 2 * frame, height: frame };
  const down = { width: frame, height: height - 2 * frame };
  const corner = { width: frame, height: frame };
  const path = [
    marked(sides.top, x + frame, y, along, look.mark),
    marked(sides.bottom, x + frame, bottom, along, look.mark),
    marked(sides.left, x, y + frame, down, look.mark),
    marked(sides.right, right, y + frame, down, look.mark),
    marked(corners.northWest, x, y, corner, look.mark),
    marked(corners.northEast, right, y, corner, look.mark),
    marked(corners.southWest, x, bottom, corner, look.mark),
    marked(corners.southEast, right, bottom, corner, look.mark),
  ].join('');
  if (path !== '') sheet.marks(path, look.mark);
  const inner = { x: x + frame, y: y + frame, width: along.width, height: down.height };
  sheet.rect(inner, 0xffffff);
  const textX = x + frame + sheet.px(INNER_X);
  const pixels = STYLE.size * sheet.scale;
  for (const [at, line] of wrapText(named.qube, STYLE.face, pixels, room).entries()) {
    const top = y + frame + sheet.px(INNER_Y) + at * lineHeight(pixels);
    sheet.text(textX, top, line, { ...STYLE, color: INK.text });
  }
}

/** The tile repeated over an area, as the runs of pixels that are its mark. */
function marked(tile: Tile, x: number, y: number, area: Size, mark: number): string {
  let path = '';
  for (let row = 0; row < area.height; row++) {
    let start = -1;
    for (let column = 0; column <= area.width; column++) {
      const at = ((row % tile.height) * tile.width + (column % tile.width)) * 4;
      const isMark = column < area.width && tile.pixels.readUInt32LE(at) === mark;
      if (isMark && start < 0) start = column;
      if (isMark || start < 0) continue;
      path += `M${x + start} ${y + row}h${column - start}v1h-${column - start}z`;
      start = -1;
    }
  }
  return path;
}
