/**
 * Mouse pointers of one qube: glyphs of the X server's own cursor font and
 * nothing else, made when they are first wanted (DESIGN 8.5). No image of a
 * qube ever becomes a pointer.
 */
import type { XConnection } from '../x11/connection.ts';

const BLACK = { R: 0, G: 0, B: 0 };
const WHITE = { R: 0xffff, G: 0xffff, B: 0xffff };
/** No pointer of its own: the one of the parent window shows. */
const INHERIT = 0;
/** The font ends at glyph 152; odd glyphs are the masks of the even ones. */
const LAST_GLYPH = 152;

export class Cursors {
  readonly #x: XConnection;
  readonly #made = new Map<number, number>();
  #font: number | undefined;

  constructor(x: XConnection) {
    this.#x = x;
  }

  /** The cursor for an even glyph 0..152; anything else is the default. */
  cursor(glyph: number | undefined): number {
    if (glyph === undefined || glyph % 2 !== 0 || glyph < 0 || glyph > LAST_GLYPH) return INHERIT;
    let cursor = this.#made.get(glyph);
    if (cursor === undefined) {
      const { X } = this.#x;
      if (this.#font === undefined) {
        this.#font = this.#x.allocId();
        X.OpenFont(this.#font, 'cursor');
      }
      cursor = this.#x.allocId();
      X.CreateGlyphCursor(cursor, this.#font, this.#font, glyph, glyph + 1, BLACK, WHITE);
      this.#made.set(glyph, cursor);
    }
    return cursor;
  }
}
