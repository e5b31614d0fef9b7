/**
 * Makes large icons small while their pixels arrive: each pixel of the result
 * is the mean of a square of the original, weighted by alpha so that the colour
 * under transparent pixels does not show. Pure; keeps one row of sums and the
 * result, whatever size the qube announced.
 */
import type { Icon } from './icon.ts';

export class IconScaler {
  readonly width: number;
  readonly height: number;
  readonly #sourceWidth: number;
  readonly #sourceHeight: number;
  /** Side of the squares. */
  readonly #factor: number;
  readonly #pixels: Uint8Array;
  /** Per pixel of the row that is being made: red, green, blue times alpha, and alpha. */
  readonly #sums: Float64Array;
  /** A pixel that was cut by the end of a chunk. */
  readonly #cut = new Uint8Array(4);
  #cutBytes = 0;
  #column = 0;
  #row = 0;

  /** @param width of the original, 1 or more @param maxSide of the result */
  constructor(width: number, height: number, maxSide: number) {
    this.#sourceWidth = width;
    this.#sourceHeight = height;
    this.#factor = Math.ceil(Math.max(width, height) / maxSide);
    this.width = Math.ceil(width / this.#factor);
    this.height = Math.ceil(height / this.#factor);
    this.#pixels = new Uint8Array(this.width * this.height * 4);
    this.#sums = new Float64Array(this.width * 4);
  }

  /** The next bytes of the original, R, G, B, A by row; what is too much is ignored. */
  push(bytes: Uint8Array): void {
    let at = 0;
    while (this.#cutBytes > 0 && at < bytes.length) {
      this.#cut[this.#cutBytes++] = bytes[at++] as number;
      if (this.#cutBytes < 4) continue;
      this.#cutBytes = 0;
      this.#take(this.#cut, 0);
    }
    for (; at + 4 <= bytes.length; at += 4) this.#take(bytes, at);
    while (at < bytes.length) this.#cut[this.#cutBytes++] = bytes[at++] as number;
  }

  /** The result when all pixels have come, else undefined. */
  finished(): Icon | undefined {
    if (this.#row < this.#sourceHeight) return undefined;
    return { width: this.width, height: this.height, pixels: this.#pixels };
  }

  #take(bytes: Uint8Array, at: number): void {
    if (this.#row >= this.#sourceHeight) return;
    const alpha = bytes[at + 3] as number;
    const sum = Math.floor(this.#column / this.#factor) * 4;
    const sums = this.#sums;
    sums[sum] = (sums[sum] as number) + (bytes[at] as number) * alpha;
    sums[sum + 1] = (sums[sum + 1] as number) + (bytes[at + 1] as number) * alpha;
    sums[sum + 2] = (sums[sum + 2] as number) + (bytes[at + 2] as number) * alpha;
    sums[sum + 3] = (sums[sum + 3] as number) + alpha;
    if (++this.#column < this.#sourceWidth) return;
    this.#column = 0;
    this.#row++;
    if (this.#row % this.#factor === 0 || this.#row === this.#sourceHeight) this.#endRow();
  }

  #endRow(): void {
    const factor = this.#factor;
    const row = Math.ceil(this.#row / factor) - 1;
    const rows = this.#row - row * factor;
    for (let column = 0; column < this.width; column++) {
      const columns = Math.min(factor, this.#sourceWidth - column * factor);
      const sum = column * 4;
      const alpha = this.#sums[sum + 3] as number;
      const to = (row * this.width + column) * 4;
      for (let channel = 0; channel < 3; channel++) {
        const weighted = this.#sums[sum + channel] as number;
        this.#pixels[to + channel] = alpha === 0 ? 0 : Math.round(weighted / alpha);
      }
      this.#pixels[to + 3] = Math.round(alpha / (rows * columns));
    }
    this.#sums.fill(0);
  }
}

/** `icon` with no side above `maxSide`. */
export function scaledDown(icon: Icon, maxSide: number): Icon {
  if (icon.width <= maxSide && icon.height <= maxSide) return icon;
  const scaler = new IconScaler(icon.width, icon.height, maxSide);
  scaler.push(icon.pixels);
  return scaler.finished() ?? icon;
}
