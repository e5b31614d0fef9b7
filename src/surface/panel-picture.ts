/**
 * What the strip looks like: from the left the qube that has the keyboard, then
 * what is copied and until when, then every qube that is paused, slowed down or
 * closed, as far as there is room. Pure; everything in it is dom0's own.
 */
import type { NamedLabel } from '../clipboard/notice.ts';
import type { DrawingOptions, NoticeDrawing } from './drawing.ts';
import { type FlowItem, layOutFlow } from './flow.ts';
import type { ClipboardGlance, QubeGlance } from './qube-glance.ts';
import { Sheet } from './sheet.ts';
import { INK, SIZE } from './style.ts';
import { SYMBOLS } from './symbols.ts';
import { sizeText, timeText, type Words, wordsOf } from './words.ts';

/** Pixels at 96 dpi: a name in its frame, and a rim. */
const HEIGHT = 38;
const SYMBOL = 20;
const GAP = 8;
const BETWEEN = 28;
const BODY = { face: 'regular', size: SIZE.body } as const;

export interface PanelFacts {
  /** The qube whose window has the X focus. */
  readonly focused: NamedLabel | undefined;
  readonly clipboard: ClipboardGlance;
  /** Those that there is something to say about are shown. */
  readonly qubes: readonly QubeGlance[];
}

export interface PanelOptions extends DrawingOptions {
  /** Pixels of the screen. */
  readonly width: number;
  /** The strip is at this edge: its rule is on the other side. */
  readonly edge: 'top' | 'bottom';
}

interface Group {
  readonly symbol?: keyof typeof SYMBOLS;
  readonly items: readonly FlowItem[];
}

/** Pixels of the screen. */
export function panelHeight(scale: number): number {
  return new Sheet(scale).px(HEIGHT);
}

/** The picture of the strip. Pure. */
export function panelPicture(facts: PanelFacts, options: PanelOptions): NoticeDrawing {
  const words = wordsOf(options.language);
  const sheet = new Sheet(options.scale);
  const { width } = options;
  const height = panelHeight(options.scale);
  sheet.rect({ x: 0, y: 0, width, height }, INK.paper);
  const rule = sheet.px(1);
  const ruleY = options.edge === 'top' ? height - rule : 0;
  sheet.rect({ x: 0, y: ruleY, width, height: rule }, INK.outline);

  const clipboard = clipboardGroup(facts.clipboard, words, options.nowMs);
  const row = new Row(sheet, width, height);
  row.put([focusGroup(facts.focused, words), { items: facts.focused ? [facts.focused] : ['–'] }]);
  const source = 'source' in facts.clipboard ? facts.clipboard.source : undefined;
  row.put([clipboard.group, { ...clipboard.group, items: source ? [source] : [] }]);
  const notes = facts.qubes.flatMap((qube) => (qube.note ? [{ qube, note: qube.note }] : []));
  for (const [at, { qube, note }] of notes.entries()) {
    const rest = notes.length - at;
    const group: Group = { items: [qube, words.panel.states[note]] };
    // Room for "+3" stays free until the last one is in.
    if (row.put([group], rest > 1 ? `+${rest - 1}` : undefined)) continue;
    row.put([{ items: [`+${rest}`] }]);
    break;
  }
  return { svg: sheet.toSvg(width, height), width, height, changesAtMs: clipboard.changesAtMs };
}

/** Groups beside each other in one row. */
class Row {
  readonly #sheet: Sheet;
  readonly #width: number;
  readonly #height: number;
  #x: number;

  constructor(sheet: Sheet, width: number, height: number) {
    this.#sheet = sheet;
    this.#width = width;
    this.#height = height;
    this.#x = sheet.px(GAP);
  }

  /** Draws the first of the groups that fits. @param after must fit behind it too */
  put(groups: readonly Group[], after?: string): boolean {
    const sheet = this.#sheet;
    const gap = sheet.px(GAP);
    const rest = after === undefined ? 0 : sheet.px(BETWEEN) + this.#flow([after]).width;
    for (const { symbol, items } of groups) {
      const flow = this.#flow(items);
      const size = symbol ? sheet.px(SYMBOL) : 0;
      const lead = symbol ? size + gap : 0;
      if (this.#x + lead + flow.width + rest + gap > this.#width) continue;
      const middle = (height: number): number => Math.floor((this.#height - height) / 2);
      if (symbol) sheet.symbol(this.#x, middle(size), size, SYMBOLS[symbol]);
      flow.draw(this.#x + lead, middle(flow.height));
      this.#x += lead + flow.width + sheet.px(BETWEEN);
      return true;
    }
    return false;
  }

  #flow(items: readonly FlowItem[]) {
    return layOutFlow(this.#sheet, items, BODY, Number.POSITIVE_INFINITY);
  }
}

function focusGroup(focused: NamedLabel | undefined, { panel }: Words): Group {
  return { items: focused ? [focused, panel.focus] : [panel.noFocus] };
}

function clipboardGroup(
  clipboard: ClipboardGlance,
  words: Words,
  nowMs: number,
): { group: Group; changesAtMs: number | undefined } {
  const { panel } = words;
  const still = (group: Group) => ({ group, changesAtMs: undefined });
  switch (clipboard.kind) {
    case 'empty':
      return still({ symbol: 'nothing', items: [panel.clipboardEmpty] });
    case 'waiting':
      return still({ symbol: 'copied', items: [panel.clipboardWaiting, clipboard.source] });
    case 'kept': {
      const { source, size, wipeAtMs } = clipboard;
      const leftMs = wipeAtMs === undefined ? undefined : wipeAtMs - nowMs;
      const left = leftMs === undefined ? undefined : timeText(leftMs, words);
      const facts = sizeText(size, words);
      const line = left ? `${facts} · ${words.wipedIn(left.text)}` : facts;
      const group: Group = { symbol: 'copied', items: [panel.clipboardFrom, source, line] };
      const changes = left && leftMs !== undefined && leftMs > 0;
      return { group, changesAtMs: changes ? nowMs + left.changesInMs : undefined };
    }
    default:
      return clipboard satisfies never;
  }
}
