/**
 * Qubes, windows, clipboard and log as lists. Whatever a qube chose, its title
 * above all, becomes the text of a node and nothing else.
 */
import type { ClipboardEventListing, LogListing, WindowListing } from '../../control/messages.ts';
import type { QubeState, ViewMessage } from '../messages.ts';
import { Plot } from './plot.ts';
import type { Words } from './words.ts';

type State = Extract<ViewMessage, { kind: 'state' }>;

const MOST_EVENTS = 12;
const MOST_LINES = 200;

export class Lists {
  readonly #words: Words;
  readonly #plots = new Map<string, Plot>();
  readonly #pictures = new Map<number, HTMLCanvasElement>();

  constructor(words: Words) {
    this.#words = words;
    byId('qubes-title').textContent = words.qubes;
    byId('windows-title').textContent = words.windows;
    byId('clipboard-title').textContent = words.clipboard;
    byId('log-title').textContent = words.log;
  }

  show(state: State): void {
    byId('qubes').replaceChildren(...state.qubes.map((one) => this.#qube(one)));
    const windows = state.windows.filter(({ mapped }) => mapped);
    byId('windows').replaceChildren(...windows.map((one) => this.#window(one)));
    const there = new Set<number>(windows.map(({ window }) => window));
    for (const window of [...this.#pictures.keys()]) {
      if (!there.has(window)) this.#pictures.delete(window);
    }
    byId('clipboard').textContent = this.#clipboard(state.clipboard);
    for (const event of state.events) this.#event(event);
    const log = byId('log');
    const atEnd = log.scrollTop + log.clientHeight >= log.scrollHeight - 4;
    for (const line of state.log) log.append(logLine(line));
    while (log.childElementCount > MOST_LINES) log.firstElementChild?.remove();
    if (atEnd) log.scrollTop = log.scrollHeight;
  }

  /** A small picture of a window has come. */
  picture(window: number, bitmap: ImageBitmap): void {
    const canvas = this.#canvas(window);
    canvas.width = bitmap.width;
    canvas.height = bitmap.height;
    canvas.getContext('2d')?.drawImage(bitmap, 0, 0);
  }

  #canvas(window: number): HTMLCanvasElement {
    let canvas = this.#pictures.get(window);
    if (!canvas) {
      canvas = document.createElement('canvas');
      this.#pictures.set(window, canvas);
    }
    return canvas;
  }

  #qube(qube: QubeState): HTMLElement {
    const words = this.#words;
    const item = element('li', 'qube');
    item.dataset.qube = qube.name;
    const swatch = element('span', 'swatch');
    swatch.style.setProperty('--label', qube.color);
    swatch.title = qube.label;
    const name = element('span', 'name', qube.name);
    const remark = remarkOf(qube, words);
    if (remark !== '') {
      const note = element('span', qube.throttled ? 'quiet warn' : 'quiet', ` ${remark}`);
      if (qube.reason !== null) note.title = qube.reason;
      name.append(note);
    }
    let plot = this.#plots.get(qube.name);
    if (!plot) {
      plot = new Plot(`${qube.name}: ${words.messages}`);
      this.#plots.set(qube.name, plot);
    }
    if (qube.perSecond !== null) plot.add(qube.perSecond);
    const rate = qube.perSecond === null ? '' : qube.perSecond.toLocaleString(words.lang);
    const count = element('span', 'rate', rate === '' ? '' : words.perSecond(rate));
    count.title = words.messages;
    item.append(swatch, name, plot.element, count);
    return item;
  }

  #window(window: WindowListing): HTMLElement {
    const item = element('li', 'window');
    item.style.setProperty('--label', window.color);
    const canvas = this.#canvas(window.window);
    const text = element('div', '');
    text.append(element('span', 'name', window.qube), element('span', 'quiet', window.title));
    item.append(canvas, text);
    return item;
  }

  #clipboard(clipboard: State['clipboard']): string {
    const words = this.#words;
    if (!clipboard) return words.off;
    const { state, size, source, target, wipeInMs } = clipboard;
    const amount = words.bytes(size ?? 0);
    switch (state) {
      case 'empty':
        return words.empty;
      case 'waiting':
        return words.waiting(source ?? '');
      case 'asking':
        return words.asking(amount, source ?? '', target ?? '');
      case 'kept': {
        const left = wipeInMs === null ? '' : words.wipedIn(Math.ceil(wipeInMs / 1000));
        return `${words.kept(amount, source ?? '')}${left}`;
      }
      default:
        return state satisfies never;
    }
  }

  #event({ timeMs, event, source, target, size, verdict, detail }: ClipboardEventListing): void {
    const list = byId('events');
    const way = [source, target].filter((one) => one !== null).join(' → ');
    const amount = size === null ? null : this.#words.bytes(size);
    const parts = [event, way, amount, verdict, detail].filter((one) => one !== null && one !== '');
    const item = element('li', '');
    item.append(timeOf(timeMs), parts.join(' · '));
    list.prepend(item);
    while (list.childElementCount > MOST_EVENTS) list.lastElementChild?.remove();
  }
}

function remarkOf(qube: QubeState, words: Words): string {
  if (qube.state !== 'running') return words.states[qube.state];
  if (!qube.connected) return words.notConnected;
  return qube.throttled ? words.throttled : '';
}

function logLine({ timeMs, level, message, fields }: LogListing): HTMLElement {
  const item = element('li', '');
  item.dataset.level = level;
  item.append(timeOf(timeMs), fields === '' ? message : `${message}  ${fields}`);
  return item;
}

function timeOf(timeMs: number): HTMLElement {
  const time = element('time', '', new Date(timeMs).toTimeString().slice(0, 8));
  time.setAttribute('datetime', new Date(timeMs).toISOString());
  return time;
}

function element(name: string, className: string, text?: string): HTMLElement {
  const made = document.createElement(name);
  made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

/** An element of index.html. */
export function byId(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no ${id}`);
  return found;
}
