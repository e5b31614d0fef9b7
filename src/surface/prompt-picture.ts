/**
 * What the question looks like that is asked before a paste: who gives, who
 * gets, how much, how it begins, and what can go wrong with it. "Cancel" is
 * drawn as what happens by itself. The first characters come as bytes and stay
 * bytes. Pure, but for that.
 */
import type { Rect } from '../base/geometry.ts';
import type { PromptFacts } from '../clipboard/machine-types.ts';
import type { DrawingOptions, PromptDrawing } from './drawing.ts';
import { type Flow, layOutFlow } from './flow.ts';
import { drawPaper } from './notice-picture.ts';
import { lineHeight, Sheet, type TextStyle } from './sheet.ts';
import { INK, SIZE } from './style.ts';
import { SYMBOLS } from './symbols.ts';
import { textWidth, wrapText } from './text-width.ts';
import { keyText, sizeText, wordsOf } from './words.ts';

/** Pixels at 96 dpi, between the margins. */
const WIDTH = 440;
/** The preview is not longer than this; what comes after is not drawn. */
const MAX_PREVIEW_BYTES = 512;
const BAR = 4;

const HEADING = { face: 'bold', size: SIZE.heading } as const;
const NAMES = { face: 'regular', size: SIZE.title } as const;
const BODY = { face: 'regular', size: SIZE.body } as const;
const QUIET = { ...BODY, color: INK.quiet } as const;
const MONO = { face: 'mono', size: SIZE.mono } as const;

export interface PromptOptions extends DrawingOptions {
  /** The keys that answer, as a person writes them: `Ctrl+Enter`, `Esc`. */
  readonly keys: { readonly paste: string; readonly cancel: string };
  /**
   * The first characters of the text as printable ASCII, at most 512 bytes;
   * bytes outside of 0x20..0x7e are drawn as `?`. Copied; the caller overwrites its own.
   */
  readonly preview: Uint8Array;
}

/** Draws from the top down; what is drawn next comes below. */
class Column {
  readonly sheet: Sheet;
  readonly left: number;
  readonly width: number;
  y: number;

  constructor(sheet: Sheet, left: number, width: number) {
    this.sheet = sheet;
    this.left = left;
    this.width = width;
    this.y = left;
  }

  space(length: number): void {
    this.y += this.sheet.px(length);
  }

  /** Wrapped text; `indent` in pixels of the screen. */
  text(text: string, style: TextStyle, indent = 0): void {
    const pixels = style.size * this.sheet.scale;
    const lines = wrapText(text, style.face, pixels, this.width - indent);
    for (const line of lines) {
      this.sheet.text(this.left + indent, this.y, line, style);
      this.y += Math.ceil(pixels * SIZE.leading);
    }
  }

  flow(flow: Flow): void {
    flow.draw(this.left, this.y);
    this.y += flow.height;
  }
}

/** The picture of the question whether a text may be pasted. Pure, but for the copy of the preview. */
export function promptPicture(facts: PromptFacts, options: PromptOptions): PromptDrawing {
  // Once to learn how high it is, and once on the ground of that height.
  const measured = draw(facts, options, { width: 1, height: 1 });
  const { sheet, width, height, ...places } = draw(facts, options, measured);
  const svg = sheet.toBytes(width, height);
  return { svg, width, height, ...places, wipe: () => svg.fill(0) };
}

function draw(
  facts: PromptFacts,
  options: PromptOptions,
  size: { width: number; height: number },
): { sheet: Sheet; width: number; height: number; paste: Rect; cancel: Rect; bar: Rect } {
  const words = wordsOf(options.language);
  const sheet = new Sheet(options.scale);
  const px = (length: number): number => sheet.px(length);
  const padding = px(20);
  const flow = layOutFlow(
    sheet,
    [words.prompt.from, facts.source, words.prompt.into, facts.target],
    NAMES,
    px(WIDTH),
  );
  const inner = Math.max(px(WIDTH), flow.width);
  const column = new Column(sheet, padding, inner);
  drawPaper(sheet, size.width, size.height);

  const symbol = px(SIZE.symbol);
  sheet.symbol(padding, column.y, symbol, SYMBOLS.question);
  const rise = Math.floor((symbol - lineHeight(HEADING.size * sheet.scale)) / 2);
  sheet.text(padding + symbol + px(10), column.y + rise, words.prompt.title, HEADING);
  column.y += symbol;
  column.space(14);
  column.flow(flow);
  column.space(14);
  column.text(`${words.prompt.size}: ${sizeText(facts.text.size, words)}`, BODY);
  if (options.preview.length > 0) {
    column.text(`${words.prompt.text}:`, BODY);
    column.space(2);
    drawPreview(column, options.preview.subarray(0, MAX_PREVIEW_BYTES));
  }
  if (facts.text.risks.length > 0) column.space(12);
  for (const risk of facts.text.risks) drawRisk(column, words.risks[risk]);
  const strip = words.strips[facts.strip];
  if (strip !== undefined) {
    column.space(6);
    column.text(strip, QUIET);
  }
  column.space(16);
  const { prompt } = words;
  const paste = { text: prompt.paste, keys: keyText(options.keys.paste, words) };
  const cancel = { text: prompt.cancel, keys: keyText(options.keys.cancel, words) };
  const buttons = drawButtons(column, paste, cancel);
  column.space(14);
  column.text(prompt.timeout, QUIET);
  column.space(4);
  const bar = { x: padding, y: column.y, width: inner, height: px(BAR) };
  sheet.rect(bar, INK.bar);
  const height = column.y + px(BAR) + padding;
  return { sheet, width: inner + 2 * padding, height, ...buttons, bar };
}

