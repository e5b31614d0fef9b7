/**
 * What the daemon is told of windows: exact messages in an order that a strict
 * daemon accepts (CREATE first, class before MAP, nothing after DESTROY), equal
 * ones not twice. Does nothing while there is no daemon: the replay catches up.
 */
import { clamp, type Rect, sameRect } from '../base/geometry.ts';
import type { VmWindowId } from '../base/ids.ts';
import { WINDOW_FLAG } from '../protocol/from-vm.ts';
import { LIMITS } from '../protocol/limits.ts';
import type { GuiLink } from './gui-link.ts';
import { nothingTold, type QubeWindow } from './window.ts';

const MAX_WIDTH = LIMITS.windowWidth.value;
const MAX_HEIGHT = LIMITS.windowHeight.value;

export class Announcer {
  readonly #link: GuiLink;
  readonly #root: VmWindowId;

  constructor(link: GuiLink, root: VmWindowId) {
    this.#link = link;
    this.#root = root;
  }

  get #open(): boolean {
    return this.#link.version !== undefined;
  }

  created(window: QubeWindow): void {
    if (!this.#open) return;
    window.told = nothingTold();
    const rect = sendable(window.rect);
    window.told.created = true;
    window.told.rect = rect;
    const { id, overrideRedirect } = window;
    this.#link.send({ name: 'create', window: id, ...rect, parent: this.#root, overrideRedirect });
  }

  /** Hints, title and class, those that are there and not told yet. */
  properties(window: QubeWindow): void {
    const { told, id } = window;
    if (!this.#open || !told.created) return;
    const { hints, title, wmClass } = window;
    if (hints && (!told.hints || !sameRecord(told.hints, hints))) {
      told.hints = hints;
      this.#link.send({ name: 'hints', window: id, ...hints });
    }
    if (title && (!told.title || !sameBytes(told.title, title))) {
      told.title = title;
      this.#link.send({ name: 'title', window: id, text: title });
    }
    // A daemon takes no class once the window is shown.
    if (!wmClass || told.mapped) return;
    const { resClass, resName } = wmClass;
    if (
      told.wmClass &&
      sameBytes(told.wmClass.resClass, resClass) &&
      sameBytes(told.wmClass.resName, resName)
    ) {
      return;
    }
    told.wmClass = wmClass;
    this.#link.send({ name: 'wmClass', window: id, resClass, resName });
  }

  /** `set` are the bits of WINDOW_FLAG that the window has at its map. */
  mapped(window: QubeWindow, set: number): void {
    const { told, id, overrideRedirect, transientFor } = window;
    if (!this.#open || !told.created || told.mapped) return;
    // A daemon minimizes only what it shows.
    this.flags(window, set & ~WINDOW_FLAG.minimize, 0);
    told.mapped = true;
    this.#link.send({ name: 'map', window: id, transientFor, overrideRedirect });
    if (set & WINDOW_FLAG.minimize) this.flags(window, WINDOW_FLAG.minimize, 0);
  }

  unmapped(window: QubeWindow): void {
    const { told, id } = window;
    if (!this.#open || !told.mapped) return;
    told.mapped = false;
    this.#link.send({ name: 'unmap', window: id });
  }

  destroyed(window: QubeWindow): void {
    if (!this.#open || !window.told.created) return;
    window.told = nothingTold();
    this.#link.send({ name: 'destroy', window: window.id });
  }

  docked(window: QubeWindow): void {
    if (!this.#open || !window.told.created || window.told.docked) return;
    this.unmapped(window);
    window.told.docked = true;
    this.#link.send({ name: 'dock', window: window.id });
  }

  /** Where the window is, unless the daemon knows. */
  placed(window: QubeWindow): void {
    const rect = sendable(window.rect);
    if (window.told.rect && sameRect(window.told.rect, rect)) return;
    this.#configure(window, rect);
  }

  /** The daemon's own numbers, as they came: "understood". */
  echo(window: QubeWindow, rect: Rect): void {
    this.#configure(window, rect);
  }

  flags(window: QubeWindow, set: number, unset: number): void {
    if (!this.#open || !window.told.created || (set | unset) === 0) return;
    this.#link.send({ name: 'flags', window: window.id, set, unset });
  }

  /** Urgency of WM_HINTS as "demands attention", when it changes. */
  urgency(window: QubeWindow): void {
    const { told, urgent } = window;
    if (!this.#open || !told.mapped || told.urgent === urgent) return;
    told.urgent = urgent;
    const bit = WINDOW_FLAG.demandsAttention;
    this.flags(window, urgent ? bit : 0, urgent ? 0 : bit);
  }

  /** A glyph of the cursor font, or -1 for the default. */
  cursor(window: QubeWindow, glyph: number): void {
    const { told, id } = window;
    if (!this.#open || !told.created || (told.cursor ?? -1) === glyph) return;
    told.cursor = glyph;
    this.#link.send({ name: 'cursor', window: id, glyph: glyph < 0 ? undefined : glyph });
  }

  #configure(window: QubeWindow, rect: Rect): void {
    const { told, id, overrideRedirect } = window;
    if (!this.#open || !told.created) return;
    told.rect = rect;
    this.#link.send({ name: 'configure', window: id, ...rect, overrideRedirect });
  }
}

/** Within the sizes that every daemon takes. */
function sendable(rect: Rect): Rect {
  return {
    x: rect.x,
    y: rect.y,
    width: clamp(rect.width, 1, MAX_WIDTH),
    height: clamp(rect.height, 1, MAX_HEIGHT),
  };
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

function sameRecord<T extends object>(a: T, b: T): boolean {
  return (Object.keys(a) as (keyof T)[]).every((key) => a[key] === b[key]);
}
