/**
 * A desktop that believes nothing: it holds a session to every promise of its face
 * (session/port.ts) and throws at the first one that is broken.
 */
import type { Rect } from '../../../src/base/geometry.ts';
import type { Untrusted } from '../../../src/base/untrusted.ts';
import { LIMITS } from '../../../src/protocol/limits.ts';
import type { DesktopPort, NewWindow, SizeHints, Surface } from '../../../src/session/port.ts';

interface Shown {
  overrideRedirect: boolean;
  mapped: boolean;
  docked: boolean;
  surface: Surface | undefined;
  x: number;
  y: number;
}

/** Throws unless `holds`. */
export function promised(holds: boolean, what: string): void {
  if (!holds) throw new Error(`a promise is broken: ${what}`);
}

export class CheckingDesktop implements DesktopPort {
  readonly windows = new Map<number, Shown>();
  /** All numbers that were created since the conversation began; others may take some out. */
  readonly created = new Set<number>();
  readonly #poolPages: number;
  readonly #maxWindows: number;
  ready = false;
  sessions = 0;
  /** How often each code ended one. */
  readonly ends = new Map<string, number>();
  events = 0;

  constructor(poolPages: number, maxWindows: number) {
    this.#poolPages = poolPages;
    this.#maxWindows = maxWindows;
  }

  sessionReady(version: string): void {
    promised(!this.ready && this.windows.size === 0, 'one session at a time');
    promised(/^1\.[0-8]$/.test(version), 'a version that is spoken');
    this.ready = true;
    this.sessions++;
    this.created.clear();
  }

  sessionEnded(code: string): void {
    this.ready = false;
    this.windows.clear();
    this.ends.set(code, (this.ends.get(code) ?? 0) + 1);
  }

  windowCreated({ id, rect, overrideRedirect }: NewWindow): void {
    this.#counted();
    promised(!this.windows.has(id), 'a window is created once');
    promised(this.windows.size < this.#maxWindows, 'not more windows than allowed');
    checkRect(rect);
    const { x, y } = rect;
    const shown = { overrideRedirect, mapped: false, docked: false, surface: undefined, x, y };
    this.windows.set(id, shown);
    this.created.add(id);
  }

  windowDestroyed(id: number): void {
    this.#known(id);
    this.windows.delete(id);
  }

  windowMapped(id: number, map: { transientFor: number | undefined }): void {
    const window = this.#known(id);
    promised(!window.mapped && !window.docked, 'a window is mapped once');
    const { transientFor } = map;
    if (transientFor !== undefined) {
      promised(this.windows.has(transientFor) && transientFor !== id, 'transient for another');
    }
    window.mapped = true;
  }

  windowUnmapped(id: number): void {
    const window = this.#known(id);
    promised(window.mapped, 'only what is mapped is unmapped');
    window.mapped = false;
  }

  windowConfigured(id: number, rect: Rect): void {
    this.#known(id);
    checkRect(rect);
  }

  titleChanged(id: number, text: Untrusted<Uint8Array>): void {
    this.#known(id);
    checkText(text, LIMITS.titleBytes.value - 1);
  }

  classChanged(id: number, resClass: Untrusted<Uint8Array>, resName: Untrusted<Uint8Array>): void {
    promised(!this.#known(id).mapped, 'the class of a mapped window stays');
    checkText(resClass, LIMITS.classBytes.value - 1);
    checkText(resName, LIMITS.classBytes.value - 1);
  }

  hintsChanged(id: number, { min, max, increment, base }: SizeHints): void {
    this.#known(id);
    for (const pair of [min, max, increment, base]) {
      if (!pair) continue;
      const { width, height } = pair;
      promised(width >= 0 && width <= LIMITS.windowWidth.value, 'a hint of a width in range');
      promised(height >= 0 && height <= LIMITS.windowHeight.value, 'a hint of a height in range');
    }
  }

  flagsRequested(id: number, set: number, unset: number): void {
    this.#known(id);
    promised((set & unset) === 0, 'no flag both ways');
    promised((set & ~LIMITS.flagsSet.value) === 0, 'flags that exist');
    promised((unset & ~LIMITS.flagsUnset.value) === 0, 'flags that may be taken off');
    promised((set | unset) !== 0, 'a wish that is one');
  }

  cursorChanged(id: number, glyph: number | undefined): void {
    this.#known(id);
    if (glyph === undefined) return;
    promised(glyph >= 0 && glyph <= 152 && glyph % 2 === 0, 'a glyph of the font');
  }

  docked(id: number): void {
    const window = this.#known(id);
    promised(!window.mapped && !window.docked, 'a window is docked once, unmapped');
    window.docked = true;
  }

  surfaceChanged(id: number, surface: Surface | undefined): void {
    const window = this.#known(id);
    window.surface = surface;
    if (!surface) return;
    const { width, height, refs, firstPage } = surface;
    promised(width > 0 && width <= LIMITS.windowWidth.value, 'the width of an image');
    promised(height > 0 && height <= LIMITS.windowHeight.value, 'the height of an image');
    promised(refs.length === Math.ceil((width * height * 4) / 4096), 'pages that cover it');
    const first = refs[0] as number;
    let contiguous = true;
    for (let i = 0; i < refs.length; i++) {
      const ref = refs[i] as number;
      promised(ref < this.#poolPages, 'a page of the pool');
      if (ref !== first + i) contiguous = false;
    }
    promised(firstPage === (contiguous ? first : undefined), 'the first page of a run');
  }

  placeOnScreen(id: number, x: number, y: number): void {
    const window = this.#known(id);
    window.x = x;
    window.y = y;
  }

  damaged(id: number, x: number, y: number, width: number, height: number): void {
    const window = this.#known(id);
    promised(window.mapped || window.docked, 'damage of what is shown');
    const own = window.surface;
    const shown = own ?? this.windows.get(0)?.surface;
    if (!shown) throw new Error('a promise is broken: damage of an image that is there');
    const left = own ? x : x + window.x;
    const top = own ? y : y + window.y;
    promised(width > 0 && height > 0, 'damage that is not empty');
    promised(left >= 0 && left + width <= shown.width, 'damage within the width');
    promised(top >= 0 && top + height <= shown.height, 'damage within the height');
  }

  clipboardData(data: Uint8Array): void {
    this.#counted();
    promised(data.length <= LIMITS.clipboardMarker.value, 'a text that may be kept');
  }

  #known(id: number): Shown {
    this.#counted();
    const window = this.windows.get(id);
    if (!window) throw new Error(`a promise is broken: window ${id} exists`);
    return window;
  }

  #counted(): void {
    this.events++;
    promised(this.ready, 'nothing is told without a session');
  }
}

function checkRect({ x, y, width, height }: Rect): void {
  promised(Math.abs(x) <= LIMITS.positionX.value, 'x in range');
  promised(Math.abs(y) <= LIMITS.positionY.value, 'y in range');
  promised(width >= 1 && width <= LIMITS.windowWidth.value, 'a width in range');
  promised(height >= 1 && height <= LIMITS.windowHeight.value, 'a height in range');
}

function checkText(text: Untrusted<Uint8Array>, max: number): void {
  text.parse((bytes) => {
    promised(bytes.length <= max && !bytes.includes(0), 'a text of legal length without NUL');
  });
}
