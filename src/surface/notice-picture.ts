/**
 * What a notice looks like: a symbol, one sentence with the qubes in it, and
 * one or two lines that say more. Pure; everything in it is dom0's own.
 */
import type { Notice } from '../clipboard/notice.ts';
import type { DrawingOptions, NoticeDrawing } from './drawing.ts';
import { type Flow, type FlowItem, layOutFlow } from './flow.ts';
import { lineHeight, Sheet } from './sheet.ts';
import { INK, SIZE } from './style.ts';
import { SYMBOLS } from './symbols.ts';
import { textWidth, wrapText } from './text-width.ts';
import { keyText, sizeText, timeText, type Words, wordsOf } from './words.ts';

/** Pixels at 96 dpi, of what stands right of the symbol. */
const WIDTH = 360;
const MIN_WIDTH = 240;
/** How text is inserted in nearly every program. */
const INSERT_KEYS = 'Ctrl+V';
const TITLE = { face: 'bold', size: SIZE.title } as const;
const QUBES = { face: 'regular', size: SIZE.title } as const;
const BODY = { face: 'regular', size: SIZE.body, color: INK.quiet } as const;

export interface NoticeOptions extends DrawingOptions {
  /** The chord that pastes into another qube, as a person writes it: `Ctrl+Shift+V`. */
  readonly pasteChord?: string | undefined;
}

interface Saying {
  readonly symbol: keyof typeof SYMBOLS;
  /** The first row is the title. */
  readonly rows: readonly (readonly FlowItem[])[];
  readonly lines: readonly string[];
  readonly changesAtMs?: number | undefined;
}

/** The picture of a notice. Pure. */
export function noticePicture(notice: Notice, options: NoticeOptions): NoticeDrawing {
  const words = wordsOf(options.language);
  const { symbol, rows, lines, changesAtMs } = say(notice, words, options);
  const sheet = new Sheet(options.scale);
  const px = (length: number): number => sheet.px(length);
  const flows = rows.map((row, at) => layOutFlow(sheet, row, at === 0 ? TITLE : QUBES, px(WIDTH)));
  const pixels = BODY.size * sheet.scale;
  const wrapped = lines.flatMap((line) => wrapText(line, BODY.face, pixels, px(WIDTH)));
  const widths = wrapped.map((line) => Math.ceil(textWidth(line, BODY.face, pixels)));
  const inner = Math.max(px(MIN_WIDTH), ...flows.map((flow) => flow.width), ...widths);
  const left = px(SIZE.padding + SIZE.symbol + SIZE.gap);
  const width = left + inner + px(SIZE.padding);

  // Laid out once to know the height, then drawn on the ground of that height.
  const top = px(SIZE.padding);
  const tops: number[] = [];
  let y = top;
  for (const flow of flows) {
    tops.push(y);
    y += flow.height + px(6);
  }
  const step = Math.ceil(pixels * SIZE.leading);
  const bottom = y + (wrapped.length - 1) * step + lineHeight(pixels);
  const height = Math.max(bottom, top + px(SIZE.symbol)) + px(SIZE.padding);

  drawPaper(sheet, width, height);
  const firstRow = flows[0] as Flow;
  const symbolTop = top + Math.floor((firstRow.height / firstRow.rows - px(SIZE.symbol)) / 2);
  sheet.symbol(px(SIZE.padding), Math.max(px(8), symbolTop), px(SIZE.symbol), SYMBOLS[symbol]);
  for (const [at, flow] of flows.entries()) flow.draw(left, tops[at] as number);
  for (const [at, line] of wrapped.entries()) sheet.text(left, y + at * step, line, BODY);
  return { svg: sheet.toSvg(width, height), width, height, changesAtMs };
}

/** The opaque ground of a surface: a dark outline, and inside of it a light one. */
export function drawPaper(sheet: Sheet, width: number, height: number): void {
  const line = sheet.px(1);
  const whole = { x: 0, y: 0, width, height };
  sheet.rect(whole, INK.paper, { stroke: INK.outline, strokeWidth: line });
}

function say(notice: Notice, words: Words, options: NoticeOptions): Saying {
  switch (notice.kind) {
    case 'copied':
      return sayCopied(notice, words, options);
    case 'pasted': {
      const { source, target, size } = notice;
      const hint = words.insertHint(target.qube, keyText(INSERT_KEYS, words));
      return {
        symbol: 'pasted',
        rows: [[words.pastedFrom, source, words.pastedInto, target]],
        lines: [hint, sizeText(size, words)],
      };
    }
    case 'refused': {
      const { source, target, size, reason } = notice;
      const sentence = words.refusals[reason];
      const names = target
        ? [...(source ? [source] : []), '→', target]
        : [...(source ? [source] : [])];
      return {
        symbol: 'refused',
        rows: [[target ? words.notPasted : words.notCopied], ...(names.length > 0 ? [names] : [])],
        lines: [sentence, ...(size === undefined ? [] : [sizeText(size, words)])],
      };
    }
    case 'wiped':
      return {
        symbol: 'wiped',
        rows: [[words.wiped], [words.copiedFrom, notice.source]],
        lines: [words.wipes[notice.cause]],
      };
    case 'problem':
      return { symbol: 'problem', rows: [[words.problem]], lines: [notice.text] };
    case 'remote':
      return { symbol: 'problem', rows: [[words.remote]], lines: [words.remoteHint] };
    default:
      return notice satisfies never;
  }
}

function sayCopied(
  { source, size, wipeAtMs }: Extract<Notice, { kind: 'copied' }>,
  words: Words,
  { nowMs, pasteChord }: NoticeOptions,
): Saying {
  const leftMs = wipeAtMs === undefined ? undefined : wipeAtMs - nowMs;
  const left = leftMs === undefined ? undefined : timeText(leftMs, words);
  const facts = sizeText(size, words);
  return {
    symbol: 'copied',
    rows: [[words.copiedFrom, source]],
    lines: [
      left ? `${facts} · ${words.wipedIn(left.text)}` : facts,
      ...(pasteChord === undefined ? [] : [words.pasteHint(keyText(pasteChord, words))]),
    ],
    changesAtMs: left && leftMs !== undefined && leftMs > 0 ? nowMs + left.changesInMs : undefined,
  };
}