/** The bytes in lines as wide as the sheet, in a well of their own. */
function drawPreview(column: Column, preview: Uint8Array): void {
  const { sheet } = column;
  const pixels = MONO.size * sheet.scale;
  const margin = sheet.px(8);
  const perLine = Math.floor((column.width - 2 * margin) / textWidth('0', 'mono', pixels));
  const lines = Math.ceil(preview.length / perLine);
  const step = Math.ceil(pixels * SIZE.leading);
  const height = (lines - 1) * step + lineHeight(pixels) + 2 * margin;
  const well = { x: column.left, y: column.y, width: column.width, height };
  sheet.rect(well, INK.well, { stroke: INK.rule, strokeWidth: sheet.px(1) });
  for (let line = 0; line < lines; line++) {
    const bytes = preview.subarray(line * perLine, (line + 1) * perLine);
    sheet.bytes(column.left + margin, column.y + margin + line * step, bytes, MONO);
  }
  column.y += height;
}

function drawRisk(column: Column, sentence: string): void {
  const { sheet } = column;
  const size = sheet.px(16);
  sheet.symbol(column.left, column.y, size, SYMBOLS.warning);
  column.text(sentence, BODY, size + sheet.px(8));
  column.space(2);
}

interface ButtonWords {
  readonly text: string;
  readonly keys: string;
}

const BUTTON = { face: 'bold', size: 13 } as const;
const BUTTON_KEYS = { face: 'regular', size: 11 } as const;

/** At the right, "Cancel" last, filled and ringed: it is what happens by itself. */
function drawButtons(
  column: Column,
  paste: ButtonWords,
  cancel: ButtonWords,
): { paste: Rect; cancel: Rect } {
  const { sheet } = column;
  const px = (length: number): number => sheet.px(length);
  const wide = (text: string, style: TextStyle): number =>
    Math.ceil(textWidth(text, style.face, style.size * sheet.scale));
  const height = px(44);
  const widthOf = ({ text, keys }: ButtonWords): number =>
    Math.max(px(110), wide(text, BUTTON) + px(32), wide(keys, BUTTON_KEYS) + px(32));
  const y = column.y;
  const ring = px(3);
  const right = column.left + column.width - ring;
  const cancelRect = { x: right - widthOf(cancel), y, width: widthOf(cancel), height };
  const pasteWidth = widthOf(paste);
  const pasteRect = { x: cancelRect.x - px(14) - pasteWidth, y, width: pasteWidth, height };
  const put = (rect: Rect, words: ButtonWords, color: number, fill: number): void => {
    sheet.rect(rect, fill, { radius: px(4), stroke: INK.symbol, strokeWidth: px(1) });
    const center = (text: string, style: TextStyle, top: number): void => {
      const x = rect.x + Math.floor((rect.width - wide(text, style)) / 2);
      sheet.text(x, rect.y + px(top), text, { ...style, color });
    };
    center(words.text, BUTTON, 5);
    center(words.keys, BUTTON_KEYS, 24);
  };
  put(pasteRect, paste, INK.text, INK.paper);
  const around = {
    x: cancelRect.x - ring,
    y: y - ring,
    width: cancelRect.width + 2 * ring,
    height: height + 2 * ring,
  };
  sheet.rect(around, INK.paper, { radius: px(6), stroke: INK.symbol, strokeWidth: px(1) });
  put(cancelRect, cancel, INK.paper, INK.symbol);
  column.y += height;
  return { paste: pasteRect, cancel: cancelRect };
}
