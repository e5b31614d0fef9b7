/**
 * What the list in the middle of the attention overlay looks like: every qube
 * that runs, how many windows it has, what is to be said about it, and the
 * buttons that pause and stop it. Pure; everything in it is dom0's own.
 */
import type { Rect } from '../base/geometry.ts';
import type { Drawing, DrawingOptions } from './drawing.ts';
import { drawPaper } from './notice-picture.ts';
import { chipSize, drawChip } from './qube-chip.ts';
import type { QubeGlance } from './qube-glance.ts';
import { lineHeight, Sheet, type TextStyle } from './sheet.ts';
import { INK, SIZE } from './style.ts';
import { SYMBOLS } from './symbols.ts';
import { textWidth } from './text-width.ts';
import { type Words, wordsOf } from './words.ts';

const PADDING = 20;
const ROW = 42;
const GAP = 12;
const MARKER = 16;
const BUTTON = { width: 104, height: 28 } as const;
const HEADING = { face: 'bold', size: SIZE.heading } as const;
const BODY = { face: 'regular', size: SIZE.body } as const;
const QUIET = { ...BODY, color: INK.quiet } as const;
const LABEL = { face: 'bold', size: SIZE.body } as const;

export interface OverlayRow extends QubeGlance {
  /** That are on the screen. */
  readonly windows: number;
}

export interface OverlayFacts {
  readonly rows: readonly OverlayRow[];
  /** The row that keys are for. */
  readonly chosen: number;
  /** The row whose "stop" was asked for once. */
  readonly armed: number | undefined;
}

export interface OverlayButton {
  readonly row: number;
  readonly action: 'pause' | 'stop';
  /** Pixels from the upper left corner of the picture. */
  readonly rect: Rect;
}

export interface OverlayDrawing extends Drawing {
  readonly buttons: readonly OverlayButton[];
}

export interface OverlayOptions extends DrawingOptions {
  /** Pixels that the list may be high; rows around the chosen one are shown then. */
  readonly maxHeight: number;
}

/** The picture of the list. Pure. */
export function overlayPicture(facts: OverlayFacts, options: OverlayOptions): OverlayDrawing {
  const words = wordsOf(options.language);
  const sheet = new Sheet(options.scale);
  const px = (length: number): number => sheet.px(length);
  const { from, count } = visibleRows(facts, options.maxHeight, sheet);
  const shown = facts.rows.slice(from, from + count);
  const columns = measure(facts.rows, words, sheet);
  const width = Math.max(columns.width, wide(sheet, words.overlay.hint, QUIET)) + 2 * px(PADDING);

  const top = px(PADDING) + line(sheet, HEADING) + px(GAP);
  const hidden = facts.rows.length - shown.length;
  const lines = shown.length * px(ROW) + (hidden > 0 || shown.length === 0 ? px(ROW) : 0);
  const height = top + lines + px(GAP) + line(sheet, QUIET) + px(PADDING);
  drawPaper(sheet, width, height);
  sheet.text(px(PADDING), px(PADDING), words.overlay.title, HEADING);
  const buttons = shown.flatMap((row, at) => {
    const y = top + at * px(ROW);
    return drawRow({ sheet, words, columns, width }, row, from + at, y, facts);
  });
  const rest = shown.length === 0 ? words.overlay.nobody : words.overlay.more(hidden);
  if (hidden > 0 || shown.length === 0) {
    const y = top + shown.length * px(ROW) + centre(px(ROW), line(sheet, QUIET));
    sheet.text(px(PADDING), y, rest, QUIET);
  }
  sheet.text(px(PADDING), top + lines + px(GAP), words.overlay.hint, QUIET);
  return { svg: sheet.toSvg(width, height), width, height, buttons };
}

/** As many rows as there is room for, with the chosen one among them. */
function visibleRows(
  { rows, chosen }: OverlayFacts,
  maxHeight: number,
  sheet: Sheet,
): { from: number; count: number } {
  const around = 2 * PADDING + 2 * GAP + SIZE.heading * 2 + SIZE.body * 2 + ROW;
  const fit = Math.max(1, Math.floor((maxHeight - sheet.px(around)) / sheet.px(ROW)));
  const count = Math.min(rows.length, fit);
  const from = Math.min(Math.max(0, chosen - (count >> 1)), rows.length - count);
  return { from, count };
}

