/**
 * Which cursor the qube shows, as a glyph of the X cursor font: by its name, or
 * for nameless ones (programs without a cursor theme) by its shape, compared
 * with the font's own glyphs. Any other picture is the default cursor.
 */
import type { CursorImage } from '../x11/extensions.ts';
import type { PointerReply } from '../x11/package-records.ts';
import type { Announcer } from './announcer.ts';
import { FONT_CURSORS, glyphOfName } from './cursor-names.ts';
import type { QubeWindow } from './window.ts';
import type { XScreen } from './x-screen.ts';

const BLACK = { R: 0, G: 0, B: 0 };
const WHITE = { R: 0xffff, G: 0xffff, B: 0xffff };
const LEFT_PTR = 68;

/** Shape of a glyph of the font to its number. */
export type CursorShapes = ReadonlyMap<string, number>;

/**
 * Size, hot spot and pattern of a cursor, whatever its two colours are: which
 * pixels are clear, which have the colour of the first one that is not.
 */
export function shapeOf(image: CursorImage): string {
  const { width, height, xhot, yhot, cursorImage } = image;
  const pattern = Buffer.alloc(width * height);
  let first: number | undefined;
  for (let i = 0; i < pattern.length; i++) {
    const argb = cursorImage.readUInt32LE(4 * i);
    if (argb >>> 24 === 0) continue;
    first ??= argb;
    pattern[i] = argb === first ? 1 : 2;
  }
  return `${width}x${height}+${xhot}+${yhot}:${pattern.toString('latin1')}`;
}

/**
 * Shows every glyph of the font on the (still empty) screen once and looks.
 * Ends with the ordinary arrow. Must run before CursorNotify is selected.
 */
export async function learnShapes(screen: XScreen): Promise<CursorShapes> {
  const { x, fixes } = screen;
  const font = x.allocId();
  x.X.OpenFont(font, 'cursor');
  const images: Promise<CursorImage>[] = [];
  const show = (glyph: number): void => {
    const cursor = x.allocId();
    x.X.CreateGlyphCursor(cursor, font, font, glyph, glyph + 1, BLACK, WHITE);
    x.X.ChangeWindowAttributes(x.root, { cursor });
    x.X.FreeCursor(cursor);
  };
  for (let index = 0; index < FONT_CURSORS; index++) {
    show(2 * index);
    images.push(x.request<CursorImage>((done) => fixes.GetCursorImageAndName(done)));
  }
  show(LEFT_PTR);
  x.X.CloseFont(font);
  const shapes = new Map<string, number>();
  (await Promise.all(images)).forEach((image, index) => {
    const shape = shapeOf(image);
    if (!shapes.has(shape)) shapes.set(shape, 2 * index);
  });
  return shapes;
}

export interface CursorWatchParts {
  readonly screen: XScreen;
  readonly shapes: CursorShapes;
  readonly announcer: Announcer;
  /** The window that a child of the root stands for. */
  windowOf(child: number): QubeWindow | undefined;
  failed(reason: string): void;
}

export class CursorWatch {
  readonly #parts: CursorWatchParts;
  #asking = false;
  #again = false;

  constructor(parts: CursorWatchParts) {
    this.#parts = parts;
  }

  /** The shown cursor or the window under the pointer changed: looks, once at a time. */
  changed(): void {
    if (this.#asking) {
      this.#again = true;
      return;
    }
    this.#asking = true;
    this.#look().then(
      () => this.#looked(),
      () => {
        this.#parts.failed('the cursor could not be read');
        this.#looked();
      },
    );
  }

  #looked(): void {
    this.#asking = false;
    if (!this.#again) return;
    this.#again = false;
    this.changed();
  }

  async #look(): Promise<void> {
    const { screen, shapes, announcer, windowOf } = this.#parts;
    const { x, fixes } = screen;
    const [image, pointer] = await Promise.all([
      x.request<CursorImage>((done) => fixes.GetCursorImageAndName(done)),
      x.request<PointerReply>((done) => x.X.QueryPointer(x.root, done)),
    ]);
    const window = windowOf(pointer.child);
    if (!window) return;
    announcer.cursor(window, glyphOfName(image.cursorName) ?? shapes.get(shapeOf(image)) ?? -1);
  }
}
