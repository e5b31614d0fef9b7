/**
 * A picture in the making: SVG in pixels of the screen, with everything that
 * has an edge on whole pixels, so that it is sharp at every scale. The top of
 * the file of every surface; knows shapes and text, not what they mean.
 */
import { INK, ink } from './style.ts';
import type { Face } from './text-width.ts';
import { escapeXml, MAX_ESCAPED_BYTES, writeEscaped } from './xml.ts';

const FAMILY: Readonly<Record<Face, string>> = {
  regular: 'font-family="DejaVu Sans"',
  bold: 'font-family="DejaVu Sans" font-weight="bold"',
  mono: 'font-family="DejaVu Sans Mono"',
};
/** Of DejaVu Sans: from the top of a line to its baseline, of its size. */
const ASCENT = 0.928;
const DESCENT = 0.236;

export interface TextStyle {
  readonly face: Face;
  /** Pixels at 96 dpi. */
  readonly size: number;
  readonly color?: number;
}

export class Sheet {
  /** Pixels per pixel at 96 dpi. */
  readonly scale: number;
  readonly #parts: (string | Uint8Array)[] = [];

  constructor(scale: number) {
    this.scale = scale;
  }

  /** Whole pixels for a length at 96 dpi; never 0 for one that is there. */
  px(length: number): number {
    return length === 0 ? 0 : Math.max(1, Math.round(length * this.scale));
  }

  rect(
    place: { x: number; y: number; width: number; height: number },
    fill: number,
    options: { radius?: number; stroke?: number; strokeWidth?: number } = {},
  ): void {
    const { radius = 0, stroke, strokeWidth = 1 } = options;
    if (stroke !== undefined) {
      // Two shapes instead of a stroke: no half pixels at any scale.
      this.rect(place, stroke, { radius });
      const inner = { x: place.x + strokeWidth, y: place.y + strokeWidth };
      const size = { width: place.width - 2 * strokeWidth, height: place.height - 2 * strokeWidth };
      this.rect({ ...inner, ...size }, fill, { radius: Math.max(0, radius - strokeWidth) });
      return;
    }
    const { x, y, width, height } = place;
    const round = radius > 0 ? ` rx="${radius}"` : '';
    this.#parts.push(
      `<rect x="${x}" y="${y}" width="${width}" height="${height}"${round} fill="${ink(fill)}"/>`,
    );
  }

  /** A path in whole pixels, without smoothing. */
  marks(path: string, fill: number): void {
    this.#parts.push(`<path d="${path}" fill="${ink(fill)}" shape-rendering="crispEdges"/>`);
  }

  /** A shape of a 24x24 grid, drawn `size` pixels large. */
  symbol(x: number, y: number, size: number, shapes: string): void {
    this.#parts.push(`<g transform="translate(${x} ${y}) scale(${size / 24})">${shapes}</g>`);
  }

  /** One line with its upper left corner at x, y, in pixels of the screen. */
  text(x: number, y: number, text: string, style: TextStyle): void {
    this.#parts.push(`${this.#textHead(x, y, style)}${escapeXml(text)}</text>`);
  }

  /** The same for bytes, which never become a string. They are looked at by `toBytes` only. */
  bytes(x: number, y: number, bytes: Uint8Array, style: TextStyle): void {
    this.#parts.push(this.#textHead(x, y, style), bytes, '</text>');
  }

  /** The picture as text; only for one without bytes in it. */
  toSvg(width: number, height: number): string {
    return `${head(width, height)}${this.#parts.join('')}</svg>`;
  }

  /** The picture as UTF-8, with the bytes copied in. */
  toBytes(width: number, height: number): Uint8Array {
    const encoder = new TextEncoder();
    const parts = [head(width, height), ...this.#parts, '</svg>'].map((part) =>
      typeof part === 'string' ? encoder.encode(part) : { secret: part },
    );
    const room = parts.reduce(
      (sum, part) =>
        sum + ('secret' in part ? part.secret.length * MAX_ESCAPED_BYTES : part.length),
      0,
    );
    const out = new Uint8Array(room);
    let at = 0;
    for (const part of parts) {
      if ('secret' in part) {
        at = writeEscaped(out, at, part.secret);
      } else {
        out.set(part, at);
        at += part.length;
      }
    }
    return out.subarray(0, at);
  }

  #textHead(x: number, y: number, { face, size, color = INK.text }: TextStyle): string {
    const pixels = size * this.scale;
    const baseline = Math.round(y + ASCENT * pixels);
    return `<text x="${x}" y="${baseline}" ${FAMILY[face]} font-size="${round(pixels)}" fill="${ink(color)}">`;
  }
}

/** Pixels from the top of a line of this size (in pixels) to its lowest point. */
export function lineHeight(size: number): number {
  return Math.ceil(size * (ASCENT + DESCENT));
}

function head(width: number, height: number): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`;
}

function round(value: number): string {
  return String(Math.round(value * 100) / 100);
}