interface Columns {
  readonly name: number;
  readonly said: number;
  readonly width: number;
}

function measure(rows: readonly OverlayRow[], words: Words, sheet: Sheet): Columns {
  const px = (length: number): number => sheet.px(length);
  const name = Math.max(0, ...rows.map((row) => chipSize(sheet, row).width));
  const said = Math.max(
    px(120),
    ...rows.map((row) => wide(sheet, sayRow(row, words), row.note ? LABEL : BODY)),
  );
  const buttons = 2 * px(BUTTON.width) + px(GAP);
  return { name, said, width: px(MARKER) + px(GAP) + name + px(GAP) + said + px(GAP) + buttons };
}

function sayRow({ windows, note }: OverlayRow, { overlay }: Words): string {
  const count = overlay.windows(windows);
  return note ? `${count} · ${overlay.states[note]}` : count;
}

interface Table {
  readonly sheet: Sheet;
  readonly words: Words;
  readonly columns: Columns;
  readonly width: number;
}

function drawRow(
  { sheet, words, columns, width }: Table,
  row: OverlayRow,
  at: number,
  y: number,
  { chosen, armed }: OverlayFacts,
): OverlayButton[] {
  const px = (length: number): number => sheet.px(length);
  const height = px(ROW);
  const left = px(PADDING);
  const right = width - left;
  if (at === chosen) {
    const ground = { x: left - px(8), y, width: right - left + px(16), height };
    sheet.rect(ground, INK.well, { stroke: INK.symbol, strokeWidth: px(1) });
    sheet.symbol(left, y + centre(height, px(MARKER)), px(MARKER), SYMBOLS.chosen);
  }
  const nameX = left + px(MARKER) + px(GAP);
  drawChip(sheet, nameX, y + centre(height, chipSize(sheet, row).height), row);
  const style = row.note ? LABEL : BODY;
  const saidX = nameX + columns.name + px(GAP);
  sheet.text(saidX, y + centre(height, line(sheet, style)), sayRow(row, words), style);
  if (!row.own) {
    const x = right - wide(sheet, words.overlay.foreign, QUIET);
    sheet.text(x, y + centre(height, line(sheet, QUIET)), words.overlay.foreign, QUIET);
    return [];
  }
  const size = { width: px(BUTTON.width), height: px(BUTTON.height) };
  const buttonY = y + centre(height, size.height);
  const stop = { x: right - size.width, y: buttonY, ...size };
  const pause = { x: stop.x - px(GAP) - size.width, y: buttonY, ...size };
  const { overlay } = words;
  drawButton(sheet, pause, row.note === 'paused' ? overlay.goOn : overlay.pause, false);
  const isArmed = at === armed;
  drawButton(sheet, stop, isArmed ? overlay.reallyStop : overlay.stop, isArmed);
  return [
    { row: at, action: 'pause', rect: pause },
    { row: at, action: 'stop', rect: stop },
  ];
}

function drawButton(sheet: Sheet, rect: Rect, text: string, filled: boolean): void {
  const border = { radius: sheet.px(4), stroke: INK.symbol, strokeWidth: sheet.px(1) };
  sheet.rect(rect, filled ? INK.symbol : INK.paper, border);
  const x = rect.x + centre(rect.width, wide(sheet, text, LABEL));
  const y = rect.y + centre(rect.height, line(sheet, LABEL));
  sheet.text(x, y, text, { ...LABEL, color: filled ? INK.paper : INK.text });
}

function wide(sheet: Sheet, text: string, { face, size }: TextStyle): number {
  return Math.ceil(textWidth(text, face, size * sheet.scale));
}

function line(sheet: Sheet, { size }: TextStyle): number {
  return lineHeight(size * sheet.scale);
}

function centre(room: number, size: number): number {
  return Math.floor((room - size) / 2);
}
