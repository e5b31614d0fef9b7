/**
 * Words and names of qubes in a row that breaks where it has to: `Passed on
 * from [vault] to [banking]`. A name is never cut: two names that begin alike
 * must not look the same.
 */
import type { Size } from '../base/geometry.ts';
import type { NamedLabel } from '../clipboard/notice.ts';
import { chipSize, drawChip } from './qube-chip.ts';
import { lineHeight, type Sheet, type TextStyle } from './sheet.ts';
import { textWidth } from './text-width.ts';

export type FlowItem = string | NamedLabel;

const GAP = 8;

interface Placed {
  readonly item: FlowItem;
  readonly x: number;
  readonly row: number;
  readonly size: Size;
}

export interface Flow extends Size {
  readonly rows: number;
  draw(x: number, y: number): void;
}

/** Lays the items out in at most `width` pixels of the screen, or more for one long name. */
export function layOutFlow(
  sheet: Sheet,
  items: readonly FlowItem[],
  style: TextStyle,
  width: number,
): Flow {
  const gap = sheet.px(GAP);
  const placed: Placed[] = [];
  let x = 0;
  let row = 0;
  for (const item of items) {
    const size = itemSize(sheet, item, style);
    if (x > 0 && x + size.width > width) {
      x = 0;
      row++;
    }
    placed.push({ item, x, row, size });
    x += size.width + gap;
  }
  const rows = row + 1;
  const height = Math.max(0, ...placed.map(({ size }) => size.height));
  return {
    rows,
    width: Math.max(0, ...placed.map((one) => one.x + one.size.width)),
    height: rows * height + (rows - 1) * sheet.px(GAP / 2),
    draw: (left, top) => {
      for (const { item, x: at, row: line, size } of placed) {
        const rowTop = top + line * (height + sheet.px(GAP / 2));
        const middle = rowTop + Math.floor((height - size.height) / 2);
        if (typeof item === 'string') sheet.text(left + at, middle, item, style);
        else drawChip(sheet, left + at, middle, item);
      }
    },
  };
}

function itemSize(sheet: Sheet, item: FlowItem, style: TextStyle): Size {
  if (typeof item !== 'string') return chipSize(sheet, item);
  const pixels = style.size * sheet.scale;
  return { width: Math.ceil(textWidth(item, style.face, pixels)), height: lineHeight(pixels) };
}
