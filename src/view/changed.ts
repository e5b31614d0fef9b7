/**
 * What one viewer has not seen yet: some rectangles, never a queue of pictures.
 * However long nobody takes it, it stays small. Pure.
 */
import type { Rect } from '../base/geometry.ts';

const MOST = 4;

export class Changed {
  #rects: Rect[] = [];

  get empty(): boolean {
    return this.#rects.length === 0;
  }

  add(rect: Rect): void {
    this.#rects.push(rect);
    this.#merge();
  }

  /** The rectangles, few of them; nothing is left then. */
  take(): readonly Rect[] {
    const rects = this.#rects;
    this.#rects = [];
    return rects;
  }

  /** Joins what overlaps or costs little together; at most so many stay. */
  #merge(): void {
    for (;;) {
      let best: { a: number; b: number; waste: number } | undefined;
      for (let a = 0; a < this.#rects.length; a++) {
        for (let b = a + 1; b < this.#rects.length; b++) {
          const [one, two] = [this.#rects[a] as Rect, this.#rects[b] as Rect];
          const waste = area(around(one, two)) - area(one) - area(two);
          if (!best || waste < best.waste) best = { a, b, waste };
        }
      }
      if (!best || (best.waste > 0 && this.#rects.length <= MOST)) return;
      const [one, two] = [this.#rects[best.a] as Rect, this.#rects[best.b] as Rect];
      const others = this.#rects.filter((_, at) => at !== best.a && at !== best.b);
      this.#rects = [...others, around(one, two)];
    }
  }
}

function around(a: Rect, b: Rect): Rect {
  const x = Math.min(a.x, b.x);
  const y = Math.min(a.y, b.y);
  const right = Math.max(a.x + a.width, b.x + b.width);
  const bottom = Math.max(a.y + a.height, b.y + b.height);
  return { x, y, width: right - x, height: bottom - y };
}

function area({ width, height }: Rect): number {
  return width * height;
}
